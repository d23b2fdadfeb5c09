import COpenSSL
import DNSModel
import Migration

/// One TLS session between memory and memory: bytes from the wire go in, bytes for the wire come out,
/// and nobody waits here. `TLSConnection` puts a socket below it; an event loop may do the same.
///
/// Belongs to one thread at a time.
public final class TLSSession {
  private let handle: OpaquePointer
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  /// The callbacks of a server point at it.
  private let context: TLSContext
  /// Whether the server asked for a client's certificate.
  public fileprivate(set) var wasAskedForCertificate = false

  public enum Progress: Equatable {
    case established
    /// More bytes from the wire are needed.
    case starving
  }

  /// A client's side. `serverName` nil sends no SNI.
  public init(
    _ context: TLSContext, serverName: DomainName? = nil, resuming ticket: TLSTicket? = nil
  ) throws(CryptoProblem) {
    let doing = "preparing a TLS session"
    guard let handle = SSL_new(context.handle) else { throw .taking(doing) }
    guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
      SSL_free(handle)
      throw .taking(doing)
    }
    copenssl_bio_when_empty(incoming, -1)
    copenssl_bio_when_empty(outgoing, -1)
    // The session owns the two from here on.
    SSL_set_bio(handle, incoming, outgoing)
    self.handle = handle
    self.incoming = incoming
    self.outgoing = outgoing
    self.context = context
    if context.isServer {
      SSL_set_accept_state(handle)
    } else {
      SSL_set_connect_state(handle)
      if let serverName { copenssl_set_server_name(handle, serverName.host) }
      if context.asksForStaple { copenssl_ask_for_staple(handle) }
      if let ticket { SSL_set_session(handle, ticket.handle) }
      copenssl_on_certificate_wanted(
        handle, noteCertificateWish, Unmanaged.passUnretained(self).toOpaque())
    }
  }

  deinit { SSL_free(handle) }

  /// What came from the wire.
  public func receive(_ bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    if !bytes.isEmpty { BIO_write(incoming, bytes, Int32(clamping: bytes.count)) }
  }

  /// The wire will bring no more.
  public func receiveEnd() { copenssl_bio_when_empty(incoming, 0) }

  /// What is to go onto the wire.
  public func takeOutput() -> [UInt8] {
    let count = copenssl_bio_pending(outgoing)
    guard count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    let taken = BIO_read(outgoing, &bytes, Int32(clamping: count))
    return Array(bytes.prefix(Int(max(0, taken))))
  }

  /// Goes on with the handshake, as far as the bytes reach.
  public func advance() throws(TLSProblem) -> Progress {
    ERR_clear_error()
    let code = SSL_do_handshake(handle)
    if code == 1 { return .established }
    return try starving(code, "the handshake")
  }

  private func starving(_ code: Int32, _ doing: String) throws(TLSProblem) -> Progress {
    switch SSL_get_error(handle, code) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .starving
    case SSL_ERROR_ZERO_RETURN: throw .closed
    case SSL_ERROR_SYSCALL where ERR_peek_error() == 0: throw .closed
    default: throw .protocolFailed(CryptoProblem.taking(doing).reason)
    }
  }

  public func write(_ bytes: [UInt8]) throws(TLSProblem) {
    guard !bytes.isEmpty else { return }
    ERR_clear_error()
    // A memory BIO takes everything at once.
    let count = SSL_write(handle, bytes, Int32(clamping: bytes.count))
    guard count == bytes.count else {
      throw .protocolFailed(CryptoProblem.taking("writing").reason)
    }
  }

  /// Content, as far as it has come; nil for the orderly end, empty while starving.
  public func read(atMost limit: Int = 16384) throws(TLSProblem) -> [UInt8]? {
    ERR_clear_error()
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = SSL_read(handle, &bytes, Int32(clamping: limit))
    if count > 0 { return Array(bytes.prefix(Int(count))) }
    do {
      _ = try starving(count, "reading")
      return []
    } catch .closed {
      return nil
    }
  }

  /// Says goodbye; what it says is in `takeOutput`.
  public func close() {
    ERR_clear_error()
    SSL_shutdown(handle)
    ERR_clear_error()
  }
}

extension TLSSession {
  public var version: TLSVersion {
    TLSVersion(rawValue: UInt16(truncatingIfNeeded: SSL_version(handle)))
  }
  /// The number of the cipher suite.
  public var cipherSuite: UInt16 {
    SSL_get_current_cipher(handle).map { SSL_CIPHER_get_protocol_id($0) } ?? 0
  }
  /// `X25519`, `P-256`, …; nil for key exchanges without one.
  public var group: String? {
    copenssl_group(handle) == 0 ? nil : copenssl_group_name(handle).map { String(cString: $0) }
  }
  public var applicationProtocol: String? {
    var start: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    SSL_get0_alpn_selected(handle, &start, &count)
    guard let start, count > 0 else { return nil }
    return String(decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
  }
  /// As it was sent: the leaf first, the rest in the order in which they came. To a server, what the
  /// client showed beside its own.
  public var peerCertificates: [Certificate] {
    CertificateStack.content(of: SSL_get_peer_cert_chain(handle))
  }
  public var staple: [UInt8]? {
    var start: UnsafePointer<UInt8>?
    let count = copenssl_staple(handle, &start)
    guard count > 0, let start else { return nil }
    return Array(UnsafeBufferPointer(start: start, count: count))
  }
  public var isResumed: Bool { SSL_session_reused(handle) == 1 }
  /// With TLS 1.3 it comes behind the handshake: read first.
  public var ticket: TLSTicket? {
    guard let session = SSL_get1_session(handle) else { return nil }
    let ticket = TLSTicket(owning: session)
    return SSL_SESSION_is_resumable(session) == 1 ? ticket : nil
  }
  /// The SNI a server was asked for.
  public var requestedName: String? {
    SSL_get_servername(handle, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
  }
}

/// Called when the server has asked; what is shown stays as the context has it.
private func noteCertificateWish(
  _ session: OpaquePointer?, _ argument: UnsafeMutableRawPointer?
) -> Int32 {
  guard let argument else { return 1 }
  Unmanaged<TLSSession>.fromOpaque(argument).takeUnretainedValue().wasAskedForCertificate = true
  return 1
}

/// What a client keeps to resume a session.
public final class TLSTicket: @unchecked Sendable {
  let handle: OpaquePointer
  init(owning handle: OpaquePointer) { self.handle = handle }
  deinit { SSL_SESSION_free(handle) }
}

/// Why there is no session, or no more of it.
public enum TLSProblem: Error, Hashable, Sendable, CustomStringConvertible {
  case unreachable(String)
  case timedOut(doing: String)
  /// The other side ended the connection.
  case closed
  case protocolFailed(String)
  /// The chain, the name or the dates were not accepted.
  case distrusted(ChainVerdict)
  case setup(CryptoProblem)

  public var description: String {
    switch self {
    case .unreachable(let detail): detail
    case .timedOut(let doing): "\(doing) took too long"
    case .closed: "the other side closed the connection"
    case .protocolFailed(let detail): "TLS failed: \(detail)"
    case .distrusted(let verdict):
      "the certificate was refused: " + verdict.faults.map(\.detail).joined(separator: "; ")
    case .setup(let problem): problem.description
    }
  }
}
