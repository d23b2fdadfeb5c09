import COpenSSL

/// Whether a signature fits a message and a public key, by libcrypto. Deterministic, no I/O.
public enum SignatureCheck: Hashable, Sendable {
  /// PKCS #1 v1.5, both numbers with the most significant byte first.
  case rsa(exponent: [UInt8], modulus: [UInt8], HashFunction)
  /// The point as its two coordinates, 32 or 48 bytes each; signatures are r and s, one after the other.
  case ecdsaP256([UInt8])
  case ecdsaP384([UInt8])
  case ed25519([UInt8])
  case ed448([UInt8])

  /// False also for keys and signatures that are none.
  public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard let info = subjectPublicKeyInfo, let signature = encoded(signature) else { return false }
    let key = info.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      var cursor = buffer.baseAddress
      return d2i_PUBKEY(nil, &cursor, buffer.count)
    }
    defer { ERR_clear_error() }
    guard let key else { return false }
    defer { EVP_PKEY_free(key) }
    guard let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, hash, nil, key) == 1 else { return false }
    return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  private var hash: OpaquePointer? {
    switch self {
    case .rsa(_, _, let function): function.evp
    case .ecdsaP256: EVP_sha256()
    case .ecdsaP384: EVP_sha384()
    case .ed25519, .ed448: nil
    }
  }

  private var subjectPublicKeyInfo: [UInt8]? {
    switch self {
    case .rsa(let exponent, let modulus, _):
      // Beyond 4096 bits nobody signs, and a verifier could be kept busy (RFC 5702 §2.1).
      guard (64...512).contains(modulus.count), (1...64).contains(exponent.count) else {
        return nil
      }
      return DERWriter.sequence(
        DERWriter.sequence(
          DERWriter.objectIdentifier([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]),
          DERWriter.null),
        DERWriter.bitString(
          DERWriter.sequence(DERWriter.integer(modulus), DERWriter.integer(exponent))))
    case .ecdsaP256(let point):
      return Self.curve([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], point, 64)
    case .ecdsaP384(let point): return Self.curve([0x2B, 0x81, 0x04, 0x00, 0x22], point, 96)
    case .ed25519(let bytes): return Self.edwards([0x2B, 0x65, 0x70], bytes, 32)
    case .ed448(let bytes): return Self.edwards([0x2B, 0x65, 0x71], bytes, 57)
    }
  }

  private static func curve(_ name: [UInt8], _ point: [UInt8], _ count: Int) -> [UInt8]? {
    guard point.count == count else { return nil }
    return DERWriter.sequence(
      DERWriter.sequence(
        DERWriter.objectIdentifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]),
        DERWriter.objectIdentifier(name)), DERWriter.bitString([4] + point))
  }

  private static func edwards(_ name: [UInt8], _ bytes: [UInt8], _ count: Int) -> [UInt8]? {
    guard bytes.count == count else { return nil }
    return DERWriter.sequence(
      DERWriter.sequence(DERWriter.objectIdentifier(name)), DERWriter.bitString(bytes))
  }

  /// As libcrypto wants it: ECDSA signatures as a sequence of two numbers.
  private func encoded(_ signature: [UInt8]) -> [UInt8]? {
    let half: Int
    switch self {
    case .rsa: return signature
    case .ed25519: return signature.count == 64 ? signature : nil
    case .ed448: return signature.count == 114 ? signature : nil
    case .ecdsaP256: half = 32
    case .ecdsaP384: half = 48
    }
    guard signature.count == 2 * half else { return nil }
    return DERWriter.sequence(
      DERWriter.integer(signature[..<half]), DERWriter.integer(signature[half...]))
  }
}
