import COpenSSL
import Digests
import SystemIO

/// Seals what must lie on disk, such as keys before an order is made: AES-256-GCM under a
/// key-encryption key that is kept elsewhere and known here only while it is used.
///
/// A sealed text is one version byte, twelve bytes of nonce, the cipher text, sixteen bytes of tag.
/// What it belongs to (`context`) is authenticated with it: a sealed key copied under another name
/// does not open.
public struct Seal: Sendable {
  private static let version: UInt8 = 1
  private static let nonceCount = 12
  private static let tagCount = 16
  private let key: Secret

  /// 32 bytes are taken as they are; anything else is a passphrase only if it is long, and hashed.
  public init(key: Secret) throws(CryptoProblem) {
    let ready = key.reveal { bytes -> Secret? in
      if bytes.count == 32 { return Secret(bytes) }
      return bytes.count > 32 ? Secret(HashFunction.sha256.hash(bytes)) : nil
    }
    guard let ready else {
      throw CryptoProblem("preparing a seal", "the key-encryption key has fewer than 32 bytes")
    }
    self.key = ready
  }

  public func seal(_ plain: Secret, context: String) throws(CryptoProblem) -> [UInt8] {
    let nonce = SystemRandom.bytes(Self.nonceCount)
    let head = [Self.version] + nonce
    let text = plain.reveal { $0 }
    guard let cipher = EVP_CIPHER_CTX_new() else { throw .taking("sealing") }
    defer { EVP_CIPHER_CTX_free(cipher) }
    var output = [UInt8](repeating: 0, count: text.count + Self.tagCount)
    var tag = [UInt8](repeating: 0, count: Self.tagCount)
    var count: Int32 = 0
    let associated = head + Array(context.utf8)
    guard
      key.reveal({ EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), nil, $0, nonce) }) == 1,
      EVP_EncryptUpdate(cipher, nil, &count, associated, Int32(associated.count)) == 1,
      EVP_EncryptUpdate(cipher, &output, &count, text, Int32(text.count)) == 1
    else { throw .taking("sealing") }
    let written = Int(count)
    guard EVP_EncryptFinal_ex(cipher, &tag, &count) == 1,
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagCount), &tag) == 1
    else { throw .taking("sealing") }
    return head + output.prefix(written) + tag
  }

  public func open(_ sealed: [UInt8], context: String) throws(CryptoProblem) -> Secret {
    let headCount = 1 + Self.nonceCount
    guard sealed.count >= headCount + Self.tagCount, sealed[0] == Self.version else {
      throw CryptoProblem("opening a seal", "it is no sealed text of this program")
    }
    let nonce = Array(sealed[1..<headCount])
    let text = Array(sealed[headCount..<(sealed.count - Self.tagCount)])
    var tag = Array(sealed.suffix(Self.tagCount))
    guard let cipher = EVP_CIPHER_CTX_new() else { throw .taking("opening a seal") }
    defer { EVP_CIPHER_CTX_free(cipher) }
    var output = [UInt8](repeating: 0, count: text.count + Self.tagCount)
    var count: Int32 = 0
    let associated = Array(sealed[..<headCount]) + Array(context.utf8)
    guard
      key.reveal({ EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), nil, $0, nonce) }) == 1,
      EVP_DecryptUpdate(cipher, nil, &count, associated, Int32(associated.count)) == 1,
      EVP_DecryptUpdate(cipher, &output, &count, text, Int32(text.count)) == 1
    else { throw .taking("opening a seal") }
    let written = Int(count)
    var rest = [UInt8](repeating: 0, count: Self.tagCount)
    guard EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagCount), &tag) == 1,
      EVP_DecryptFinal_ex(cipher, &rest, &count) == 1
    else {
      ERR_clear_error()
      throw CryptoProblem(
        "opening a seal", "the key does not fit, or the sealed text was changed or moved")
    }
    return Secret(Array(output.prefix(written)))
  }
}
