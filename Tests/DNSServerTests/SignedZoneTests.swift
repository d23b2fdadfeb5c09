import DNSModel
import Foundation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// A signed zone as others made it, served by us, and asked by validators that trust its key alone.
@Suite(.serialized) struct SignedZoneTests {
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

  @Test(arguments: Signing.allCases)
  func isValidatedByUnboundAndDelvInEveryAnswer(signing: Signing) throws {
    let directory = TemporaryDirectory()
    let (text, key, _) = try signing.sign(Self.zone, "example.test", in: directory)
    let primary = try ZonePeer(.nsd, .primary(zone: text))
    var arguments = ServiceArguments()
    arguments.secondaries = ["example.test=\(primary.address)"]
    let server = try LivingServer(zone: nil, arguments)
    for _ in 0..<1000 where server.serial == nil { usleep(10_000) }
    #expect(server.shelf.zones["example.test"]?.isSigned == true, "\(server.log.withLock { $0 })")
    let resolver = try Validator(over: server.address, trusting: key)
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

  @Test func showsNoSignaturesToThoseWhoDoNotAsk() throws {
    let directory = TemporaryDirectory()
    let text = try Signing.nsec.sign(Self.zone, "example.test", in: directory).text
    let primary = try ZonePeer(.nsd, .primary(zone: text))
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
