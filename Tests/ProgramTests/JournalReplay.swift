import Engine
import Migration
import Store
import Testing

/// The journal of a real run, put to the core again: what the core decided then, in the real world, it decides
/// now from the state that the facts before it give. So what is rehearsed in virtual time is what ran.
struct JournalReplay {
  let facts: [Fact]
  private let core: MigrationCore

  init(of id: String, in state: String) throws {
    let reader = try #require(try SQLiteReader(StateDirectory(state)))
    facts = try reader.history(MigrationID(id))
    core = MigrationCore(try reader.plan(MigrationID(id)))
  }

  /// Every decision of the journal that the core would not come to, and how many there were.
  func check() -> (decided: Int, differences: [String]) {
    var state = MigrationState()
    var decided = 0
    var differences: [String] = []
    for fact in facts {
      if Self.isDecision(fact.kind) {
        decided += 1
        let again = core.decide(state, .ticked, fact.at).facts.map(\.kind)
        if !again.contains(fact.kind) { differences.append("\(fact.kind): now \(again)") }
      }
      core.apply(&state, fact)
    }
    if state != MigrationState(folding: facts, plan: core.plan) {
      differences.append("the state is not the fold of its facts")
    }
    return (decided, differences)
  }

  /// What followed from what was known; the other facts are what was seen, done and said.
  private static func isDecision(_ kind: FactKind) -> Bool {
    switch kind {
    case .stepDone, .effectIntended, .effectResolved, .ttlRounded, .leftBehind, .ended: true
    default: false
    }
  }
}
