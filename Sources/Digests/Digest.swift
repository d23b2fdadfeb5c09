import COpenSSL

/// The hash functions the product needs, from libcrypto. Deterministic, no I/O: pure targets use it.
public enum HashFunction: String, Sendable, CaseIterable {
  case md5, sha1, sha224, sha256, sha384, sha512

  var evp: OpaquePointer {
    switch self {
    case .md5: EVP_md5()
    case .sha1: EVP_sha1()
    case .sha224: EVP_sha224()
    case .sha256: EVP_sha256()
    case .sha384: EVP_sha384()
    case .sha512: EVP_sha512()
    }
  }

  public var byteCount: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha224: 28
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }

  public func hash(_ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: byteCount)
    EVP_Digest(message, message.count, &digest, nil, evp, nil)
    return digest
  }

  /// HMAC (RFC 2104).
  public func authenticationCode(for message: [UInt8], key: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: byteCount)
    // An empty array may have no address, and libcrypto takes nil to mean "the key before".
    let address = key.isEmpty ? [0] : key
    HMAC(evp, address, Int32(key.count), message, message.count, &code, nil)
    return code
  }
}

/// Compares in a time that tells nothing about where the difference lies.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  guard left.count == right.count else { return false }
  var difference: UInt8 = 0
  for index in left.indices { difference |= left[index] ^ right[index] }
  return difference == 0
}
