import DNSModel
import DNSProviders
import Foundation
import TestBeds
import TestSupport
import Testing

/// A stranger's edit in the middle of a real move: what the program says gets out of it does so.
@Suite struct DriftMoveTests {
  static func edit(_ world: MoveWorld, _ target: String) throws {
    let stranger = world.primary.provider(key: world.primary.broadKey)
    let held = try stranger.read()
    guard case .alias(let record) = held.content,
      let alias = try? AliasRecord(target: DomainName(parsing: target), ttl: record.ttl)
    else {
      Issue.record("no alias: \(held)")
      return
    }
    #expect(
      stranger.change(AliasChange(expected: record, wanted: alias, fence: held.fence)) == .applied)
  }

  @Test func aRollbackWaitsForTheDecisionAndSaysWhichAndThenEnds() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan()]).status == 0)
    #expect(try world.cutover(["run", "--wait", "--until", "verify"]).status == 4)
    try Self.edit(world, "old.example.net")
    let engine = try world.engine()
    #expect(world.waits(seconds: 40) { world.standing == "held" }, "\(engine.stderr)")
    let status = try world.cutover(["status"]).stdout
    for part in [
      "expected 1 CNAME new.example.net. with fence 2", "serves 1 CNAME old.example.net.",
      "waits for one of these, too",
    ] { #expect(status.contains(part), "\(part) is missing in\n\(status)") }
    let said = try world.cutover(["rollback"])
    #expect(
      said.status == 0 && said.stderr.contains("the rollback waits for one of these"), "\(said)")
    #expect(said.stderr.contains("cutover resume --overwrite puts 1 CNAME old.example.net."))
    #expect(!world.waits(seconds: 3) { world.standing != "held" })
    #expect(try world.cutover(["resume", "--overwrite"]).status == 0)
    #expect(try engine.waitForEnd(seconds: 60) == 0, "\(engine.stderr)")
    #expect(world.standing == "rolledBack")
  }

  @Test func aPlanThatPromisesTooMuchIsNotCalledAMatterOfTheVersion() throws {
    let world = try MoveWorld(.ours)
    let zone = world.directory.write("zone", UpdatablePrimary.zone)
    let text = try String(contentsOfFile: world.plan(), encoding: .utf8)
    let plan = text.replacingOccurrences(
      of: "kind: dynamic-update\\n.*\\n.*\\n *fence: yes\\n",
      with: "kind: zone-file\n    path: \(zone)\n",
      options: .regularExpression)
    #expect(plan != text)
    let start = try world.cutover(["start", world.directory.write("zone-plan.yaml", plan)])
    #expect(start.status != 0 && start.stderr.contains("the plan promises too much"), "\(start)")
    #expect(!start.stderr.contains("this version"), "\(start)")
  }
}
