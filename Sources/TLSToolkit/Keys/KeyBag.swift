import COpenSSL
import SystemIO

/// A key, its certificate and the chain above it, as PKCS#12 carries them (RFC 7292).
public struct KeyBag: Sendable {
  public let key: PrivateKey
  public let certificate: Certificate
  /// What stood beside the certificate, in the order of the file.
  public let others: [Certificate]

  public init(key: PrivateKey, certificate: Certificate, others: [Certificate] = []) {
    self.key = key
    self.certificate = certificate
    self.others = others
  }

  /// Files of older programs too: they seal with RC2, which is loaded only for them.
  public static func read(_ bytes: [UInt8], passphrase: Secret) throws(CryptoProblem) -> KeyBag {
    do {
      return try opened(bytes, passphrase)
    } catch {
      guard error.description.contains("unsupported"), hasLegacy else { throw error }
      return try opened(bytes, passphrase)
    }
  }

  /// Once for the whole process; a lazy static is exactly that.
  private static let hasLegacy = copenssl_load_legacy() == 1

  private static func opened(
    _ bytes: [UInt8], _ passphrase: Secret
  ) throws(CryptoProblem) -> KeyBag {
    let doing = "reading a PKCS#12 file"
    ERR_clear_error()
    let source = try MemoryBIO(bytes)
    guard let bag = d2i_PKCS12_bio(source.handle, nil) else { throw .taking(doing) }
    defer { PKCS12_free(bag) }
    var key: OpaquePointer?
    var certificate: OpaquePointer?
    var others: OpaquePointer?
    let isRead = Self.terminated(passphrase) {
      PKCS12_parse(bag, $0, &key, &certificate, &others) == 1
    }
    defer { if let others { copenssl_certificates_free(others) } }
    let heldKey = key.map { PrivateKey(owning: $0) }
    let heldCertificate = certificate.map { Certificate(owning: $0) }
    guard isRead else { throw .taking(doing, otherwise: "the passphrase does not fit") }
    guard let heldKey, let heldCertificate else {
      throw CryptoProblem(doing, "it holds no certificate with its key")
    }
    return KeyBag(
      key: heldKey, certificate: heldCertificate, others: CertificateStack.content(of: others))
  }

  /// AES-256 and SHA-256, which every current reader understands.
  public func encoded(passphrase: Secret, name: String) throws(CryptoProblem) -> [UInt8] {
    let doing = "writing a PKCS#12 file"
    let stack = try CertificateStack(others)
    let bag = Self.terminated(passphrase) {
      PKCS12_create(
        $0, name, key.handle, certificate.handle, stack.handle, NID_aes_256_cbc, NID_aes_256_cbc,
        0, 0, 0)
    }
    guard let bag else { throw .taking(doing) }
    defer { PKCS12_free(bag) }
    guard let bytes = derBytes({ i2d_PKCS12(bag, $0) }) else { throw .taking(doing) }
    return bytes
  }

  private static func terminated<Result>(
    _ passphrase: Secret, _ use: (UnsafePointer<CChar>) -> Result
  ) -> Result {
    passphrase.reveal { words in
      (words.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { text in
        use(text.baseAddress!)
      }
    }
  }
}
