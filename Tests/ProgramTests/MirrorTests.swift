import Foundation
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// `TXT _cutover.NAME` on our server follows the migration, through restarts of either.
@Suite struct MirrorTests {
  static func text(_ world: MoveWorld, _ name: String = "api") throws -> String {
    try Programs.run(
      "dig",
      [
        "@127.0.0.1", "-p", "\(world.primary.address.port)", "_cutover.\(name).example.test", "TXT",
        "+short", "+norec", "+tries=1", "+time=2",
      ]
    ).stdout
  }

  @Test func theServerSaysWhereTheMoveStandsThroughRestartsOfBoth() throws {
    let world = try MoveWorld(.ours)
    #expect(try Self.text(world).isEmpty)
    let serial = try Self.serial(world)
    #expect(try world.cutover(["start", world.plan(needsApproval: true)]).status == 0)
    #expect(
      try world.waits(seconds: 10) {
        try Self.text(world).contains("\"migration=api.example.test\"")
      })
    #expect(try Self.serial(world) == serial, "the zone itself is left alone")
    var engine = try world.engine()
    #expect(
      try world.waits(seconds: 40) { try Self.text(world).contains("\"phase=approval\"") },
      "\(engine.stderr)")
    let waiting = try Self.text(world)
    #expect(waiting.contains("step=approve.cutOver") && waiting.contains("\"direction=forward\""))
    #expect(waiting.contains("\"next="))
    // Until when undoing can be decided: the same moment as `status` names, once there is one.
    let decideBy = try world.status()["decideBy"]?.string
    #expect(waiting.contains("\"decide-by=") == (decideBy != nil))
    if let decideBy { #expect(waiting.contains("\"decide-by=\(decideBy)\""), "\(waiting)") }
    // The engine is killed: what it wrote down is still shown. So is the server: it reads it again.
    engine.stop()
    #expect(try Self.text(world).contains("\"phase=approval\""))
    try world.primary.restart()
    #expect(try world.waits(seconds: 10) { try Self.text(world).contains("\"phase=approval\"") })
    engine = try world.engine()
    #expect(try world.cutover(["approve", "--as", "ann"]).status == 0)
    #expect(try engine.waitForEnd(seconds: 300) == 0, "\(engine.stderr)")
    #expect(try world.waits(seconds: 10) { try Self.text(world).contains("\"phase=moved\"") })
  }

  static func serial(_ world: MoveWorld) throws -> String {
    try Programs.run(
      "dig",
      ["@127.0.0.1", "-p", "\(world.primary.address.port)", "example.test", "SOA", "+short"]
    ).stdout
  }
}
