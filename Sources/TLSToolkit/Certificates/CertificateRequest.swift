import COpenSSL
import DNSModel
import Migration
import Notation

/// A PKCS#10 certificate signing request (RFC 2986).
public final class CertificateRequest: @unchecked Sendable {
  let handle: OpaquePointer

  init(owning handle: OpaquePointer) { self.handle = handle }
  deinit { X509_REQ_free(handle) }

  /// Asks for the names in subjectAltName; the subject stays empty, as the baseline requirements
  /// allow and CAs prefer (RFC 8555 §7.4 reads the names from there).
  public static func make(
    names: [DomainName], addresses: [[UInt8]] = [], requiresStaple: Bool = false, key: PrivateKey
  ) throws(CryptoProblem) -> CertificateRequest {
    let doing = "making a certificate request"
    guard !names.isEmpty || !addresses.isEmpty else { throw CryptoProblem(doing, "no names") }
    guard let handle = X509_REQ_new() else { throw .taking(doing) }
    let request = CertificateRequest(owning: handle)
    guard let extensions = copenssl_extensions_new() else { throw .taking(doing) }
    defer { copenssl_extensions_free(extensions) }
    var fields = [
      ExtensionField(
        NID_subject_alt_name, ExtensionField.alternativeNames(names, addresses))
    ]
    if requiresStaple { fields.append(ExtensionField(NID_tlsfeature, "status_request")) }
    for field in fields {
      let item = try field.made(context: nil)
      guard copenssl_extensions_push(extensions, item) == 1 else {
        X509_EXTENSION_free(item)
        throw .taking(doing)
      }
    }
    guard X509_REQ_set_version(handle, 0) == 1, X509_REQ_set_pubkey(handle, key.handle) == 1,
      X509_REQ_add_extensions(handle, extensions) == 1,
      X509_REQ_sign(handle, key.handle, key.signingHash) > 0
    else { throw .taking(doing) }
    return request
  }

  /// PEM or DER.
  public static func read(_ bytes: [UInt8]) throws(CryptoProblem) -> CertificateRequest {
    ERR_clear_error()
    let source = try MemoryBIO(bytes)
    let handle =
      bytes.starts(with: [0x30])
      ? d2i_X509_REQ_bio(source.handle, nil) : PEM_read_bio_X509_REQ(source.handle, nil, nil, nil)
    guard let handle else { throw .taking("reading a certificate request") }
    return CertificateRequest(owning: handle)
  }

  public var der: [UInt8] { derBytes { i2d_X509_REQ(self.handle, $0) } ?? [] }
  public var pem: String { MemoryBIO.printed { PEM_write_bio_X509_REQ($0, self.handle) } }

  /// Whether the asker holds the key the request is for.
  public var isSignedByItsKey: Bool {
    defer { ERR_clear_error() }
    guard let key = X509_REQ_get0_pubkey(handle) else { return false }
    return X509_REQ_verify(handle, key) == 1
  }

  public func isFor(_ key: PrivateKey) -> Bool {
    defer { ERR_clear_error() }
    return X509_REQ_check_private_key(handle, key.handle) == 1
  }

  /// Whether the certificate certifies the key that the request asked for.
  public func isAnswered(by certificate: Certificate) -> Bool {
    defer { ERR_clear_error() }
    guard let wanted = X509_REQ_get0_pubkey(handle),
      let certified = X509_get0_pubkey(certificate.handle)
    else { return false }
    return EVP_PKEY_eq(wanted, certified) == 1
  }

  public var alternativeNames: [AlternativeName] {
    guard let extensions = X509_REQ_get_extensions(handle) else { return [] }
    defer { copenssl_extensions_free(extensions) }
    for index in 0..<copenssl_extensions_count(extensions) {
      guard let item = copenssl_extension(extensions, index),
        OBJ_obj2nid(X509_EXTENSION_get_object(item)) == NID_subject_alt_name,
        let names = X509V3_EXT_d2i(item).map({ OpaquePointer($0) })
      else { continue }
      defer { GENERAL_NAMES_free(names) }
      return (0..<copenssl_names_count(names)).compactMap {
        copenssl_name(names, $0).map(AlternativeName.init)
      }
    }
    return []
  }

  public var requiresStaple: Bool {
    guard let extensions = X509_REQ_get_extensions(handle) else { return false }
    defer { copenssl_extensions_free(extensions) }
    return (0..<copenssl_extensions_count(extensions)).contains {
      OBJ_obj2nid(X509_EXTENSION_get_object(copenssl_extension(extensions, $0))) == NID_tlsfeature
    }
  }
}

/// One extension in OpenSSL's configuration notation.
struct ExtensionField {
  let nid: Int32
  let value: String

  init(_ nid: Int32, _ value: String) {
    self.nid = nid
    self.value = value
  }

  /// A domain name's text is ASCII without commas or blanks once escaped bytes are refused, so no
  /// name can smuggle in another entry.
  static func alternativeNames(_ names: [DomainName], _ addresses: [[UInt8]]) -> String {
    (names.filter(\.isHostLike).map { "DNS:\($0.host)" }
      + addresses.map { "IP:\(AlternativeName.addressText($0))" }).joined(separator: ",")
  }

  /// Owned by the caller.
  func made(context: UnsafeMutablePointer<X509V3_CTX>?) throws(CryptoProblem) -> OpaquePointer {
    var plain = X509V3_CTX()
    X509V3_set_ctx(&plain, nil, nil, nil, nil, 0)
    let item =
      context.map { X509V3_EXT_conf_nid(nil, $0, nid, value) }
      ?? X509V3_EXT_conf_nid(nil, &plain, nid, value)
    guard let item else { throw .taking("writing a certificate extension (\(value))") }
    return item
  }
}

extension DomainName {
  /// Letters, digits, hyphens and underscores, and at most one `*` as the whole leftmost label.
  var isHostLike: Bool {
    for (index, label) in labels.enumerated() {
      if index == 0, label == [UInt8(ascii: "*")] { continue }
      let isPlain = label.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
      if !isPlain { return false }
    }
    return !isRoot
  }
}

extension PrivateKey {
  /// The hash to sign with; nil for keys that bring their own (Ed25519).
  var signingHash: OpaquePointer? {
    switch algorithm {
    case .edwards: nil
    case .ellipticCurve(_, let bits) where bits > 256: EVP_sha384()
    default: EVP_sha256()
    }
  }
}
