import Digests
import Foundation
import Notation
import TestBeds
import TestSupport
import Testing

/// Who is told, through the real program: a webhook that is signed, and a command.
@Suite struct HookTests {
  static let secret = "canary-webhook-secret"

  @Test func hooksAreToldOnceSignedAndTriedAgain() throws {
    let world = try MoveWorld(.ours)
    let desk = try WebDesk()
    let key = world.directory.write("webhook-key", Self.secret)
    let heard = world.directory.file("heard")
    let script = world.directory.write(
      "hook.sh", "#!/bin/sh\ncat >> \(heard)\n", mode: 0o700)
    let plan = world.plan(
      needsApproval: true,
      more: """
        notify:
          - webhook: http://\(desk.address)/hook
            secret: file:\(key)
          - exec: [\(script)]
            on: [approval, finished]
        """)
    desk.failsNext(2)
    let start = try world.cutover(["start", plan])
    #expect(start.status == 0, "\(start)")
    var engine = try world.engine()
    #expect(world.waits(seconds: 40) { world.standing == "approval" }, "\(engine.stderr)")
    #expect(
      world.waits(seconds: 20) { desk.requests.count >= 3 }, "\(desk.requests) \(engine.stderr)")
    // Restarted: what was told is told.
    engine.stop()
    engine = try world.engine()
    #expect(try world.cutover(["approve", "--as", "ann"]).status == 0)
    #expect(try engine.waitForEnd(seconds: 60) == 0, "\(engine.stderr)")

    let told = try desk.requests.map { try JSON(parsing: $0.body) }
    var kinds: [String: Set<String>] = [:]
    for notice in told {
      kinds[notice["kind"]?.string ?? "", default: []].insert(
        notice["deduplication"]?.string ?? "")
    }
    #expect(kinds.mapValues(\.count) == ["approval": 1, "cutover": 1, "moved": 1], "\(kinds)")
    // The first was refused twice and came again, the same each time.
    #expect(told.prefix(3).allSatisfy { $0 == told[0] })
    for request in desk.requests {
      let time = try #require(request.header("Cutover-Time"))
      let code = HashFunction.sha256.authenticationCode(
        for: Array("\(time).\(request.body)".utf8), key: Array(Self.secret.utf8))
      #expect(request.header("Cutover-Signature") == "sha256=\(code.hex)")
    }
    let lines = try world.directory.read("heard").split(separator: "\n")
    let heardKinds = try Set(lines.map { try JSON(parsing: String($0))["kind"]?.string })
    #expect(heardKinds == ["approval", "moved"])
  }

  /// Whoever is told nothing can see that, and since when, and why.
  @Test func noticesThatNobodyTakesAreTold() throws {
    let world = try MoveWorld(.ours)
    let mended = world.directory.file("mended")
    let plan = world.plan(
      needsApproval: true,
      more: "notify:\n  - exec: [test, -e, \"\(mended)\"]\n    on: [approval]\n")
    #expect(try world.cutover(["start", plan]).status == 0)
    let engine = try world.engine()
    #expect(world.waits(seconds: 40) { world.standing == "approval" }, "\(engine.stderr)")
    #expect(
      try world.waits(seconds: 20) {
        let text = try world.cutover(["status"]).stdout
        return text.contains("notices  1 could not be delivered, the oldest since ")
          && text.contains("test: exit status 1")
      })
    #expect(try world.status()["noticeTrouble"]?.string?.contains("exit status 1") == true)
    world.directory.write("mended", "")
    #expect(
      try world.waits(seconds: 60) { try !world.cutover(["status"]).stdout.contains("notices  ") })
  }

  /// A gate that is a command, and fails after the cutover: the plan says roll back, so it does.
  @Test func aFailingSoakGateTurnsTheMoveBackByItself() throws {
    let world = try MoveWorld(.ours)
    let verdict = world.directory.write("verdict", "exit 0")
    let plan = world.plan(gates: [
      "{name: shop, exec: [/bin/sh, \(verdict)], on-failure: roll-back}"
    ])
    #expect(try world.cutover(["start", plan]).status == 0)
    world.directory.write("verdict", "exit 1")
    let engine = try world.engine()
    #expect(try engine.waitForEnd(seconds: 90) == 0, "\(engine.stderr)")
    #expect(world.standing == "rolledBack")
    let history = try world.cutover(["history"]).stdout
    #expect(history.contains("turned back, because of the soak gates"), "\(history)")
  }

  @Test func aSoakGateWithoutDataHolds() throws {
    let world = try MoveWorld(.ours)
    let plan = world.plan(gates: [
      "{name: errors, query: \"http://127.0.0.1:\(try FreePort.next())/\", below: 1}"
    ])
    let start = try world.cutover(["start", plan])
    #expect(start.status == 0, "\(start)")
    let engine = try world.engine()
    #expect(world.waits(seconds: 60) { world.isDone("verify") }, "\(engine.stderr)")
    #expect(!world.waits(seconds: 6) { world.standing == "moved" })
    let explained = try world.cutover(["explain"]).stdout
    #expect(explained.contains("the soak gates: inconclusive"), "\(explained)")
  }
}
