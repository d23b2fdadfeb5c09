import DNSModel

/// A request of the rarer kinds, taken apart and its signature judged: the pure step before anything
/// is looked up.
struct RequestOpening {
  let message: Message
  /// The bytes without a signature, as the ordinary path takes them.
  let bytes: [UInt8]
  let transport: Transport
  let requester: Requester
  /// Who signed, when, and how long that is good.
  let signature: TSIGRecord?
  private(set) var signer: TSIGSigner?

  enum Result {
    case opened(RequestOpening)
    /// Already decided: the answer's bytes.
    case answered([UInt8], reason: String)
    case silence
  }

  /// `now`: seconds since 1970.
  static func open(
    _ bytes: [UInt8], from address: [UInt8], over transport: Transport, keys: TSIGKeyring,
    now: UInt64
  ) -> Result {
    guard bytes.count >= MessageHeader.byteCount, bytes[2] & 0x80 == 0 else { return .silence }
    let header = MessageHeader(
      id: UInt16(bytes[0]) << 8 | UInt16(bytes[1]), flags: UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
    let signed = TSIGRequest(verifying: bytes, keys: keys, now: now)
    var signer = signed.signer
    func failure(_ code: ResponseCode) -> [UInt8] {
      var answer = Message(header: ResponseFitting.header(answering: header), responseCode: code)
      // What was asked is said again, if it can be read.
      if let message = try? Message(parsing: signed.message) {
        answer.questions = message.questions
        answer.edns = message.edns.map { EDNS(dnssecOK: $0.dnssecOK) }
      }
      let encoded = answer.encoded()
      return signer?.sign(encoded, now: now) ?? encoded
    }
    var key: DomainName?
    switch signed.verdict {
    case .unsigned: break
    case .verified(let good): key = good.name
    case .malformed(let error): return .answered(failure(.formatError), reason: "\(error)")
    case .refused(let error, let name):
      return .answered(failure(.notAuthoritative), reason: "\(error), key \(name)")
    }
    let message: Message
    do {
      message = try Message(parsing: signed.message)
    } catch {
      return .answered(failure(.formatError), reason: "\(error)")
    }
    return .opened(
      RequestOpening(
        message: message, bytes: signed.message, transport: transport,
        requester: Requester(address: address, key: key), signature: signed.record,
        signer: signed.signer))
  }

  /// How many bytes the answer's signature takes.
  var reserve: Int { signer?.overhead ?? 0 }

  /// The answer that says a code, and the question again.
  func answer(_ code: ResponseCode, now: UInt64) -> [UInt8] {
    var header = ResponseFitting.header(answering: message.header)
    if message.header.opcode == .notify { header.isAuthoritative = code == .noError }
    let answer = Message(
      header: header, questions: message.questions,
      edns: message.edns.map { EDNS(dnssecOK: $0.dnssecOK) }, responseCode: code)
    return signed(answer.encoded(), now: now)
  }

  func signed(_ response: [UInt8], now: UInt64) -> [UInt8] {
    var signer = signer
    return signer?.sign(response, now: now) ?? response
  }
}

/// The messages of one transfer, made one by one as the connection takes them.
final class ResponseStream: @unchecked Sendable {
  private var writer: TransferWriter
  private var signer: TSIGSigner?

  init(_ writer: TransferWriter, signer: TSIGSigner?) {
    self.writer = writer
    self.signer = signer
  }

  /// The next message, signed if the request was; nil after the last. `now`: seconds since 1970.
  func next(now: UInt64) throws(TransferCutShort) -> [UInt8]? {
    guard let message = try writer.next() else { return nil }
    return signer?.sign(message, now: now) ?? message
  }
}
