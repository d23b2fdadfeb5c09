import COpenSSL
import Digests
import Migration
import Notation

extension PrivateKey {
  /// `ES256`, `ES384` or `RS256` (RFC 7518 §3.1): what JOSE calls signing with this key.
  public var joseAlgorithm: String {
    switch algorithm {
    case .ellipticCurve(name: "P-256", bits: _): "ES256"
    case .ellipticCurve(name: "P-384", bits: _): "ES384"
    default: "RS256"
    }
  }

  /// The raw JOSE signature: for elliptic curves the two numbers, not DER (RFC 7518 §3.4).
  public func joseSignature(of message: [UInt8]) throws(CryptoProblem) -> [UInt8] {
    switch joseAlgorithm {
    case "ES256": try Self.raw(signature(of: message, EVP_sha256()), width: 32)
    case "ES384": try Self.raw(signature(of: message, EVP_sha384()), width: 48)
    default: try signature(of: message, EVP_sha256())
    }
  }

  /// The public key's required members in lexicographic order (RFC 7638 §3).
  public func publicJWK() throws(CryptoProblem) -> JSON {
    switch algorithm {
    case .ellipticCurve(let curve, let bits):
      let width = (bits + 7) / 8
      return .record([
        ("crv", .string(curve)), ("kty", "EC"),
        ("x", .string(try number(OSSL_PKEY_PARAM_EC_PUB_X, width: width).base64(.url))),
        ("y", .string(try number(OSSL_PKEY_PARAM_EC_PUB_Y, width: width).base64(.url))),
      ])
    case .rsa:
      return .record([
        ("e", .string(try number(OSSL_PKEY_PARAM_RSA_E, width: nil).base64(.url))),
        ("kty", "RSA"),
        ("n", .string(try number(OSSL_PKEY_PARAM_RSA_N, width: nil).base64(.url))),
      ])
    default: throw CryptoProblem("writing a JWK", "no form for \(algorithm)")
    }
  }

  private func number(_ name: String, width: Int?) throws(CryptoProblem) -> [UInt8] {
    var number: OpaquePointer?
    guard EVP_PKEY_get_bn_param(handle, name, &number) == 1, let number else {
      throw .taking("reading a public key")
    }
    defer { BN_free(number) }
    return try Self.bytes(of: number, width: width)
  }

  private static func bytes(
    of number: OpaquePointer, width: Int?
  ) throws(CryptoProblem) -> [UInt8] {
    let width = width ?? (Int(BN_num_bits(number)) + 7) / 8
    var bytes = [UInt8](repeating: 0, count: width)
    guard BN_bn2binpad(number, &bytes, Int32(width)) == Int32(width) else {
      throw .taking("writing a number")
    }
    return bytes
  }

  private func signature(
    of message: [UInt8], _ hash: OpaquePointer
  ) throws(CryptoProblem) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw .taking("signing") }
    defer { EVP_MD_CTX_free(context) }
    var count = 0
    guard EVP_DigestSignInit(context, nil, hash, nil, handle) == 1,
      EVP_DigestSign(context, nil, &count, message, message.count) == 1
    else { throw .taking("signing") }
    var signature = [UInt8](repeating: 0, count: count)
    guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else {
      throw .taking("signing")
    }
    return Array(signature.prefix(count))
  }

  private static func raw(_ der: [UInt8], width: Int) throws(CryptoProblem) -> [UInt8] {
    let signature = der.withUnsafeBufferPointer { buffer in
      var cursor = buffer.baseAddress
      return d2i_ECDSA_SIG(nil, &cursor, buffer.count)
    }
    guard let signature, let r = ECDSA_SIG_get0_r(signature), let s = ECDSA_SIG_get0_s(signature)
    else { throw .taking("reading a signature") }
    defer { ECDSA_SIG_free(signature) }
    return try bytes(of: r, width: width) + bytes(of: s, width: width)
  }
}
