import DNSModel
import TestSupport
import Testing

@testable import DNSServer

/// What the RFCs say about single questions, one line each.
@Suite struct AnswerRulesTests {
  private static let example = """
    @ SOA ns1 hostmaster 7 3600 900 86400 60
    @ NS ns1
    @ NS ns.sub
    ns1 A 192.0.2.1
    ns1 AAAA 2001:db8::1
    www A 192.0.2.2
    api CNAME www
    twice CNAME api
    lost CNAME nothing
    away CNAME www.elsewhere.example.
    next CNAME www.other.test.
    down CNAME host.sub
    under CNAME www.child
    mail MX 10 www
    mail MX 20 host.sub
    loop1 CNAME loop2
    loop2 CNAME loop1
    self CNAME self
    deep.empty TXT "x"
    *.wild A 192.0.2.9
    host.wild TXT "here"
    a.b.wild A 192.0.2.10
    *.alias CNAME www
    sub NS ns.sub
    sub NS ns.sibling
    sub NS ns.elsewhere.example.
    sub DS 1 13 2 00000000000000000000000000000000000000000000000000000000000000AA
    ns.sub A 192.0.2.20
    host.sub A 192.0.2.21
    sibling NS ns.sibling
    ns.sibling A 192.0.2.22
    dn DNAME target
    *.target A 192.0.2.30
    grows DNAME x.grows
    long.dn2 DNAME \(long).target
    child NS ns.child
    ns.child A 192.0.2.40
    _s._tcp SRV 0 0 80 www
    odd TYPE4711 \\# 2 ABCD
    """
  private static let long = [String](repeating: String(repeating: "l", count: 50), count: 3)
    .joined(separator: ".")
  private static let child = """
    @ SOA ns hostmaster 3 3600 900 86400 30
    @ NS ns
    ns A 192.0.2.40
    www A 192.0.2.41
    back CNAME www.example.test.
    """
  private static let other = """
    @ SOA ns hostmaster 4 3600 900 86400 20
    @ NS ns
    ns A 192.0.2.50
    www A 192.0.2.51
    """
  private static let soa =
    "example.test. 60 SOA ns1.example.test. hostmaster.example.test. 7 3600 900 86400 60"
  private static let cut =
    "sub.example.test. 300 NS ns.sub.example.test.; sub.example.test. 300 NS ns.sibling.example.test.; "
    + "sub.example.test. 300 NS ns.elsewhere.example."
  private static let glue =
    "ns.sub.example.test. 300 A 192.0.2.20; ns.sibling.example.test. 300 A 192.0.2.22"

  private static func served() throws -> SpokenAnswers {
    try SpokenAnswers([
      ("example.test", example), ("child.example.test", child), ("other.test", other),
    ])
  }

  static let rules: [(question: String, answer: String)] = [
    // RFC 1034 §4.3.2: exact, with the case it was asked in.
    ("www.example.test A", "NOERROR aa | www.example.test. 300 A 192.0.2.2 |  | "),
    ("WwW.Example.TEST A", "NOERROR aa | WwW.Example.TEST. 300 A 192.0.2.2 |  | "),
    ("odd.example.test TYPE4711", "NOERROR aa | odd.example.test. 300 TYPE4711 \\# 2 ABCD |  | "),
    // RFC 2308: NODATA and NXDOMAIN, the SOA at the negative TTL.
    ("www.example.test MX", "NOERROR aa |  | \(soa) | "),
    ("none.example.test A", "NXDOMAIN aa |  | \(soa) | "),
    ("x.www.example.test A", "NXDOMAIN aa |  | \(soa) | "),
    // RFC 4592 §2.2.2: an empty non-terminal exists.
    ("empty.example.test A", "NOERROR aa |  | \(soa) | "),
    // RFC 1034 §3.6.2, RFC 2181 §10.1: aliases are followed, AA is the first owner's.
    (
      "twice.example.test A",
      "NOERROR aa | twice.example.test. 300 CNAME api.example.test.; "
        + "api.example.test. 300 CNAME www.example.test.; www.example.test. 300 A 192.0.2.2 |  | "
    ),
    ("api.example.test CNAME", "NOERROR aa | api.example.test. 300 CNAME www.example.test. |  | "),
    // RFC 2308 §2.1, RFC 6604 §3: the code is that of the chain's end.
    (
      "lost.example.test A",
      "NXDOMAIN aa | lost.example.test. 300 CNAME nothing.example.test. | \(soa) | "
    ),
    (
      "api.example.test MX",
      "NOERROR aa | api.example.test. 300 CNAME www.example.test. | \(soa) | "
    ),
    (
      "away.example.test A",
      "NOERROR aa | away.example.test. 300 CNAME www.elsewhere.example. |  | "
    ),
    // Several zones served together.
    (
      "next.example.test A",
      "NOERROR aa | next.example.test. 300 CNAME www.other.test.; www.other.test. 300 A 192.0.2.51 |  | "
    ),
    (
      "under.example.test A",
      "NOERROR aa | under.example.test. 300 CNAME www.child.example.test.; "
        + "www.child.example.test. 300 A 192.0.2.41 |  | "
    ),
    (
      "back.child.example.test A",
      "NOERROR aa | back.child.example.test. 300 CNAME www.example.test.; "
        + "www.example.test. 300 A 192.0.2.2 |  | "
    ),
    // A chain that ends at a cut is an answer and a referral.
    (
      "down.example.test A",
      "NOERROR aa | down.example.test. 300 CNAME host.sub.example.test. | \(cut) | \(glue)"
    ),
    (
      "loop1.example.test A",
      "NOERROR aa | loop1.example.test. 300 CNAME loop2.example.test.; "
        + "loop2.example.test. 300 CNAME loop1.example.test. |  | "
    ),
    ("self.example.test A", "NOERROR aa | self.example.test. 300 CNAME self.example.test. |  | "),
    // RFC 4592: wildcards, and what blocks them.
    ("x.wild.example.test A", "NOERROR aa | x.wild.example.test. 300 A 192.0.2.9 |  | "),
    ("x.y.wild.example.test A", "NOERROR aa | x.y.wild.example.test. 300 A 192.0.2.9 |  | "),
    ("x.wild.example.test MX", "NOERROR aa |  | \(soa) | "),
    ("host.wild.example.test A", "NOERROR aa |  | \(soa) | "),
    ("x.host.wild.example.test A", "NXDOMAIN aa |  | \(soa) | "),
    ("b.wild.example.test A", "NOERROR aa |  | \(soa) | "),
    ("x.b.wild.example.test A", "NXDOMAIN aa |  | \(soa) | "),
    ("*.wild.example.test A", "NOERROR aa | *.wild.example.test. 300 A 192.0.2.9 |  | "),
    ("wild.example.test A", "NOERROR aa |  | \(soa) | "),
    (
      "x.alias.example.test A",
      "NOERROR aa | x.alias.example.test. 300 CNAME www.example.test.; "
        + "www.example.test. 300 A 192.0.2.2 |  | "
    ),
    // RFC 1034 §4.2.1, RFC 9471: referrals with glue, in the domain and siblings'.
    ("sub.example.test A", "NOERROR |  | \(cut) | \(glue)"),
    ("ns.sub.example.test A", "NOERROR |  | \(cut) | \(glue)"),
    ("x.y.sub.example.test TXT", "NOERROR |  | \(cut) | \(glue)"),
    ("sub.example.test NS", "NOERROR |  | \(cut) | \(glue)"),
    // RFC 4035 §3.1.4.1: DS is the parent's, also where the child is served too.
    (
      "sub.example.test DS",
      "NOERROR aa | sub.example.test. 300 DS 1 13 2 "
        + "00000000000000000000000000000000000000000000000000000000000000AA |  | "
    ),
    ("sibling.example.test DS", "NOERROR aa |  | \(soa) | "),
    ("child.example.test DS", "NOERROR aa |  | \(soa) | "),
    (
      "other.test DS",
      "NOERROR aa |  | other.test. 20 SOA ns.other.test. hostmaster.other.test. 4 3600 900 86400 20 | "
    ),
    (
      "child.example.test NS",
      "NOERROR aa | child.example.test. 300 NS ns.child.example.test. |  | "
        + "ns.child.example.test. 300 A 192.0.2.40"
    ),
    // RFC 1035 §3.3, RFC 2782: addresses of what is named; never those below a cut.
    (
      "mail.example.test MX",
      "NOERROR aa | mail.example.test. 300 MX 10 www.example.test.; "
        + "mail.example.test. 300 MX 20 host.sub.example.test. |  | www.example.test. 300 A 192.0.2.2"
    ),
    (
      "_s._tcp.example.test SRV",
      "NOERROR aa | _s._tcp.example.test. 300 SRV 0 0 80 www.example.test. |  | "
        + "www.example.test. 300 A 192.0.2.2"
    ),
    (
      "example.test NS",
      "NOERROR aa | example.test. 300 NS ns1.example.test.; example.test. 300 NS ns.sub.example.test. |  | "
        + "ns1.example.test. 300 A 192.0.2.1; ns1.example.test. 300 AAAA 2001:db8::1; "
        + "ns.sub.example.test. 300 A 192.0.2.20"
    ),
    // RFC 6672: DNAME, its own name, a name that would be too long, one that leads below itself.
    (
      "x.dn.example.test A",
      "NOERROR aa | dn.example.test. 300 DNAME target.example.test.; "
        + "x.dn.example.test. 300 CNAME x.target.example.test.; "
        + "x.target.example.test. 300 A 192.0.2.30 |  | "
    ),
    ("dn.example.test A", "NOERROR aa |  | \(soa) | "),
    (
      "\(long).dn2.example.test A", "NXDOMAIN aa |  | \(soa) | "
    ),
    (
      "y.grows.example.test A",
      "NOERROR aa | grows.example.test. 300 DNAME x.grows.example.test.; "
        + "y.grows.example.test. 300 CNAME y.x.grows.example.test. |  | "
    ),
    // RFC 8482 §4.1: one set is an answer to ANY.
    ("ns1.example.test ANY", "NOERROR aa | ns1.example.test. 300 A 192.0.2.1 |  | "),
    ("none.example.test ANY", "NXDOMAIN aa |  | \(soa) | "),
    // Not ours; other classes.
    ("www.elsewhere.example A", "REFUSED |  |  | "),
    (". NS", "REFUSED |  |  | "),
    ("www.example.test A ANY", "NOERROR | www.example.test. 300 A 192.0.2.2 |  | "),
    ("www.example.test A CH", "REFUSED |  |  | "),
    ("version.cutover TXT CH", "NOERROR aa | version.cutover. 0 TXT \"cutover 9.9\" |  | "),
    ("version.cutover TXT", "NOERROR aa | version.cutover. 0 TXT \"cutover 9.9\" |  | "),
    ("version.bind TXT CH", "NOERROR aa | version.bind. 0 TXT \"cutover 9.9\" |  | "),
    ("version.bind TXT", "REFUSED |  |  | "),
  ]

  @Test(arguments: rules) func saysWhatTheRFCsSay(question: String, answer: String) throws {
    #expect(try Self.served().answer(question) == answer)
  }

  @Test func aNameTooLongForItsDNAMEIsYXDOMAIN() throws {
    let label = String(repeating: "q", count: 60)
    let name = "\(label).\(label).long.dn2.example.test"
    let answer = try Self.served().answer("\(name) A")
    #expect(answer.hasPrefix("YXDOMAIN aa | long.dn2.example.test. 300 DNAME "), "\(answer)")
  }

  @Test func aChildThatIsServedAloneAnswersForItsOwnDS() throws {
    let served = try SpokenAnswers([("child.example.test", Self.child)])
    let answer = try served.answer("child.example.test DS")
    #expect(
      answer == "NOERROR aa |  | child.example.test. 30 SOA ns.child.example.test. "
        + "hostmaster.child.example.test. 3 3600 900 86400 30 | ")
  }

  @Test func anExpiredZoneIsServfailEvenBelowOneThatIsNot() throws {
    let shelf = ZoneShelf(
      try Self.served().zones.origins.compactMap { try Self.served().zones[$0] })
    shelf.markExpired("child.example.test")
    let bytes = Message(asking: Question("no.child.example.test", .a), id: 1).encoded()
    let (compiled, built) = CompiledAnswersTests.bothWays(bytes, shelf.current, .udp)
    #expect(compiled == nil)
    #expect(try Message(parsing: built ?? []).responseCode == .serverFailure)
  }

  @Test func aChainStopsAtItsLimitWithAllThatWasFound() throws {
    let links = (0..<40).map { "c\($0) CNAME c\($0 + 1)" }.joined(separator: "\n")
    let served = try SpokenAnswers([
      ("example.test", "@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n" + links)
    ])
    let reply = try #require(
      try served.reply(to: Message(asking: Question("c0.example.test", .a), id: 1), .tcp))
    #expect(reply.answers.count == AnswerBuilder.chainLimit)
    #expect(reply.responseCode == .noError && reply.header.isAuthoritative)
  }
}
