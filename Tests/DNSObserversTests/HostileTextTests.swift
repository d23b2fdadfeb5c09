import Assessment
import DNSModel
import DNSObservers
import DNSTransport
import Migration
import Notation
import Reports
import SystemIO
import TestSupport
import Testing

/// Names and texts from outside never reach a terminal, JSON, Markdown or SVG raw.
@Suite struct HostileTextTests {
  static let escape = "\u{1b}]0;owned\u{07}\u{1b}[2J\u{202e}"

  /// A name with a label of control bytes, 63 of them, and one of markup.
  static func hostileName() throws -> DomainName {
    let controls = [UInt8](repeating: 0x1B, count: 63)
    let markup = Array("<script>`*[x](y)".utf8)
    return try #require(DomainName(labels: [controls, markup, Array("test".utf8)]))
  }

  private func evidence() throws -> NameEvidence {
    let name = try Self.hostileName()
    let server = try ScriptedServer { query, _ in
      guard let question = query.questions.first else { return nil }
      let bytes = Array(Self.escape.utf8)
      let record: RecordData? =
        switch question.type {
        case .txt:
          RecordData(type: .txt, wire: [UInt8(bytes.count + 9)] + Array("heritage=".utf8) + bytes)
        case .soa:
          .soa(
            SOA(
              primary: question.name, mailbox: question.name, serial: Serial(1), refresh: 1,
              retry: 1, expire: 1, minimum: 9999))
        case .cname: .cname(name)
        default: nil
        }
      return query.reply(
        record.map {
          [ResourceRecord(owner: question.name, ttl: TTL(clamping: 9999), data: $0)]
        } ?? [])
    }
    let observing = try Observing()
    let look = NameLook(
      observing, finder: DelegationFinder(observing, authorities: [server.address]))
    var found: NameEvidence?
    look.gather(name, NameEvidence.Move()) { found = $0 }
    observing.loop.run(for: .seconds(30))
    return try #require(found)
  }

  private func isClean(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      scalar == "\n"
        || !(scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
          || (0x202A...0x202E).contains(scalar.value))
    }
  }

  @Test func reportsOfAHostileZoneAreClean() throws {
    let report = AuditReport(try evidence())
    #expect(report.findings.contains { $0.id == "dns.controller.foreign" })
    #expect(isClean(report.lines.joined(separator: "\n")))
    #expect(isClean(report.line))
    #expect(isClean(report.json.pretty))
    #expect(isClean(report.markdown))
    #expect(!report.markdown.contains("<script>"))
  }

  @Test func aDrawingOfAHostileNameIsClean() throws {
    let now = UTCInstant(seconds: 1_795_000_000)
    var record = DrainRecord(start: now)
    record.note(try verification())
    let svg = DrainDrawing(
      title: try Self.hostileName().description + Self.escape, record: record,
      expected: DrainCurve(ttl: TTL(clamping: 172_800))
    ).svg
    #expect(isClean(svg))
    #expect(!svg.contains("<script>"))
    #expect(isClean(DrainChart(record, width: 80).lines.joined(separator: "\n")))
  }

  /// A resolver whose every text is hostile: its words, its name, the value it gives.
  private func verification() throws -> Verification {
    let name = try Self.hostileName()
    let bytes = Array(Self.escape.utf8)
    let server = try ScriptedServer { query, _ in
      var reply = query.reply(
        authoritative: false,
        [ResourceRecord(owner: name, ttl: TTL(clamping: 60), data: .cname(name))])
      reply.edns = EDNS(options: [
        EDNSOption(code: EDNSOption.extendedError, data: [0, 3] + bytes),
        EDNSOption(code: EDNSOption.nameServerIdentifier, data: bytes),
      ])
      return reply
    }
    let observing = try Observing()
    let member = PanelMember(label: "resolver" + Self.escape, address: server.address)
    let seen = ResolverLook.ask([member], name, .cname, on: observing, within: .seconds(20))
    return Verification(
      Assessment.Expectation(name: name, type: .cname, expected: [.cname("new.test")]),
      delegation: Delegation(zone: "test", troubles: [Self.escape]), looks: [], panel: seen,
      isRequired: [true], profiles: [nil], at: SystemClock.wall())
  }

  @Test func whatAHostileResolverSaysIsClean() throws {
    let found = try verification()
    #expect(found.resolvers.first?.observation.reply?.extendedErrors.isEmpty == false)
    #expect(isClean(found.lines.joined(separator: "\n")))
    #expect(isClean(found.json.pretty))
  }
}
