import DNSModel
@_spi(PlantedMistakes) import Migration
import Notation
import TestSupport
import Testing

/// Whatever happens in whatever order, the rules hold, and every fact can be taken in wherever a move stands.
@Suite struct RandomMovesTests {
  struct Tally: CustomStringConvertible {
    var moves = 0
    var cutOver = 0
    var facts = 0
    var pairs: Set<String> = []
    var ends: [String: Int] = [:]
    var changes: Set<StandChange> = []

    var description: String {
      let ends = ends.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      return "\(moves) moves, \(facts) facts, \(cutOver) cut over, \(pairs.count) pairs, "
        + ends.joined(separator: ", ")
    }

    mutating func add(_ other: Tally) {
      moves += other.moves
      cutOver += other.cutOver
      facts += other.facts
      pairs.formUnion(other.pairs)
      changes.formUnion(other.changes)
      ends.merge(other.ends, uniquingKeysWith: +)
    }
  }

  static let kinds = WrittenRecordTests.kinds.map {
    (kind: $0.0, name: String($0.1.split(separator: "\"")[3]))
  }

  /// Every stand with every kind of fact.
  static let allPairs = Set(
    Stand.all.flatMap { stand in kinds.map { "\(stand) × \($0.name)" } })

  /// Every kind of fact taken in where the move stands: nothing may trap, and it can go on from there.
  static func takeEveryFact(_ move: RandomMove, _ tally: inout Tally) {
    let stand = Stand(move.walk)
    for (kind, name) in kinds {
      let pair = "\(stand) × \(name)"
      tally.pairs.insert(pair)
      var state = move.walk.state
      move.walk.core.apply(&state, Fact(at: move.walk.now, kind))
      let decision = move.walk.core.decide(state, .ticked, move.walk.now)
      var after = state
      for fact in decision.facts { move.walk.core.apply(&after, fact) }
      if after.ending == nil, decision.blockers.isEmpty, decision.effects.isEmpty {
        Issue.record("\(pair) leaves it speechless")
      }
    }
  }

  /// The move of a seed, as far as it came: every fifth stops in the middle of something.
  static func move(_ seed: UInt64, _ deviations: Deviations = []) -> RandomMove {
    var move = RandomMove(seed: seed, deviations: deviations)
    move.play(1 + Int(seed % 40))
    if seed % 5 == 0 { move.stopWhileActing() }
    return move
  }

  static func play(_ seeds: Range<UInt64>) -> Tally {
    var tally = Tally()
    for seed in seeds {
      let move = move(seed)
      takeEveryFact(move, &tally)
      let broken = RandomMoveRules(move).broken
      if broken != [] { Issue.record("seed \(seed): \(broken)") }
      if MigrationState(folding: move.walk.facts, plan: move.walk.plan) != move.walk.state {
        Issue.record("seed \(seed): R24: the state is not the fold of its facts")
      }
      let cutOver = move.walk.plan.steps.firstIndex { $0.kind == .cutOver } ?? 0
      let isThere = move.walk.facts.contains { $0.kind == .stepDone(step: cutOver) }
      tally.moves += 1
      tally.facts += move.walk.facts.count
      tally.cutOver += isThere ? 1 : 0
      tally.ends[Stand(move.walk).description, default: 0] += 1
      tally.changes.formUnion(move.walk.followed)
    }
    return tally
  }

  @Test func whateverHappensTheRulesHold() throws {
    let tally = Self.play(0..<160)
    #expect(tally.cutOver * 100 >= tally.moves * 30, "\(tally)")
    let undrawn = StandDrawing(tally.changes).arrowsMissing(in: try StandDrawing.inTheSource())
    #expect(undrawn == [], "the drawing in MigrationState.swift lacks these")
  }
}

/// As many as the rules were promised for, in an optimised build (`make soak` makes one).
@Suite(.enabled(if: Soak.isOnOptimised)) struct RandomMovesSoakTests {
  @Test func whateverHappensAHundredThousandTimesTheRulesHold() async throws {
    let share: UInt64 = 2_000
    var tally = RandomMovesTests.Tally()
    await withTaskGroup(of: RandomMovesTests.Tally.self) { group in
      for start in stride(from: UInt64(0), to: 100_000, by: Int(share)) {
        group.addTask { RandomMovesTests.play(start..<(start + share)) }
      }
      for await part in group { tally.add(part) }
    }
    #expect(tally.cutOver * 100 >= tally.moves * 30, "\(tally)")
    let missed = RandomMovesTests.allPairs.subtracting(tally.pairs).sorted()
    #expect(missed == [], "\(tally)")
    let found = StandDrawing(tally.changes)
    let drawn = try StandDrawing.inTheSource()
    #expect(found == drawn, "the drawing should be\n\(found)")
  }

  /// Mistakes in the core that chance meets, each with the rule that notices it. The walks of
  /// `CoreMistakeTests` meet the others.
  static let noticed: [(mistake: Deviations, rule: String)] = [
    (.waitsWithTheNewTTL, "R1"), (.locksBeforeTheDrain, "R7"),
    (.flipsBackBeforeUnlocking, "R13"), (.trustsTheWallClockForWaits, "R"),
    (.trustsTheSafeClockForExpiries, "R20"), (.raisesBeforeTheSoak, "R14"),
    (.overwritesDrift, "R19"), (.approvesAChangedPlan, "R24"), (.flipsBackToASickEndpoint, "R13"),
    (.asksResolversTooEarly, "R5"), (.retiresOnATimer, "R7"),
    (.cleansTheRouterBeforeTheDrain, "R15"), (.cutsOverOnOldProof, "R9"),
    (.ignoresTheDeclaredTTL, "R1"), (.keepsApprovalsForEver, "approval"),
  ]

  @Test(arguments: noticed.indices) func chanceNoticesTheMistake(_ index: Int) {
    let (mistake, rule) = Self.noticed[index]
    let first = (UInt64(0)..<40_000).first { seed in
      RandomMoveRules(RandomMovesTests.move(seed, mistake)).broken.contains { $0.hasPrefix(rule) }
    }
    #expect(first != nil, "\(rule) did not notice")
  }
}
