import DNSModel
import DNSProviders
import Digests
import Foundation
import HTTP
import Migration
import Notation
import Routers
import SystemIO
import TLSToolkit
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

  /// Certificates of a minute: the move waits for a person meanwhile, and the second one is served before
  /// the first has ended. Clients that trust nothing but the CA's root are asked all along.
  @Test func aCertificateThatFallsDueMeanwhileIsRenewedByAStepOfItsOwn() throws {
    let world = try MoveWorld()
    let router = try HAProxyBed(defaultName: "router.example.test")
    let (west, east) = (try Region("west"), try Region("east"))
    var manner = PebbleCA.Manner()
    manner.validSeconds = 60
    let ca = try PebbleCA(dns: "\(world.primary.address)", manner)
    let plan = try world.plan(
      router: router, regions: [("west", west.address), ("east", east.address)], ca: ca,
      needsApproval: true, rollbackWindow: "60s", life: "60s")
    let shown = try Programs.cutover(["plan", plan, "--offline"])
    #expect(shown.stdout.contains("certificate.renew.1"), "\(shown)")
    #expect(try world.cutover(["start", plan]).status == 0)
    let engine = try world.engine()
    let isProven = world.waits(seconds: 60) { world.isDone("prove") }
    let obstacles = try world.cutover(["explain"]).stdout
    #expect(isProven, "\(engine.stderr)\n\(obstacles)")
    let root = String(decoding: try ca.root(), as: UTF8.self)
    let first = try leaf(at: .loopback(port: router.port))
    // Until when each lasts is on the one screen that people look at.
    let old = try leaf(at: .loopback(port: world.endpoints.old))
    let screen = try world.cutover(["status"]).stdout
    let ends = "certs    old until \(old.notAfter); new until \(first.notAfter), renewed 20"
    #expect(screen.contains(ends), "\(ends)\n\(screen)")
    let seen = try world.status()["certificates"]
    #expect(seen?["oldEnds"]?.string == old.notAfter.description)
    #expect(seen?["newEnds"]?.string == first.notAfter.description)
    #expect(seen?["renewal"]?.string != nil)
    var refused: [String] = []
    let isRenewed = try world.waits(seconds: 90) {
      do { _ = try router.get(anchor: root) } catch { refused.append("\(error)") }
      return try leaf(at: .loopback(port: router.port)).serialNumber != first.serialNumber
    }
    let reasons = try world.cutover(["explain"]).stdout
    #expect(isRenewed, "\(engine.stderr)\n\(reasons)")
    #expect(refused.isEmpty, "\(refused)")
    #expect(world.standing == "approval")
    #expect(try world.cutover(["approve", "--gate", "cutOver", "--as", "ann"]).status == 0)
    #expect(try engine.waitForEnd(seconds: 90) == 0, "\(engine.stderr)\n\(reasons)")
    #expect(world.standing == "moved")
    // Once for each certificate that fell due.
    let facts = try world.facts()
    let intents = facts.filter { $0["kind"]?["effect"]?["action"]?["renew"] != nil }
    #expect((1...2).contains(intents.count), "\(facts.map(\.compact))")
  }

  private func leaf(at address: SocketAddress) throws -> CertificateFacts {
    let context = try TLSContext.client(TLSClientSettings())
    let connection = try TLSConnection(
      to: address, context, serverName: "api.example.test", trust: nil,
      until: Deadline(in: .seconds(5)))
    defer { connection.close() }
    return try #require(connection.session.peerCertificates.first).facts
  }
}
