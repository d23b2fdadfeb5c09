import DNSModel
import DNSTransport
import Foundation
import Notation
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// Our DNS server as the primary that takes the proofs and as the server the CA resolves through.
@Suite struct CertificateOverOurServerTests {
  let folder = TemporaryDirectory()
  let server: ServerProcess
  let address: SocketAddress

  init() throws {
    let port = try FreePort.next()
    address = .loopback(port: port)
    folder.write(
      "example.test.zone",
      """
      $TTL 300
      @ IN SOA ns1 hostmaster 1 3600 900 86400 300
      @ IN NS ns1
      @ IN CAA 0 issue "pebble.example"
      ns1 IN A 127.0.0.1
      web IN A 127.0.0.1

      """)
    // What lies above it, so that CAA can be looked up to the top.
    folder.write(
      "test.zone",
      """
      $TTL 300
      @ IN SOA ns1.example.test. hostmaster.example.test. 1 3600 900 86400 300
      @ IN NS ns1.example.test.
      example IN NS ns1.example.test.
      ns1.example IN A 127.0.0.1

      """)
    folder.write("mig.key", "\(UpdatablePrimary.secret)\n")
    server = try ServerProcess(
      Programs.cutover(),
      [
        "dns", "--zone", "example.test=\(folder.file("example.test.zone"))", "--zone",
        "test=\(folder.file("test.zone"))", "--listen",
        "127.0.0.1:\(port)", "--key", "mig:\(folder.file("mig.key"))", "--allow-update", "key=mig",
        "--control", folder.file("dns.sock"), "--journal-dir", folder.path,
      ])
    let server = server
    _ = try server.wait(for: "our server") { server.stdout.contains("ready") ? true : nil }
  }

  func issue(
    _ ca: PebbleCA, _ names: [String], _ more: [String], out: String = "cert"
  ) throws -> ProgramRun {
    folder.write("ca.pem", String(decoding: ca.anchors, as: UTF8.self))
    return try Programs.cutover(
      ["certificate", "issue"] + names.flatMap { ["--name", $0] } + [
        "--directory", ca.directory, "--ca", folder.file("ca.pem"), "--out", folder.file(out),
        "--authority", "pebble.example",
      ] + more, seconds: 120)
  }

  var updates: [String] {
    [
      "--provider", "dynamic-update", "--server", "\(address)", "--key",
      "mig:\(folder.file("mig.key"))",
    ]
  }

  @Test func apexAndWildcardWithABoundAccountAndSealedKeys() throws {
    var manner = PebbleCA.Manner()
    manner.needsExternalAccount = true
    let ca = try PebbleCA(dns: "\(address)", manner)
    let names = ["example.test", "*.example.test"]
    let unbound = try issue(ca, names, updates)
    #expect(unbound.status == 6 && unbound.stderr.contains("key id and MAC key"), "\(unbound)")
    folder.write("eab.key", PebbleCA.externalKey)
    folder.write("kek", String(repeating: "k", count: 32))
    let more =
      updates + [
        "--eab", "kid-1=file:\(folder.file("eab.key"))", "--seal", "file:\(folder.file("kek"))",
      ]
    let issued = try issue(ca, names, more, out: "sealed")
    #expect(issued.status == 0, "\(issued)")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.file("sealed")) {
      let data = FileManager.default.contents(atPath: folder.file("sealed/\(name)")) ?? Data()
      #expect(!String(decoding: data, as: UTF8.self).contains("PRIVATE KEY"), "\(name)")
    }
    let challenge = try DNSExchange.ask(
      Question("_acme-challenge.example.test", .txt), of: address)
    #expect(challenge.message.answers.isEmpty)
    let renewed = try Programs.cutover(["certificate", "renew", folder.file("sealed"), "--force"])
    #expect(renewed.status == 0, "\(renewed)")
  }

  @Test func aServerThatDropsUpdatesHoldsWithoutAQuestionToTheCA() throws {
    let ca = try PebbleCA(dns: "\(address)")
    let refused = try issue(
      ca, ["example.test"], ["--provider", "dynamic-update", "--server", "\(address)"])
    #expect(refused.status == 6, "\(refused)")
    #expect(refused.stderr.contains("may the key change it?"), "\(refused)")
    #expect(ca.orders == 1 && ca.validations == 0)
  }

  @Test func anHTTPProofIsAnsweredByAServerOfOurOwn() throws {
    let port = try FreePort.next()
    let ca = try PebbleCA(dns: "\(address)", httpPort: port)
    let issued = try issue(
      ca, ["web.example.test"],
      [
        "--provider", "standalone", "--http", "127.0.0.1:\(port)", "--root", "\(address)",
        "--authority-port", "\(address.port)",
      ])
    #expect(issued.status == 0, "\(issued)")
    // Port 80 leads elsewhere: the CA says what it found there.
    let other = try FreePort.next()
    let wrong = try issue(
      ca, ["ns1.example.test"],
      [
        "--provider", "standalone", "--http", "127.0.0.1:\(other)", "--root", "\(address)",
        "--authority-port", "\(address.port)",
      ], out: "wrong")
    #expect(wrong.status == 6 && wrong.stderr.contains("ns1.example.test"), "\(wrong)")
  }
}
