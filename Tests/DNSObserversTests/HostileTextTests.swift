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
    let svg = drainCurveSVG(
      title: try Self.hostileName().description + Self.escape,
      expected: DrainCurve(ttl: TTL(clamping: 172_800)),
      observed: [.init(after: .zero, permille: 1000)])
    #expect(isClean(svg))
    #expect(!svg.contains("<script>"))
  }
}
