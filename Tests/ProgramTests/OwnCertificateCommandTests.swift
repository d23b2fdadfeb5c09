import Foundation
import Migration
import Notation
import SystemIO
import TLSToolkit
import TestSupport
import Testing

/// `certificate issue` without an ACME CA: files that exist already, and an authority of one's own; OpenSSL's
/// own tool made both, and verifies what comes of them.
@Suite struct OwnCertificateCommandTests {
  let folder = TemporaryDirectory()

  init() throws {
    try openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
      "30", "-subj", "/CN=own root", "-keyout", folder.file("ca.key"), "-out",
      folder.file("ca.pem"))
    chmod(folder.file("ca.key"), 0o600)
  }

  @discardableResult
  func openssl(_ words: String...) throws -> ProgramRun {
    let run = try Programs.run("openssl", words)
    #expect(run.status == 0, "\(run)")
    return run
  }

  func issue(_ issuer: String, _ name: String, _ more: [String]) throws -> ProgramRun {
    try Programs.cutover(
      ["certificate", "issue", "--issuer", issuer, "--name", name, "--out", folder.file("cert")]
        + more)
  }

  var authority: [String] {
    [
      "--authority-certificate", folder.file("ca.pem"), "--private-key",
      "file:\(folder.file("ca.key"))",
    ]
  }

  func leaf() throws -> CertificateFacts {
    try #require(Certificate.readAll(Array(folder.read("cert/chain.pem").utf8)).first).facts
  }

  @Test func anAuthorityOfOnesOwnIssuesShowsAndRenews() throws {
    let issued = try issue(
      "local-authority", "app.internal.test",
      authority + ["--name", "*.internal.test", "--life", "12h"])
    #expect(issued.status == 0, "\(issued)")
    #expect(issued.stdout.contains("names    app.internal.test, *.internal.test"), "\(issued)")
    try openssl(
      "verify", "-CAfile", folder.file("ca.pem"), "-verify_hostname", "x.internal.test",
      folder.file("cert/chain.pem"))
    let first = try leaf()
    #expect(first.lifetime <= .hours(12) + .minutes(6))
    #expect(try Programs.cutover(["certificate", "show", folder.file("cert")]).status == 0)
    let early = try Programs.cutover(["certificate", "renew", folder.file("cert")])
    #expect(early.status == 0 && early.stdout.hasPrefix("not before "), "\(early)")
    let forced = try Programs.cutover(["certificate", "renew", folder.file("cert"), "--force"])
    #expect(forced.status == 0, "\(forced)")
    #expect(try leaf().serialNumber != first.serialNumber)
    #expect(try leaf().alternativeNames == first.alternativeNames)
  }

  /// Issues `shop.example.test` with OpenSSL, as somebody's own certificate.
  func makeFiles(_ common: String = "shop.example.test") throws {
    folder.write("names", "subjectAltName=DNS:\(common)\n")
    try openssl(
      "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
      "/CN=\(common)", "-keyout", folder.file("own.key"), "-out", folder.file("own.csr"))
    try openssl(
      "x509", "-req", "-in", folder.file("own.csr"), "-CA", folder.file("ca.pem"), "-CAkey",
      folder.file("ca.key"), "-CAcreateserial", "-days", "20", "-extfile", folder.file("names"),
      "-out", folder.file("own.pem"))
    chmod(folder.file("own.key"), 0o600)
  }

  var files: [String] {
    ["--chain", folder.file("own.pem"), "--private-key", "file:\(folder.file("own.key"))"]
  }

  @Test func filesAreTakenOverAndTheirSuccessorWithThem() throws {
    try makeFiles()
    let issued = try issue("files", "shop.example.test", files)
    #expect(issued.status == 0, "\(issued)")
    let first = try leaf()
    try makeFiles()
    let renewed = try Programs.cutover(["certificate", "renew", folder.file("cert")])
    #expect(renewed.status == 0, "\(renewed)")
    #expect(try leaf().serialNumber != first.serialNumber)
    // What does not fit leaves in place what was there.
    let serial = try leaf().serialNumber
    try makeFiles("other.example.test")
    let held = try Programs.cutover(["certificate", "renew", folder.file("cert")])
    #expect(held.status == 6, "\(held)")
    #expect(held.stderr.contains("it does not cover shop.example.test."), "\(held)")
    #expect(held.stderr.contains("is the one that was there before"), "\(held)")
    #expect(try leaf().serialNumber == serial)
  }

  /// A timer's working directory is not the one in which the certificate was asked for.
  @Test func itIsRenewedFromAnywhere() throws {
    let issued = try Programs.run(
      Programs.cutover(),
      [
        "certificate", "issue", "--issuer", "local-authority", "--name", "app.internal.test",
        "--authority-certificate", "ca.pem", "--private-key", "file:ca.key", "--out", "cert",
      ], directory: folder.path)
    #expect(issued.status == 0, "\(issued)")
    let renewed = try Programs.cutover(["certificate", "renew", folder.file("cert"), "--force"])
    #expect(renewed.status == 0, "\(renewed)")
  }

  @Test func aBagIsOpenedWithItsPassphrase() throws {
    try makeFiles()
    folder.write("passphrase", "open sesame", mode: 0o600)
    try openssl(
      "pkcs12", "-export", "-in", folder.file("own.pem"), "-inkey", folder.file("own.key"),
      "-certfile", folder.file("ca.pem"), "-out", folder.file("own.p12"), "-passout",
      "file:\(folder.file("passphrase"))")
    let bag = ["--chain", folder.file("own.p12"), "--private-key"]
    let issued = try issue(
      "files", "shop.example.test", bag + ["file:\(folder.file("passphrase"))"])
    #expect(issued.status == 0, "\(issued)")
    folder.write("passphrase", "abracadabra", mode: 0o600)
    let wrong = try issue(
      "files", "shop.example.test", bag + ["file:\(folder.file("passphrase"))"])
    #expect(wrong.status == 6, "\(wrong)")
  }

  @Test func whatIsMissingIsSaid() throws {
    let cases: [([String], String)] = [
      (["--issuer", "files"], "--issuer files needs --chain"),
      (["--issuer", "local-authority"], "--issuer local-authority needs --authority-certificate"),
      (["--issuer", "file"], "did you mean files?"),
      (["--issuer", "files", "--provider", "manual"], "--provider is for --issuer acme"),
      (["--issuer", "files", "--private-key", "secret"], "by reference"),
      (["--issuer", "local-authority", "--life", "long"], "--life is a span"),
      ([], "--directory URL is required"),
    ]
    for (options, said) in cases {
      let run = try Programs.cutover(
        ["certificate", "issue", "--name", "a.test", "--out", folder.file("cert")] + options)
      #expect(run.status == 2 && run.stderr.contains(said), "\(said): \(run)")
      #expect(!FileManager.default.fileExists(atPath: folder.file("cert")))
    }
  }
}
