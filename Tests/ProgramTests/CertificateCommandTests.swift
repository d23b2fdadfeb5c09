import Foundation
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// The certificate commands as a person uses them, against a real Pebble that resolves through BIND.
/// (What issuance itself does is held by CertificatesTests.)
@Suite struct CertificateCommandTests {
  let primary: UpdatablePrimary
  let ca: PebbleCA
  let folder = TemporaryDirectory()

  init() throws {
    primary = try UpdatablePrimary(.bind)
    ca = try PebbleCA(dns: "\(primary.address)")
    folder.write("ca.pem", String(decoding: ca.anchors, as: UTF8.self))
  }

  var keyFile: String { primary.directory.file("broad") }

  func issue(_ more: [String] = []) throws -> ProgramRun {
    try Programs.cutover(
      [
        "certificate", "issue", "--name", "shop.example.test", "--directory", ca.directory, "--ca",
        folder.file("ca.pem"), "--provider", "dynamic-update", "--server", "\(primary.address)",
        "--key", "broad:\(keyFile)", "--out", folder.file("cert"),
      ] + more)
  }

  @Test func issuesShowsAndRenews() throws {
    let issued = try issue()
    #expect(issued.status == 0, "\(issued)")
    #expect(issued.stdout.contains("names    shop.example.test"), "\(issued)")

    let shown = try Programs.cutover(["certificate", "show", folder.file("cert"), "--json"])
    #expect(shown.status == 0, "\(shown)")
    let serial = try JSON(parsing: shown.stdout)["chain"]?.array?.first?["serial"]?.string
    #expect(serial != nil)

    let early = try Programs.cutover(["certificate", "renew", folder.file("cert")])
    #expect(early.status == 0, "\(early)")
    #expect(early.stdout.hasPrefix("not before "), "\(early)")

    let forced = try Programs.cutover([
      "certificate", "renew", folder.file("cert"), "--force", "--json",
    ])
    #expect(forced.status == 0, "\(forced)")
    let renewed = try JSON(parsing: forced.stdout)["chain"]?.array?.first?["serial"]?.string
    #expect(renewed != nil && renewed != serial)
  }

  @Test func killedAnywhereItGoesOnWithTheSameOrder() throws {
    for milliseconds in [150, 400, 900] {
      let out = folder.file("cert")
      let server = try ServerProcess(
        Programs.cutover(),
        [
          "certificate", "issue", "--name", "shop.example.test", "--directory", ca.directory,
          "--ca",
          folder.file("ca.pem"), "--provider", "dynamic-update", "--server", "\(primary.address)",
          "--key", "broad:\(keyFile)", "--out", out,
        ])
      usleep(useconds_t(milliseconds * 1000))
      server.send(SIGKILL)
      _ = try server.waitForEnd()
      let again = try issue()
      #expect(again.status == 0, "\(again)")
      try FileManager.default.removeItem(atPath: out)
    }
    let challenge = try Programs.run(
      "dig",
      [
        "@127.0.0.1", "-p", "\(primary.address.port)", "_acme-challenge.shop.example.test", "TXT",
        "+short", "+norec",
      ])
    #expect(challenge.stdout.isEmpty, "\(challenge)")
  }

  @Test func whatIsWrongIsSaidBeforeTheCAIsAsked() throws {
    let profile = try issue(["--profile", "shortlivd"])
    #expect(profile.status == 6, "\(profile)")
    #expect(profile.stderr.contains("no profile \"shortlivd\""), "\(profile)")
    let type = try issue(["--key-type", "p265"])
    #expect(type.status == 2)
    #expect(type.stderr.contains("did you mean p256?"), "\(type)")
    let open = folder.write("open.key", "hmac-sha256:broad:AAAA\n", mode: 0o644)
    let readable = try Programs.cutover([
      "certificate", "issue", "--name", "shop.example.test", "--directory", ca.directory, "--ca",
      folder.file("ca.pem"), "--provider", "dynamic-update", "--server", "\(primary.address)",
      "--key",
      "broad:\(open)", "--out", folder.file("other"),
    ])
    #expect(readable.status != 0)
    #expect(!readable.stderr.contains("AAAA"), "\(readable)")
    #expect(readable.stderr.contains("open.key"), "\(readable)")
  }
}
