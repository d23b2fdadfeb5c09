import COpenSSL
import DNSModel
import Migration

/// What a client asks for and accepts.
public struct TLSClientSettings: Sendable {
  /// ALPN, the preferred first: `h2`, `http/1.1`, `dot`.
  public var protocols: [String] = []
  public var least = TLSVersion.tls12
  public var most = TLSVersion.tls13
  /// OpenSSL's notation for TLS 1.2 and older; nil for its default.
  public var ciphers: String?
  /// `X25519:P-256`; nil for OpenSSL's default.
  public var groups: String?
  public var asksForStaple = false
  /// Shown where the server asks for one.
  public var clientCertificate: KeyBag?
  /// Speaks even to servers that nobody should use: for looking at them, never for using them.
  public var acceptsWeakness = false

  public init() {}
}

/// What a server shows and accepts.
public struct TLSServerSettings: Sendable {
  public var certificate: KeyBag
  /// By name: shown instead where the client's SNI is one of theirs.
  public var others: [KeyBag] = []
  public var protocols: [String] = []
  public var least = TLSVersion.tls12
  public var most = TLSVersion.tls13
  public var ciphers: String?
  public var groups: String?
  public var staple: [UInt8]?
  /// Old versions, short keys and SHA-1 as well: for tests of those who must notice.
  public var acceptsWeakness = false

  public init(certificate: KeyBag) { self.certificate = certificate }
}

/// OpenSSL's prepared settings, from which sessions are made. Made once, used by any number of
/// sessions on any thread.
public final class TLSContext: @unchecked Sendable {
  let handle: OpaquePointer
  let protocols: [UInt8]
  let staple: [UInt8]?
  let asksForStaple: Bool
  let isServer: Bool
  private let others: [(KeyBag, TLSContext)]

  private init(
    handle: OpaquePointer, protocols: [UInt8], staple: [UInt8]?, asksForStaple: Bool,
    isServer: Bool, others: [(KeyBag, TLSContext)]
  ) {
    self.handle = handle
    self.protocols = protocols
    self.staple = staple
    self.asksForStaple = asksForStaple
    self.isServer = isServer
    self.others = others
  }

  deinit { SSL_CTX_free(handle) }

  public static func client(_ settings: TLSClientSettings) throws(CryptoProblem) -> TLSContext {
    let doing = "preparing a TLS client"
    guard let handle = SSL_CTX_new(TLS_client_method()) else { throw .taking(doing) }
    let context = TLSContext(
      handle: handle, protocols: try protocolList(settings.protocols), staple: nil,
      asksForStaple: settings.asksForStaple, isServer: false, others: [])
    try context.bound(
      settings.least, settings.most, ciphers: settings.ciphers, groups: settings.groups,
      acceptsWeakness: settings.acceptsWeakness, doing)
    if let bag = settings.clientCertificate { try context.show(bag, doing) }
    // The chain is judged after the handshake and before the first byte of content, with all reasons.
    SSL_CTX_set_verify(handle, SSL_VERIFY_NONE, nil)
    copenssl_session_cache(handle, SSL_SESS_CACHE_OFF)
    // This one returns 0 on success.
    guard
      context.protocols.isEmpty
        || SSL_CTX_set_alpn_protos(handle, context.protocols, UInt32(context.protocols.count)) == 0
    else { throw .taking(doing) }
    return context
  }

  public static func server(_ settings: TLSServerSettings) throws(CryptoProblem) -> TLSContext {
    let doing = "preparing a TLS server"
    guard let handle = SSL_CTX_new(TLS_server_method()) else { throw .taking(doing) }
    var others: [(KeyBag, TLSContext)] = []
    for bag in settings.others {
      var plain = settings
      plain.certificate = bag
      plain.others = []
      others.append((bag, try server(plain)))
    }
    let context = TLSContext(
      handle: handle, protocols: try protocolList(settings.protocols), staple: settings.staple,
      asksForStaple: false, isServer: true, others: others)
    try context.bound(
      settings.least, settings.most, ciphers: settings.ciphers, groups: settings.groups,
      acceptsWeakness: settings.acceptsWeakness, doing)
    try context.show(settings.certificate, doing)
    let itself = Unmanaged.passUnretained(context).toOpaque()
    if !context.protocols.isEmpty { SSL_CTX_set_alpn_select_cb(handle, chooseProtocol, itself) }
    if context.staple != nil { copenssl_on_staple_wanted(handle, giveStaple, itself) }
    if !others.isEmpty { copenssl_on_server_name(handle, chooseCertificate, itself) }
    return context
  }

  /// A session for one accepted connection (an `SSL *`), owned by whoever gets it: HTTP's server hands
  /// it to libevent.
  package func newServerSession() -> OpaquePointer? {
    guard isServer, let session = SSL_new(handle) else { return nil }
    SSL_set_accept_state(session)
    return session
  }

  private func bound(
    _ least: TLSVersion, _ most: TLSVersion, ciphers: String?, groups: String?,
    acceptsWeakness: Bool, _ doing: String
  ) throws(CryptoProblem) {
    // Debian's configuration refuses what is old or short; looking at it must still be possible.
    if acceptsWeakness {
      SSL_CTX_set_security_level(handle, 0)
      copenssl_set_options(handle, copenssl_options_for_looking())
    }
    let list = ciphers ?? (acceptsWeakness ? "ALL:COMPLEMENTOFALL:@SECLEVEL=0" : nil)
    guard
      copenssl_set_versions(handle, Int32(least.rawValue), Int32(most.rawValue)) == 1,
      list.map({ SSL_CTX_set_cipher_list(handle, $0) == 1 }) ?? true,
      groups.map({ copenssl_set_groups(handle, $0) == 1 }) ?? true
    else { throw .taking(doing) }
  }

  private func show(_ bag: KeyBag, _ doing: String) throws(CryptoProblem) {
    guard SSL_CTX_use_certificate(handle, bag.certificate.handle) == 1,
      SSL_CTX_use_PrivateKey(handle, bag.key.handle) == 1
    else { throw .taking(doing) }
    for certificate in bag.others {
      guard copenssl_add_chain(handle, certificate.handle) == 1 else { throw .taking(doing) }
    }
  }

  private static func protocolList(_ names: [String]) throws(CryptoProblem) -> [UInt8] {
    var list: [UInt8] = []
    for name in names {
      let bytes = Array(name.utf8)
      guard (1...255).contains(bytes.count) else {
        throw CryptoProblem("preparing TLS", "\"\(name)\" is no protocol name (RFC 7301 §3.1)")
      }
      list.append(UInt8(bytes.count))
      list += bytes
    }
    return list
  }

  fileprivate func context(for name: String) -> TLSContext? {
    guard let host = try? DomainName(parsing: name) else { return nil }
    return others.first { $0.0.certificate.facts.covers(.host(host)) }?.1
  }
}

private func held(_ argument: UnsafeMutableRawPointer?) -> TLSContext? {
  argument.map { Unmanaged<TLSContext>.fromOpaque($0).takeUnretainedValue() }
}

private func chooseProtocol(
  _ session: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ chosenCount: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?,
  _ offeredCount: UInt32, _ argument: UnsafeMutableRawPointer?
) -> Int32 {
  guard let context = held(argument), let offered, let chosen, let chosenCount else {
    return SSL_TLSEXT_ERR_NOACK
  }
  let ours = context.protocols
  let offers = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
  var ourStart = 0
  while ourStart < ours.count {
    let name = ours[ourStart...].prefix(1 + Int(ours[ourStart]))
    var start = 0
    while start < offers.count {
      let end = start + 1 + Int(offers[start])
      guard end <= offers.count else { return SSL_TLSEXT_ERR_ALERT_FATAL }
      if offers[start..<end].elementsEqual(name) {
        chosen.pointee = offered + start + 1
        chosenCount.pointee = offers[start]
        return SSL_TLSEXT_ERR_OK
      }
      start = end
    }
    ourStart += name.count
  }
  return SSL_TLSEXT_ERR_NOACK
}

private func giveStaple(_ session: OpaquePointer?, _ argument: UnsafeMutableRawPointer?) -> Int32 {
  guard let session, let staple = held(argument)?.staple,
    copenssl_set_staple(session, staple, staple.count) == 1
  else { return SSL_TLSEXT_ERR_NOACK }
  return SSL_TLSEXT_ERR_OK
}

private func chooseCertificate(
  _ session: OpaquePointer?, _ alert: UnsafeMutablePointer<Int32>?,
  _ argument: UnsafeMutableRawPointer?
) -> Int32 {
  guard let session, let name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name),
    let other = held(argument)?.context(for: String(cString: name))
  else { return SSL_TLSEXT_ERR_OK }
  SSL_set_SSL_CTX(session, other.handle)
  return SSL_TLSEXT_ERR_OK
}
