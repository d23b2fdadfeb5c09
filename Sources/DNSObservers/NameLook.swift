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
  private let panel: [PanelMember]
  private var resolutions: [Question: NameEvidence.Resolution] = [:]
  private var waiting: [Question: [(NameEvidence.Resolution) -> Void]] = [:]
  private static let chainLimit = 8

  public init(_ observing: Observing, finder: DelegationFinder, panel: [PanelMember] = []) {
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
      self.askAuthorities(evidence) { evidence in
        self.askTargets(evidence) { evidence in
          self.askResolvers(evidence, then: done)
        }
      }
    }
  }

  // MARK: The zone's own authorities

  private func questions(_ name: DomainName, _ delegation: Delegation) -> [Question] {
    let zone = delegation.zone
    var questions = [RecordType.cname, .a, .aaaa, .txt, .mx, .caa].map { Question(name, $0) }
    questions += [Question(zone, .soa), Question(zone, .dnskey)]
    var names: [DomainName] = AuditNames.challengeLabels.compactMap { name.prepending($0) }
    names += [name.prepending(AuditNames.probeLabel)].compactMap { $0 }
    for child in names { questions += [Question(child, .txt), Question(child, .cname)] }
    if let fence = name.prepending(AuditNames.fenceLabel) {
      questions.append(Question(fence, .txt))
    }
    for prefix in ["cname-", "a-", "aaaa-"] {
      if let registry = AuditNames.registry(prefix, of: name) {
        questions.append(Question(registry, .txt))
      }
    }
    if let parent = name.parent, let sibling = parent.prepending(AuditNames.probeLabel) {
      questions += NameEvidence.clientTypes.map { Question(sibling, $0) }
    }
    if let probe = zone.prepending(AuditNames.probeLabel) { questions.append(Question(probe, .a)) }
    if let doubled = AuditNames.doubled(name, zone: zone) {
      questions.append(Question(doubled, .a))
    }
    for server in delegation.parentServers where server.isWithin(zone) {
      questions += [Question(server, .a), Question(server, .aaaa)]
    }
    var seen: Set<Question> = []
    return questions.filter { seen.insert($0).inserted && $0.name.isWithin(zone) }
  }

  private func askAuthorities(
    _ evidence: NameEvidence, then done: @escaping (NameEvidence) -> Void
  ) {
    var evidence = evidence
    let servers = evidence.delegation.authorities.compactMap { authority in
      SocketAddress(parsing: authority.address).map { (authority, $0) }
    }
    var asks = servers.flatMap { server in
      questions(evidence.name, evidence.delegation).map { (server, $0, DNSChannel.udp) }
    }
    let soa = Question(evidence.zone, .soa)
    asks += servers.map { ($0, soa, DNSChannel.tcp) }
    var left = asks.count
    guard left > 0 else { return done(evidence) }
    // Slots, so that the order of evidence does not hang on the order of arrival.
    var found: [DNSObservation?] = Array(repeating: nil, count: left)
    for (index, (server, question, channel)) in asks.enumerated() {
      let (authority, address) = server
      let label = authority.name.isRoot ? authority.address : authority.name.description
      let signed = question == soa || question.type == .dnskey || question.name == evidence.name
      observing.ask(
        question.name, question.type, of: address, label: label, channel: channel, dnssec: signed
      ) {
        found[index] = $0
        left -= 1
        guard left == 0 else { return }
        evidence.observations = found.compactMap { $0 }
        done(evidence)
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
    finder.find(name) { delegation in
      self.askSome(delegation, name, resolution.type) { observation in
        resolution.last = observation
        guard let reply = observation?.reply, reply.isAuthoritative else { return done(resolution) }
        resolution.chain += reply.chain
        // What the same server knows of the chain's end counts only if it is in its zone.
        guard let end = reply.chain.last?.target else { return done(resolution) }
        let seen = resolution.chain.dropLast(0).map(\.owner)
        if seen.contains(end) || resolution.chain.count > Self.chainLimit {
          resolution.isLoop = true
          return done(resolution)
        }
        if reply.records.isEmpty {
          self.follow(resolution, at: end, then: done)
        } else {
          done(resolution)
        }
      }
    }
  }

  /// Two authorities at once; the first good answer counts.
  private func askSome(
    _ delegation: Delegation, _ name: DomainName, _ type: RecordType,
    then done: @escaping (DNSObservation?) -> Void
  ) {
    let servers = delegation.authorities.prefix(2).compactMap { authority in
      SocketAddress(parsing: authority.address).map { (authority, $0) }
    }
    var left = servers.count
    var isDone = false
    guard left > 0 else { return done(nil) }
    for (authority, address) in servers {
      observing.ask(name, type, of: address, label: authority.name.description) { observation in
        left -= 1
        let helps =
          observation.reply.map { $0.isAuthoritative && ($0.meaning == .data || $0.isDenial) }
          ?? false
        guard !isDone, helps || left == 0 else { return }
        isDone = true
        done(observation)
      }
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
