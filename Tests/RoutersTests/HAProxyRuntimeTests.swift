import Foundation
import HTTP
import Migration
import Routers
import TestBeds
import TestSupport
import Testing

@Suite struct HAProxyRuntimeTests {
  static let check = "check inter 50ms rise 2 fall 2"

  @Test func regionsComeAndGoWithoutAReload() throws {
    let bed = try HAProxyBed()
    let (west, east) = (try Region("west"), try Region("east"))
    #expect(try bed.get().status == 503, "a router without regions says so")

    try bed.runtime.add("west", address: west.address, weight: 100, options: Self.check)
    try bed.waitUntil("west to be up") { try bed.runtime.server("west")?.isUp == true }
    #expect(try bed.regionsSeen(requests: 5) == ["west"])

    try bed.runtime.add("east", address: east.address, weight: 100, options: Self.check)
    try bed.waitUntil("east to be up") { try bed.runtime.server("east")?.isUp == true }
    #expect(try bed.regionsSeen() == ["west", "east"])
    let server = try #require(try bed.runtime.server("east"))
    #expect(server.address == east.address)
    #expect(server.weight == 100)
    #expect(server.isChecked)

    try bed.runtime.drain("west")
    #expect(try bed.runtime.server("west")?.isDraining == true)
    #expect(try bed.regionsSeen() == ["east"])
    try bed.runtime.ready("west")
    #expect(try bed.regionsSeen() == ["west", "east"])

    try bed.runtime.setWeight("west", 7)
    #expect(try bed.runtime.server("west")?.weight == 7)
    try bed.runtime.remove("west")
    #expect(try bed.runtime.servers().map(\.name) == ["east"])
    #expect(try bed.regionsSeen(requests: 10) == ["east"])
  }

  @Test func everyOrderMayBeRepeated() throws {
    let bed = try HAProxyBed()
    let west = try Region("west")
    for _ in 0..<2 {
      try bed.runtime.add("west", address: west.address, weight: 100, options: Self.check)
    }
    #expect(try bed.runtime.servers().count == 1)
    for _ in 0..<2 { try bed.runtime.drain("west") }
    for _ in 0..<2 { try bed.runtime.remove("west") }
    #expect(try bed.runtime.servers().isEmpty)
  }

  @Test func aRegionFailsAndReturnsOnItsOwnSignals() throws {
    let bed = try HAProxyBed()
    let (west, east) = (try Region("west"), try Region("east"))
    for (name, region) in [("west", west), ("east", east)] {
      try bed.runtime.add(name, address: region.address, weight: 100, options: Self.check)
      try bed.waitUntil("\(name) to be up") { try bed.runtime.server(name)?.isUp == true }
    }
    east.isHealthy = false
    try bed.waitUntil("east to be seen down") { try bed.runtime.server("east")?.isUp == false }
    #expect(try bed.regionsSeen() == ["west"])
    east.isHealthy = true
    try bed.waitUntil("east to be seen up") { try bed.runtime.server("east")?.isUp == true }
    #expect(try bed.regionsSeen() == ["west", "east"])
  }

  /// Also where the router picks at random, which took all regions added while it ran for one.
  @Test func eachOfThreeAddedRegionsServesAlsoAfterOneWasAway() throws {
    let bed = try HAProxyBed()
    #expect(try bed.folder.read("haproxy.cfg").contains("balance random"))
    let names = ["west", "east", "south"]
    let regions = try names.map { try Region($0) }
    for (name, region) in zip(names, regions) {
      try bed.runtime.add(name, address: region.address, weight: 100, options: Self.check)
      try bed.waitUntil("\(name) to be up") { try bed.runtime.server(name)?.isUp == true }
    }
    #expect(try bed.regionsSeen(requests: 80) == Set(names))
    for (name, region) in zip(names, regions) {
      for isHealthy in [false, true] {
        region.isHealthy = isHealthy
        try bed.waitUntil("\(name) to turn") {
          try bed.runtime.server(name)?.isUp == isHealthy
        }
      }
      #expect(try bed.regionsSeen(requests: 80) == Set(names), "after \(name) was away")
    }
    try bed.runtime.remove("west")
    try bed.runtime.add("west", address: regions[0].address, weight: 100, options: Self.check)
    try bed.waitUntil("west to be up again") { try bed.runtime.server("west")?.isUp == true }
    #expect(try bed.regionsSeen(requests: 80) == Set(names), "after west was removed and added")
  }

  /// Two failing checks in a row are a hiccup, and so is a single good one: the region goes after three,
  /// and comes back after two.
  @Test func aHiccupTurnsNoRegionInEitherDirection() throws {
    let bed = try HAProxyBed()
    let health = ScriptedHealth("++--+---+-++++")
    let origin = try ServingThread { _ in
      .send(HTTPResponse(status: health.next() ? 200 : 503))
    }
    try HAProxyRegions(bed.runtime).add(
      RegionPlan(
        name: "west", origin: .address(#require(origin.address)), healthPath: "/health", share: 50))
    var seen: [Bool] = []
    try bed.waitUntil("the script to be played") {
      let isUp = try bed.runtime.server("west")?.isUp == true
      if seen.last ?? false != isUp { seen.append(isUp) }
      return health.isPlayed
    }
    #expect(seen == [true, false, true])
  }

  @Test func certificatesAreReplacedWithoutAReload() throws {
    let bed = try HAProxyBed()
    let west = try Region("west")
    try bed.runtime.add("west", address: west.address, weight: 100, options: Self.check)
    try bed.waitUntil("west to be up") { try bed.runtime.server("west")?.isUp == true }
    let file = bed.folder.file("first.pem")
    let second = TemporaryDirectory()
    let pem = try HAProxyBed.makeCertificate(second, name: "api.example.test", file: "new.pem")
    let anchor = try second.read("new.pem.crt")
    #expect(throws: (any Error).self) { try bed.get(anchor: anchor) }
    try bed.runtime.store(certificate: pem, file: file, list: bed.certificateList)
    #expect(try bed.get(anchor: anchor).status == 200)
    #expect(try bed.runtime.certificateFacts(file).contains { $0.0 == "Subject" })
  }

  @Test func aCertificateForAnotherNameIsServedByItsName() throws {
    let bed = try HAProxyBed()
    let west = try Region("west")
    try bed.runtime.add("west", address: west.address, weight: 100, options: Self.check)
    try bed.waitUntil("west to be up") { try bed.runtime.server("west")?.isUp == true }
    let pem = try HAProxyBed.makeCertificate(
      bed.folder, name: "www.example.test", file: "second.pem")
    let file = bed.folder.file("second.pem")
    for _ in 0..<2 {
      try bed.runtime.store(certificate: pem, file: file, list: bed.certificateList)
    }
    let anchor = try bed.folder.read("second.pem.crt")
    #expect(try bed.get(name: "www.example.test", anchor: anchor).status == 200)
  }

  @Test func rubbishIsRefusedAndNothingOpenIsLeftBehind() throws {
    let bed = try HAProxyBed()
    let file = bed.folder.file("first.pem")
    #expect(throws: HAProxyError.self) {
      try bed.runtime.store(certificate: "no certificate", file: file, list: nil)
    }
    #expect(try bed.runtime.certificates().contains(file))
    #expect(throws: HAProxyError.self) { try bed.runtime.drain("nobody") }
    #expect(throws: HAProxyError.self) {
      try bed.runtime.drain("x; shutdown sessions server regions/x")
    }
    let pem = try HAProxyBed.makeCertificate(
      bed.folder, name: "api.example.test", file: "third.pem")
    try bed.runtime.store(certificate: pem, file: file, list: nil)
  }

  @Test func anAbsentRouterIsNamed() {
    let socket = HAProxySocket(path: "/nonexistent/admin.sock")
    do throws(HAProxyError) {
      _ = try socket.ask("show version")
      Issue.record("nobody answered")
    } catch {
      #expect(error.description.contains("/nonexistent/admin.sock cannot be reached"))
    }
  }
}

/// Answers of a health check, one after the other; the last one stays.
private final class ScriptedHealth: @unchecked Sendable {
  private let lock = NSLock()
  private var rest: Substring

  init(_ script: String) { rest = script[...] }

  func next() -> Bool {
    lock.withLock {
      defer { if rest.count > 1 { rest.removeFirst() } }
      return rest.first == "+"
    }
  }

  /// All but the last, and that one was given at least once more.
  var isPlayed: Bool { lock.withLock { rest.count <= 1 } }
}

private final class ServingThread {
  private let server: HTTPServer
  private let finished = DispatchSemaphore(value: 0)

  init(_ handler: @escaping HTTPServer.Handler) throws {
    server = try HTTPServer(handler: handler)
    let (server, finished) = (server, finished)
    Thread.detachNewThread {
      server.run()
      finished.signal()
    }
  }

  deinit {
    server.stop()
    finished.wait()
  }

  var address: NetworkAddress? {
    NetworkAddress(parsing: "127.0.0.1:\(server.port)", defaultPort: 80)
  }
}
