import DNSModel
import Testing
import ZoneFiles

/// Each problem of a zone has text that trips it, and text different by one detail that does not.
@Suite struct ZoneProblemTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let id: ZoneProblem.ID
    let trips: String
    let nearMiss: String
    /// In place of the zone's own.
    var head: String?

    init(_ id: ZoneProblem.ID, _ trips: String, nearMiss: String, head: String? = nil) {
      (self.id, self.trips, self.nearMiss, self.head) = (id, trips, nearMiss, head)
    }

    var testDescription: String { id.rawValue }
  }

  static let soa = "@ SOA ns host 1 7200 3600 86400 300"
  static let head = "\(soa)\n@ NS ns\nns A 192.0.2.1\nalias CNAME ns\n"
  static let apexless = "ns A 192.0.2.1\n"

  static let cases = [
    Case(.soaMissing, "@ NS ns", nearMiss: "\(soa)\n@ NS ns", head: apexless),
    Case(.soaTwice, "@ SOA ns host 2 7200 3600 86400 300", nearMiss: soa),
    Case(.soaBelowOrigin, "a SOA ns host 1 7200 3600 86400 300", nearMiss: soa),
    Case(.nsMissing, soa, nearMiss: "\(soa)\n@ NS ns", head: apexless),
    Case(.outOfZone, "a.other. A 192.0.2.1", nearMiss: "a.other A 192.0.2.1"),
    Case(
      .otherClass, "@ CH TXT a", nearMiss: "@ IN TXT a", head: ""),
    Case(.aliasBesideData, "a CNAME ns\na TXT x", nearMiss: "a CNAME ns\na.a TXT x"),
    Case(.aliasTwice, "a CNAME ns\na CNAME ms", nearMiss: "a CNAME ns\nb CNAME ms"),
    Case(.aliasLoop, "a CNAME a", nearMiss: "a CNAME a.other."),
    Case(
      .aliasLoop, "a CNAME b\nb CNAME c\nc CNAME a", nearMiss: "a CNAME b\nb CNAME c\nc CNAME ns"),
    Case(
      .redirectionBesideAlias, "a DNAME b\na CNAME b", nearMiss: "a DNAME b\nc CNAME b"),
    Case(
      .redirectionAtCut, "a DNAME b\na NS ns", nearMiss: "@ DNAME other.\n",
      head: "\(soa)\n@ NS x.other.\n"),
    Case(.redirectionTwice, "a DNAME b\na DNAME c", nearMiss: "a DNAME b\nd DNAME c"),
    Case(.dataBelowRedirection, "a DNAME b\nc.a TXT x", nearMiss: "a DNAME b\na TXT x"),
    Case(
      .dataBelowRedirection, "@ DNAME other.\nc TXT x",
      nearMiss: "@ DNAME other.\n\(hash) NSEC3 1 0 1 - \(hash) A", head: "\(soa)\n@ NS x.other.\n"),
    Case(.dataBelowCut, "a NS ns\nb.a TXT x", nearMiss: "a NS b.a\nb.a A 192.0.2.2"),
    Case(
      .dataAtCut, "a NS ns\na TXT x",
      nearMiss: "a NS ns\na DS 1 13 2 \(String(repeating: "AB", count: 32))"),
    Case(.glueUnused, "a NS ns\nb.a A 192.0.2.2", nearMiss: "a NS b.a\nb.a A 192.0.2.2"),
    Case(.glueMissing, "a NS b.a", nearMiss: "a NS b.a\nb.a AAAA 2001:db8::1"),
    Case(.serverWithoutAddress, "@ NS b", nearMiss: "@ NS b\nb A 192.0.2.2"),
    Case(.childServerWithoutAddress, "a NS b", nearMiss: "a NS b\nb A 192.0.2.2"),
    Case(.serverIsAlias, "@ NS alias", nearMiss: "@ NS ns2\nns2 A 192.0.2.2"),
    Case(.childServerIsAlias, "a NS alias", nearMiss: "a NS ns"),
    Case(.exchangeIsAlias, "a MX 1 alias", nearMiss: "a MX 1 ns"),
    Case(.exchangeWithoutAddress, "a MX 1 b", nearMiss: "a MX 1 .\nc MX 1 ns"),
    Case(.serviceTargetIsAlias, "a SRV 0 0 1 alias", nearMiss: "a SRV 0 0 1 ns"),
    Case(
      .signerWithoutCut, "a DS 1 13 2 \(String(repeating: "AB", count: 32))",
      nearMiss: "a NS ns\na DS 1 13 2 \(String(repeating: "AB", count: 32))"),
    Case(
      .signerAtOrigin, "@ DS 1 13 2 \(String(repeating: "AB", count: 32))",
      nearMiss: "@ CDS 1 13 2 \(String(repeating: "AB", count: 32))"),
    Case(
      .hashedOwner, "CPNMU=== NSEC3 1 0 1 - \(hash) A", nearMiss: "\(hash) NSEC3 1 0 1 - \(hash) A"),
    Case(
      .hashedOwner, "\(hash).a NSEC3 1 0 1 - \(hash) A", nearMiss: "\(hash) NSEC3 1 0 1 - \(hash) A"
    ),
    Case(.duplicate, "a TXT x\na TXT x", nearMiss: "a TXT x\na TXT X"),
    Case(.ttlDiffers, "a 5 TXT x\na 6 TXT y", nearMiss: "a 5 TXT x\nb 6 TXT y"),
    Case(.wildcardServer, "*.a NS ns", nearMiss: "x.a NS ns"),
    Case(.wildcardRedirection, "*.a DNAME b", nearMiss: "x.a DNAME b"),
    Case(
      .timers, "@ SOA ns host 1 3600 7200 86400 300",
      nearMiss: "@ SOA ns host 1 7200 7200 7200 300",
      head: "@ NS ns\nns A 192.0.2.1\n"),
  ]

  static let hash = String(repeating: "0P9MHAVEQVM6T7VB", count: 2)

  private static func problems(_ text: String) -> [ZoneProblem] {
    var check = ZoneCheck(origin: "example.")
    var reader = ZoneReader(origin: "example.")
    reader.read(text: "$TTL 60\n\(text)\n") { entry in
      switch entry {
      case .record(let record, let place): check.add(record, at: place)
      case .refused(let refusal): Issue.record("\(refusal)")
      }
    }
    return check.finish()
  }

  @Test(arguments: cases) func tripsOnItsTextAndNotOnTheNearMiss(of example: Case) {
    let head = example.head ?? Self.head
    let found = Self.problems(head + example.trips).filter { $0.id == example.id }
    #expect(!found.isEmpty, "\(Self.problems(head + example.trips))")
    #expect(
      found.allSatisfy { $0.place != nil || example.id == .nsMissing || example.id == .soaMissing })
    let near = Self.problems(head + example.nearMiss).filter { $0.id == example.id }
    #expect(near.isEmpty, "\(near)")
  }

  @Test func everyProblemHasItsExample() {
    #expect(Set(Self.cases.map(\.id)) == Set(ZoneProblem.ID.allCases))
  }
}
