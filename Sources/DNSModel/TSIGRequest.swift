import Digests

/// A request as a server received it, its signature judged (RFC 8945 §5.2).
public struct TSIGRequest: Hashable, Sendable {
  public enum Verdict: Hashable, Sendable {
    case unsigned
    case verified(TSIGKey)
    /// Answer FORMERR; with a TSIG record if there is a `signer`.
    case malformed(TSIGFormatError)
    /// Answer NOTAUTH, and let `signer` add the record that says why.
    case refused(TSIGErrorCode, keyName: DomainName)
  }

  public let verdict: Verdict
  /// The request without its TSIG record.
  public let message: [UInt8]
  /// Adds the TSIG record to each response; nil where the response has none.
  public let signer: TSIGSigner?
  /// The record the request carried.
  public let record: TSIGRecord?

  /// `now`: seconds since 1970.
  public init(verifying bytes: [UInt8], keys: TSIGKeyring, now: UInt64) {
    let envelope: TSIGEnvelope
    do {
      envelope = try TSIGEnvelope(opening: bytes)
    } catch {
      self.init(.malformed(error), bytes)
      return
    }
    guard case .signed(let record, let message) = envelope else {
      self.init(.unsigned, bytes)
      return
    }
    // The order of the checks is the RFC's: key, MAC, time, truncation.
    guard let key = keys.key(named: record.keyName), key.algorithm.name == record.algorithmName
    else {
      self.init(refusing: record, message, .badKey, key: nil, now: now)
      return
    }
    // None at all is no size to complain of, but a proof that is missing: BIND and Knot say so.
    guard !record.mac.isEmpty else {
      self.init(refusing: record, message, .badSignature, key: nil, now: now)
      return
    }
    guard record.mac.count <= key.algorithm.macByteCount,
      record.mac.count >= key.algorithm.leastMACByteCount
    else {
      // An error of the MAC is said in a TSIG record without one (§5.3.2).
      let signer = TSIGSigner(answering: record, key: nil, error: .badSignature, now: now)
      self.init(.malformed(.badRecord), message, signer: signer, record: record)
      return
    }
    let expected = key.fullMAC(
      of: message.restoringID(record.originalID) + record.signedVariables)
    guard constantTimeEqual(Array(expected.prefix(record.mac.count)), record.mac) else {
      self.init(refusing: record, message, .badSignature, key: nil, now: now)
      return
    }
    guard record.covers(now) else {
      self.init(refusing: record, message, .badTime, key: key, now: now)
      return
    }
    guard record.mac.count >= key.macByteCount else {
      self.init(refusing: record, message, .badTruncation, key: key, now: now)
      return
    }
    self.init(
      .verified(key), message, signer: TSIGSigner(answering: record, key: key), record: record)
  }

  private init(
    _ verdict: Verdict, _ message: [UInt8], signer: TSIGSigner? = nil, record: TSIGRecord? = nil
  ) {
    self.verdict = verdict
    self.message = message
    self.signer = signer
    self.record = record
  }

  private init(
    refusing record: TSIGRecord, _ message: [UInt8], _ error: TSIGErrorCode, key: TSIGKey?,
    now: UInt64
  ) {
    self.init(
      .refused(error, keyName: record.keyName), message,
      signer: TSIGSigner(answering: record, key: key, error: error, now: now), record: record)
  }
}

extension TSIGRecord {
  /// Whether `now` lies in the interval the signer allowed (RFC 8945 §5.2.3).
  func covers(_ now: UInt64) -> Bool {
    (now > timeSigned ? now - timeSigned : timeSigned - now) <= UInt64(fudge)
  }
}
