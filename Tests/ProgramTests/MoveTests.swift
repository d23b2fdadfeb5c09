import DNSModel
import DNSProviders
import Foundation
import Glibc
import Notation
import TestBeds
import TestSupport
import Testing

/// A real move through the real program: BIND, nginx, TTLs of seconds, wall time.
@Suite struct MoveTests {
  static func alias(_ target: DomainName, _ ttl: Int) -> ProviderHolding.Content {
    .alias(AliasRecord(target: target, ttl: TTL(clamping: ttl)))
  }

  @Test func movesTheNameAndProvesItsHistory() throws {
    let world = try MoveWorld()
    let start = try world.cutover(["start", world.plan(needsApproval: true)])
    #expect(start.status == 0, "\(start)")
    let again = try world.cutover(["start", world.plan(needsApproval: true)])
    #expect(again.status == 3 && again.stderr.contains("moving already"))
    let engine = try world.engine()
    #expect(world.waits(seconds: 40) { world.standing == "approval" }, "\(engine.stderr)")
    #expect(try world.record().content == Self.alias("old.example.net", 1))
    // Two terminals, one request: one entry.
    for _ in 0..<2 {
      let run = try world.cutover([
        "approve", "--gate", "cutOver", "--as", "ann", "--request", "r1",
      ])
      #expect(run.status == 0 && run.stdout.contains("accepted"), "\(run)")
    }
    #expect(try engine.waitForEnd(seconds: 60) == 0, "\(engine.stderr)")
    #expect(try world.record().content == Self.alias("new.example.net", 2))
    #expect(world.standing == "moved")
    let commands = try world.facts().filter { $0["kind"]?["name"]?.string == "commanded" }
    #expect(commands.count == 1)
    #expect(try world.cutover(["history", "--verify"]).status == 0)
    let bundle = world.directory.file("evidence.json")
    #expect(try world.cutover(["history", "--export", bundle]).status == 0)
    let text = try String(contentsOfFile: bundle, encoding: .utf8)
    #expect(try JSON(parsing: text)["entries"]?.array?.count == world.facts().count)
    // The taint test: the key's secret is in nothing that was kept or said (R23).
    var places = [text, engine.stderr, engine.stdout, try world.status().pretty]
    for name in try FileManager.default.contentsOfDirectory(atPath: world.state) {
      let bytes = FileManager.default.contents(atPath: world.state + "/" + name) ?? Data()
      places.append(String(decoding: bytes, as: UTF8.self))
    }
    for place in places { #expect(!place.contains(UpdatablePrimary.secret)) }
  }

  @Test func survivesBeingKilledOverAndOver() throws {
    let world = try MoveWorld()
    #expect(try world.cutover(["start", world.plan()]).status == 0)
    var random = SeededRandom(seed: 20_261_121)
    var kills = 0
    while world.standing != "moved", kills < 60 {
      let engine = try world.engine()
      usleep(UInt32.random(in: 250_000...1_500_000, using: &random))
      if engine.isRunning {
        engine.send(SIGKILL)
        kills += 1
      }
      engine.stop()
    }
    #expect(world.standing == "moved", "after \(kills) kills")
    #expect(kills > 3)
    #expect(try world.record().content == Self.alias("new.example.net", 2))
    // Lower, cut over, raise: each took hold once, so the fence counts three.
    #expect(try world.record().fence == 3)
    #expect(try world.cutover(["history", "--verify"]).status == 0)
  }

  @Test func rollsBackToTheRecordThatWas() throws {
    let world = try MoveWorld()
    #expect(try world.cutover(["start", world.plan()]).status == 0)
    let engine = try world.engine()
    #expect(world.waits(seconds: 40) { world.isDone("cutover") }, "\(engine.stderr)")
    let run = try world.cutover(["rollback", "--reason", "changed our minds"])
    #expect(run.status == 0 && run.stdout.contains("accepted"), "\(run)")
    #expect(try engine.waitForEnd(seconds: 60) == 0, "\(engine.stderr)")
    #expect(world.standing == "rolledBack")
    guard case .alias(let record) = try world.record().content else {
      Issue.record("no alias is left")
      return
    }
    #expect(record.target == "old.example.net")
  }

  @Test func holdsWhenSomeoneElseEditsTheRecord() throws {
    let world = try MoveWorld()
    #expect(try world.cutover(["start", world.plan(needsApproval: true)]).status == 0)
    let engine = try world.engine()
    #expect(world.waits(seconds: 40) { world.standing == "approval" }, "\(engine.stderr)")
    engine.stop()
    let stranger = world.primary.provider(key: world.primary.broadKey)
    let held = try stranger.read()
    guard case .alias(let record) = held.content else { return }
    let foreign = AliasRecord(target: "foreign.example.org", ttl: record.ttl)
    #expect(
      stranger.change(AliasChange(expected: record, wanted: foreign, fence: held.fence))
        == .applied)
    let second = try world.engine()
    #expect(world.waits(seconds: 30) { world.standing == "held" }, "\(second.stderr)")
    let explained = try world.cutover(["explain"])
    #expect(explained.status == 6 && explained.stdout.contains("--overwrite"), "\(explained)")
    #expect(try world.record().content == .alias(foreign))
    #expect(try world.cutover(["rollback"]).status == 0)
    #expect(try world.cutover(["resume", "--overwrite"]).status == 0)
    #expect(
      try world.waits(seconds: 40) {
        guard case .alias(let now) = try world.record().content else { return false }
        return now.target == "old.example.net"
      }, "\(second.stderr)")
  }

  @Test func refusesAWorldThatIsNotAsThePlanSays() throws {
    let world = try MoveWorld()
    let plan = world.plan().replacing("plan.yaml", with: "other.yaml")
    let text = try String(contentsOfFile: world.directory.file("plan.yaml"), encoding: .utf8)
    world.directory.write(
      "other.yaml", text.replacing("cname: old.example.net", with: "cname: else.example.net"))
    let run = try world.cutover(["start", plan])
    #expect(run.status == 3 && run.stderr.contains("foreign"), "\(run)")
    #expect(try world.cutover(["list", "--json"]).stdout.contains("[]"))
  }
}
