import Digests

/// The client's side: signs one request, then verifies what comes back, be it one message or the
/// stream of a zone transfer (RFC 8945 §5.1, §5.3.1, §5.4).
public struct TSIGConversation: Hashable, Sendable {
  /// A stream may leave so many messages in a row unsigned (§5.3.1).
  private static let unsignedLimit = 99

  public let key: TSIGKey
  private var priorMAC: [UInt8] = []
  private var isFirst = true
  private var unsigned: [UInt8] = []
  private var unsignedCount = 0

  public init(key: TSIGKey) { self.key = key }

  /// `request` with its TSIG record. `now`: seconds since 1970.
  public mutating func sign(
    _ request: [UInt8], now: UInt64, fudge: UInt16 = TSIGSigner.usualFudge
  ) -> [UInt8] {
    guard request.count >= 12 else { return request }
    var record = TSIGRecord(
      keyName: key.name, algorithmName: key.algorithm.name, timeSigned: now & 0xFFFF_FFFF_FFFF,
      fudge: fudge, originalID: UInt16(request[0]) << 8 | UInt16(request[1]))
    record.mac = Array(
      key.fullMAC(of: request + record.signedVariables).prefix(key.macByteCount))
    priorMAC = record.mac
    isFirst = true
    unsigned = []
    unsignedCount = 0
    return request.appendingTSIG(record)
  }

  /// The response without its TSIG record, once that has proven good. After a failure the response
  /// must be ignored: a forger can provoke it (§5.4).
  public mutating func verify(_ response: [UInt8], now: UInt64) throws(TSIGFailure) -> [UInt8] {
    let envelope: TSIGEnvelope
    do {
      envelope = try TSIGEnvelope(opening: response)
    } catch {
      throw .malformed(error)
    }
    guard case .signed(let record, let message) = envelope else {
      guard !isFirst else { throw .unsigned }
      unsignedCount += 1
      guard unsignedCount <= Self.unsignedLimit else { throw .tooManyUnsigned }
      unsigned += response
      return response
    }
    guard record.keyName == key.name, record.algorithmName == key.algorithm.name else {
      throw .otherKey(record.keyName)
    }
    if record.mac.isEmpty, record.error != .none { throw .refusedUnsigned(record.error) }
    guard record.mac.count >= key.algorithm.leastMACByteCount,
      record.mac.count <= key.algorithm.macByteCount
    else { throw .malformed(.badRecord) }
    var signed: [UInt8] = []
    signed.append(bigEndian16: UInt16(clamping: priorMAC.count))
    signed += priorMAC + unsigned + message.restoringID(record.originalID)
    signed += isFirst ? record.signedVariables : record.signedTimers
    let expected = key.fullMAC(of: signed).prefix(record.mac.count)
    guard constantTimeEqual(Array(expected), record.mac) else { throw .badSignature }
    guard record.covers(now) else { throw .badTime(signed: record.timeSigned, now: now) }
    guard record.mac.count >= key.macByteCount else { throw .badTruncation }
    priorMAC = record.mac
    unsigned = []
    unsignedCount = 0
    isFirst = false
    guard record.error == .none else { throw .refused(record.error) }
    return message
  }

  /// Call after the last message of a stream: that one must have been signed (§5.3.1).
  public func finish() throws(TSIGFailure) {
    guard !isFirst, unsignedCount == 0 else { throw .unsigned }
  }
}

/// Why a response is not believed.
public enum TSIGFailure: Error, Hashable, Sendable, CustomStringConvertible {
  case malformed(TSIGFormatError)
  case unsigned
  case tooManyUnsigned
  case otherKey(DomainName)
  case badSignature
  case badTime(signed: UInt64, now: UInt64)
  case badTruncation
  /// The peer refused the request and proved that it was the peer.
  case refused(TSIGErrorCode)
  /// Someone says that the peer refused the request; with this error it cannot be signed.
  case refusedUnsigned(TSIGErrorCode)

  public var description: String {
    switch self {
    case .malformed(let reason): "the response's signature cannot be read: \(reason)"
    case .unsigned: "the response is not signed, though the request was"
    case .tooManyUnsigned: "the stream has more than 99 unsigned messages in a row"
    case .otherKey(let name): "the response is signed with another key, \(name)"
    case .badSignature: "the response's signature is wrong: it was changed, or the secrets differ"
    case .badTime(let signed, let now):
      "the response was signed at \(signed) s, and it is \(now) s here: the clocks differ"
    case .badTruncation: "the response's signature is shorter than the key allows"
    case .refused(let code): "the server refused the request's signature: \(code)"
    case .refusedUnsigned(let code):
      "the server refused the request's signature (said without a signature): \(code)"
    }
  }
}
