import DNSModel
import Migration
import Notation
import SystemIO

/// Gathers everything the audit of a name reads, from the authorities alone; resolvers are asked only
/// where the caller names some, and no authority denies the name (R5).
///
/// Many names may be looked at on one loop: zones and targets they share are looked up once.
public final class NameLook {
  private let observing: Observing
  private let finder: DelegationFinder
  /// For names that may lie in other people's zones.
  private let elsewhere: DelegationFinder
  private let panel: [PanelMember]
  private let authorities: AuthorityInterview
  private let trust: TrustPathLook
  private var resolutions: [Question: NameEvidence.Resolution] = [:]
  private var waiting: [Question: [(NameEvidence.Resolution) -> Void]] = [:]
  /// What resolvers follow at the least: BIND and Unbound give up after eleven to sixteen.
  private static let chainLimit = 11

  /// `elsewhere` finds the zones of targets where `finder` knows the name's own servers only. With
  /// `anchors`, keys and DS records are gathered from there down to each name's zone.
  public init(
    _ observing: Observing, finder: DelegationFinder, panel: [PanelMember] = [],
    anchors: [ResourceRecord] = [], elsewhere: DelegationFinder? = nil
  ) {
    self.elsewhere = elsewhere ?? finder
    authorities = AuthorityInterview(observing)
    trust = TrustPathLook(observing, finder, anchors)
    self.observing = observing
    self.finder = finder
    self.panel = panel.filter { $0.channel == .udp || $0.channel == .tcp }
  }

  public func gather(
    _ name: DomainName, _ move: NameEvidence.Move, then done: @escaping (NameEvidence) -> Void
  ) {
    finder.find(name) { delegation in
      let evidence = NameEvidence(
        name: name, move: move, at: SystemClock.wall(), delegation: delegation)
      self.authorities.gather(evidence) { evidence in
        self.askTargets(evidence) { evidence in
          self.trust.gather(evidence) { evidence in
            self.askResolvers(evidence, then: done)
          }
        }
      }
    }
  }

  // MARK: Targets

  private func askTargets(
    _ evidence: NameEvidence, then done: @escaping (NameEvidence) -> Void
  ) {
    var evidence = evidence
    var targets: [(name: DomainName, isNew: Bool)] = []
    if let today = evidence.todaysTarget { targets.append((today, false)) }
    if let new = evidence.move.newTarget { targets.append((new, true)) }
    var wanted = targets.flatMap { target in
      [RecordType.a, .aaaa, .caa].map { Question(target.name, $0) }
    }
    var ancestors: [DomainName] = []
    var next = evidence.name.parent
    while let ancestor = next, !ancestor.isRoot {
      ancestors.append(ancestor)
      next = ancestor.parent
    }
    wanted += ancestors.map { Question($0, .caa) }
    var found: [NameEvidence.Resolution?] = Array(repeating: nil, count: wanted.count)
    var left = wanted.count
    guard left > 0 else { return done(evidence) }
    for (index, question) in wanted.enumerated() {
      resolve(question) {
        found[index] = $0
        left -= 1
        guard left == 0 else { return }
        let all = found.compactMap { $0 }
        for (place, target) in targets.enumerated() {
          evidence.targets.append(
            NameEvidence.Target(
              name: target.name, isNew: target.isNew, ipv4: all[place * 3],
              ipv6: all[place * 3 + 1], caa: all[place * 3 + 2]))
        }
        evidence.ancestorCAA = Array(all[(targets.count * 3)...])
        done(evidence)
      }
    }
  }

  /// Looks a name up through its own authorities, and follows its aliases.
  private func resolve(
    _ question: Question, then done: @escaping (NameEvidence.Resolution) -> Void
  ) {
    if let known = resolutions[question] { return done(known) }
    waiting[question, default: []].append(done)
    guard waiting[question]?.count == 1 else { return }
    let start = NameEvidence.Resolution(name: question.name, type: question.type)
    follow(start, at: question.name) { resolution in
      self.resolutions[question] = resolution
      for done in self.waiting.removeValue(forKey: question) ?? [] { done(resolution) }
    }
  }

  private func follow(
    _ resolution: NameEvidence.Resolution, at name: DomainName,
    then done: @escaping (NameEvidence.Resolution) -> Void
  ) {
    var resolution = resolution
    place(of: name) { delegation in
      self.observing.askEvery(delegation, name, resolution.type) { observations in
        resolution.all = observations
        guard let reply = resolution.last?.reply, reply.isAuthoritative else {
          return done(resolution)
        }
        resolution.chain += reply.chain
        // What the same server knows of the chain's end counts only if it is in its zone.
        guard let end = reply.chain.last?.target else { return done(resolution) }
        resolution.isLoop = resolution.chain.contains { $0.owner == end }
        resolution.isEndless = resolution.chain.count > Self.chainLimit
        if resolution.isLoop || resolution.isEndless { return done(resolution) }
        if reply.records.isEmpty {
          self.follow(resolution, at: end, then: done)
        } else {
          done(resolution)
        }
      }
    }
  }

  private func place(of name: DomainName, then done: @escaping (Delegation) -> Void) {
    guard elsewhere !== finder else { return finder.find(name, then: done) }
    finder.find(name) { delegation in
      // The servers given have an SOA for it, or it is someone else's.
      let isOurs = !delegation.isAssumed && name.isWithin(delegation.zone)
      isOurs ? done(delegation) : self.elsewhere.find(name, then: done)
    }
  }

  // MARK: Resolvers

  private func askResolvers(
    _ evidence: NameEvidence, then done: @escaping (NameEvidence) -> Void
  ) {
    var evidence = evidence
    let types = NameEvidence.clientTypes.filter { type in
      let seen = evidence.asked(evidence.name, type).compactMap(\.reply)
      return seen.contains { $0.meaning == .data } && !seen.contains { $0.isDenial }
    }
    let asks = panel.flatMap { member in types.prefix(1).map { (member, $0) } }
    var left = asks.count
    guard left > 0 else { return done(evidence) }
    for (member, type) in asks {
      observing.ask(
        evidence.name, type, of: member.address, label: member.label, channel: member.channel,
        recursionDesired: true
      ) {
        evidence.resolvers.append($0)
        left -= 1
        if left == 0 { done(evidence) }
      }
    }
  }
}
