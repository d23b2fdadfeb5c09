import DNSModel
import Foundation
import TestSupport
import Testing

@testable import DNSServer

/// The same zones and questions to us, NSD and Knot: each difference is a mistake of ours, or is
/// explained here by the RFC that allows both.
@Suite(.serialized) struct DifferentialTests {
  @Test func answersAreThoseOfNSDAndKnot() throws {
    try Self.compare(zones: 30, questionsPerZone: 100)
  }

  static func compare(zones count: Int, questionsPerZone: Int) throws {
    let folder = TemporaryDirectory()
    var zones = (0..<count).map { number in
      GeneratedZone(
        DomainName(stringLiteral: "z\(number).test"), seed: UInt64(number), names: 10 + number % 40)
    }
    for zone in zones {
      folder.write("\(zone.origin)zone", zone.masterFile)
      folder.write("\(zone.origin.host).zone", zone.masterFile)
    }
    let peers = [try PeerServer.nsd(zones, in: folder), try PeerServer.knot(zones, in: folder)]
    for peer in peers {
      for zone in zones {
        let probe = Message(asking: Question(zone.origin, .soa), id: 1).encoded()
        try peer.wait(until: probe) { (try? Message(parsing: $0))?.answers.count == 1 }
      }
    }
    let responder = Responder(ServedZones(zones.map(\.zone)), version: "test")
    var problems: [String: [String]] = [:]
    for index in zones.indices {
      let questions = (0..<questionsPerZone).map { _ in zones[index].question() }
      // No zone's IDs are the last one's: a late answer is never taken for one to the next zone's question.
      let bytes = questions.enumerated().map { number, question in
        Message(
          asking: question, id: UInt16(truncatingIfNeeded: index * questionsPerZone + number),
          edns: EDNS(payloadSize: 1232)
        ).encoded()
      }
      let ours = bytes.map { question -> Message? in
        guard case .reply(let reply, _) = responder.respond(to: question, over: .udp) else {
          return nil
        }
        return try? Message(parsing: reply)
      }
      for peer in peers {
        let theirs = peer.ask(bytes)
        for (number, question) in questions.enumerated() {
          let their = theirs[number].flatMap { try? Message(parsing: $0) }
          guard let mine = ours[number], let their else {
            problems["\(peer.name): no answer", default: []].append("\(question)")
            continue
          }
          for difference in AnswerDifference.between(mine, their, peer.name, zones[index].zone) {
            problems["\(peer.name): \(difference)", default: []].append(
              "\(question)\nours:   \(AnswerDifference.text(mine))\n"
                + "theirs: \(AnswerDifference.text(their))")
          }
        }
      }
    }
    for (kind, cases) in problems.sorted(by: { $0.key < $1.key }) {
      Issue.record("\(kind): \(cases.count) times\n\(cases.joined(separator: "\n"))")
    }
  }
}

/// The same over a thousand zones and 10^5 questions.
@Suite(.enabled(if: Soak.isOn)) struct DifferentialSoakTests {
  @Test func aThousandZonesAreAnsweredAsByNSDAndKnot() throws {
    try DifferentialTests.compare(zones: 1000, questionsPerZone: 100)
  }
}

enum AnswerDifference {
  /// What two answers must agree on: code, authority, the answer's records with their TTLs, the SOA
  /// of a negative answer, the NS set of a referral and the addresses below its cut.
  static func between(
    _ ours: Message, _ theirs: Message, _ peer: String, _ zone: Zone
  ) -> [String] {
    var differences: [String] = []
    if isSame(ours, theirs) { return [] }
    if ours.responseCode != theirs.responseCode { differences.append("code") }
    if ours.header.isAuthoritative != theirs.header.isAuthoritative { differences.append("AA") }
    if ours.header.isTruncated != theirs.header.isTruncated { differences.append("TC") }
    if lines(ours.answers) != lines(theirs.answers), !peerWentRoundMore(ours, theirs) {
      differences.append("answer")
    }
    if glue(ours, zone) != glue(theirs, zone) { differences.append("glue") }
    if soa(ours) != soa(theirs) { differences.append("SOA") }
    if referral(ours, zone) != referral(theirs, zone) { differences.append("referral") }
    return differences
  }

  /// Most are, record by record: sorting them would be for nothing.
  private static func isSame(_ ours: Message, _ theirs: Message) -> Bool {
    ours.header == theirs.header && ours.responseCode == theirs.responseCode
      && ours.answers == theirs.answers && ours.authorities == theirs.authorities
      && ours.additionals == theirs.additionals
  }

  /// A DNAME that leads below itself makes a chain that never ends; no RFC says where a server is to stop
  /// (RFC 1034 §4.3.2, RFC 6672 §3.2). We do so after the first renaming; what the peer has beyond ours may
  /// be nothing but further renamings by that same DNAME.
  private static func peerWentRoundMore(_ ours: Message, _ theirs: Message) -> Bool {
    let endless = ours.answers.compactMap { record -> (owner: DomainName, target: DomainName)? in
      guard record.type == .dname, let target = DomainName(wire: record.data.wire),
        target.isWithin(record.owner)
      else { return nil }
      return (record.owner, target)
    }
    let (mine, their) = (Set(lines(ours.answers)), Set(lines(theirs.answers)))
    guard mine.isSubset(of: their) else { return false }
    return theirs.answers.filter { !mine.contains(line($0)) }.allSatisfy { record in
      endless.contains { owner, target in
        record.type == .cname && record.owner.isBelow(owner)
          && record.owner.replacingSuffix(owner, with: target)
            == DomainName(wire: record.data.wire)
      }
    }
  }

  /// The addresses in the additional section without which a referral leads nowhere (RFC 9471 §3.1).
  private static func glue(_ message: Message, _ zone: Zone) -> [String] {
    let cuts = message.authorities.filter { $0.type == .ns && $0.owner != zone.origin }.map(\.owner)
    return lines(
      message.additionals.filter { record in cuts.contains { record.owner.isWithin($0) } })
  }

  private static func soa(_ message: Message) -> [String] {
    lines(message.authorities.filter { $0.type == .soa })
  }

  /// The NS records of a positive answer's authority section are a courtesy (RFC 1034 §4.3.2 has
  /// none): NSD adds them, Knot and we do not.
  private static func referral(_ message: Message, _ zone: Zone) -> [String] {
    lines(message.authorities.filter { $0.type == .ns && $0.owner != zone.origin })
  }

  /// As a set: where a loop comes round, Knot gives the same record twice (RFC 2181 §5 knows no
  /// duplicates).
  static func lines(_ records: [ResourceRecord]) -> [String] {
    Set(records.map(line)).sorted()
  }

  private static func line(_ record: ResourceRecord) -> String {
    "\(record.owner.folded) \(record.ttl) \(record.type) \(record.data.canonicalWire)"
  }

  static func text(_ message: Message) -> String {
    func section(_ records: [ResourceRecord]) -> String {
      records.map { "\($0.owner) \($0.ttl) \($0.type) \($0.data.names)" }.joined(separator: "; ")
    }
    return "\(message.responseCode) aa=\(message.header.isAuthoritative) "
      + "tc=\(message.header.isTruncated) | \(section(message.answers)) | "
      + "\(section(message.authorities)) | \(section(message.additionals))"
  }
}
