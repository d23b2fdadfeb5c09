import COpenSSL
import Digests
import Glibc
import Migration
import Notation

/// Draws the facts out of an X.509 certificate. What cannot be read is noted, never guessed.
struct CertificateReader {
  let handle: OpaquePointer

  init(_ handle: OpaquePointer) { self.handle = handle }

  func facts() -> CertificateFacts {
    var facts = CertificateFacts()
    facts.fingerprint = HashFunction.sha256.hash(derBytes { i2d_X509(self.handle, $0) } ?? [])
    facts.serialNumber = Self.bytes(of: X509_get0_serialNumber(handle))
    readNames(&facts)
    if let time = Self.instant(X509_get0_notBefore(handle)) { facts.notBefore = time }
    if let time = Self.instant(X509_get0_notAfter(handle)) { facts.notAfter = time }
    if let key = X509_get0_pubkey(handle) {
      facts.key = KeyAlgorithm(publicKey: key)
      facts.publicKeyHash = HashFunction.sha256.hash(derBytes { i2d_PUBKEY(key, $0) } ?? [])
    }
    var hash: Int32 = 0
    let signature = X509_get_signature_nid(handle)
    facts.signatureAlgorithm = OBJ_nid2ln(signature).map { String(cString: $0) } ?? "unknown"
    if OBJ_find_sigid_algs(signature, &hash, nil) == 1, hash != NID_undef {
      facts.signatureHash = OBJ_nid2sn(hash).map { String(cString: $0) }
    } else if signature == NID_rsassaPss {
      var digest: Int32 = 0
      if X509_get_signature_info(handle, &digest, nil, nil, nil) == 1, digest != NID_undef {
        facts.signatureHash = OBJ_nid2sn(digest).map { String(cString: $0) }
      }
    }
    readConstraints(&facts)
    readUsages(&facts)
    readPlaces(&facts)
    noteUnknownExtensions(&facts)
    return facts
  }

  private func readNames(_ facts: inout CertificateFacts) {
    if let name = X509_get_subject_name(handle) {
      facts.subject = Self.text(of: name)
      facts.subjectBytes = derBytes { i2d_X509_NAME(name, $0) } ?? []
      var index: Int32 = -1
      while case let next = X509_NAME_get_index_by_NID(name, NID_commonName, index), next >= 0 {
        index = next
        let entry = X509_NAME_get_entry(name, next)
        facts.commonNames.append(Self.utf8(X509_NAME_ENTRY_get_data(entry)))
      }
    }
    if let name = X509_get_issuer_name(handle) {
      facts.issuer = Self.text(of: name)
      facts.issuerBytes = derBytes { i2d_X509_NAME(name, $0) } ?? []
    }
    if let raw = decoded(NID_subject_alt_name, &facts) {
      let names = OpaquePointer(raw)
      defer { GENERAL_NAMES_free(names) }
      facts.alternativeNames = (0..<copenssl_names_count(names)).compactMap {
        copenssl_name(names, $0).map(AlternativeName.init)
      }
    }
  }

  private func readConstraints(_ facts: inout CertificateFacts) {
    let flags = X509_get_extension_flags(handle)
    facts.isAuthority = flags & UInt32(EXFLAG_CA) != 0
    let length = X509_get_pathlen(handle)
    if length >= 0 { facts.pathLength = length }
    facts.subjectKeyIdentifier = X509_get0_subject_key_id(handle).map { Self.bytes(of: $0) }
    facts.authorityKeyIdentifier = X509_get0_authority_key_id(handle).map { Self.bytes(of: $0) }
    if let raw = decoded(NID_name_constraints, &facts) {
      let constraints = raw.assumingMemoryBound(to: NAME_CONSTRAINTS.self)
      defer { NAME_CONSTRAINTS_free(constraints) }
      facts.permittedSubtrees = Self.subtrees(constraints.pointee.permittedSubtrees)
      facts.excludedSubtrees = Self.subtrees(constraints.pointee.excludedSubtrees)
    }
  }

  private static func subtrees(_ stack: OpaquePointer?) -> [AlternativeName] {
    guard let stack else { return [] }
    return (0..<copenssl_subtrees_count(stack)).compactMap {
      copenssl_subtree(stack, $0).map(AlternativeName.init)
    }
  }

  private func readUsages(_ facts: inout CertificateFacts) {
    if X509_get_extension_flags(handle) & UInt32(EXFLAG_KUSAGE) != 0 {
      let usage = X509_get_key_usage(handle)
      let names: [(Int32, String)] = [
        (KU_DIGITAL_SIGNATURE, "digitalSignature"), (KU_NON_REPUDIATION, "nonRepudiation"),
        (KU_KEY_ENCIPHERMENT, "keyEncipherment"), (KU_DATA_ENCIPHERMENT, "dataEncipherment"),
        (KU_KEY_AGREEMENT, "keyAgreement"), (KU_KEY_CERT_SIGN, "keyCertSign"),
        (KU_CRL_SIGN, "cRLSign"), (KU_ENCIPHER_ONLY, "encipherOnly"),
        (KU_DECIPHER_ONLY, "decipherOnly"),
      ]
      facts.keyUsage = names.filter { usage & UInt32($0.0) != 0 }.map(\.1)
    }
    if let raw = decoded(NID_ext_key_usage, &facts) {
      let usages = OpaquePointer(raw)
      defer { copenssl_usages_free(usages) }
      facts.extendedKeyUsage = (0..<copenssl_usages_count(usages)).map {
        Self.identifier(copenssl_usage(usages, $0))
      }
    }
    facts.requiresStaple = featuresIncludeStaple()
  }

  /// The TLS feature extension (RFC 7633) is a SEQUENCE of integers; 5 is status_request.
  private func featuresIncludeStaple() -> Bool {
    let index = X509_get_ext_by_NID(handle, NID_tlsfeature, -1)
    guard index >= 0, let data = X509_EXTENSION_get_data(X509_get_ext(handle, index)) else {
      return false
    }
    let bytes = Self.bytes(of: data)
    guard bytes.count > 4, bytes[0] == 0x30 else { return false }
    return (2..<(bytes.count - 2)).contains { bytes[$0...].starts(with: [2, 1, 5]) }
  }

  private func readPlaces(_ facts: inout CertificateFacts) {
    if let raw = decoded(NID_info_access, &facts) {
      let accesses = OpaquePointer(raw)
      defer { copenssl_accesses_free(accesses) }
      for index in 0..<copenssl_accesses_count(accesses) {
        guard let access = copenssl_access(accesses, index)?.pointee,
          case .uri(let url) = AlternativeName(access.location)
        else { continue }
        switch OBJ_obj2nid(access.method) {
        case NID_ad_OCSP: facts.statusURLs.append(url)
        case NID_ad_ca_issuers: facts.issuerURLs.append(url)
        default: break
        }
      }
    }
    readRevocationLists(&facts)
    let index = X509_get_ext_by_NID(handle, NID_ct_precert_scts, -1)
    guard index >= 0, let data = X509_EXTENSION_get_data(X509_get_ext(handle, index)) else {
      return
    }
    facts.signedTimestampCount = Self.timestampCount(Self.bytes(of: data))
  }

  /// RFC 5280 §4.2.1.13; places that are named in other ways than as URLs are left out.
  private func readRevocationLists(_ facts: inout CertificateFacts) {
    guard let raw = decoded(NID_crl_distribution_points, &facts) else { return }
    let places = OpaquePointer(raw)
    defer { copenssl_lists_free(places) }
    for index in 0..<copenssl_lists_count(places) {
      guard let names = copenssl_list_names(places, index) else { continue }
      for position in 0..<copenssl_names_count(names) {
        if let name = copenssl_name(names, position), case .uri(let url) = AlternativeName(name) {
          facts.revocationListURLs.append(url)
        }
      }
    }
  }

  /// RFC 6962 §3.3: an OCTET STRING around a length and then, each with its own length, the SCTs.
  static func timestampCount(_ bytes: [UInt8]) -> Int {
    guard bytes.count > 2, bytes[0] == 4 else { return 0 }
    var offset = bytes[1] < 0x80 ? 2 : 2 + Int(bytes[1] & 0x7F)
    offset += 2
    var count = 0
    while offset + 2 <= bytes.count {
      let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
      guard length > 0, offset + 2 + length <= bytes.count else { break }
      count += 1
      offset += 2 + length
    }
    return count
  }

  private func noteUnknownExtensions(_ facts: inout CertificateFacts) {
    for index in 0..<X509_get_ext_count(handle) {
      guard let item = X509_get_ext(handle, index), X509_EXTENSION_get_critical(item) == 1,
        X509_supported_extension(item) == 0
      else { continue }
      facts.unknownCriticalExtensions.append(Self.identifier(X509_EXTENSION_get_object(item)))
    }
  }

  /// The extension's value; notes an extension that is there but cannot be read, or is there twice.
  private func decoded(_ nid: Int32, _ facts: inout CertificateFacts) -> UnsafeMutableRawPointer? {
    var critical: Int32 = 0
    if let value = X509_get_ext_d2i(handle, nid, &critical, nil) { return value }
    if critical != -1 {
      facts.malformedExtensions.append(OBJ_nid2sn(nid).map { String(cString: $0) } ?? "\(nid)")
    }
    return nil
  }
}

extension CertificateReader {
  static func text(of name: OpaquePointer) -> String {
    MemoryBIO.printed {
      X509_NAME_print_ex($0, name, 0, copenssl_name_style())
    }
  }

  static func bytes(of string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
    guard let string, let start = ASN1_STRING_get0_data(string) else { return [] }
    return Array(UnsafeBufferPointer(start: start, count: Int(max(0, ASN1_STRING_length(string)))))
  }

  static func utf8(_ string: UnsafePointer<ASN1_STRING>?) -> String {
    var text: UnsafeMutablePointer<UInt8>?
    let count = ASN1_STRING_to_UTF8(&text, string)
    guard count >= 0, let text else { return "" }
    defer { copenssl_free(text) }
    return String(decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)
  }

  static func identifier(_ object: OpaquePointer?) -> String {
    guard let object else { return "" }
    var text = [CChar](repeating: 0, count: 256)
    let count = OBJ_obj2txt(&text, Int32(text.count), object, 1)
    return String(
      decoding: text.prefix(max(0, min(Int(count), text.count - 1))).map {
        UInt8(bitPattern: $0)
      }, as: UTF8.self)
  }

  static func instant(_ time: UnsafePointer<ASN1_TIME>?) -> UTCInstant? {
    var parts = tm()
    guard let time, ASN1_TIME_to_tm(time, &parts) == 1,
      let days = CivilDateTime.daysSinceEpoch(
        year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday))
    else { return nil }
    let seconds = Int64(parts.tm_hour) * 3600 + Int64(parts.tm_min) * 60 + Int64(parts.tm_sec)
    return UTCInstant(seconds: Int64(days) * 86400 + seconds)
  }
}

extension AlternativeName {
  init(_ name: UnsafeMutablePointer<GENERAL_NAME>) {
    func text(_ string: UnsafePointer<ASN1_STRING>?) -> String {
      String(decoding: CertificateReader.bytes(of: string), as: UTF8.self)
    }
    let value = name.pointee.d
    switch name.pointee.type {
    case GEN_DNS: self = .dns(text(value.dNSName))
    case GEN_IPADD: self = .address(CertificateReader.bytes(of: value.iPAddress))
    case GEN_EMAIL: self = .email(text(value.rfc822Name))
    case GEN_URI: self = .uri(text(value.uniformResourceIdentifier))
    default: self = .other(MemoryBIO.printed { GENERAL_NAME_print($0, name) })
    }
  }
}
