import Digests
import Migration
import Notation
import SystemIO
import TLSToolkit
import Testing

@Suite struct PrivateKeyTests {
  @Test(arguments: [PrivateKey.Kind.p256, .p384, .rsa(bits: 2048)])
  func survivesEveryForm(kind: PrivateKey.Kind) throws {
    let key = try PrivateKey.generate(kind)
    let passphrase = Secret(Array("a long winter".utf8))
    let forms: [([UInt8], Secret?)] = [
      (try key.pem().reveal { $0 }, nil), (try key.der().reveal { $0 }, nil),
      (try key.encryptedPEM(passphrase: passphrase), passphrase),
    ]
    for (bytes, passphrase) in forms {
      let copy = try PrivateKey.read(bytes, passphrase: passphrase)
      #expect(copy.publicKeyInfo == key.publicKeyInfo)
      #expect(copy.algorithm == key.algorithm)
    }
  }

  @Test func namesWhatItIs() throws {
    #expect(try PrivateKey.generate(.p256).algorithm == .ellipticCurve(name: "P-256", bits: 256))
    #expect(try PrivateKey.generate(.rsa(bits: 3072)).algorithm == .rsa(bits: 3072))
  }

  @Test func refusesKeysNobodyShouldMake() {
    #expect(throws: CryptoProblem.self) { try PrivateKey.generate(.rsa(bits: 1024)) }
    #expect(throws: CryptoProblem.self) { try PrivateKey.generate(.rsa(bits: 16384)) }
  }

  @Test func saysThatThePassphraseIsMissingOrWrong() throws {
    let key = try PrivateKey.generate(.p256)
    let sealed = try key.encryptedPEM(passphrase: Secret(Array("right".utf8)))
    let missing = #expect(throws: CryptoProblem.self) { try PrivateKey.read(sealed) }
    #expect(missing?.reason.contains("no passphrase was given") == true)
    let wrong = #expect(throws: CryptoProblem.self) {
      try PrivateKey.read(sealed, passphrase: Secret(Array("wrong".utf8)))
    }
    #expect(wrong?.reason.contains("does not fit") == true)
  }

  @Test func writesTheJWKThatTheRFCWrites() throws {
    // RFC 7517 appendix A.1 and A.2 hold this very key.
    let jwk = try PrivateKey.generate(.p256).publicJWK()
    #expect(jwk.object?.keys == ["crv", "kty", "x", "y"])
    #expect([UInt8](base64: jwk["x"]?.string ?? "", .url)?.count == 32)
    let rsa = try PrivateKey.generate(.rsa(bits: 2048)).publicJWK()
    #expect(rsa.object?.keys == ["e", "kty", "n"])
    #expect(rsa["e"]?.string == "AQAB")
    #expect([UInt8](base64: rsa["n"]?.string ?? "", .url)?.count == 256)
  }

  @Test func signaturesHaveTheWidthThatJOSEWants() throws {
    let message = Array("what is signed".utf8)
    let key = try PrivateKey.generate(.p256)
    for _ in 0..<50 { #expect(try key.joseSignature(of: message).count == 64) }
    #expect(try PrivateKey.generate(.p384).joseSignature(of: message).count == 96)
    #expect(try PrivateKey.generate(.rsa(bits: 2048)).joseSignature(of: message).count == 256)
  }

  @Test func rubbishIsNoKey() {
    for bytes in [[], [0x30], [0x30, 0x82, 0xFF, 0xFF], Array("-----BEGIN PRIVATE KEY-----".utf8)] {
      #expect(throws: CryptoProblem.self) { try PrivateKey.read(bytes) }
    }
  }
}
