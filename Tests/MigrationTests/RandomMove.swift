import DNSModel
@_spi(PlantedMistakes) import Migration
import Notation
import TestSupport

/// A move in which anything may happen at any time: people say anything, evidence comes and goes, strangers
/// edit the record, clocks leap, replies and effects get lost. Repeatable from its seed.
struct RandomMove {
  var walk: Walk
  var random: SeededRandom
  /// Which of `walk.writtenAt` a stranger wrote.
  var strangers: Set<Int> = []

  init(seed: UInt64, deviations: Deviations = []) {
    random = SeededRandom(seed: seed)
    walk = Walk(Self.plan(&random), deviations: deviations)
    walk.approves = Int.random(in: 0..<6, using: &random) > 0
  }

  /// A short move of every shape: two hours instead of weeks, so that many can be walked.
  private static func plan(_ random: inout SeededRandom) -> CompiledPlan {
    func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
    let isManual = chance(8)
    let first = ChangeWindow(opens: Walk.start + .minutes(15), closes: Walk.start + .minutes(30))
    let second = ChangeWindow(opens: Walk.start + .hours(1), closes: Walk.start + .hours(3))
    var plan = SamplePlans.contoso(
      ladder: !chance(3), stages: Int.random(in: 1...3, using: &random),
      hasFence: !isManual && !chance(3), isManual: isManual, locks: !chance(4),
      retires: !chance(4), hasTrafficSource: !chance(3), declaredTTL: TTL(clamping: 600),
      changeWindows: chance(6) ? [first, second] : [])
    plan.holdsWhenWindowMissed = chance(2)
    plan.waits.authoritativeLag = .seconds(30)
    plan.waits.propagationBound = .minutes(1)
    plan.waits.cleanRounds = Int.random(in: 1...3, using: &random)
    plan.waits.longestWrite = .seconds(30)
    plan.waits.margin = .seconds(15)
    plan.waits.soaks = [.minutes(20), .minutes(10)]
    plan.waits.minimumTail = .minutes(10)
    plan.rollback.minimumStay = .minutes(5)
    plan.rollback.window = .minutes(40)
    return plan
  }

  mutating func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

  mutating func play(_ steps: Int) {
    for _ in 0..<steps where walk.state.ending == nil {
      switch Int.random(in: 0..<10, using: &random) {
      case 0: say()
      case 1: disturb()
      case 2: settleWhatIsOpen()
      default:
        let spans: [TimeSpan] = [.minutes(1), .minutes(4), .minutes(12), .minutes(40)]
        walk.pass(spans[Int.random(in: 0..<spans.count, using: &random)])
      }
    }
  }

  /// Goes on until something is under way, that it may be seen there too.
  mutating func stopWhileActing() {
    walk.kept = EffectPurpose.allCases
    walk.pass(.minutes(30)) { $0.decision.standing == .acting }
    walk.kept = []
  }

  private mutating func say() {
    let verbs = VerbTableTests.verbs(walk)
    // To give up ends most stories early; it is said less often than the rest.
    var verb = verbs[Int.random(in: 0..<verbs.count, using: &random)].verb
    if verb == .abort || verb == .rollback, !chance(3) { verb = .resume }
    walk.say(verb, by: ["Ada", "Ben", "Cho"][Int.random(in: 0..<3, using: &random)])
    if walk.state.pauses.contains(.person), !chance(4) { walk.say(.resume) }
    if walk.state.pauses.contains(.drift), !chance(3) { walk.say(.overwrite) }
  }

  private mutating func disturb() {
    switch Int.random(in: 0..<9, using: &random) {
    case 0:
      let kinds = EvidenceKind.allCases
      let outcomes: [Outcome] = [.inconclusive, .fail, .pass, .failAndRollBack]
      walk.set(
        kinds[Int.random(in: 0..<kinds.count, using: &random)],
        outcomes[Int.random(in: 0..<outcomes.count, using: &random)])
    case 1: for kind in EvidenceKind.allCases { walk.set(kind, .pass) }
    case 2 where chance(3): strangerWrites()
    case 3:
      walk.now.wall += .hours(Int.random(in: -30...30, using: &random))
      walk.feed(.ticked)
    case 4: walk.isReachable.toggle()
    case 5: walk.kept = walk.kept.isEmpty ? [.record, .own, .lock, .unlock, .clean] : []
    case 6: walk.isRouterReachable.toggle()
    case 7: walk.floor = TTL(clamping: [0, 90, 300, 900][Int.random(in: 0..<4, using: &random)])
    default:
      for kind in EvidenceKind.allCases { walk.set(kind, .pass) }
      walk.isReachable = true
      walk.kept = []
      walk.isRouterReachable = true
      walk.floor = .zero
      if walk.state.pauses.contains(.drift) { walk.say(.overwrite) }
      if walk.state.pauses.contains(.failure) { walk.say(.retry) }
      if walk.state.pauses != [] { walk.say(.resume) }
      if !walk.plan.waits.hasTrafficSource { walk.say(.attestDrained) }
    }
  }

  private mutating func strangerWrites() {
    let values = [
      ServedValue(.other(7), TTL(clamping: 60)), ServedValue(.absent, TTL(clamping: 300)),
      ServedValue(.old, TTL(clamping: 5_000)), ServedValue(.other(8), TTL(clamping: 900)),
    ]
    strangers.insert(walk.writtenAt.count)
    walk.record = values[Int.random(in: 0..<values.count, using: &random)]
    walk.writtenAt.append((walk.record, walk.now.safe))
  }

  /// What was kept back happens after all, in time or not at all, and is told rightly, wrongly or never.
  private mutating func settleWhatIsOpen() {
    guard let open = walk.state.openEffects.first else { return }
    let number = open.effect.number
    if walk.now.safe > open.effect.deadAt {
      return walk.feed(chance(2) ? .recovered : .effectEnded(number: number, .unknown))
    }
    switch Int.random(in: 0..<6, using: &random) {
    case 0: walk.feed(.effectEnded(number: number, .rejected(.tryAgain)))
    case 1: walk.feed(.effectEnded(number: number, chance(2) ? .unknown : .handedOver))
    case 2: walk.feed(.effectEnded(number: number, .rejected(.permanent)))
    case 3:
      // Done, and the reply is lost: the next process only knows that it may have been.
      if case .writeRecord(let write) = open.effect.action, walk.record == write.expected,
        write.fence.map({ $0 == walk.fence }) ?? true
      {
        walk.record = ServedValue(write.value.content, max(write.value.ttl, walk.floor))
        walk.fence += 1
        walk.writtenAt.append((walk.record, walk.now.safe))
      }
      walk.feed(.recovered)
    default: walk.perform(open.effect)
    }
  }
}
