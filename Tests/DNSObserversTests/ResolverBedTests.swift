import Assessment
import DNSModel
import DNSObservers
import DNSTransport
import Migration
import Notation
import SystemIO
import TestSupport
import Testing

/// Real resolvers with real caches, told hundreds of seeded stories: the verdict equals the story.
@Suite(.serialized) struct ResolverBedTests {
  /// What is told to the resolver of a name, before the change and after it.
  enum Story: String, CaseIterable, Sendable {
    /// Never asked before the change.
    case fresh
    /// Asked before: holds the old value for an hour.
    case held
    /// Asked before the name existed.
    case askedTooEarly
    /// The authority gives something else.
    case other
    /// The authority fails.
    case broken
    /// Asked before; published with 20 s, and kept longer by the resolver's floor.
    case floored

    var expected: Verdict.Kind {
      switch self {
      case .fresh: .converged
      case .held: .staleWithinBudget
      case .askedTooEarly: .negativeCached
      case .other: .wrongValue
      case .broken: .serverFailure
      case .floored: .staleBeyondBudget
      }
    }

    var isPrimed: Bool { self == .held || self == .askedTooEarly || self == .floored }
    var formerTTL: Int { self == .floored ? 20 : 3600 }
  }

  static let floor = 80
  static let cap = 900

  static func authority(_ changed: SystemIO.Mutex<Bool>) throws -> ScriptedServer {
    try ScriptedServer { query, _ in
      guard let question = query.questions.first, let label = question.name.labels.first else {
        return nil
      }
      let text = String(decoding: label, as: UTF8.self).lowercased()
      let story = Story.allCases.first { text.hasPrefix($0.rawValue.lowercased()) }
      let isAfter = changed.withLock { $0 }
      func alias(_ target: DomainName, _ ttl: Int) -> Message {
        guard question.type == .cname else { return nothing(query, .noError) }
        return query.reply([
          ResourceRecord(owner: question.name, ttl: TTL(clamping: ttl), data: .cname(target))
        ])
      }
      guard let story else { return nothing(query, .noError) }
      switch story {
      case .broken: return query.reply(code: .serverFailure)
      case .other: return alias("else.bed.test", 300)
      case .askedTooEarly where !isAfter: return nothing(query, .nameError)
      default:
        return alias(isAfter ? "new.bed.test" : "old.bed.test", isAfter ? 300 : story.formerTTL)
      }
    }
  }

  static func nothing(_ query: Message, _ code: ResponseCode) -> Message {
    var reply = query.reply(code: code)
    let soa = SOA(
      primary: "ns.bed.test", mailbox: "host.bed.test", serial: Serial(1), refresh: 3600,
      retry: 600, expire: 86400, minimum: 600)
    reply.authorities = [
      ResourceRecord(owner: "bed.test", ttl: TTL(clamping: 600), data: .soa(soa))
    ]
    return reply
  }

  static let staleTTL = 2

  private func ask(
    _ names: [DomainName], _ address: SocketAddress
  ) throws -> [DNSObservation] {
    let observing = try Observing(patience: .seconds(3))
    var found: [DNSObservation?] = Array(repeating: nil, count: names.count)
    for (index, name) in names.enumerated() {
      observing.ask(name, .cname, of: address, label: "resolver", recursionDesired: true) {
        found[index] = $0
      }
    }
    observing.loop.run(for: .seconds(40))
    return found.compactMap { $0 }
  }

  @Test(arguments: Maker.allCases) func theVerdictIsTheStory(maker: Maker) throws {
    let changed = SystemIO.Mutex(false)
    let authority = try Self.authority(changed)
    var habits = ResolverHabits()
    (habits.floor, habits.cap) = (Self.floor, Self.cap)
    let resolver = try RealResolver(maker, authority: authority.address, habits)
    let profile = ResolverProfile(
      "the \(maker) of this bed", cap: TTL(clamping: Self.cap), floor: .zero, source: "its settings"
    )
    var random = SeededRandom(seed: 7)
    let stories = (0..<80).map { _ in
      Story.allCases[Int(random.next() % UInt64(Story.allCases.count))]
    }
    let names = try stories.enumerated().map { index, story in
      try #require(DomainName("bed.test").prepending("\(story.rawValue.lowercased())\(index)"))
    }
    let primed = zip(names, stories).filter { $0.1.isPrimed }.map(\.0)
    #expect(try ask(primed, resolver.address).count == primed.count)
    changed.withLock { $0 = true }
    let changedAt = SystemClock.wall()
    let observations = try ask(names, resolver.address)
    try #require(observations.count == names.count)
    for (observation, story) in zip(observations, stories) {
      let expectation = Assessment.Expectation(
        name: observation.name, type: .cname, expected: [.cname("new.bed.test")],
        former: [
          .init(
            data: [.cname("old.bed.test")], ttl: TTL(clamping: story.formerTTL),
            lastPossible: changedAt)
        ])
      let verdict = Verdict.judging(
        observation, by: expectation, profile: profile, authoritiesAgree: true)
      #expect(
        verdict.kind == story.expected,
        "\(maker), seed \(random.seed), \(observation.name): \(verdict)")
      guard story == .held else { continue }
      // Published for an hour, kept for a quarter of one: said, and promised no longer than that.
      #expect(verdict.explanation.contains("keeps nothing longer than"), "\(verdict)")
      #expect(verdict.until ?? .distantFuture <= observation.at + .seconds(Int64(Self.cap)))
    }
  }

  @Test(arguments: [Maker.unbound, .bind, .knot])
  func aResolverThatServesExpiredAnswersIsFoundOut(maker: Maker) throws {
    let changed = SystemIO.Mutex(false)
    let authority = try ScriptedServer { query, _ in
      guard let question = query.questions.first, question.type == .cname else {
        return Self.nothing(query, .noError)
      }
      // Afterwards nobody answers: that is when stale answers come out.
      if changed.withLock({ $0 }) { return nil }
      return query.reply([
        ResourceRecord(
          owner: question.name, ttl: TTL(clamping: Self.staleTTL), data: .cname("old.bed.test"))
      ])
    }
    var habits = ResolverHabits()
    habits.servesStale = true
    let resolver = try RealResolver(maker, authority: authority.address, habits)
    let name: DomainName = "stale.bed.test"
    _ = try ask([name], resolver.address)
    changed.withLock { $0 = true }
    let changedAt = SystemClock.wall()
    // Knot Resolver keeps nothing shorter than five seconds.
    SystemClock.pause(
      until: SystemClock.sinceBoot() + .milliseconds(Int64(Self.staleTTL) * 1000 + 1200))
    let observation = try #require(try ask([name], resolver.address).first)
    let expectation = Assessment.Expectation(
      name: name, type: .cname, expected: [.cname("new.bed.test")],
      former: [
        .init(
          data: [.cname("old.bed.test")], ttl: TTL(clamping: Self.staleTTL), lastPossible: changedAt
        )
      ], margin: .zero)
    let verdict = Verdict.judging(observation, by: expectation, authoritiesAgree: true)
    #expect(verdict.kind == .staleBeyondBudget)
    #expect(verdict.explanation.contains("serve-stale"), "\(verdict)")
  }
}
