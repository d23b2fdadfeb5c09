import Foundation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// A move whose certificate is proven through the zone's own provider, whichever it is.
@Suite struct PlanProofTests {
  let world: MoveWorld
  let router: HAProxyBed
  let west: Region
  let east: Region

  init() throws {
    world = try MoveWorld(.ours)
    router = try HAProxyBed(defaultName: "router.example.test")
    (west, east) = (try Region("west"), try Region("east"))
  }

  /// The move behind HAProxy with `provider` in the place of the updates; `zone`: who serves it.
  func plan(_ provider: [String], zone: SocketAddress, _ ca: PebbleCA) throws -> String {
    let plan = try world.plan(
      router: router, regions: [("west", west.address), ("east", east.address)], ca: ca)
    let text = try String(contentsOfFile: plan, encoding: .utf8)
    let other = text.replacingOccurrences(
      of: "kind: dynamic-update\\n.*\\n.*\\n *fence: yes\\n *longest-write.*\\n",
      with: provider.joined(separator: "\n    ") + "\n", options: .regularExpression
    ).replacing("\(world.primary.address)", with: "\(zone)")
    #expect(other.contains(provider[0]))
    try other.write(toFile: plan, atomically: true, encoding: .utf8)
    return plan
  }

  func start(_ plan: String) throws -> ServerProcess {
    let start = try world.cutover(["start", plan])
    #expect(start.status == 0, "\(start)")
    return try world.engine()
  }

  func obtains(_ engine: ServerProcess) throws {
    let isReady = world.waits(seconds: 90) { world.isDone("certificate") }
    let reasons = try world.cutover(["explain"]).stdout
    #expect(isReady, "\(engine.stderr)\n\(reasons)")
  }

  @Test func theZoneFileCarriesTheProof() throws {
    let zone = try FileServedZone(.bind, ttl: 3)
    let ca = try PebbleCA(dns: "\(zone.address)")
    let plan = try plan(
      ["kind: zone-file", "path: \(zone.path)", "reload: [\(zone.reload[0])]"],
      zone: zone.address, ca)
    let engine = try start(plan)
    try obtains(engine)
    #expect(ca.validations == 1)
    #expect(!zone.text.contains("_acme-challenge"), "\(zone.text)")
  }

  @Test func aPersonIsToldWhatToEnter() throws {
    let address = world.primary.address
    let ca = try PebbleCA(dns: "\(address)")
    let engine = try start(plan(["kind: manual", "instructions: the panel"], zone: address, ca))
    let value = try engine.wait(seconds: 60, for: "what to enter") {
      ZoneProofTests.printed(engine.stderr)
    }
    #expect(engine.stderr.contains("Add this record at the panel"), "\(engine.stderr)")
    #expect(ca.validations == 0)
    try ManualMoveTests.enter(world, "add _acme-challenge.api.example.test. 60 TXT \(value)")
    try obtains(engine)
    #expect(ca.validations == 1)
    #expect(engine.stderr.contains("remove this record at the panel"), "\(engine.stderr)")
  }

  @Test func aMoveThatIsGivenUpTakesItsProofBack() throws {
    let address = world.primary.address
    let ca = try PebbleCA(dns: "\(address)")
    let engine = try start(plan(["kind: manual", "instructions: the panel"], zone: address, ca))
    _ = try engine.wait(seconds: 60, for: "what to enter") {
      ZoneProofTests.printed(engine.stderr)
    }
    // The one thing that a way back would wait for.
    try ManualMoveTests.set(world, "old.example.net.", 1)
    let back = try world.cutover(["rollback"])
    #expect(back.status == 0, "\(back)")
    _ = try engine.wait(seconds: 90, for: "the proof to be taken back") {
      engine.stderr.contains("remove this record at the panel") ? true : nil
    }
    #expect(ca.validations == 0)
  }

  @Test func aProgramWithoutProofsIsRefusedAtTheStart() throws {
    let address = world.primary.address
    let ca = try PebbleCA(dns: "\(address)")
    let program = world.directory.write(
      "provider", "#!/bin/sh\necho '{\"cutover\":1,\"longestWriteSeconds\":5}'\n", mode: 0o700)
    let plan = try plan(["kind: exec", "command: [\(program)]"], zone: address, ca)
    let refused = try world.cutover(["start", plan])
    #expect(refused.status == 3, "\(refused)")
    #expect(refused.stderr.contains("does not say \"challenges\":true"), "\(refused)")
  }
}
