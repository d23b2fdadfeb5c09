/// Signs the responses to one request, one after the other (RFC 8945 §5.3).
///
/// The first covers the request's MAC, each later one of the same stream the MAC before it.
public struct TSIGSigner: Hashable, Sendable {
  /// What RFC 8945 §10 recommends.
  public static let usualFudge: UInt16 = 300

  /// Nil where the response must not be signed: the key or the MAC was bad (§5.3.2).
  private let key: TSIGKey?
  private let request: TSIGRecord
  private let error: TSIGErrorCode
  private let otherData: [UInt8]
  private var priorMAC: [UInt8]
  private var isFirst = true

  init(answering request: TSIGRecord, key: TSIGKey?, error: TSIGErrorCode = .none, now: UInt64 = 0)
  {
    self.key = key
    self.request = request
    self.error = error
    self.priorMAC = request.mac
    var otherData: [UInt8] = []
    if error == .badTime { otherData.append(bigEndian48: now) }
    self.otherData = otherData
  }

  /// The bytes a response grows by: leave that much room when fitting it.
  public var overhead: Int {
    let mac = key?.macByteCount ?? 0
    return request.keyName.wire.count + request.algorithmName.wire.count + mac + otherData.count
      + 26
  }

  /// `response` with its TSIG record.
  public mutating func sign(_ response: [UInt8], now: UInt64) -> [UInt8] {
    guard response.count >= 12 else { return response }
    // With BADTIME the client's own time and fudge come back, so that it can verify (§5.2.3).
    let isBadTime = error == .badTime
    var record = TSIGRecord(
      keyName: request.keyName, algorithmName: request.algorithmName,
      timeSigned: isBadTime ? request.timeSigned : now & 0xFFFF_FFFF_FFFF,
      fudge: isBadTime ? request.fudge : Self.usualFudge,
      originalID: UInt16(response[0]) << 8 | UInt16(response[1]), error: error,
      otherData: otherData)
    if let key {
      var signed: [UInt8] = []
      signed.append(bigEndian16: UInt16(clamping: priorMAC.count))
      signed += priorMAC + response + (isFirst ? record.signedVariables : record.signedTimers)
      record.mac = Array(key.fullMAC(of: signed).prefix(key.macByteCount))
      priorMAC = record.mac
    }
    isFirst = false
    return response.appendingTSIG(record)
  }
}
