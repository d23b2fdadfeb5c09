import DNSModel
import Glibc
import SystemIO
import TestSupport
import Testing
import ZoneFiles

@testable import DNSServer

/// Recursors resolve through us: the root, a top-level domain and the zones below it are on servers of
/// ours, each on an address of its own.
///
/// Delegations name no ports, so these servers are on port 53; what is picked free is their addresses, of
/// the sixteen million that the loopback has.
@Suite(.serialized) struct RecursorTests {
  private final class World {
    let root: ServedOnLoopback
    let servers: [ServedOnLoopback]
    /// The one that serves contoso.com beside another that never answers.
    let leaf: ServedOnLoopback

    init() throws {
      let (a, b, c) = (
        try LoopbackAddress.forDNS(), try LoopbackAddress.forDNS(), try LoopbackAddress.forDNS()
      )
      let dead = "127.254.254.254"
      leaf = try Self.server(
        c,
        [
          ("contoso.com", Self.contoso(c.host)), ("fabrikam.com", Self.fabrikam(c.host)),
          ("child.contoso.com", Self.child(c.host)), ("hosts.net", Self.hosts(c.host)),
        ])
      let top = try Self.server(
        b,
        [
          (
            "com",
            """
            @ SOA a.gtld.net. h.gtld.net. 1 1800 900 604800 60
            @ NS a.gtld.net.
            contoso NS ns1.contoso
            contoso NS ns2.contoso
            ns1.contoso A \(c.host)
            ns2.contoso A \(dead)
            fabrikam NS ns.hosts.net.
            """
          ),
          (
            "net",
            """
            @ SOA a.gtld h.gtld 1 1800 900 604800 60
            @ NS a.gtld
            a.gtld A \(b.host)
            hosts NS ns.hosts
            ns.hosts A \(c.host)
            """
          ),
        ])
      root = try Self.server(
        a,
        [
          (
            ".",
            """
            @ SOA a.root. h.root. 1 1800 900 604800 60
            @ NS a.root.
            a.root. A \(a.host)
            com. NS a.gtld.net.
            net. NS a.gtld.net.
            a.gtld.net. A \(b.host)
            """
          )
        ])
      servers = [leaf, top]
    }

    private static func contoso(_ host: String) -> String {
      let texts = (0..<40).map { "big TXT \"\($0)-\(String(repeating: "t", count: 100))\"\n" }
      return """
        @ SOA ns1 hostmaster 7 3600 900 86400 60
        @ NS ns1
        @ NS ns2
        @ MX 10 www
        ns1 A \(host)
        ns2 A 127.254.254.254
        www A 192.0.2.1
        www A 192.0.2.2
        www AAAA 2001:db8::1
        api CNAME www
        far CNAME web.fabrikam.com.
        lost CNAME nothing
        deep.empty TXT "x"
        *.wild A 192.0.2.3
        blocked.wild TXT "here"
        *.alias CNAME www
        dn DNAME wild
        child NS ns.child
        ns.child A \(host)
        _s._tcp SRV 1 2 443 www
        odd TYPE65300 \\# 2 ABCD
        h HTTPS 1 . alpn=h2
        c CAA 0 issue "ca.example"
        \(texts.joined())
        """
    }

    private static func fabrikam(_ host: String) -> String {
      "@ SOA ns.hosts.net. h 1 3600 900 86400 60\n@ NS ns.hosts.net.\nweb A 192.0.2.9\nback CNAME api.contoso.com."
    }

    private static func child(_ host: String) -> String {
      "@ SOA ns h 1 3600 900 86400 60\n@ NS ns\nns A \(host)\nwww A 192.0.2.8\n"
    }

    private static func hosts(_ host: String) -> String {
      "@ SOA ns h 1 3600 900 86400 60\n@ NS ns\nns A \(host)\n"
    }

    private static func server(
      _ address: SocketAddress, _ zones: [(origin: DomainName, text: String)]
    ) throws -> ServedOnLoopback {
      let served = try SpokenAnswers(zones).zones
      return try ServedOnLoopback(served.origins.compactMap { served[$0] }) {
        $0.addresses = [address]
      }
    }
  }

  private static func says(_ text: String, _ recursor: Recursor) throws -> String {
    let words = text.split(separator: " ").map(String.init)
    let question = Question(
      try DomainName(parsing: words[0]), try #require(RecordType(parsing: words[1])))
    // BIND may have given up on a server that was slow to come: then it is asked once more.
    var reply = try recursor.ask(question)
    if reply == nil || reply?.responseCode == .serverFailure { reply = try recursor.ask(question) }
    guard let reply else { return "nothing" }
    let answers = reply.answers.map { "\($0.owner.folded) \($0.type) \($0.data)" }
    return "\(reply.responseCode) " + answers.sorted().joined(separator: "; ")
  }

  private static let rules: [(question: String, answer: String)] = [
    ("www.contoso.com A", "NOERROR www.contoso.com. A 192.0.2.1; www.contoso.com. A 192.0.2.2"),
    ("WWW.Contoso.COM AAAA", "NOERROR www.contoso.com. AAAA 2001:db8::1"),
    ("contoso.com MX", "NOERROR contoso.com. MX 10 www.contoso.com."),
    (
      "contoso.com NS", "NOERROR contoso.com. NS ns1.contoso.com.; contoso.com. NS ns2.contoso.com."
    ),
    (
      "contoso.com SOA",
      "NOERROR contoso.com. SOA ns1.contoso.com. hostmaster.contoso.com. 7 3600 900 86400 60"
    ),
    (
      "api.contoso.com A",
      "NOERROR api.contoso.com. CNAME www.contoso.com.; www.contoso.com. A 192.0.2.1; "
        + "www.contoso.com. A 192.0.2.2"
    ),
    ("api.contoso.com CNAME", "NOERROR api.contoso.com. CNAME www.contoso.com."),
    (
      "far.contoso.com A",
      "NOERROR far.contoso.com. CNAME web.fabrikam.com.; web.fabrikam.com. A 192.0.2.9"
    ),
    (
      "back.fabrikam.com AAAA",
      "NOERROR api.contoso.com. CNAME www.contoso.com.; back.fabrikam.com. CNAME api.contoso.com.; "
        + "www.contoso.com. AAAA 2001:db8::1"
    ),
    ("lost.contoso.com A", "NXDOMAIN lost.contoso.com. CNAME nothing.contoso.com."),
    ("none.contoso.com A", "NXDOMAIN "), ("www.contoso.com TXT", "NOERROR "),
    ("empty.contoso.com A", "NOERROR "),
    ("deep.empty.contoso.com TXT", "NOERROR deep.empty.contoso.com. TXT \"x\""),
    ("x.y.wild.contoso.com A", "NOERROR x.y.wild.contoso.com. A 192.0.2.3"),
    ("x.blocked.wild.contoso.com A", "NXDOMAIN "),
    (
      "x.alias.contoso.com AAAA",
      "NOERROR www.contoso.com. AAAA 2001:db8::1; x.alias.contoso.com. CNAME www.contoso.com."
    ),
    ("www.child.contoso.com A", "NOERROR www.child.contoso.com. A 192.0.2.8"),
    ("no.child.contoso.com A", "NXDOMAIN "),
    ("_s._tcp.contoso.com SRV", "NOERROR _s._tcp.contoso.com. SRV 1 2 443 www.contoso.com."),
    ("odd.contoso.com TYPE65300", "NOERROR odd.contoso.com. TYPE65300 \\# 2 ABCD"),
    ("h.contoso.com HTTPS", "NOERROR h.contoso.com. HTTPS 1 . alpn=\"h2\""),
    ("c.contoso.com CAA", "NOERROR c.contoso.com. CAA 0 issue \"ca.example\""),
    ("nothing.net A", "NXDOMAIN "), ("nothing A", "NXDOMAIN "),
  ]

  @Test(arguments: Recursor.Kind.allCases)
  func resolvesThroughUsFromTheRootDown(kind: Recursor.Kind) throws {
    let world = try World()
    let recursor = try Recursor(kind, root: world.root.address)
    for rule in Self.rules {
      #expect(try Self.says(rule.question, recursor) == rule.answer, "\(kind): \(rule.question)")
    }
    // A DNAME comes with its CNAME; whether the cache repeats both is the resolver's affair.
    let renamed = try Self.says("x.dn.contoso.com A", recursor).lowercased()
    #expect(renamed.contains("x.dn.contoso.com. cname x.wild.contoso.com."), "\(kind): \(renamed)")
    #expect(renamed.contains("x.wild.contoso.com. a 192.0.2.3"), "\(kind): \(renamed)")
    // Too large for a datagram: the resolver comes back over TCP.
    let big = try recursor.ask(Question("big.contoso.com", .txt))
    #expect(big?.answers.count == 40, "\(kind)")
    #expect(world.leaf.server.totals.truncated >= 1)
  }

  @Test(arguments: Recursor.Kind.allCases)
  func findsItsWayAroundFaults(kind: Recursor.Kind) throws {
    let world = try World()
    let recursor = try Recursor(kind, root: world.root.address)
    let (server, zones) = (world.leaf.server, world.leaf.server.shelf.zones)
    // Cut on UDP: TCP helps. Dropped one time in four: asked again (PowerDNS asks each address once, and
    // the other one of this zone is dead).
    server.faults.add(try FaultRule(parsing: "truncate,name=api.contoso.com"), zones: zones)
    server.faults.add(
      try FaultRule(parsing: "drop,name=www.contoso.com,probability=25%,seed=3"), zones: zones)
    server.faults.add(try FaultRule(parsing: "ttl=30,name=c.contoso.com"), zones: zones)
    #expect(try Self.says("api.contoso.com CNAME", recursor) == Self.rules[6].answer)
    if kind != .powerdns {
      #expect(try Self.says("www.contoso.com A", recursor) == Self.rules[0].answer)
    }
    let short = try recursor.ask(Question("c.contoso.com", .caa))
    #expect((short?.answers.first?.ttl.seconds ?? 99) <= 30)
    // What is refused everywhere is SERVFAIL to who asks.
    server.faults.add(try FaultRule(parsing: "refused,zone=fabrikam.com"), zones: zones)
    let refused = try recursor.ask(Question("web.fabrikam.com", .a))
    #expect(refused?.responseCode == .serverFailure, "\(kind)")
  }
}
