import Foundation
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// A move whose record a person changes by hand, and slips: the program says which slip it was, and goes on
/// once it is put right.
@Suite struct ManualMoveTests {
  static func plan(_ world: MoveWorld) throws -> String {
    let plan = world.plan()
    let text = try String(contentsOfFile: plan, encoding: .utf8)
    let byHand = text.replacingOccurrences(
      of: "kind: dynamic-update\\n.*\\n.*\\n *fence: yes\\n",
      with: "kind: manual\n    instructions: the panel\n", options: .regularExpression)
    #expect(byHand != text)
    try byHand.write(toFile: plan, atomically: true, encoding: .utf8)
    return plan
  }

  /// The person at the panel.
  static func enter(_ world: MoveWorld, _ lines: String...) throws {
    let script =
      "server 127.0.0.1 \(world.primary.address.port)\n"
      + "key hmac-sha256:broad \(UpdatablePrimary.secret)\n"
      + lines.map { "update \($0)\n" }.joined() + "send\n"
    let run = try Programs.run("nsupdate", [], stdin: script)
    #expect(run.status == 0, "\(run)")
  }

  static func set(_ world: MoveWorld, _ target: String, _ ttl: Int) throws {
    let name = "api.example.test."
    try enter(world, "delete \(name) CNAME", "add \(name) \(ttl) CNAME \(target)")
  }

  static func waits(_ world: MoveWorld, for text: String) throws -> Bool {
    try world.waits(seconds: 40) { try world.cutover(["explain"]).stdout.contains(text) }
  }

  /// While the wrong record is seen, resuming is refused.
  static func resumes(_ world: MoveWorld) throws -> Bool {
    try world.waits(seconds: 40) { try world.cutover(["resume"]).status == 0 }
  }

  @Test func eachSlipOfTheHandIsToldApartInTheRun() throws {
    let world = try MoveWorld(.ours)
    let start = try world.cutover(["start", Self.plan(world)])
    #expect(start.status == 0, "\(start)")
    let engine = try world.engine()
    let told = "a person was told to change the record"
    #expect(try Self.waits(world, for: told), "\(engine.stderr)")
    // What is to be entered is told for as long as it is open, wherever somebody looks.
    for command in ["status", "explain", "step"] {
      let text = try world.cutover([command]).stdout
      for part in [
        "Change this record at the panel", "name    api ", "api.example.test.",
        "value   old.example.net. ", "TTL     1 ",
      ] { #expect(text.contains(part), "\(command): \(part) is missing in\n\(text)") }
    }
    #expect(try world.status()["toDo"]?.array?.isEmpty == false)
    // The whole name, where the page adds the zone.
    let doubled = "api.example.test.example.test"
    try Self.enter(world, "add \(doubled). 1 CNAME old.example.net.")
    #expect(try Self.waits(world, for: "the record was made at \(doubled)"), "\(engine.stderr)")
    #expect(try world.cutover(["status"]).stdout.contains("seen     the record was made at"))
    // The value without its last dot.
    try Self.enter(world, "delete \(doubled). CNAME")
    try Self.set(world, "old.example.net.example.test.", 1)
    #expect(try Self.waits(world, for: "the zone was added to the value"), "\(engine.stderr)")
    #expect(world.standing == "held")
    try Self.set(world, "old.example.net.", 1)
    #expect(try Self.resumes(world))
    // A typing slip, at the cutover.
    #expect(world.waits(seconds: 40) { world.isDone("ttl.lower.1") }, "\(engine.stderr)")
    #expect(try Self.waits(world, for: told), "\(engine.stderr)")
    try Self.set(world, "new.exmaple.net.", 1)
    let slip = "it says new.exmaple.net where new.example.net was meant"
    #expect(try Self.waits(world, for: slip), "\(engine.stderr)")
    // Committed first, then said.
    #expect(world.waits(seconds: 40) { engine.stderr.contains(slip) }, "\(engine.stderr)")
    try Self.set(world, "new.example.net.", 1)
    #expect(try Self.resumes(world))
    #expect(world.waits(seconds: 60) { world.isDone("soak.1") }, "\(engine.stderr)")
    #expect(try Self.waits(world, for: told), "\(engine.stderr)")
    try Self.set(world, "new.example.net.", 2)
    #expect(try engine.waitForEnd(seconds: 60) == 0, "\(engine.stderr)")
    #expect(world.standing == "moved")
    #expect(try !world.cutover(["status"]).stdout.contains("task  "))
  }

  /// What a wildcard puts at the doubled name is nobody's slip.
  @Test func aWildcardIsNoSlip() throws {
    let world = try MoveWorld(.ours)
    try Self.enter(world, "add *.example.test. 1 CNAME old.example.net.")
    #expect(try world.cutover(["start", Self.plan(world)]).status == 0)
    let engine = try world.engine()
    #expect(
      try Self.waits(world, for: "a person was told to change the record"), "\(engine.stderr)")
    #expect(
      try !world.waits(seconds: 3) { try world.cutover(["explain"]).stdout.contains("made at") })
  }
}
