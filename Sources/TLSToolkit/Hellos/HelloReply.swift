/// What came back on a ClientHello.
public enum HelloReply: Hashable, Sendable {
  case accepted(ServerChoice)
  /// An alert's number: 40 handshake_failure, 70 protocol_version, 112 unrecognized_name, …
  case alert(UInt8)
  /// The connection ended without a word.
  case closed
  /// Nothing, or not enough, within the time.
  case silent
  /// Bytes that are no TLS.
  case notTLS
  case unreachable(String)
}

/// What the server picked.
public struct ServerChoice: Hashable, Sendable {
  public let version: TLSVersion
  public let suite: CipherSuite
  /// Named with TLS 1.3 only.
  public let group: NamedGroup?
}

extension HelloReply {
  /// Reads the first messages of a server; nil while more bytes are needed. Whatever the bytes, it ends.
  public static func read(_ bytes: [UInt8]) -> HelloReply? {
    var handshake: [UInt8] = []
    var offset = 0
    // A ServerHello may be cut into several records, and other records may stand between.
    while offset < bytes.count {
      let kind = bytes[offset]
      guard kind == 22 || kind == 21 || kind == 20 else { return .notTLS }
      if offset + 1 < bytes.count, bytes[offset + 1] != 3 { return .notTLS }
      guard offset + 5 <= bytes.count else { return nil }
      let length = Int(bytes[offset + 3]) << 8 | Int(bytes[offset + 4])
      guard length > 0, length <= 1 << 14 + 2048 else { return .notTLS }
      let end = min(offset + 5 + length, bytes.count)
      let content = bytes[(offset + 5)..<end]
      if kind == 21 {
        guard content.count >= 2 else { return nil }
        // A warning is not an answer: unrecognized_name comes as one, in front of the ServerHello.
        if content[content.startIndex] == 2 { return .alert(content[content.startIndex + 1]) }
      } else if kind == 22 {
        handshake += content
      }
      if let choice = serverHello(handshake) { return choice }
      offset += 5 + length
    }
    return nil
  }

  private static func serverHello(_ message: [UInt8]) -> HelloReply? {
    guard let kind = message.first else { return nil }
    guard kind == 2 else { return .notTLS }
    guard message.count >= 4 else { return nil }
    let length = Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3])
    guard length >= 38, length <= 1 << 14 else { return .notTLS }
    guard message.count >= 4 + length else { return nil }
    let body = Array(message[4..<(4 + length)])
    let sessionCount = Int(body[34])
    let suiteStart = 35 + sessionCount
    guard sessionCount <= 32, suiteStart + 3 <= body.count else { return .notTLS }
    var version = TLSVersion(rawValue: UInt16(body[0]) << 8 | UInt16(body[1]))
    let suite = CipherSuite(UInt16(body[suiteStart]) << 8 | UInt16(body[suiteStart + 1]))
    var group: NamedGroup?
    var offset = suiteStart + 5
    while offset + 4 <= body.count {
      let kind = Int(body[offset]) << 8 | Int(body[offset + 1])
      let count = Int(body[offset + 2]) << 8 | Int(body[offset + 3])
      guard offset + 4 + count <= body.count else { return .notTLS }
      if count >= 2 {
        let number = UInt16(body[offset + 4]) << 8 | UInt16(body[offset + 5])
        if kind == 43 { version = TLSVersion(rawValue: number) }
        if kind == 51 { group = NamedGroup(number) }
      }
      offset += 4 + count
    }
    return .accepted(ServerChoice(version: version, suite: suite, group: group))
  }
}
