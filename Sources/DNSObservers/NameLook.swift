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
  private let trust: TrustPathLook
  private var resolutions: [Question: NameEvidence.Resolution] = [:]
  private var waiting: [Question: [(NameEvidence.Resolution) -> Void]] = [:]
  private var shared: [AuthorityAsk: DNSObservation] = [:]
  private var sharedWaiting: [AuthorityAsk: [(DNSObservation) -> Void]] = [:]
  private static let chainLimit = 8

  /// `elsewhere` finds the zones of targets where `finder` knows the name's own servers only. With
  /// `anchors`, keys and DS records are gathered from there down to each name's zone.
  public init(
    _ observing: Observing, finder: DelegationFinder, panel: [PanelMember] = [],
    anchors: [ResourceRecord] = [], elsewhere: DelegationFinder? = nil
  ) {
    self.elsewhere = elsewhere ?? finder
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
      self.askAuthorities(evidence) { evidence in
        self.askTargets(evidence) { evidence in
          self.trust.gather(evidence) { evidence in
            self.askResolvers(evidence, then: done)
          }
        }
      }
    }
  }

  // MARK: The zone's own authorities

  /// About the name itself and what hangs below it.
  private func questions(_ name: DomainName, _ delegation: Delegation) -> [Question] {
    let zone = delegation.zone
    var questions = [RecordType.cname, .a, .aaaa, .txt, .mx, .caa].map { Question(name, $0) }
    // TXT shows aliases as well.
    let labels = AuditNames.challengeLabels + [AuditNames.probeLabel, AuditNames.fenceLabel]
    questions += labels.compactMap { name.prepending($0) }.map { Question($0, .txt) }
    for prefix in ["cname-", "a-", "aaaa-"] {
      if let registry = AuditNames.registry(prefix, of: name) {
        questions.append(Question(registry, .txt))
      }
    }
    if let doubled = AuditNames.doubled(name, zone: zone) {
      questions.append(Question(doubled, .a))
    }
    return questions.filter { $0.name.isWithin(zone) }
  }

  /// About the zone and the name's siblings: the same for many names.
  private func sharedQuestions(_ name: DomainName, _ delegation: Delegation) -> [Question] {
    let zone = delegation.zone
    var questions = [Question(zone, .soa), Question(zone, .dnskey)]
    if let parent = name.parent, let sibling = parent.prepending(AuditNames.probeLabel) {
      questions += NameEvidence.clientTypes.map { Question(sibling, $0) }
    }
    if let probe = zone.prepending(AuditNames.probeLabel) { questions.append(Question(probe, .a)) }
    for server in delegation.parentServers where server.isWithin(zone) {
      questions += [Question(server, .a), Question(server, .aaaa)]
    }
    var seen: Set<Question> = []
    return questions.filter { seen.insert($0).inserted && $0.name.isWithin(zone) }
  }

  private func asks(_ evidence: NameEvidence) -> [AuthorityAsk] {
    let (name, delegation) = (evidence.name, evidence.delegation)
    let own = questions(name, delegation)
    let shared = sharedQuestions(name, delegation).filter { !own.contains($0) }
    var asks: [AuthorityAsk] = []
    for authority in delegation.authorities {
      guard let address = SocketAddress(parsing: authority.address) else { continue }
      let label = authority.name.isRoot ? authority.address : authority.name.description
      let ask = { (question: Question) in
        AuthorityAsk(address: address, label: label, question: question)
      }
      asks += own.map { question in
        var ask = ask(question)
        ask.isSigned = question.name == name
        return ask
      }
      asks += shared.map { question in
        var ask = ask(question)
        ask.isShared = true
        ask.isSigned = question.type == .soa || question.type == .dnskey
        return ask
      }
      var stream = ask(Question(evidence.zone, .soa))
      stream.channel = .tcp
      stream.isSigned = true
      stream.isShared = true
      asks.append(stream)
      // Once more: a TTL that has changed meanwhile is a cache's.
      asks += NameEvidence.clientTypes.map { type in
        var ask = ask(Question(name, type))
        ask.isSigned = true
        return ask
      }
      for region in AuthorityAsk.regions {
        asks += [RecordType.cname, .a].map { type in
          var ask = ask(Question(name, type))
          ask.region = region
          return ask
        }
      }
    }
    return asks
  }

  private func askAuthorities(
    _ evidence: NameEvidence, then done: @escaping (NameEvidence) -> Void
  ) {
    var evidence = evidence
    let asks = asks(evidence)
    var left = asks.count
    guard left > 0 else { return done(evidence) }
    // Slots, so that the order of evidence does not hang on the order of arrival.
    var found: [DNSObservation?] = Array(repeating: nil, count: left)
    for (index, ask) in asks.enumerated() {
      askOnce(ask) {
        found[index] = $0
        left -= 1
        guard left == 0 else { return }
        for (ask, observation) in zip(asks, found) {
          guard let observation else { continue }
          if let region = ask.region {
            evidence.regional.append(.init(region: region.name, observation: observation))
          } else {
            evidence.observations.append(observation)
          }
        }
        done(evidence)
      }
    }
  }

  /// What many names need is asked once.
  private func askOnce(_ ask: AuthorityAsk, then done: @escaping (DNSObservation) -> Void) {
    guard ask.isShared else { return observing.ask(ask, then: done) }
    if let known = shared[ask] { return done(known) }
    sharedWaiting[ask, default: []].append(done)
    guard sharedWaiting[ask]?.count == 1 else { return }
    observing.ask(ask) { observation in
      self.shared[ask] = observation
      for done in self.sharedWaiting.removeValue(forKey: ask) ?? [] { done(observation) }
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
      self.observing.askSome(delegation, name, resolution.type) { observation in
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
