import DNSModel
import Foundation
@_spi(PlantedMistakes) import Migration
import Notation
import TestSupport
import Testing

/// Every verb in every state has a defined result: the whole table, held against the one that was read and
/// approved (`Fixtures/verbs.txt`; `CUTOVER_GOLDEN=write` writes it anew).
@Suite struct VerbTableTests {
  struct Situation {
    let name: String
    let walk: Walk
  }

  /// Each step being worked on, each kind of pause, each part of the way back, each end.
  static func situations() -> [Situation] {
    var found: [Situation] = []
    func add(_ name: String, _ walk: Walk) { found.append(Situation(name: name, walk: walk)) }
    for (step, walk) in steps { add(step, walk) }
    add("paused", after("ttl.lower.1") { $0.say(.pause) })
    add("drift", after("ttl.lower.1") { drift(&$0, .other(7)) })
    add("drift of the TTL", after("ttl.lower.2") { drift(&$0, .old) })
    add("drift while locked", after("soak.2") { drift(&$0, .other(7)) })
    add(
      "drift that is gone",
      after("ttl.lower.1") {
        $0.pass(.minutes(30))
        let before = $0.record
        drift(&$0, .other(7))
        $0.record = before
        $0.seeRecord()
        $0.look(LookPlan.Slot.provider)
      })
    add("failure", failure())
    add("missed window", missed())
    add("authority unreachable", unreachable())
    add("in someone's hands", handedOver())
    add(
      "rolling back: settling",
      after("ttl.lower.1") {
        $0.kept = [.record]
        $0.pass(.days(4)) { $0.state.openEffect(for: .record) != nil }
        $0.feed(.recovered)
        $0.say(.rollback)
      })
    add(
      "rolling back: unlocking",
      after("soak.2") {
        $0.kept = [.unlock]
        $0.say(.rollback)
      })
    add(
      "rolling back: sick",
      after("soak.1") {
        $0.set(.oldEndpoint, .fail)
        $0.pass(.hours(2))
        $0.say(.rollback)
      })
    add(
      "rolling back: draining",
      after("soak.1") {
        $0.say(.rollback)
        $0.pass(.minutes(10))
      })
    add(
      "rolling back: old TTL",
      after("soak.1") {
        $0.approves = false
        $0.say(.rollback)
        $0.pass(.days(1))
      })
    add("moved", after("approve.pointOfNoReturn") { $0.pass(.days(30)) })
    add("rolled back", after("audit") { $0.say(.abort) })
    add(
      "handed over",
      after("ttl.lower.1") {
        drift(&$0, .other(7))
        $0.say(.adopt)
      })
    return found
  }

  /// One move, stopped each time a step comes into hand.
  static let steps: [(step: String, walk: Walk)] = {
    var found: [(step: String, walk: Walk)] = []
    var walk = Walk()
    walk.approves = false
    var seen = StepSet()
    for _ in 0..<200 where walk.state.ending == nil {
      for index in walk.state.activeSteps(walk.plan).indices where !seen.contains(index) {
        seen.insert(index)
        found.append((walk.plan.steps[index].id, walk))
      }
      let known = seen
      walk.pass(.hours(12)) { walk in
        walk.state.activeSteps(walk.plan).indices.contains { !known.contains($0) }
          || walk.decision.standing == .approval
      }
      for blocker in walk.decision.blockers {
        if case .approval(let gate, _) = blocker,
          let index = walk.plan.index(of: StepKind.approve(gate).id), seen.contains(index)
        {
          walk.approve(gate)
        }
      }
    }
    return found
  }()

  private static func after(_ step: String, _ change: (inout Walk) -> Void) -> Walk {
    var walk = steps.first { $0.step == step }?.walk ?? Walk()
    walk.approves = true
    change(&walk)
    return walk
  }

  private static func drift(_ walk: inout Walk, _ content: RecordContent) {
    walk.pass(.minutes(30))
    walk.record = ServedValue(content, TTL(clamping: 7_200))
    walk.pass(.hours(2)) { $0.state.pauses.contains(.drift) }
    walk.seeRecord()
  }

  private static func failure() -> Walk {
    after("router.own") { walk in
      walk.kept = [.own]
      walk.pass(.hours(1)) { !$0.effects.isEmpty && $0.state.openEffect(for: .own) != nil }
      if let effect = walk.state.openEffect(for: .own)?.effect {
        walk.feed(.effectEnded(number: effect.number, .rejected(.permanent)))
      }
    }
  }

  private static func missed() -> Walk {
    let only = ChangeWindow(opens: Walk.start, closes: Walk.start + .hours(1))
    var walk = Walk(SamplePlans.contoso(changeWindows: [only]))
    walk.pass(.days(5))
    return walk
  }

  private static func unreachable() -> Walk {
    after("ttl.lower.1") { walk in
      walk.isReachable = false
      walk.pass(.hours(1))
    }
  }

  private static func handedOver() -> Walk {
    var walk = Walk(SamplePlans.contoso(hasFence: false, isManual: true))
    walk.kept = [.record]
    walk.pass(.hours(3)) { !$0.effects.isEmpty && $0.state.openEffect(for: .record) != nil }
    if let effect = walk.state.openEffect(for: .record)?.effect {
      walk.feed(.effectEnded(number: effect.number, .handedOver))
    }
    walk.pass(.minutes(30))
    return walk
  }

  /// Every verb, with every gate and every way its words can be wrong.
  static func verbs(_ walk: Walk) -> [(name: String, verb: Verb)] {
    let plan = walk.plan.planDigest
    var verbs: [(String, Verb)] = []
    for gate in Gate.allCases {
      let digest = walk.state.evidenceDigest(for: gate)
      verbs.append(
        (
          "approve \(gate.name)",
          .approve(gate, planDigest: plan, evidenceDigest: digest)
        ))
    }
    let digest = walk.state.evidenceDigest(for: .cutOver)
    verbs.append(
      ("approve, other plan", .approve(.cutOver, planDigest: "x", evidenceDigest: digest)))
    verbs.append(
      ("approve, old evidence", .approve(.cutOver, planDigest: plan, evidenceDigest: "x")))
    for gate in Gate.allCases { verbs.append(("decline \(gate.name)", .decline(gate))) }
    verbs += [
      ("pause", .pause), ("resume", .resume), ("abort", .abort), ("rollback", .rollback),
      ("retry", .retry), ("adopt", .adopt), ("overwrite", .overwrite),
      ("waive", .waive(authority: Walk.server.description)),
      ("waive, unknown", .waive(authority: "nobody")), ("break-glass", .breakGlass),
      ("attest-drained", .attestDrained), ("withdraw", .withdraw),
    ]
    return verbs
  }

  static func text(_ result: CommandResult) -> String {
    switch result {
    case .accepted: "accepted"
    case .alreadySo: "already so"
    case .refused(let refusal): "refused: \(refusal.rawValue)"
    }
  }

  @Test func everyVerbInEveryStateHasTheResultThatWasApproved() throws {
    var lines: [String] = []
    for situation in Self.situations() {
      lines.append("\(situation.name) (\(situation.walk.decision.standing.rawValue))")
      for (name, verb) in Self.verbs(situation.walk) {
        let command = Command(request: "table", actor: "Zoe", verb: verb)
        let result = VerbTable(core: situation.walk.core).result(
          of: command, in: situation.walk.state, at: situation.walk.now)
        lines.append("  \(name): \(Self.text(result))")
        // What the table says is what happens, and the migration can go on from it.
        var walk = situation.walk
        #expect(walk.say(verb, by: "Zoe") == result, "\(situation.name): \(name)")
        #expect(
          walk.state.ending != nil || !walk.decision.blockers.isEmpty
            || !walk.decision.effects.isEmpty, "\(situation.name): \(name) leaves it speechless")
        if case .refused = result {
          #expect(
            walk.state.pauses == situation.walk.state.pauses
              && walk.state.ending == situation.walk.state.ending,
            "\(situation.name): \(name) was refused and changed something")
        }
      }
    }
    try compare(lines)
  }

  private func compare(_ lines: [String]) throws {
    let path = Programs.root + "/Tests/MigrationTests/Fixtures/verbs.txt"
    if ProcessInfo.processInfo.environment["CUTOVER_GOLDEN"] == "write" {
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
    }
    let golden = try #require(FileManager.default.contents(atPath: path))
    let expected = String(decoding: golden, as: UTF8.self).split(separator: "\n").map(String.init)
    var situation = ""
    for (index, line) in lines.enumerated() {
      if !line.hasPrefix(" ") { situation = line }
      let wanted = index < expected.count ? expected[index] : "nothing"
      if line != wanted { Issue.record("\(situation): \(line); approved was: \(wanted)") }
    }
    #expect(lines.count == expected.count)
  }
}
