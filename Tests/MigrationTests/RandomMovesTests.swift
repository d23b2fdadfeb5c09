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

    var description: String {
      let ends = ends.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      return "\(moves) moves, \(facts) facts, \(cutOver) cut over, \(pairs.count) pairs, "
        + ends.joined(separator: ", ")
    }
  }

  static let kinds = WrittenRecordTests.kinds.map {
    (kind: $0.0, name: String($0.1.split(separator: "\"")[3]))
  }

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

  static func play(_ seeds: Range<UInt64>) -> Tally {
    var tally = Tally()
    for seed in seeds {
      var move = RandomMove(seed: seed)
      move.play(1 + Int(seed % 40))
      if seed % 5 == 0 { move.stopWhileActing() }
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
    }
    return tally
  }

  @Test func whateverHappensTheRulesHold() {
    let tally = Self.play(0..<160)
    #expect(tally.cutOver * 100 >= tally.moves * 30, "\(tally)")
  }
}
