import COpenSSL
import SystemIO

extension PrivateKey {
  /// Reads PEM, encrypted or not, or DER (PKCS#8 or the older forms), told apart by their content.
  public static func read(_ bytes: [UInt8], passphrase: Secret? = nil) throws(CryptoProblem)
    -> PrivateKey
  {
    let doing = "reading a private key"
    ERR_clear_error()
    if bytes.starts(with: [0x30]) {
      let handle = bytes.withUnsafeBufferPointer { buffer in
        var cursor = buffer.baseAddress
        return d2i_AutoPrivateKey(nil, &cursor, buffer.count)
      }
      guard let handle else { throw .taking(doing) }
      return PrivateKey(owning: handle)
    }
    let source = try MemoryBIO(bytes)
    let answer = PassphraseAnswer(passphrase)
    let handle = PEM_read_bio_PrivateKey(
      source.handle, nil, answerPassphraseQuestion, Unmanaged.passUnretained(answer).toOpaque())
    guard let handle else {
      if answer.wasAsked {
        ERR_clear_error()
        throw CryptoProblem(
          doing,
          passphrase == nil
            ? "the key is encrypted and no passphrase was given"
            : "the passphrase does not fit")
      }
      throw .taking(doing, otherwise: "no private key in it")
    }
    return PrivateKey(owning: handle)
  }

  /// PKCS#8 in PEM, readable by whoever has the bytes.
  public func pem() throws(CryptoProblem) -> Secret {
    let target = try MemoryBIO()
    guard PEM_write_bio_PKCS8PrivateKey(target.handle, handle, nil, nil, 0, nil, nil) == 1 else {
      throw .taking("writing a private key")
    }
    return Secret(target.content)
  }

  /// PKCS#8 in PEM, encrypted with AES-256 under the passphrase.
  public func encryptedPEM(passphrase: Secret) throws(CryptoProblem) -> [UInt8] {
    let target = try MemoryBIO()
    let written = passphrase.reveal { words in
      words.withUnsafeBytes { raw in
        PEM_write_bio_PKCS8PrivateKey(
          target.handle, handle, EVP_aes_256_cbc(),
          raw.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: raw.count), nil,
          nil)
      }
    }
    guard written == 1 else { throw .taking("writing an encrypted private key") }
    return target.content
  }

  /// PKCS#8 in DER.
  public func der() throws(CryptoProblem) -> Secret {
    let target = try MemoryBIO()
    guard i2d_PKCS8PrivateKey_bio(target.handle, handle, nil, nil, 0, nil, nil) == 1 else {
      throw .taking("writing a private key")
    }
    return Secret(target.content)
  }
}

/// Answers OpenSSL's question for a passphrase; without one it declines, where OpenSSL would
/// otherwise ask the terminal.
private final class PassphraseAnswer {
  private let passphrase: Secret?
  private(set) var wasAsked = false

  init(_ passphrase: Secret?) { self.passphrase = passphrase }

  func write(to buffer: UnsafeMutablePointer<CChar>, size: Int) -> Int32 {
    wasAsked = true
    return passphrase?.reveal { words in
      guard words.count <= size else { return -1 }
      for (index, byte) in words.enumerated() { buffer[index] = CChar(bitPattern: byte) }
      return Int32(words.count)
    } ?? -1
  }
}

private func answerPassphraseQuestion(
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ isForWriting: Int32,
  _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let buffer, let context else { return -1 }
  return Unmanaged<PassphraseAnswer>.fromOpaque(context).takeUnretainedValue()
    .write(to: buffer, size: Int(size))
}
