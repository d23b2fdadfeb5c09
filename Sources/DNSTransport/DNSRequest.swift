import DNSModel
import Notation
import SystemIO

/// One message for one server. Its id is chosen when it leaves, and so is the case of the letters in
/// its question, which a forger who does not see it has to guess too (0x20).
public struct DNSRequest: Sendable {
  public enum Path: Sendable {
    /// UDP first, and TCP where the answer is cut or the server spoils the letters' case.
    case datagramFirst
    case streamOnly
  }

  public var server: SocketAddress
  /// The message with id 0.
  public let bytes: [UInt8]
  public let question: Question
  public let opcode: Opcode
  public var path: Path
  /// How often it is sent at most. 1 for what must not arrive twice.
  public var attempts = 3
  /// The wait for the first attempt; each further one waits twice as long.
  public var patience: TimeSpan = .milliseconds(1500)
  public var mixesCase = true
  public var key: TSIGKey?
  /// Falls back to a plain question where the server does not understand EDNS (RFC 6891 §6.2.2).
  let withoutEDNS: [UInt8]?

  public init(
    _ question: Question, to server: SocketAddress, recursionDesired: Bool = false,
    edns: EDNS? = EDNS(), path: Path = .datagramFirst
  ) {
    self.server = server
    self.question = question
    self.path = path
    opcode = .query
    let plain = Message(
      asking: question, id: 0, recursionDesired: recursionDesired, edns: nil
    ).encoded()
    withoutEDNS = edns == nil ? nil : plain
    bytes = edns.map { Self.appending($0, to: plain) } ?? plain
  }

  /// Any message with one question (an UPDATE's zone counts as one).
  public init(_ message: Message, to server: SocketAddress, path: Path = .streamOnly) {
    self.server = server
    self.path = path
    question = message.questions.first ?? Question(.root, .soa)
    opcode = message.header.opcode
    var message = message
    message.header.id = 0
    bytes = message.encoded()
    withoutEDNS = nil
    mixesCase = false
  }

  private static func appending(_ edns: EDNS, to plain: [UInt8]) -> [UInt8] {
    var bytes = plain
    bytes[11] = 1
    let flags: UInt8 = edns.dnssecOK ? 0x80 : 0
    let length = edns.byteCount - 11
    bytes += [0, 0, 41, UInt8(edns.payloadSize >> 8), UInt8(edns.payloadSize & 0xFF)]
    bytes += [0, edns.version, flags, 0, UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)]
    for option in edns.options {
      bytes += [UInt8(option.code >> 8), UInt8(option.code & 0xFF)]
      bytes += [UInt8(option.data.count >> 8 & 0xFF), UInt8(option.data.count & 0xFF)]
      bytes += option.data
    }
    return bytes
  }

  /// The bytes as they leave: with `id`, and each letter of the name in the case its bit says.
  func bytes(id: UInt16, letters: UInt64, plain: Bool) -> [UInt8] {
    var copy = plain ? withoutEDNS ?? bytes : bytes
    copy[0] = UInt8(id >> 8)
    copy[1] = UInt8(id & 0xFF)
    guard mixesCase else { return copy }
    // Length bytes are below 64 and so never taken for letters.
    let end = min(copy.count, MessageHeader.byteCount + question.name.wire.count)
    var bits = letters
    for index in MessageHeader.byteCount..<end where (copy[index] | 0x20) &- 0x61 < 26 {
      copy[index] = bits & 1 == 1 ? copy[index] | 0x20 : copy[index] & 0xDF
      bits = bits >> 1 | bits << 63
    }
    return copy
  }
}
