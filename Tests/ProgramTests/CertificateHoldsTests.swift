import Certificates
import DNSModel
import DNSTransport
import Foundation
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// What stands in the way of a proof gives its own clear hold, and a real Pebble that resolves through our
/// server is never sent to look in vain: its failure budget is not touched.
@Suite struct CertificateHoldsTests {
  let primary: UpdatablePrimary
  let ca: PebbleCA
  let folder = TemporaryDirectory()

  init() throws {
    primary = try UpdatablePrimary(.ours)
    ca = try PebbleCA(dns: "\(primary.address)")
  }

  func issue(
    _ name: String = "shop.example.test", _ more: [String] = [], staging: PebbleCA? = nil
  ) throws -> ProgramRun {
    let anchors = ca.anchors + (staging?.anchors ?? [])
    folder.write("ca.pem", String(decoding: anchors, as: UTF8.self))
    return try Programs.cutover(
      [
        "certificate", "issue", "--name", name, "--directory", ca.directory, "--ca",
        folder.file("ca.pem"), "--provider", "dynamic-update", "--server", "\(primary.address)",
        "--key", "broad:\(primary.directory.file("broad"))", "--out", folder.file("cert"),
        "--authority", "pebble.example",
      ] + (staging.map { ["--staging", $0.directory] } ?? []) + more, seconds: 120)
  }

  func update(_ lines: String) throws {
    let script = "server 127.0.0.1 \(primary.address.port)\nzone example.test\n\(lines)\nsend\n"
    let done = try Programs.run(
      "nsupdate", ["-y", "hmac-sha256:broad:\(UpdatablePrimary.secret)"], stdin: script)
    #expect(done.status == 0, "\(done)")
  }

  /// Switches a fault of our server on.
  func fault(_ rule: String) throws {
    let done = try control(["fault", rule])
    #expect(done.status == 0, "\(done)")
  }

  func control(_ words: [String]) throws -> ProgramRun {
    try Programs.cutover(
      ["dns", "ctl"] + words + [
        "--port", "\(primary.address.port)", "--state", primary.directory.path,
      ])
  }

  func proofs(_ name: DomainName = "_acme-challenge.shop.example.test") throws -> Int {
    try DNSExchange.ask(Question(name, .txt), of: primary.address).message.answers
      .filter { $0.data.type == .txt }.count
  }

  @Test func aCAAThatForbidsHoldsBeforeTheOrder() throws {
    try update("update add example.test 60 CAA 0 issue \"other.example\"")
    let held = try issue()
    #expect(held.status == 6, "\(held)")
    #expect(held.stderr.contains("CAA forbids shop.example.test."), "\(held)")
    #expect(held.stderr.contains("CAA 0 issue \"other.example\""), "\(held)")
    #expect(ca.orders == 0 && ca.validations == 0)
    try update("update add example.test 60 CAA 0 issue \"pebble.example\"")
    let issued = try issue()
    #expect(issued.status == 0, "\(issued)")
    #expect(ca.orders == 1 && ca.validations == 1)
  }

  @Test func aProviderThatLagsIsWaitedForAndTheCALooksOnce() throws {
    try fault("stale=3s,name=_acme-challenge.shop.example.test")
    let issued = try issue()
    #expect(issued.status == 0, "\(issued)")
    #expect(issued.stderr.contains("not yet served by \(primary.address)"), "\(issued)")
    #expect(ca.orders == 1 && ca.validations == 1)
    #expect(!ca.process.stdout.contains("set INVALID"))
  }

  @Test func aProviderThatLagsBeyondPatienceIsLeftForLater() throws {
    try fault("stale=1h,name=_acme-challenge.shop.example.test")
    let waiting = try issue("shop.example.test", ["--patience", "4s"])
    #expect(waiting.status == 4, "\(waiting)")
    #expect(waiting.stderr.contains("not yet served by \(primary.address)"), "\(waiting)")
    #expect(waiting.stderr.contains("the order is kept"), "\(waiting)")
    #expect(ca.orders == 1 && ca.validations == 0)
    #expect(try control(["clear", "all"]).status == 0)
    #expect(try proofs() == 0, "its proof was taken away")
    let issued = try issue()
    #expect(issued.status == 0, "\(issued)")
    #expect(ca.orders == 1 && ca.validations == 1)
  }

  @Test func aWildcardAliasThatAnswersForTheChallengeIsNamed() throws {
    // The proof is written, and what is served for its name is still the wildcard's alias.
    try fault("stale=1h,name=_acme-challenge.wild.example.test")
    let held = try issue("wild.example.test")
    #expect(held.status == 6, "\(held)")
    #expect(held.stderr.contains("with an alias to old.example.net."), "\(held)")
    #expect(ca.validations == 0)
    #expect(try control(["clear", "all"]).status == 0)
    #expect(try proofs("_acme-challenge.wild.example.test") == 0)
    // Nor below a name that only the wildcard makes exist.
    let below = try issue("a.wild.example.test")
    #expect(below.status == 6, "\(below)")
    #expect(below.stderr.contains("exists only through a wildcard"), "\(below)")
    #expect(ca.validations == 0)
    let issued = try issue("wild.example.test")
    #expect(issued.status == 0, "\(issued)")
    #expect(ca.validations == 1)
  }

  @Test func aChallengeThatIsDelegatedElsewhereIsNamed() throws {
    try update("update add _acme-challenge.shop.example.test 60 CNAME elsewhere.example.net.")
    let held = try issue()
    #expect(held.status == 6, "\(held)")
    #expect(held.stderr.contains("with an alias to elsewhere.example.net."), "\(held)")
    #expect(ca.validations == 0)
  }

  @Test func aSecondaryThatNeverFollowsIsNamed() throws {
    let port = try FreePort.next()
    folder.write("old.zone", UpdatablePrimary.zone)
    let stale = try ServerProcess(
      Programs.cutover(),
      [
        "dns", "--zone", "example.test=\(folder.file("old.zone"))", "--listen", "127.0.0.1:\(port)",
        "--control", folder.file("dns.sock"),
      ])
    _ = try stale.wait(for: "the secondary") { stale.stdout.contains("ready") ? true : nil }
    let both = ["\(primary.address)", "127.0.0.1:\(port)"].flatMap { ["--authoritative", $0] }
    let waiting = try issue("shop.example.test", both + ["--patience", "4s"])
    #expect(waiting.status == 4, "\(waiting)")
    #expect(waiting.stderr.contains("not yet served by 127.0.0.1:\(port)"), "\(waiting)")
    #expect(ca.orders == 1 && ca.validations == 0)
    #expect(try proofs() == 0)
    stale.stop()
    // Silent, it is not known to follow either.
    let silent = try issue("shop.example.test", both + ["--patience", "4s"])
    #expect(
      [4, 5].contains(silent.status) && silent.stderr.contains("127.0.0.1:\(port)"), "\(silent)")
    #expect(ca.validations == 0)
  }

  @Test func aTrialThatFailsKeepsTheRealCAOutOfIt() throws {
    let blind = try PebbleCA(dns: "127.0.0.1:1")
    let refused = try issue(staging: blind)
    #expect(refused.status == 6, "\(refused)")
    #expect(refused.stderr.contains("staging"), "\(refused)")
    #expect(blind.validations == 1)
    #expect(ca.accounts == 0 && ca.orders == 0 && ca.validations == 0)
    #expect(try proofs() == 0)
    let seeing = try PebbleCA(dns: "\(primary.address)")
    let issued = try issue(staging: seeing)
    #expect(issued.status == 0, "\(issued)")
    #expect(seeing.orders == 1 && ca.orders == 1 && ca.validations == 1)
  }

  @Test func anAccountThatWasClosedIsSaid() throws {
    #expect(try issue().status == 0)
    let key = try PrivateKey.read(Array(folder.read("cert/account.key.pem").utf8))
    let client = try ACMEClient(
      directoryURL: ca.directory, transport: try ca.client(), signer: try AccountKey(key))
    try client.findAccount()
    try client.deactivateAccount()
    let held = try Programs.cutover(["certificate", "renew", folder.file("cert"), "--force"])
    #expect(held.status == 6 && held.stderr.contains("deactivated"), "\(held)")
    #expect(ca.orders == 1)
  }
}
