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
  /// Where the OPT record begins: without it the question is plain, for servers that do not understand
  /// EDNS (RFC 6891 §6.2.2). Nil where there is none.
  private let ednsStart: Int?

  var hasEDNS: Bool { ednsStart != nil }

  public init(
    _ question: Question, to server: SocketAddress, recursionDesired: Bool = false,
    edns: EDNS? = EDNS(), path: Path = .datagramFirst
  ) {
    self.server = server
    self.question = question
    self.path = path
    opcode = .query
    var bytes = [UInt8](repeating: 0, count: MessageHeader.byteCount)
    bytes.reserveCapacity(MessageHeader.byteCount + question.name.wire.count + 4 + 32)
    bytes[2] = recursionDesired ? 1 : 0
    bytes[5] = 1
    bytes += question.name.wire
    bytes.append(UInt8(question.type.rawValue >> 8))
    bytes.append(UInt8(question.type.rawValue & 0xFF))
    bytes.append(UInt8(question.recordClass.rawValue >> 8))
    bytes.append(UInt8(question.recordClass.rawValue & 0xFF))
    ednsStart = edns == nil ? nil : bytes.count
    if let edns { Self.append(edns, to: &bytes) }
    self.bytes = bytes
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
    ednsStart = nil
    mixesCase = false
  }

  private static func append(_ edns: EDNS, to bytes: inout [UInt8]) {
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
  }

  /// The bytes as they leave: with `id`, and each letter of the name in the case its bit says.
  func bytes(id: UInt16, letters: UInt64, plain: Bool) -> [UInt8] {
    var copy = bytes
    if plain, let ednsStart {
      copy.removeSubrange(ednsStart...)
      copy[11] = 0
    }
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
