import DNSModel
import Foundation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// A signed zone as others made it, served by us, and asked by validators that trust its key alone.
@Suite(.serialized) struct SignedZoneTests {
  enum Signing: String, CaseIterable { case nsec, nsec3, optOut, ldns }

  private static let zone = """
    $TTL 300
    @ IN SOA ns1.example.test. hostmaster.example.test. 7 3600 900 86400 60
    @ IN NS ns1
    ns1 IN A 127.0.0.1
    web IN A 192.0.2.2
    api IN CNAME web
    lost IN CNAME nothing
    deep.empty IN A 192.0.2.4
    *.wild IN A 192.0.2.5
    *.wild IN TXT "w"
    *.alias IN CNAME web
    here.wild IN A 192.0.2.9
    insecure IN NS ns.insecure
    ns.insecure IN A 127.0.0.1
    secure IN NS ns.secure
    secure IN DS 12345 13 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC0102
    ns.secure IN A 127.0.0.1
    dn IN DNAME web

    """

  /// What is asked, and whether a validator calls it proven also where insecure delegations are left
  /// out of the chain (RFC 5155 §6).
  private static let questions: [(name: String, type: String, code: String, isProven: Bool)] = [
    ("example.test", "SOA", "NOERROR", true), ("example.test", "DNSKEY", "NOERROR", true),
    ("web.example.test", "A", "NOERROR", true), ("WEB.Example.test", "A", "NOERROR", true),
    ("api.example.test", "A", "NOERROR", true), ("lost.example.test", "A", "NXDOMAIN", false),
    ("web.example.test", "AAAA", "NOERROR", true),
    ("empty.example.test", "A", "NOERROR", true),
    ("deep.empty.example.test", "TXT", "NOERROR", true),
    ("nope.example.test", "A", "NXDOMAIN", false), ("a.b.c.example.test", "A", "NXDOMAIN", false),
    ("x.web.example.test", "A", "NXDOMAIN", false),
    ("x.wild.example.test", "A", "NOERROR", false),
    ("x.y.wild.example.test", "TXT", "NOERROR", false),
    ("x.wild.example.test", "MX", "NOERROR", false),
    ("x.alias.example.test", "A", "NOERROR", false),
    ("wild.example.test", "A", "NOERROR", true), ("*.wild.example.test", "A", "NOERROR", true),
    ("x.here.wild.example.test", "A", "NXDOMAIN", false),
    ("secure.example.test", "DS", "NOERROR", true),
    ("insecure.example.test", "DS", "NOERROR", false),
    ("x.dn.example.test", "A", "NXDOMAIN", false), ("dn.example.test", "DNAME", "NOERROR", true),
  ]

  /// The signed zone's text and the key to trust.
  private static func sign(
    _ signing: Signing, in directory: TemporaryDirectory
  ) throws -> (text: String, key: String) {
    directory.write("zone", zone)
    func run(_ program: String, _ arguments: [String]) throws -> String {
      let run = try Programs.run(program, arguments, directory: directory.path)
      guard run.status == 0 else { throw ProgramFailure(description: "\(run)") }
      return run.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let name: String
    if signing == .ldns {
      name = try run("ldns-keygen", ["-a", "ECDSAP256SHA256", "-k", "example.test"])
      _ = try run(
        "ldns-signzone", ["-n", "-s", "abcd", "-f", "signed", "-o", "example.test", "zone", name])
    } else {
      name = try run("dnssec-keygen", ["-q", "-a", "ECDSAP256SHA256", "-f", "KSK", "example.test"])
      let denial =
        switch signing {
        case .nsec, .ldns: [String]()
        case .nsec3: ["-3", "abcd", "-H", "2"]
        case .optOut: ["-A", "-3", "-", "-H", "0"]
        }
      _ = try run(
        "dnssec-signzone",
        ["-q", "-S", "-z", "-N", "keep", "-o", "example.test", "-f", "signed"] + denial + ["zone"])
    }
    let key = try directory.read(name + ".key").split(separator: "\n").first {
      !$0.hasPrefix(";") && $0.contains("DNSKEY")
    }
    return (try directory.read("signed"), String(try #require(key)))
  }

  @Test(arguments: Signing.allCases)
  func isValidatedByUnboundAndDelvInEveryAnswer(signing: Signing) throws {
    let directory = TemporaryDirectory()
    let (text, key) = try Self.sign(signing, in: directory)
    let primary = try ZonePeer(.nsd, .primary(zone: text))
    var arguments = ServiceArguments()
    arguments.secondaries = ["example.test=\(primary.address)"]
    let server = try LivingServer(zone: nil, arguments)
    for _ in 0..<1000 where server.serial == nil { usleep(10_000) }
    #expect(server.shelf.zones["example.test"]?.isSigned == true, "\(server.log.withLock { $0 })")
    let resolver = try unbound(over: server.address, trusting: key, in: directory)
    let anchors = directory.write("anchors", try Self.delvAnchor(key))
    for question in Self.questions {
      let reply = try Programs.run(
        "dig",
        [
          "@127.0.0.1", "-p", "\(resolver.port)", "+dnssec", "+tries=2", "+time=5", question.name,
          question.type,
        ])
      #expect(reply.stdout.contains("status: \(question.code)"), "\(signing) \(reply)")
      if question.isProven || signing != .optOut {
        #expect(
          reply.stdout.contains(" ad;") || reply.stdout.contains(" ad "), "\(signing) \(reply)")
      }
      let seen = try Programs.run(
        "delv",
        [
          "@127.0.0.1", "-p", "\(server.address.port)", "-a", anchors, "+root=example.test",
          question.name, question.type,
        ])
      let said = seen.stdout + seen.stderr
      #expect(!said.contains("broken trust") && !said.contains("SERVFAIL"), "\(signing) \(seen)")
      if question.isProven || signing != .optOut {
        #expect(said.contains("fully validated"), "\(signing) \(seen)")
      }
    }
  }

  private static func delvAnchor(_ key: String) throws -> String {
    // example.test. [TTL] IN DNSKEY 257 3 13 BASE64…
    let fields = key.split(separator: ";")[0].split(whereSeparator: \.isWhitespace).map(String.init)
    let start = try #require(fields.firstIndex(of: "DNSKEY")) + 1
    let secret = fields[(start + 3)...].joined()
    return "trust-anchors { \"example.test.\" static-key \(fields[start]) 3 13 \"\(secret)\"; };\n"
  }

  private func unbound(
    over server: SocketAddress, trusting key: String, in directory: TemporaryDirectory
  ) throws -> (port: UInt16, process: ServerProcess) {
    let port = try FreePort.next()
    directory.write(
      "unbound.conf",
      """
      server:
        interface: 127.0.0.1@\(port)
        port: \(port)
        do-daemonize: no
        username: ""
        chroot: ""
        directory: "\(directory.path)"
        pidfile: ""
        use-syslog: no
        logfile: ""
        do-not-query-localhost: no
        local-zone: "test." nodefault
        trust-anchor: "\(key.split(separator: ";")[0])"
        aggressive-nsec: no
        qname-minimisation: no
      remote-control:
        control-enable: no
      stub-zone:
        name: "example.test"
        stub-addr: 127.0.0.1@\(server.port)
      """)
    let process = try ServerProcess("unbound", ["-d", "-c", directory.file("unbound.conf")])
    _ = try process.wait(for: "unbound to answer") {
      let reply = try? Programs.run(
        "dig", ["@127.0.0.1", "-p", "\(port)", "+tries=1", "+time=1", "example.test", "SOA"])
      return reply?.stdout.contains("NOERROR") == true ? true : nil
    }
    return (port, process)
  }

  @Test func showsNoSignaturesToThoseWhoDoNotAsk() throws {
    let directory = TemporaryDirectory()
    let primary = try ZonePeer(.nsd, .primary(zone: try Self.sign(.nsec, in: directory).text))
    var arguments = ServiceArguments()
    arguments.secondaries = ["example.test=\(primary.address)"]
    let server = try LivingServer(zone: nil, arguments)
    for _ in 0..<1000 where server.serial == nil { usleep(10_000) }
    for (name, type) in [("web.example.test", "A"), ("nope.example.test", "A")] {
      let reply = try Programs.run(
        "dig", ["@127.0.0.1", "-p", "\(server.address.port)", "+noedns", name, type])
      #expect(!reply.stdout.contains("RRSIG") && !reply.stdout.contains("NSEC"), "\(reply)")
    }
  }
}
