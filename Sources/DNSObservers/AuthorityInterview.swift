import DNSModel
import Migration
import SystemIO

/// What a name's authorities are asked, in as few questions as tell the same.
///
/// What clients use is asked of every authority. What may lie about besides, below the name and beside
/// it, is asked of one of them where all have the same serial, since one serial means one content; else
/// of all. What many names share is asked once.
final class AuthorityInterview {
  private let observing: Observing
  private var shared: [AuthorityAsk: DNSObservation] = [:]
  private var waiting: [AuthorityAsk: [(DNSObservation) -> Void]] = [:]
  /// Whose turn it is to be the one that is asked.
  private var turn = 0

  init(_ observing: Observing) { self.observing = observing }

  func gather(_ evidence: NameEvidence, then done: @escaping (NameEvidence) -> Void) {
    let authorities = AskedAuthority.all(of: evidence.delegation)
    guard !authorities.isEmpty else { return done(evidence) }
    askAll(sharedAsks(evidence, authorities)) { common in
      let agreeing = Self.agreeing(authorities, on: evidence.zone, common)
      self.askAll(self.clientAsks(evidence, authorities)) { own in
        self.askAround(evidence, agreeing.isEmpty ? nil : agreeing, authorities) { around in
          var evidence = evidence
          evidence.observations += own + around + common
          self.lookAgain(evidence, authorities, then: done)
        }
      }
    }
  }

  /// Those that answer for the zone, if they all do so with one serial; else none.
  private static func agreeing(
    _ authorities: [AskedAuthority], on zone: DomainName, _ common: [DNSObservation]
  ) -> [AskedAuthority] {
    var serials: Set<UInt32> = []
    var agreeing: [AskedAuthority] = []
    for authority in authorities {
      let seen = common.first {
        $0.type == .soa && $0.name == zone && $0.server.address == authority.address.description
      }
      guard let reply = seen?.reply, reply.isAuthoritative, let serial = reply.serial else {
        continue
      }
      serials.insert(serial.number)
      agreeing.append(authority)
    }
    return serials.count == 1 ? agreeing : []
  }

  // MARK: Questions

  private func clientAsks(
    _ evidence: NameEvidence, _ authorities: [AskedAuthority]
  ) -> [AuthorityAsk] {
    authorities.flatMap { authority in
      NameEvidence.clientTypes.map { type in
        var ask = authority.ask(Question(evidence.name, type))
        ask.isSigned = true
        return ask
      }
    }
  }

  /// About the zone and the name's siblings: the same for many names.
  private func sharedAsks(
    _ evidence: NameEvidence, _ authorities: [AskedAuthority]
  ) -> [AuthorityAsk] {
    let (name, zone) = (evidence.name, evidence.zone)
    var questions = [Question(zone, .soa), Question(zone, .dnskey)]
    if let parent = name.parent, let sibling = parent.prepending(AuditNames.probeLabel) {
      questions += NameEvidence.clientTypes.map { Question(sibling, $0) }
    }
    if let probe = zone.prepending(AuditNames.probeLabel) { questions.append(Question(probe, .a)) }
    for server in evidence.delegation.parentServers where server.isWithin(zone) {
      questions += [Question(server, .a), Question(server, .aaaa)]
    }
    var seen: Set<Question> = []
    questions = questions.filter { seen.insert($0).inserted && $0.name.isWithin(zone) }
    return authorities.flatMap { authority in
      var asks = questions.map { question in
        var ask = authority.ask(question)
        ask.isShared = true
        ask.isSigned = question.type == .soa || question.type == .dnskey
        return ask
      }
      var stream = authority.ask(Question(zone, .soa))
      stream.channel = .tcp
      stream.isSigned = true
      stream.isShared = true
      asks.append(stream)
      return asks
    }
  }

  /// What may stand at the name, below it and beside it besides what clients use.
  private static func questionsAround(_ name: DomainName, _ zone: DomainName) -> [Question] {
    var questions = [RecordType.txt, .mx, .caa].map { Question(name, $0) }
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

  private func askAround(
    _ evidence: NameEvidence, _ agreeing: [AskedAuthority]?, _ all: [AskedAuthority],
    then done: @escaping ([DNSObservation]) -> Void
  ) {
    let questions = Self.questionsAround(evidence.name, evidence.zone)
    let make = { (authority: AskedAuthority, question: Question) in
      var ask = authority.ask(question)
      ask.isSigned = question.name == evidence.name
      return ask
    }
    guard let agreeing else {
      return askAll(all.flatMap { one in questions.map { make(one, $0) } }, then: done)
    }
    var found: [[DNSObservation]] = Array(repeating: [], count: questions.count)
    var left = questions.count
    guard left > 0 else { return done([]) }
    for (index, question) in questions.enumerated() {
      turn += 1
      let start = turn % agreeing.count
      let row = agreeing[start...] + agreeing[..<start]
      askInTurn(row.map { make($0, question) }[...]) {
        found[index] = $0
        left -= 1
        if left == 0 { done(found.flatMap { $0 }) }
      }
    }
  }

  // MARK: Again, as someone else

  /// The record clients meet, once more at every authority: a TTL that has changed meanwhile is a cache's.
  /// It is asked on behalf of a client elsewhere (RFC 7871): a server that knows no regions takes no notice
  /// of that, one that does says so and is asked in full.
  private func lookAgain(
    _ evidence: NameEvidence, _ authorities: [AskedAuthority],
    then done: @escaping (NameEvidence) -> Void
  ) {
    let first = NameEvidence.clientTypes.first { type in
      evidence.answers(evidence.name, type).contains { $0.reply.meaning == .data }
    }
    guard let type = first, let region = AuthorityAsk.regions.first else { return done(evidence) }
    let asks = authorities.map { $0.ask(Question(evidence.name, type), for: region) }
    askAll(asks) { seen in
      var evidence = evidence
      evidence.regional += seen.map { .init(region: region.name, observation: $0) }
      var knowing: [AskedAuthority] = []
      for (authority, observation) in zip(authorities, seen) {
        if observation.reply?.clientSubnetScope != nil {
          knowing.append(authority)
        } else {
          evidence.observations.append(observation)
        }
      }
      self.askRegions(evidence, knowing, done)
    }
  }

  private func askRegions(
    _ evidence: NameEvidence, _ authorities: [AskedAuthority],
    _ done: @escaping (NameEvidence) -> Void
  ) {
    let again = clientAsks(evidence, authorities)
    let regional = authorities.flatMap { authority in
      AuthorityAsk.regions.flatMap { region in
        [RecordType.cname, .a].map { authority.ask(Question(evidence.name, $0), for: region) }
      }
    }
    askAll(again + regional) { found in
      var evidence = evidence
      evidence.observations += found.prefix(again.count)
      evidence.regional += zip(regional, found.dropFirst(again.count)).map { ask, observation in
        .init(region: ask.region?.name ?? "", observation: observation)
      }
      done(evidence)
    }
  }

  // MARK: Asking

  /// All at once; what is found is in the order of `asks`, whatever the order of arrival.
  private func askAll(
    _ asks: [AuthorityAsk], then done: @escaping ([DNSObservation]) -> Void
  ) {
    var left = asks.count
    guard left > 0 else { return done([]) }
    var found: [DNSObservation?] = Array(repeating: nil, count: left)
    for (index, ask) in asks.enumerated() {
      askOnce(ask) {
        found[index] = $0
        left -= 1
        if left == 0 { done(found.compactMap { $0 }) }
      }
    }
  }

  /// One after the other, until one answers with authority.
  private func askInTurn(
    _ asks: ArraySlice<AuthorityAsk>, _ before: [DNSObservation] = [],
    then done: @escaping ([DNSObservation]) -> Void
  ) {
    guard let ask = asks.first else { return done(before) }
    observing.ask(ask) { observation in
      let found = before + [observation]
      let reply = observation.reply
      let isAnswered =
        reply?.isAuthoritative == true && (reply?.isDenial == true || reply?.meaning == .data)
      if isAnswered { done(found) } else { self.askInTurn(asks.dropFirst(), found, then: done) }
    }
  }

  /// What many names need is asked once.
  private func askOnce(_ ask: AuthorityAsk, then done: @escaping (DNSObservation) -> Void) {
    guard ask.isShared else { return observing.ask(ask, then: done) }
    if let known = shared[ask] { return done(known) }
    waiting[ask, default: []].append(done)
    guard waiting[ask]?.count == 1 else { return }
    observing.ask(ask) { observation in
      self.shared[ask] = observation
      for done in self.waiting.removeValue(forKey: ask) ?? [] { done(observation) }
    }
  }
}
