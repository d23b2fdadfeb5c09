import COpenSSL
import DNSModel
import Migration
import Notation
import SystemIO

/// What to write into a certificate. The defaults are a sound one; every field can be made wrong on
/// purpose, for tests of what must be refused.
public struct CertificateTemplate: Sendable {
  public var commonName: String?
  public var names: [DomainName] = []
  public var addresses: [[UInt8]] = []
  /// Written beside the names as they are, whatever they are.
  public var strangeNames: [String] = []
  public var notBefore: UTCInstant
  public var notAfter: UTCInstant
  public var isAuthority = false
  public var pathLength: Int?
  /// OpenSSL's names: `serverAuth`; nil leaves the extension out.
  public var extendedKeyUsage: String? = "serverAuth"
  public var keyUsage: String? = "critical,digitalSignature"
  public var requiresStaple = false
  public var nameConstraints: String?
  /// `http://…` of the revocation list.
  public var revocationList: String?
  /// Numeric identifiers of critical extensions with meaningless content.
  public var strangeCriticalExtensions: [String] = []
  public var hash = Hash.sha256

  public enum Hash: Sendable { case sha1, sha256, sha384 }

  /// Valid up to, and not including, `until`.
  public init(
    commonName: String? = nil, names: [DomainName] = [], from: UTCInstant, until: UTCInstant
  ) {
    self.commonName = commonName
    self.names = names
    notBefore = from
    notAfter = until - .seconds(1)
  }

  public static func authority(
    _ commonName: String, from: UTCInstant, until: UTCInstant
  ) -> CertificateTemplate {
    var template = CertificateTemplate(commonName: commonName, from: from, until: until)
    template.isAuthority = true
    template.extendedKeyUsage = nil
    template.keyUsage = "critical,keyCertSign,cRLSign"
    return template
  }
}

/// A certificate authority of our own: for private names, the sandbox and tests.
public struct LocalAuthority: Sendable {
  public let certificate: Certificate
  public let key: PrivateKey

  public init(certificate: Certificate, key: PrivateKey) {
    self.certificate = certificate
    self.key = key
  }

  /// A new root.
  public static func root(
    _ template: CertificateTemplate, key: PrivateKey
  ) throws(CryptoProblem) -> LocalAuthority {
    let certificate = try CertificateMaker(template: template, publicKey: key.handle)
      .made(issuer: nil, signer: key)
    return LocalAuthority(certificate: certificate, key: key)
  }

  /// Signs what the template says for somebody's key.
  public func issue(
    _ template: CertificateTemplate, for key: PrivateKey
  ) throws(CryptoProblem) -> Certificate {
    try CertificateMaker(template: template, publicKey: key.handle)
      .made(issuer: certificate, signer: self.key)
  }

  /// Signs a request: its key, its names and its wish for a staple; all else is the template's.
  public func issue(
    _ request: CertificateRequest, _ template: CertificateTemplate
  ) throws(CryptoProblem) -> Certificate {
    let doing = "issuing a certificate"
    guard request.isSignedByItsKey, let key = X509_REQ_get0_pubkey(request.handle) else {
      throw CryptoProblem(doing, "the request is not signed by the key it is for")
    }
    var filled = template
    for name in request.alternativeNames {
      switch name {
      case .dns(let text):
        guard let name = try? DomainName(parsing: text), name.isHostLike else {
          throw CryptoProblem(doing, "the request asks for \"\(text)\", which is no host name")
        }
        filled.names.append(name)
      case .address(let bytes): filled.addresses.append(bytes)
      default: throw CryptoProblem(doing, "the request asks for \(name), which is no host")
      }
    }
    filled.requiresStaple = filled.requiresStaple || request.requiresStaple
    return try CertificateMaker(template: filled, publicKey: key)
      .made(issuer: certificate, signer: self.key)
  }

  /// An authority below this one.
  public func intermediate(
    _ template: CertificateTemplate, key: PrivateKey
  ) throws(CryptoProblem) -> LocalAuthority {
    LocalAuthority(certificate: try issue(template, for: key), key: key)
  }
}

/// A certificate signed by its own key, by nobody else.
public func selfSigned(
  _ template: CertificateTemplate, key: PrivateKey
) throws(CryptoProblem) -> Certificate {
  try CertificateMaker(template: template, publicKey: key.handle).made(issuer: nil, signer: key)
}

private struct CertificateMaker {
  let template: CertificateTemplate
  let publicKey: OpaquePointer
  private let doing = "issuing a certificate"

  init(template: CertificateTemplate, publicKey: OpaquePointer) {
    self.template = template
    self.publicKey = publicKey
  }

  func made(issuer: Certificate?, signer: PrivateKey) throws(CryptoProblem) -> Certificate {
    guard let handle = X509_new() else { throw .taking(doing) }
    var isKept = false
    defer { if !isKept { X509_free(handle) } }
    try writeHead(handle, issuer: issuer)
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, issuer?.handle ?? handle, handle, nil, nil, 0)
    for field in fields(isRoot: issuer == nil) {
      try add(try field.made(context: &context), to: handle)
    }
    for identifier in template.strangeCriticalExtensions {
      try add(try strange(identifier), to: handle)
    }
    guard X509_sign(handle, signer.handle, hash(for: signer)) > 0 else { throw .taking(doing) }
    isKept = true
    return Certificate(owning: handle)
  }

  private func writeHead(_ handle: OpaquePointer, issuer: Certificate?) throws(CryptoProblem) {
    // 16 random bytes with the top bit clear (RFC 5280 §4.1.2.2: positive, at most 20 bytes).
    var serial = SystemRandom.bytes(16)
    serial[0] = serial[0] & 0x3F | 0x40
    let number = BN_bin2bn(serial, Int32(serial.count), nil)
    defer { BN_free(number) }
    guard X509_set_version(handle, 2) == 1,
      BN_to_ASN1_INTEGER(number, X509_get_serialNumber(handle)) != nil,
      X509_set_pubkey(handle, publicKey) == 1,
      ASN1_TIME_set_string_X509(
        X509_getm_notBefore(handle), Self.generalizedTime(template.notBefore)) == 1,
      ASN1_TIME_set_string_X509(
        X509_getm_notAfter(handle), Self.generalizedTime(template.notAfter)) == 1
    else { throw .taking(doing) }
    let subject = X509_get_subject_name(handle)
    if let commonName = template.commonName {
      let bytes = Array(commonName.utf8)
      guard
        X509_NAME_add_entry_by_NID(
          subject, NID_commonName, MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0) == 1
      else { throw .taking(doing) }
    }
    let issuerName = issuer.map { X509_get_subject_name($0.handle) } ?? subject
    guard X509_set_issuer_name(handle, issuerName) == 1 else { throw .taking(doing) }
  }

  private func fields(isRoot: Bool) -> [ExtensionField] {
    var fields = [ExtensionField(NID_subject_key_identifier, "hash")]
    if !isRoot { fields.append(ExtensionField(NID_authority_key_identifier, "keyid")) }
    let limit = template.pathLength.map { ",pathlen:\($0)" } ?? ""
    fields.append(
      ExtensionField(
        NID_basic_constraints,
        template.isAuthority ? "critical,CA:TRUE\(limit)" : "critical,CA:FALSE"))
    if let usage = template.keyUsage { fields.append(ExtensionField(NID_key_usage, usage)) }
    if let usage = template.extendedKeyUsage {
      fields.append(ExtensionField(NID_ext_key_usage, usage))
    }
    let names =
      ([ExtensionField.alternativeNames(template.names, template.addresses)]
      + template.strangeNames.map { "DNS:\($0)" }).filter { !$0.isEmpty }.joined(separator: ",")
    if !names.isEmpty {
      // Without a subject the names must be critical (RFC 5280 §4.2.1.6).
      fields.append(
        ExtensionField(
          NID_subject_alt_name, template.commonName == nil ? "critical,\(names)" : names))
    }
    if template.requiresStaple { fields.append(ExtensionField(NID_tlsfeature, "status_request")) }
    if let constraints = template.nameConstraints {
      fields.append(ExtensionField(NID_name_constraints, constraints))
    }
    if let place = template.revocationList {
      fields.append(ExtensionField(NID_crl_distribution_points, "URI:\(place)"))
    }
    return fields
  }

  private func strange(_ identifier: String) throws(CryptoProblem) -> OpaquePointer {
    let object = OBJ_txt2obj(identifier, 1)
    defer { ASN1_OBJECT_free(object) }
    let data = ASN1_OCTET_STRING_new()
    defer { ASN1_OCTET_STRING_free(data) }
    guard ASN1_OCTET_STRING_set(data, [5, 0], 2) == 1,
      let item = X509_EXTENSION_create_by_OBJ(nil, object, 1, data)
    else { throw .taking(doing) }
    return item
  }

  private func add(_ item: OpaquePointer, to handle: OpaquePointer) throws(CryptoProblem) {
    defer { X509_EXTENSION_free(item) }
    guard X509_add_ext(handle, item, -1) == 1 else { throw .taking(doing) }
  }

  private func hash(for signer: PrivateKey) -> OpaquePointer? {
    guard signer.signingHash != nil else { return nil }
    return switch template.hash {
    case .sha1: EVP_sha1()
    case .sha256: EVP_sha256()
    case .sha384: EVP_sha384()
    }
  }

  /// `20261121140512Z`; the setter chooses UTCTime up to 2049 (RFC 5280 §4.1.2.5).
  private static func generalizedTime(_ moment: UTCInstant) -> String {
    let date = CivilDateTime(moment)
    return (date.dateText + date.timeText).filter { $0 != "-" && $0 != ":" } + "Z"
  }
}
