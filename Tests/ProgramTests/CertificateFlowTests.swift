import DNSModel
import DNSTransport
import Digests
import Foundation
import HTTP
import Migration
import Notation
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// The certificate commands around the issuance itself: what a person or a timer meets.
@Suite struct CertificateFlowTests {
  let primary: UpdatablePrimary
  let folder = TemporaryDirectory()

  init() throws { primary = try UpdatablePrimary(.bind) }

  func issue(
    _ directory: String, anchors: [UInt8], _ names: [String] = ["shop.example.test"],
    _ more: [String] = []
  ) throws -> ProgramRun {
    folder.write("ca.pem", String(decoding: anchors, as: UTF8.self))
    return try Programs.cutover(
      ["certificate", "issue", "--directory", directory, "--ca", folder.file("ca.pem")]
        + names.flatMap { ["--name", $0] } + [
          "--provider", "dynamic-update", "--server", "\(primary.address)", "--key",
          "broad:\(primary.directory.file("broad"))", "--out", folder.file("cert"),
        ] + more, seconds: 120)
  }

  func update(_ lines: String) throws {
    let script = "server 127.0.0.1 \(primary.address.port)\nzone example.test\n\(lines)\nsend\n"
    let done = try Programs.run(
      "nsupdate", ["-y", "hmac-sha256:broad:\(UpdatablePrimary.secret)"], stdin: script)
    #expect(done.status == 0, "\(done)")
  }

  func leftovers(_ name: DomainName) throws -> Int {
    try DNSExchange.ask(Question(name, .txt), of: primary.address).message.answers.count
  }

  // MARK: renewal advice (RFC 9773) and profiles

  @Test func renewsWhenTheCASaysSoAndSaysWhatItReplaces() throws {
    let fake = try ProtocolFakeServer()
    fake.use { $0.renewalWindow = ("2090-01-01T00:00:00Z", "2090-01-02T00:00:00Z") }
    let first = try issue(
      fake.directory, anchors: fake.anchors, ["shop.example.test"], ["--profile", "short"])
    #expect(first.status == 0, "\(first)")
    #expect(fake.use { $0.orders.map(\.profile) } == ["short"])

    let early = try Programs.cutover(["certificate", "renew", folder.file("cert")])
    #expect(early.status == 0 && early.stdout.contains("not before 2090-01-01"), "\(early)")
    #expect(early.stdout.contains("https://ca.test/why"), "\(early)")
    #expect(fake.use { $0.orders.count } == 1)

    // The CA wants it replaced at once: half its life or not.
    fake.use { $0.renewalWindow = ("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z") }
    let leaf = try #require(
      Certificate.readAll(Array(folder.read("cert/chain.pem").utf8)).first?.facts)
    let due = try Programs.cutover(["certificate", "renew", folder.file("cert"), "--json"])
    #expect(due.status == 0, "\(due)")
    let replaced = fake.use { $0.orders.map(\.replaces) }
    let key = try #require(leaf.authorityKeyIdentifier)
    #expect(replaced.count == 2 && replaced[0] == nil)
    #expect(replaced[1] == "\(key.base64(.url)).\(leaf.serialNumber.base64(.url))")
    let next = try Certificate.readAll(Array(folder.read("cert/chain.pem").utf8)).first?.facts
    #expect(next?.serialNumber != leaf.serialNumber)
    #expect(next?.publicKeyHash != leaf.publicKeyHash)
  }

  // MARK: CAA

  @Test func aCAAThatForbidsHoldsBeforeAnythingIsOrdered() throws {
    let fake = try ProtocolFakeServer()
    try update("update add example.test 60 CAA 0 issue \"other.example\"")
    let held = try issue(
      fake.directory, anchors: fake.anchors, ["shop.example.test"], ["--authority", "ca.example"])
    #expect(held.status == 6, "\(held)")
    #expect(held.stderr.contains("CAA forbids shop.example.test."), "\(held)")
    #expect(held.stderr.contains("CAA 0 issue \"other.example\""), "\(held)")
    // Nor where the CA does not say what it is called.
    let nameless = try issue(fake.directory, anchors: fake.anchors)
    #expect(nameless.status == 5, "\(nameless)")
    #expect(fake.use { $0.orders.isEmpty })

    try update("update add example.test 60 CAA 0 issue \"ca.example\"")
    try update("update add example.test 60 CAA 0 issuewild \";\"")
    let wild = try issue(
      fake.directory, anchors: fake.anchors, ["*.example.test"], ["--authority", "ca.example"])
    #expect(wild.status == 6 && wild.stderr.contains("*.example.test"), "\(wild)")
    let issued = try issue(
      fake.directory, anchors: fake.anchors, ["shop.example.test"], ["--authority", "ca.example"])
    #expect(issued.status == 0, "\(issued)")
  }

  // MARK: where the proof cannot be published, or not be seen

  @Test func aNameThatOnlyAWildcardMakesExistIsNotBurnt() throws {
    let fake = try ProtocolFakeServer()
    let held = try issue(fake.directory, anchors: fake.anchors, ["a.wild.example.test"])
    #expect(held.status == 6, "\(held)")
    #expect(held.stderr.contains("exists only through a wildcard"), "\(held)")
    #expect(fake.use { ca in ca.authorizations.allSatisfy { $0.status == "pending" } })
    let answer = try DNSExchange.ask(Question("a.wild.example.test", .cname), of: primary.address)
    #expect(answer.message.answers.count == 1)
  }

  @Test func aSecondaryThatNeverFollowsIsNamedAndTheCAIsNotAsked() throws {
    let fake = try ProtocolFakeServer()
    // A second authority with the zone as it was.
    let port = try FreePort.next()
    folder.write("old.zone", UpdatablePrimary.zone(ttl: 300))
    let stale = try ServerProcess(
      Programs.cutover(),
      [
        "dns", "--zone", "example.test=\(folder.file("old.zone"))", "--listen", "127.0.0.1:\(port)",
        "--control", folder.file("dns.sock"),
      ])
    _ = try stale.wait(for: "the secondary") { stale.stdout.contains("ready") ? true : nil }
    let waiting = try issue(
      fake.directory, anchors: fake.anchors, ["shop.example.test"],
      [
        "--authoritative", "\(primary.address)", "--authoritative", "127.0.0.1:\(port)",
        "--patience", "4s",
      ])
    #expect(waiting.status == 4, "\(waiting)")
    #expect(waiting.stderr.contains("not yet served by 127.0.0.1:\(port)"), "\(waiting)")
    #expect(fake.use { ca in ca.authorizations.allSatisfy { $0.status == "pending" } })
    #expect(try leftovers("_acme-challenge.shop.example.test") == 0)
    stale.stop()
    // The order is kept, and gone on with.
    let silent = try issue(
      fake.directory, anchors: fake.anchors, ["shop.example.test"],
      ["--authoritative", "\(primary.address)"])
    #expect(silent.status == 0, "\(silent)")
    #expect(fake.use { $0.orders.count } == 1)
  }

  @Test func interruptedItTakesItsProofAway() throws {
    let fake = try ProtocolFakeServer()
    folder.write("ca.pem", String(decoding: fake.anchors, as: UTF8.self))
    let port = try FreePort.next()
    let run = try ServerProcess(
      Programs.cutover(),
      [
        "certificate", "issue", "--name", "shop.example.test", "--directory", fake.directory,
        "--ca", folder.file("ca.pem"), "--provider", "dynamic-update", "--server",
        "\(primary.address)", "--key", "broad:\(primary.directory.file("broad"))", "--out",
        folder.file("cert"), "--authoritative", "\(primary.address)", "--authoritative",
        "127.0.0.1:\(port)",
      ])
    _ = try run.wait(for: "the proof to be published") {
      run.stderr.contains("was published") ? true : nil
    }
    run.send(SIGTERM)
    #expect(try run.waitForEnd(seconds: 60) == 4, "\(run.stderr)")
    #expect(try leftovers("_acme-challenge.shop.example.test") == 0, "\(run.stderr)")
  }

  // MARK: staging, requests from elsewhere, account keys

  @Test func aTrialAtTheStagingDirectoryComesFirst() throws {
    let (staging, real) = (try ProtocolFakeServer(), try ProtocolFakeServer())
    let both = staging.anchors + real.anchors
    let more = ["--staging", staging.directory]
    staging.use { $0.refusal = ("/new-order", 403, ["type": "urn:x", "detail": "no"], []) }
    let refused = try issue(real.directory, anchors: both, ["shop.example.test"], more)
    #expect(refused.status == 6, "\(refused)")
    #expect(real.use { $0.requests } == 0)
    staging.use { $0.refusal = nil }
    let issued = try issue(real.directory, anchors: both, ["shop.example.test"], more)
    #expect(issued.status == 0, "\(issued)")
    #expect(staging.use { $0.orders.count } == 1)
    #expect(real.use { $0.orders.count } == 1)
    // A trial of the last days is not repeated.
    let renewed = try Programs.cutover(["certificate", "renew", folder.file("cert"), "--force"])
    #expect(renewed.status == 0, "\(renewed)")
    #expect(staging.use { $0.orders.count } == 1)
    #expect(real.use { $0.orders.count } == 2)
  }

  @Test func aRequestMadeElsewhereKeepsItsKeyThere() throws {
    let fake = try ProtocolFakeServer()
    let key = try PrivateKey.generate(.p384)
    let request = try CertificateRequest.make(names: ["shop.example.test"], key: key)
    folder.write("router.csr", request.pem)
    let issued = try issue(
      fake.directory, anchors: fake.anchors, [], ["--csr", folder.file("router.csr")])
    #expect(issued.status == 0, "\(issued)")
    let leaf = try #require(Certificate.readAll(Array(folder.read("cert/chain.pem").utf8)).first)
    #expect(leaf.belongs(to: key))
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.file("cert"))
    #expect(!files.contains { $0.hasPrefix("certificate") }, "\(files)")
  }

  @Test func theAccountsKeyIsChangedAndTheAccountStays() throws {
    var manner = PebbleCA.Manner()
    manner.nonceRejection = 10
    let ca = try PebbleCA(dns: "\(primary.address)", manner)
    #expect(try issue(ca.directory, anchors: ca.anchors).status == 0)
    let before = try folder.read("cert/account.key.pem")
    let changed = try Programs.cutover([
      "certificate", "renew", folder.file("cert"), "--new-account-key",
    ])
    #expect(changed.status == 0, "\(changed)")
    #expect(try folder.read("cert/account.key.pem") != before)
    let renewed = try Programs.cutover(["certificate", "renew", folder.file("cert"), "--force"])
    #expect(renewed.status == 0, "\(renewed)")
  }

  @Test func aDeactivatedAccountIsSaid() throws {
    let fake = try ProtocolFakeServer()
    fake.use {
      $0.refusal = (
        "/account", 403,
        [
          "type": "urn:ietf:params:acme:error:unauthorized",
          "detail": "An account with the provided public key exists but is deactivated",
        ], []
      )
    }
    let held = try issue(fake.directory, anchors: fake.anchors)
    #expect(held.status == 6 && held.stderr.contains("is deactivated"), "\(held)")
  }

  // MARK: bad options

  @Test func badOptionsAreRefusedBeforeAnythingIsMade() throws {
    let cases: [([String], [String], String)] = [
      (["shop.example.test"], ["--staging", "http://ca.test/"], "https URL"),
      (["shop..example.test"], [], "--name shop..example.test"),
      ([], [], "--name NAME is needed"),
      (["shop.example.test"], ["--eab", "kid"], "--eab has two parts"),
      (["shop.example.test"], ["--eab", "kid=secret"], "by reference"),
      (["shop.example.test"], ["--seal", "hunter2"], "by reference"),
      (["shop.example.test"], ["--patience", "soon"], "--patience is a span"),
      (["shop.example.test"], ["--root", "nowhere"], "--root is an address"),
      (["shop.example.test"], ["--authority-port", "70000"], "no port"),
    ]
    for (names, more, said) in cases {
      let run = try issue("https://127.0.0.1:1/dir", anchors: [], names, more)
      #expect(run.status == 2, "\(run)")
      #expect(run.stderr.contains(said), "\(said): \(run)")
      #expect(!run.stderr.contains("hunter2") && !run.stderr.contains("=secret"), "\(run)")
      #expect(!FileManager.default.fileExists(atPath: folder.file("cert/settings.json")), "\(run)")
    }
    folder.write("ca.pem", "x")
    let web = try Programs.cutover([
      "certificate", "issue", "--name", "*.example.test", "--directory", "https://ca.test/d",
      "--provider", "webroot", "--webroot", folder.path, "--out", folder.file("cert"),
    ])
    #expect(web.status == 2 && web.stderr.contains("wildcard"), "\(web)")
  }

  @Test func aCAThatCannotBeReachedIsForLaterAndSaysSo() throws {
    let port = try FreePort.next()
    let ca = try ProtocolFakeServer()
    let run = try issue(
      "https://127.0.0.1:\(port)/dir", anchors: ca.anchors, ["shop.example.test"],
      ["--patience", "2s"])
    #expect(run.status == 4, "\(run)")
    #expect(run.stderr.contains("cannot connect"), "\(run)")
    #expect(run.stderr.contains("No certificate was installed."), "\(run)")
  }
}
