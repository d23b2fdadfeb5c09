import DNSModel
import Digests
import Engine
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

/// The router's contract, own → certificate → bind → serve → clean, on a real HAProxy. Each call states
/// a wish and may be repeated.
@Suite struct HAProxyRouterTests {
  let bed: HAProxyBed
  let west: Region
  let folder = TemporaryDirectory()
  let hostname: DomainName = "shop.example.test"

  init() throws {
    bed = try HAProxyBed()
    west = try Region("west")
  }

  static let compiled = CompiledPlan(
    planDigest: "d", hostname: "shop.example.test", zone: "example.test",
    oldTarget: "old.example.net", newTarget: "edge.example.net", steps: [],
    waits: WaitParameters(
      declaredTTL: TTL(clamping: 60), stages: [], isLadder: false, finalTTL: TTL(clamping: 60),
      authoritativeLag: .zero, margin: .zero, cleanRounds: 1, propagationBound: .zero,
      longestWrite: .zero, hasFence: false, soaks: [], minimumTail: .zero, hasTrafficSource: false),
    rollback: RollbackParameters(unlockTime: .zero, minimumStay: .zero, window: .zero))

  func router(
    certificate: RouterCertificate?, shown: @escaping () throws -> [String] = { [] }
  ) throws -> HAProxyRouter {
    let plan = HAProxyPlan(
      socket: bed.runtime.socket.path, backend: "regions", certificateList: bed.certificateList)
    let address = try #require(NetworkAddress(parsing: west.address, defaultPort: 80))
    let region = RegionPlan(name: "west", origin: .address(address), share: 100)
    let now = UTCInstant(parsing: "2026-11-21T12:00:00Z")!
    return HAProxyRouter(
      hostname: hostname, plan: plan, regions: [region], certificate: { certificate },
      shown: shown, now: { Now(safe: now, wall: now) }, tell: { _ in })
  }

  func certificate() throws -> RouterCertificate {
    let pem = try HAProxyBed.makeCertificate(folder, name: "shop.example.test", file: "shop.pem")
    let run = try Programs.run(
      "openssl", ["x509", "-noout", "-serial", "-in", folder.file("shop.pem.crt")])
    let serial = try #require(run.stdout.split(separator: "=").last).dropLast()
    return RouterCertificate(
      pem: Secret(Array(pem.utf8)), serial: String(serial), notAfter: .distantFuture)
  }

  let key = EffectKey(migration: MigrationID("m"), number: 1, epoch: 1)

  @Test func owningBindingAndCleaningAreSeenInWhatItHolds() throws {
    #expect(try router(certificate: nil).progress(Self.compiled).router == [])
    for _ in 0..<2 {
      #expect(try router(certificate: nil).ownHostname(key: key, plan: Self.compiled) == .applied)
    }
    #expect(try router(certificate: nil).progress(Self.compiled).router == .owned)

    let router = try router(certificate: certificate())
    #expect(router.progress(Self.compiled).router == [.owned, .certificateReady])
    for _ in 0..<2 { #expect(router.bindHostname(key: key, plan: Self.compiled) == .applied) }
    let report = router.progress(Self.compiled)
    #expect(report.router == [.owned, .certificateReady, .bound], "\(report)")
    #expect(report.outcome == .pass)

    try bed.waitUntil("west to be up") { try bed.runtime.server("west")?.isUp == true }
    let anchor = try folder.read("shop.pem.crt")
    #expect(try bed.get(name: "shop.example.test", anchor: anchor).status == 200)
    #expect(try bed.folder.read("certificates.txt").contains(router.certificateFile))

    for _ in 0..<2 { #expect(router.clean(key: key, plan: Self.compiled) == .applied) }
    #expect(router.progress(Self.compiled).router == [], "a rollback waits to see it gone")
    #expect(try bed.runtime.server("west") != nil, "other names may need the region")
    #expect(try !bed.folder.read("certificates.txt").contains(router.certificateFile))
    #expect(throws: (any Error).self) { try bed.get(name: "shop.example.test", anchor: anchor) }
  }

  @Test func anotherCertificateIsNotTheOneThatWasBound() throws {
    let first = try router(certificate: certificate())
    _ = first.ownHostname(key: key, plan: Self.compiled)
    #expect(first.bindHostname(key: key, plan: Self.compiled) == .applied)
    let renewed = try router(certificate: certificate())
    #expect(!renewed.progress(Self.compiled).router.contains(.bound))
    #expect(renewed.bindHostname(key: key, plan: Self.compiled) == .applied)
    #expect(renewed.progress(Self.compiled).router.contains(.bound))
  }

  @Test func conforms() throws {
    try GlobalRouterConformance(router(certificate: certificate()), plan: Self.compiled)
      .ownsBindsAndCleansAsItsReportShows()
  }

  @Test func conformsInSwapAndRenewal() throws {
    let first = try certificate()
    var anchors = try folder.read("shop.pem.crt")
    try GlobalRouterConformance(router(certificate: first), plan: Self.compiled)
      .swapsOnceItServesAndRenewsInPlace(
        serves: {
          try bed.waitUntil("west to be up") { try bed.runtime.server("west")?.isUp == true }
          return try bed.get(name: "shop.example.test", anchor: anchors).status == 200
        },
        renewed: {
          let second = try certificate()
          #expect(second.serial != first.serial)
          anchors += try folder.read("shop.pem.crt")
          let router = try router(certificate: second)
          #expect(!router.progress(Self.compiled).router.contains(.bound), "not handed over yet")
          return router
        })
  }

  /// The serial that a client is shown for the name.
  func shownSerial() throws -> String {
    let context = try TLSContext.client(TLSClientSettings())
    let connection = try TLSConnection(
      to: .loopback(port: bed.port), context, serverName: hostname, trust: nil,
      until: Deadline(in: .seconds(5)))
    defer { connection.close() }
    return connection.session.peerCertificates.first?.facts.serialNumber.hex ?? "none"
  }

  /// HAProxy shows the first certificate in its list that fits: an older one for the same name wins.
  @Test func aNameWhoseOlderCertificateStillWinsIsNotBound() throws {
    let older = try HAProxyBed.makeCertificate(
      bed.folder, name: "shop.example.test", file: "older.pem")
    try bed.runtime.store(
      certificate: older, file: bed.folder.file("older.pem"), list: bed.certificateList)
    let router = try router(certificate: certificate()) { [try shownSerial()] }
    #expect(router.ownHostname(key: key, plan: Self.compiled) == .applied)
    #expect(router.bindHostname(key: key, plan: Self.compiled) == .applied)
    let report = router.progress(Self.compiled)
    #expect(!report.router.contains(.bound) && report.outcome == .fail, "\(report)")
    #expect(report.summary.contains("another certificate"), "\(report)")
    try bed.runtime.discard(
      certificate: bed.folder.file("older.pem"), list: bed.certificateList)
    #expect(router.progress(Self.compiled).router.contains(.bound))
  }

  @Test func bindingWithoutACertificateNeedsAPerson() throws {
    let outcome = try router(certificate: nil).bindHostname(key: key, plan: Self.compiled)
    #expect(outcome == .rejected(.needsPerson))
  }

  @Test func aRouterThatDoesNotAnswerIsInconclusiveAndNoFailure() throws {
    let plan = HAProxyPlan(socket: "/nonexistent", backend: "b", certificateList: "/nonexistent/l")
    let now = UTCInstant(milliseconds: 0)
    let router = HAProxyRouter(
      hostname: hostname, plan: plan, regions: [], certificate: { nil },
      now: { Now(safe: now, wall: now) }, tell: { _ in })
    #expect(router.progress(Self.compiled).outcome == .inconclusive)
    #expect(router.ownHostname(key: key, plan: Self.compiled) == .rejected(.tryAgain))
  }
}
