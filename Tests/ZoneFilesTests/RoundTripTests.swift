import DNSModel
import Foundation
import TestSupport
import Testing
import ZoneFiles

@Suite struct RoundTripTests {
  static func generate(_ count: Int, seed: UInt64) -> [ResourceRecord] {
    var generator = GeneratedData(random: SeededRandom(seed: seed))
    var records: [ResourceRecord] = []
    for index in 0..<count {
      let type = GeneratedData.types[index % GeneratedData.types.count]
      guard type != .soa, let data = generator.data(type),
        let owner = DomainName("example.").prepending("n\(index)")
      else { continue }
      records.append(ResourceRecord(owner: owner, ttl: TTL(clamping: index), data: data))
    }
    return records
  }

  static func read(_ text: String) -> (records: [ResourceRecord], refusals: [ZoneRefusal]) {
    var records: [ResourceRecord] = []
    var refusals: [ZoneRefusal] = []
    var reader = ZoneReader(origin: "example.")
    reader.read(text: text) { entry in
      switch entry {
      case .record(let record, _): records.append(record)
      case .refused(let refusal): refusals.append(refusal)
      }
    }
    return (records, refusals)
  }

  @Test func printingAndReadingAgainGivesTheSameBytes() {
    let seed: UInt64 = 2
    let records = Self.generate(Soak.isOn ? 100_000 : 8_000, seed: seed)
    #expect(records.count > 7_000)
    let (again, refusals) = Self.read(records.map { "\($0)\n" }.joined())
    #expect(refusals == [], "seed \(seed)")
    #expect(again.map(\.data.wire) == records.map(\.data.wire), "seed \(seed)")
    #expect(again == records, "seed \(seed)")
  }

  @Test func genericTextOfEveryKnownTypeReadsTheSame() {
    let records = Self.generate(2_000, seed: 3)
    let text = records.map { "\($0.owner) \($0.ttl) IN \($0.type) \($0.data.genericText)\n" }
    #expect(Self.read(text.joined()).records == records)
  }

  /// 0 × 10⁵ cm is no more than 0 × 10⁰, and yet other bytes (RFC 1876 §2).
  @Test func aLocationOfNoSizeKeepsItsExponent() {
    let wire: [UInt8] = [0, 0x05, 0x16, 0x13, 128, 0, 0, 0, 128, 0, 0, 0, 0, 0x98, 0x95, 0xB8]
    let data = RecordData(type: RecordType(rawValue: 29), wire: wire)
    let record = ResourceRecord(owner: "example.", ttl: .zero, data: data)
    #expect(Self.read("\(record)\n").records == [record])
  }

  /// What BIND reads from our text, and prints in its own way, says the same to us.
  @Test func bindReadsOurTextAsWeDo() throws {
    let seed: UInt64 = 4
    let folder = TemporaryDirectory()
    let head = "example. 60 IN SOA ns.example. admin.example. 1 2 3 4 5\nexample. 60 IN NS ns.\n"
    // BIND wants a key even where the algorithm says that there is none (RFC 4025 §2.4).
    let records = Self.generate(Soak.isOn ? 100_000 : 8_000, seed: seed).filter {
      $0.type != .ipseckey || $0.data.wire[2] != 0
    }
    let source = folder.write("zone", head + records.map { "\($0)\n" }.joined())
    let run = try Programs.run(
      "named-compilezone",
      [
        "-i", "none", "-k", "ignore", "-n", "ignore", "-m", "ignore", "-S", "ignore", "-o",
        folder.file("out"), "example.", source,
      ])
    try #require(run.status == 0, "seed \(seed): \(run.stdout.prefix(2000))")
    let theirs = Self.read(try folder.read("out"))
    #expect(theirs.refusals.isEmpty, "\(theirs.refusals.prefix(5))")
    var seen: [DomainName: ResourceRecord] = [:]
    for record in theirs.records { seen[record.owner] = record }
    let different = records.filter { seen[$0.owner]?.data.wire != $0.data.wire }
    #expect(different.isEmpty, "seed \(seed): \(different.prefix(5).map(\.description))")
  }
}
