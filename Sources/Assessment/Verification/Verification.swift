import DNSModel
import Migration
import Notation

/// What `verify` found: every authority and every resolver with its verdict, and what follows.
public struct Verification: Hashable, Sendable {
  public struct Line: Hashable, Sendable {
    public var server: AskedServer
    public var isRequired: Bool
    public var observation: DNSObservation
    public var verdict: Verdict
  }

  public var expectation: Expectation
  public var delegation: Delegation
  public var authorities: [Line]
  public var resolvers: [Line]
  public var at: UTCInstant

  /// Judges what was observed. `panel` lies beside `isRequired` and `profiles`, index by index.
  public init(
    _ expectation: Expectation, delegation: Delegation, looks: [AuthorityLook],
    panel: [DNSObservation], isRequired: [Bool], profiles: [ResolverProfile?], at: UTCInstant
  ) {
    var expectation = expectation
    // R2: the largest TTL an authority was seen to give a former value counts.
    for look in looks {
      guard let reply = look.answer, case .former(let former) = expectation.match(reply.data),
        let index = expectation.former.firstIndex(of: former), let seen = reply.remaining
      else { continue }
      expectation.former[index].ttl = max(seen, former.ttl ?? .zero)
      expectation.former[index].lastPossible = nil
      expectation.former[index].knownEnd = nil
    }
    self.expectation = expectation
    self.delegation = delegation
    self.at = at
    authorities = looks.map { look in
      let verdict = Verdict.judging(look, by: expectation)
      return Line(
        server: look.datagram.server, isRequired: true,
        observation: look.datagram.reply == nil ? look.stream : look.datagram, verdict: verdict)
    }
    let agree = Self.agree(authorities)
    resolvers = panel.indices.map { index in
      Line(
        server: panel[index].server, isRequired: isRequired[index], observation: panel[index],
        verdict: .judging(
          panel[index], by: expectation, profile: profiles[index], authoritiesAgree: agree))
    }
  }

  private static func agree(_ authorities: [Line]) -> Bool {
    !authorities.isEmpty && authorities.allSatisfy { $0.verdict.kind == .converged }
  }

  /// Whether every authority was seen to give the expected value. Until then a resolver may fetch another one
  /// anew, and nobody can say when it will have converged.
  public var authoritiesAgree: Bool { Self.agree(authorities) }

  /// An authority that denies the name forbids asking resolvers (R5).
  public static func isDenied(_ looks: [AuthorityLook]) -> Bool {
    looks.contains { $0.datagram.reply?.isDenial == true || $0.stream.reply?.isDenial == true }
  }

  /// The gravest among what is required.
  public var standing: Verdict.Standing {
    let required = (authorities + resolvers).filter(\.isRequired)
    // Nothing that could be asked is no agreement (R21).
    guard !required.isEmpty else { return .inconclusive }
    return required.map(\.verdict.kind.standing).max() ?? .inconclusive
  }

  /// Names at the parent and at the zone itself that differ.
  public var delegationDifference: [String] {
    let (parent, child) = (delegation.parentServers, delegation.childServers)
    guard !parent.isEmpty, !child.isEmpty else { return [] }
    return parent.filter { !child.contains($0) }.map { "\($0) only at the parent" }
      + child.filter { !parent.contains($0) }.map { "\($0) only at the zone itself" }
  }

  public struct Milestone: Hashable, Sendable {
    public var at: UTCInstant
    public var converged: Int
    public var of: Int
  }

  /// How many resolvers will have converged by when. Those nobody can say anything about never do; while an
  /// authority gives anything else, that is all that have not converged yet.
  public var forecast: [Milestone] {
    var times: [UTCInstant] = []
    for line in counted {
      switch line.verdict.kind {
      case .converged: times.append(at)
      case .staleWithinBudget, .negativeCached:
        guard authoritiesAgree, let until = line.verdict.until else { continue }
        times.append(max(at, until))
      default: break
      }
    }
    times.sort()
    var milestones: [Milestone] = []
    for (index, time) in times.enumerated() {
      if milestones.last?.at == time { milestones.removeLast() }
      milestones.append(Milestone(at: time, converged: index + 1, of: counted.count))
    }
    return milestones
  }
}
