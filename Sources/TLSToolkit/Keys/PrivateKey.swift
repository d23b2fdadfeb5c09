import COpenSSL
import Digests
import Migration

/// A private key. It never leaves this class except as PEM or DER that a caller asks for by name.
///
/// OpenSSL does not change a key once it is made, so it may be shared between threads.
public final class PrivateKey: @unchecked Sendable {
  let handle: OpaquePointer

  /// Takes the handle over.
  init(owning handle: OpaquePointer) { self.handle = handle }
  deinit { EVP_PKEY_free(handle) }

  /// What is issued for: nothing weaker, nothing slower than clients bear.
  public enum Kind: Hashable, Sendable {
    case p256
    case p384
    /// 2048 to 4096 bits.
    case rsa(bits: Int)
  }

  public static func generate(_ kind: Kind) throws(CryptoProblem) -> PrivateKey {
    let handle: OpaquePointer?
    switch kind {
    case .p256: handle = copenssl_ec_key("P-256")
    case .p384: handle = copenssl_ec_key("P-384")
    case .rsa(let bits):
      guard (2048...4096).contains(bits) else {
        throw CryptoProblem(
          "making an RSA key", "\(bits) bits are outside 2048 to 4096")
      }
      handle = copenssl_rsa_key(UInt32(bits))
    }
    guard let handle else { throw .taking("making a private key") }
    return PrivateKey(owning: handle)
  }

  /// What the key really is, whoever made it.
  public var algorithm: KeyAlgorithm { KeyAlgorithm(publicKey: handle) }

  /// The public half, as certificates carry it (SubjectPublicKeyInfo, RFC 5280 §4.1.2.7).
  public var publicKeyInfo: [UInt8] { derBytes { i2d_PUBKEY(self.handle, $0) } ?? [] }

  /// The SHA-256 of the public half: what pins and DANE hold.
  public var publicKeyHash: [UInt8] { HashFunction.sha256.hash(publicKeyInfo) }
}

extension PrivateKey: CustomStringConvertible {
  /// Names the key by its public half: the private one has no text.
  public var description: String { "\(algorithm) key, SPKI \(publicKeyHash.hex.prefix(16))…" }
}

extension KeyAlgorithm {
  init(publicKey handle: OpaquePointer) {
    let bits = Int(EVP_PKEY_get_bits(handle))
    switch EVP_PKEY_get_base_id(handle) {
    case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS: self = .rsa(bits: bits)
    case EVP_PKEY_EC:
      var name = [CChar](repeating: 0, count: 64)
      var count = 0
      EVP_PKEY_get_utf8_string_param(
        handle, OSSL_PKEY_PARAM_GROUP_NAME, &name, name.count, &count)
      let curve = name.withUnsafeBufferPointer { text in
        String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
      self = .ellipticCurve(name: Self.commonName(curve), bits: bits)
    case EVP_PKEY_ED25519: self = .edwards(name: "Ed25519", bits: 256)
    case EVP_PKEY_ED448: self = .edwards(name: "Ed448", bits: 456)
    default:
      let name = EVP_PKEY_get0_type_name(handle).map { String(cString: $0) } ?? "unknown"
      self = .other(name: name, bits: bits)
    }
  }

  private static func commonName(_ curve: String) -> String {
    switch curve {
    case "prime256v1": "P-256"
    case "secp384r1": "P-384"
    case "secp521r1": "P-521"
    default: curve
    }
  }
}
