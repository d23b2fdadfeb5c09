import Digests
import Notation

/// The account's key, as far as signing requests needs it. The private part never leaves its holder.
public protocol ACMESigner {
  /// `ES256`, `RS256` (RFC 7518 §3.1).
  var algorithm: String { get }
  /// The public key, its members in lexicographic order and nothing else (RFC 7638 §3).
  var publicJWK: JSON { get }
  /// The raw JOSE signature: for ES256 the two 32-byte numbers, not DER (RFC 7518 §3.4).
  func signature(of message: [UInt8]) throws -> [UInt8]
}

extension ACMESigner {
  /// RFC 7638: the digest of the key's required members without blanks, in lexicographic order.
  public var thumbprint: [UInt8] { HashFunction.sha256.hash(Array(publicJWK.compact.utf8)) }
}

/// A flattened JWS (RFC 8555 §6.2): what the body of every POST is.
enum ACMESignedRequest {
  /// How the request says who signs it: by key for a new account and for key rollover, by URL after.
  enum Identity {
    case key
    case account(url: String)
  }

  /// `payload` nil is a POST-as-GET: "a zero-length octet string" (§6.3).
  static func body(
    payload: JSON?, url: String, nonce: String?, identity: Identity, signer: some ACMESigner
  ) throws -> [UInt8] {
    var header = JSONObject([("alg", .string(signer.algorithm))])
    switch identity {
    case .key: header["jwk"] = signer.publicJWK
    case .account(let account): header["kid"] = .string(account)
    }
    if let nonce { header["nonce"] = .string(nonce) }
    header["url"] = .string(url)
    return try flattened(
      header: .object(header), payload: payload.map { Array($0.compact.utf8) } ?? [],
      sign: signer.signature(of:)
    ).compactBytes
  }

  /// The proof that an account of the CA's own books wants this ACME account (§7.3.4): the ACME
  /// account's public key, authenticated with the key that the CA handed out.
  static func externalBinding(
    keyIdentifier: String, macKey: [UInt8], url: String, accountKey: JSON
  ) -> JSON {
    let header = JSON.record([
      ("alg", "HS256"), ("kid", .string(keyIdentifier)), ("url", .string(url)),
    ])
    return flattened(header: header, payload: Array(accountKey.compact.utf8)) {
      HashFunction.sha256.authenticationCode(for: $0, key: macKey)
    }
  }

  /// The inner part of a key rollover (§7.3.5), signed by the new key, without a nonce.
  static func keyChange(
    url: String, account: String, oldKey: JSON, newSigner: some ACMESigner
  ) throws -> JSON {
    let header = JSON.record([
      ("alg", .string(newSigner.algorithm)), ("jwk", newSigner.publicJWK), ("url", .string(url)),
    ])
    let payload = JSON.record([("account", .string(account)), ("oldKey", oldKey)])
    return try flattened(
      header: header, payload: Array(payload.compact.utf8), sign: newSigner.signature(of:))
  }

  private static func flattened(
    header: JSON, payload: [UInt8], sign: ([UInt8]) throws -> [UInt8]
  ) rethrows -> JSON {
    let protected = Array(header.compact.utf8).base64(.url)
    let payload = payload.base64(.url)
    let signature = try sign(Array("\(protected).\(payload)".utf8))
    return .record([
      ("protected", .string(protected)), ("payload", .string(payload)),
      ("signature", .string(signature.base64(.url))),
    ])
  }
}

extension JSON {
  fileprivate var compactBytes: [UInt8] { Array(compact.utf8) }
}
