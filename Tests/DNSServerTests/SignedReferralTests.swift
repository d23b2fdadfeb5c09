import DNSModel
import Foundation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// A signed zone that delegates: the referrals show the DS records, or that there are none, and a validator
/// that follows them tells secure zones from insecure and bogus ones below.
@Suite(.serialized) struct SignedReferralTests {
  private static func child(_ host: String) -> String {
    "$TTL 300\n@ SOA ns h 1 3600 900 86400 60\n@ NS ns\nns A \(host)\nhost A 192.0.2.8\n"
  }

  private static func served(
    _ zones: [(origin: DomainName, text: String)], at address: SocketAddress
  ) throws -> ServedOnLoopback {
    let shelf = try SpokenAnswers(zones).zones
    return try ServedOnLoopback(shelf.origins.compactMap { shelf[$0] }) {
      $0.addresses = [address]
    }
  }

  @Test(arguments: Signing.allCases)
  func areFollowedByAValidator(signing: Signing) throws {
    let (above, below) = (try LoopbackAddress.forDNS(), try LoopbackAddress.forDNS())
    let text = Self.child(below.host)
    let secure = try signing.sign(text, "secure.example.test", in: TemporaryDirectory())
    let bogus = try signing.sign(text, "bogus.example.test", in: TemporaryDirectory())
    let names = ["insecure", "secure", "bogus"]
    let delegations = names.map { "\($0) NS ns.\($0)\nns.\($0) A \(below.host)\n" }
    // The DS records of another key.
    let wrong = secure.delegation.replacingOccurrences(of: "secure.", with: "bogus.")
    let parent = try signing.sign(
      """
      $TTL 300
      @ SOA ns1 hostmaster 7 3600 900 86400 60
      @ NS ns1
      ns1 A \(above.host)
      \(delegations.joined())\(secure.delegation)
      \(wrong)

      """, "example.test", in: TemporaryDirectory())
    let servers = [
      try Self.served([("example.test", parent.text)], at: above),
      try Self.served(
        [
          ("insecure.example.test", text), ("secure.example.test", secure.text),
          ("bogus.example.test", bogus.text),
        ], at: below),
    ]
    try expectProofs(at: servers[0], signing)
    let validator = try Validator(over: above, trusting: parent.key)
    func expect(_ name: String, _ type: String, _ code: String, isProven: Bool) throws {
      let said = try validator.ask(name, type)
      #expect(said.contains("status: \(code)"), "\(said)")
      let flags = said.split(separator: "\n").first { $0.contains("flags: qr") } ?? ""
      #expect(flags.contains(" ad") == isProven, "\(said)")
    }
    try expect("host.secure.example.test", "A", "NOERROR", isProven: true)
    try expect("host.secure.example.test", "TXT", "NOERROR", isProven: true)
    try expect("no.secure.example.test", "A", "NXDOMAIN", isProven: signing != .optOut)
    try expect("host.insecure.example.test", "A", "NOERROR", isProven: false)
    try expect("no.insecure.example.test", "A", "NXDOMAIN", isProven: false)
    // That it can say no: the child's key is none that the parent vouches for.
    try expect("host.bogus.example.test", "A", "SERVFAIL", isProven: false)
  }

  private func expectProofs(at server: ServedOnLoopback, _ signing: Signing) throws {
    func types(_ name: DomainName) throws -> Set<RecordType> {
      let query = Message(
        asking: Question(name, .a), id: 1, edns: EDNS(dnssecOK: true))
      let reply = try #require(try server.ask(query.encoded()))
      let message = try Message(parsing: reply)
      #expect(message.answers.isEmpty && !message.header.isAuthoritative)
      return Set(message.authorities.map(\.data.type))
    }
    #expect(try types("host.secure.example.test") == [.ns, .ds, .rrsig])
    #expect(
      try types("host.insecure.example.test")
        == [.ns, signing == .nsec ? .nsec : .nsec3, .rrsig])
  }
}
