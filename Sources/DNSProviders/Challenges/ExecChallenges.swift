import DNSModel
import Engine
import Notation
import SystemIO

/// Proofs through a program of the user's, by two more operations of the protocol of `ExecProvider`. A
/// program that has them says `"challenges":true` when it describes itself.
///
/// ```
/// → {"cutover":1,"operation":"publish","zone":"example.test.","name":"_acme-challenge.api.example.test.",
///    "ttl":60,"text":"gfj9Xq…Rg85nM"}
/// ← {"outcome":"applied"}            the outcomes are those of "replace", without "conflict"
/// → {"cutover":1,"operation":"withdraw","zone":…,"name":…,"ttl":60,"text":…}
/// ```
///
/// Both are about one TXT value and leave others at the name alone: an apex and its wildcard need two. Both
/// may be repeated: what is so already is `applied`.
public struct ExecChallenges: ChallengePublisher {
  private let program: ExecProgram
  private let sight: ChallengeSight

  /// `authorities`: every address that answers for the zone, the CA may ask any of them.
  public init(
    zone: DomainName, words: [String], authorities: [SocketAddress],
    patience: TimeSpan = .seconds(60)
  ) {
    program = ExecProgram(words: words, patience: patience)
    sight = ChallengeSight(zone: zone, authorities: authorities, patience: .seconds(10))
  }

  init(_ provider: ExecProvider) {
    program = provider.program
    sight = ChallengeSight(zone: provider.scope.zone, authorities: [], patience: .zero)
  }

  public func visibility(of proof: ChallengeProof) -> ChallengeVisibility {
    sight.visibility(of: proof)
  }

  public func publish(_ proof: ChallengeProof) throws {
    let (domain, name) = (try DomainName(parsing: proof.domain), try sight.name(of: proof))
    if let lack = try lack(for: domain) { throw ChallengeRefusal(lack) }
    let scope = ProviderScope(zone: sight.zone, name: domain)
    // What the program finds at the name itself does not come from a wildcard.
    if try ExecProvider(scope: scope, program).read().content == .absent {
      try sight.refuseBelowWildcard(domain, name)
    }
    try send("publish", proof)
  }

  public func remove(_ proof: ChallengeProof) throws { try send("withdraw", proof) }

  /// Why the program cannot publish proofs; nil where it says that it can.
  public func lack(for domain: DomainName) throws(ProviderFailure) -> String? {
    switch program.ask("describe", ProviderScope(zone: sight.zone, name: domain), []) {
    case .notStarted(let reason), .failed(let reason): throw ProviderFailure(reason)
    case .answered(let answer):
      return answer["challenges"]?.bool == true
        ? nil
        : "\(program.name) does not say \"challenges\":true when it describes itself: it cannot "
          + "publish a proof"
    }
  }

  private func send(_ operation: String, _ proof: ChallengeProof) throws {
    let scope = ProviderScope(zone: sight.zone, name: try sight.name(of: proof))
    let members: [(String, JSON)] = [
      ("ttl", .integer(Int64(ChallengeSight.ttl.seconds))), ("text", .string(proof.value)),
    ]
    switch program.ask(operation, scope, members) {
    case .notStarted(let reason), .failed(let reason): throw ProviderFailure(reason)
    case .answered(let answer):
      let reason = "\(program.name): \(safeText(answer["reason"]?.string ?? "no reason given"))"
      switch answer["outcome"]?.string {
      case "applied": return
      case "permanent", "needs-person": throw ChallengeRefusal(reason)
      default: throw ProviderFailure(reason)
      }
    }
  }
}
