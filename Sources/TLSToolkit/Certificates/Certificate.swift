import COpenSSL
import Digests
import Migration

/// One X.509 certificate. Reading it never changes it, so it may be shared between threads.
public final class Certificate: @unchecked Sendable {
  let handle: OpaquePointer
  public let facts: CertificateFacts

  /// Takes the handle over.
  init(owning handle: OpaquePointer) {
    self.handle = handle
    // Reads the extensions once, here, and not later on several threads at once.
    X509_check_purpose(handle, -1, 0)
    ERR_clear_error()
    facts = CertificateReader(handle).facts()
    ERR_clear_error()
  }

  /// For handles that OpenSSL lends.
  convenience init(borrowing handle: OpaquePointer) {
    X509_up_ref(handle)
    self.init(owning: handle)
  }

  deinit { X509_free(handle) }

  public convenience init(der bytes: [UInt8]) throws(CryptoProblem) {
    ERR_clear_error()
    var consumed = 0
    let handle = bytes.withUnsafeBufferPointer { buffer in
      var cursor = buffer.baseAddress
      let handle = d2i_X509(nil, &cursor, buffer.count)
      if let start = buffer.baseAddress, let cursor { consumed = cursor - start }
      return handle
    }
    guard let handle else { throw .taking("reading a certificate") }
    guard consumed == bytes.count else {
      X509_free(handle)
      throw CryptoProblem("reading a certificate", "\(bytes.count - consumed) bytes follow it")
    }
    self.init(owning: handle)
  }

  public var der: [UInt8] { derBytes { i2d_X509(self.handle, $0) } ?? [] }

  public var pem: String { MemoryBIO.printed { PEM_write_bio_X509($0, self.handle) } }

  /// Every certificate of a file: PEM blocks in the order they stand, or one in DER.
  public static func readAll(_ bytes: [UInt8]) throws(CryptoProblem) -> [Certificate] {
    if bytes.starts(with: [0x30]) { return [try Certificate(der: bytes)] }
    ERR_clear_error()
    let source = try MemoryBIO(bytes)
    var found: [Certificate] = []
    while let handle = PEM_read_bio_X509(source.handle, nil, nil, nil) {
      found.append(Certificate(owning: handle))
    }
    // The queue ends with "no start line" at the end of the file; anything else is a bad block.
    let code = ERR_peek_last_error()
    let isEnd = Int32(code & 0x7F_FFFF) == PEM_R_NO_START_LINE
    guard isEnd, !found.isEmpty else {
      if isEnd { ERR_clear_error() }
      throw .taking("reading certificate \(found.count + 1)", otherwise: "no certificate in it")
    }
    ERR_clear_error()
    return found
  }

  public func belongs(to key: PrivateKey) -> Bool {
    defer { ERR_clear_error() }
    return X509_check_private_key(handle, key.handle) == 1
  }

  /// Whether `issuer`'s key made the signature on this one.
  public func isSigned(by issuer: Certificate) -> Bool {
    defer { ERR_clear_error() }
    guard let key = X509_get0_pubkey(issuer.handle) else { return false }
    return X509_verify(handle, key) == 1
  }

  var isSelfSigned: Bool { facts.isSelfIssued && isSigned(by: self) }
}

extension Certificate: Hashable {
  public static func == (left: Certificate, right: Certificate) -> Bool {
    left.facts.fingerprint == right.facts.fingerprint
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(facts.fingerprint) }
}

/// OpenSSL's list of certificates, holding its own references.
final class CertificateStack {
  let handle: OpaquePointer

  init(_ certificates: [Certificate]) throws(CryptoProblem) {
    guard let handle = copenssl_certificates_new() else { throw .taking("setting aside memory") }
    self.handle = handle
    for certificate in certificates {
      guard copenssl_certificates_push(handle, certificate.handle) == 1 else {
        throw .taking("setting aside memory")
      }
    }
  }

  deinit { copenssl_certificates_free(handle) }

  static func content(of stack: OpaquePointer?) -> [Certificate] {
    guard let stack else { return [] }
    var certificates: [Certificate] = []
    for index in 0..<max(0, copenssl_certificates_count(stack)) {
      if let handle = copenssl_certificate(stack, index) {
        certificates.append(Certificate(borrowing: handle))
      }
    }
    return certificates
  }
}
