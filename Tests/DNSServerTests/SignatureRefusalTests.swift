import Notation
import SystemIO
import TestSupport
import Testing

@testable import DNSModel
@testable import DNSServer

/// Signed messages as an attacker, a bad network or a bad clock would deliver them, to our server and to BIND
/// and Knot: the same response code, the same error in the TSIG record, and a MAC or none.
@Suite(.serialized) struct SignatureRefusalTests {
  enum Kind: String, CaseIterable, Sendable {
    case update, question, transfer, notification

    var message: [UInt8] {
      var header = MessageHeader(id: 99)
      let zone = Question("example.test", .soa)
      switch self {
      case .update:
        header.opcode = .update
        let record = ResourceRecord(
          owner: "new.example.test", ttl: TTL(clamping: 60),
          data: RecordData(type: .a, wire: [192, 0, 2, 1]))
        return Message(header: header, questions: [zone], authorities: [record]).encoded()
      case .question:
        return Message(header: header, questions: [Question("web.example.test", .a)]).encoded()
      case .transfer:
        return Message(header: header, questions: [Question("example.test", .axfr)]).encoded()
      case .notification:
        header.opcode = .notify
        header.isAuthoritative = true
        return Message(header: header, questions: [zone]).encoded()
      }
    }
  }

  private static let key = UpdateSender.key

  private static var now: UInt64 { UInt64(SystemClock.wall().seconds) }

  private static func signed(
    _ message: [UInt8], key: TSIGKey = key, now: UInt64 = now
  ) -> [UInt8] {
    var conversation = TSIGConversation(key: key)
    return conversation.sign(message, now: now)
  }

  /// Signed well, and then something of the record made other than it was.
  private static func altered(
    _ message: [UInt8], _ change: (inout TSIGRecord) -> Void
  ) throws -> [UInt8] {
    guard case .signed(var record, let bare) = try TSIGEnvelope(opening: signed(message)) else {
      throw ProgramFailure(description: "not signed")
    }
    change(&record)
    return bare.appendingTSIG(record)
  }

  /// What is wrong with a message, and how it is made so.
  private static let wrongs: [(what: String, make: @Sendable ([UInt8]) throws -> [UInt8])] = [
    ("not signed", { $0 }),
    (
      "another secret",
      { signed($0, key: TSIGKey(name: "mig", algorithm: .sha256, secret: [1])) }
    ),
    (
      "an unknown key",
      { signed($0, key: TSIGKey(name: "other", algorithm: .sha256, secret: [1])) }
    ),
    (
      "another algorithm",
      { signed($0, key: TSIGKey(name: "mig", algorithm: .sha512, secret: [1])) }
    ),
    ("an unknown algorithm", { try altered($0) { $0.algorithmName = "hmac-none" } }),
    ("signed long ago", { signed($0, now: now - 1000) }),
    ("signed in the future", { signed($0, now: now + 1000) }),
    (
      "another question",
      {
        var bytes = signed($0)
        bytes[13] ^= 1
        return bytes
      }
    ),
    ("another MAC", { try altered($0) { $0.mac[7] ^= 1 } }),
    ("another time", { try altered($0) { $0.timeSigned += 1 } }),
    ("another fudge", { try altered($0) { $0.fudge += 1 } }),
    ("another original ID", { try altered($0) { $0.originalID ^= 1 } }),
    ("an error that was not signed", { try altered($0) { $0.error = .badTime } }),
    ("half a MAC", { try altered($0) { $0.mac = Array($0.mac.prefix(16)) } }),
    ("half a MAC of another", { try altered($0) { $0.mac = [UInt8](repeating: 1, count: 16) } }),
    ("less than half a MAC", { try altered($0) { $0.mac = Array($0.mac.prefix(15)) } }),
    ("nine bytes of a MAC", { try altered($0) { $0.mac = Array($0.mac.prefix(9)) } }),
    ("no MAC", { try altered($0) { $0.mac = [] } }),
    ("a MAC and one more byte", { try altered($0) { $0.mac.append(0) } }),
    (
      "cut in its TSIG record",
      {
        var bytes = signed($0)
        bytes.removeLast(6)
        return bytes
      }
    ),
    ("cut in the middle", { Array(signed($0).prefix($0.count - 3)) }),
    ("two signatures", { signed(signed($0)) }),
    (
      "a record behind its TSIG record",
      {
        var bytes = signed($0)
        bytes[11] += 1
        return bytes + [0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 2, 1, 65]
      }
    ),
    (
      "a TSIG record of class IN",
      {
        var bytes = signed($0)
        // The key's name has five bytes, its type two.
        bytes[$0.count + 8] = 1
        return bytes
      }
    ),
  ]

  /// The response code, the error in its TSIG record, and whether that record carries a MAC.
  private static func verdict(of address: SocketAddress, on bytes: [UInt8]) throws -> String {
    let client = try BareClient(to: address)
    client.send(BareClient.framed(bytes))
    guard let reply = client.message(milliseconds: 3000) else { return "nothing" }
    guard case .signed(let record, let message) = try TSIGEnvelope(opening: reply) else {
      return "\(try Message(parsing: reply).responseCode) unsigned"
    }
    let code = try Message(parsing: message).responseCode
    return "\(code) \(record.error) \(record.mac.isEmpty ? "without" : "with") MAC"
  }

  /// Where Knot goes a way of its own, and which. (BIND answers NOERROR to a NOTIFY of a zone it is the
  /// primary of; Knot and we, NOTAUTH.)
  private static func isKnotsWay(_ verdict: String, _ what: String, _ kind: Kind) -> Bool {
    switch what {
    // No right without a key is NOTAUTH there (RFC 2136 §3.3 has REFUSED), and so is another zone, whose
    // signature it does not look at.
    case "not signed", "another question": verdict == "NOTAUTH unsigned"
    // It knows no truncated MACs (RFC 8945 §5.2.2.1), so each of another length is a wrong one; and the class
    // of the record does not trouble it.
    case "half a MAC", "less than half a MAC", "nine bytes of a MAC", "a MAC and one more byte",
      "a TSIG record of class IN":
      verdict == "NOTAUTH BADSIG without MAC"
    // Only of updates it reads more than the header.
    case "cut in the middle": verdict == "nothing" && kind != .update
    default: false
    }
  }

  @Test(arguments: Kind.allCases) func refusesAsBINDAndKnotDo(kind: Kind) throws {
    let directory = TemporaryDirectory()
    var arguments = ServiceArguments()
    arguments.keys = ["mig:\(LivingServer.keyFile(in: directory))"]
    arguments.allowUpdate = ["key=mig"]
    arguments.allowTransfer = ["key=mig"]
    let ours = try LivingServer(arguments)
    let bind = try ZonePeer(.bind, .primary(zone: ZonePeer.zone), isSigned: true)
    let knot = try ZonePeer(.knot, .primary(zone: ZonePeer.zone), isSigned: true)
    for (what, make) in Self.wrongs {
      let bytes = try make(kind.message)
      let mine = try Self.verdict(of: ours.address, on: bytes)
      let theirs = try Self.verdict(of: bind.address, on: bytes)
      let knots = try Self.verdict(of: knot.address, on: bytes)
      if !(kind == .notification && what == "not signed") {
        #expect(mine == theirs, "\(what)")
      }
      #expect(mine == knots || Self.isKnotsWay(knots, what, kind), "\(what)")
    }
    #expect(ours.serial == 7)
  }
}
