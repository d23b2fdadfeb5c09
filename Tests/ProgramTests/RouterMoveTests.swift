import DNSModel
import DNSProviders
import Foundation
import HTTP
import Notation
import Routers
import SystemIO
import TestBeds
import TestSupport
import Testing

/// A whole move with nothing left to a person: BIND takes the updates, Pebble issues the certificate
/// through the zone, HAProxy takes on the regions, and clients are asked throughout.
@Suite struct RouterMoveTests {
  @Test func movesTheNameBehindHAProxyWithACertificateOfItsOwn() throws {
    let world = try MoveWorld()
    let router = try HAProxyBed(defaultName: "router.example.test")
    let (west, east) = (try Region("west"), try Region("east"))
    let ca = try PebbleCA(dns: "\(world.primary.address)")
    let plan = try world.plan(
      router: router, regions: [("west", west.address), ("east", east.address)], ca: ca)
    let start = try world.cutover(["start", plan])
    #expect(start.status == 0, "\(start)")
    let engine = try world.engine()
    let status = try? engine.waitForEnd(seconds: 90)
    let reasons = try world.cutover(["explain"]).stdout
    #expect(status == 0, "\(engine.stderr)\n\(reasons)")
    #expect(world.standing == "moved")
    #expect(try world.record().content == MoveTests.alias("new.example.net", 2))

    // The router serves the name with the CA's chain, from both regions.
    let root = String(decoding: try ca.root(), as: UTF8.self)
    let answer = try router.get(name: "api.example.test", anchor: root)
    #expect(answer.status == 200)
    #expect(try router.regionsSeen() == ["west", "east"])
    // Nothing of the proof stays in the zone, and no key is readable by others.
    let left = try Programs.run(
      "dig",
      [
        "@127.0.0.1", "-p", "\(world.primary.address.port)", "_acme-challenge.api.example.test",
        "TXT",
        "+short", "+norec",
      ])
    #expect(left.stdout.isEmpty, "\(left)")
    let folder = "\(world.state)/certificates/api.example.test"
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      let path = "\(folder)/\(name)"
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(name)")
    }

    // A region fails and returns on its own signals; clients of the other notice nothing.
    east.isHealthy = false
    try router.waitUntil("east to be seen down") {
      try router.runtime.server("east")?.isUp == false
    }
    #expect(try router.regionsSeen() == ["west"])
    east.isHealthy = true
    try router.waitUntil("east to be seen up") { try router.runtime.server("east")?.isUp == true }
    #expect(try router.regionsSeen() == ["west", "east"])
  }
}
