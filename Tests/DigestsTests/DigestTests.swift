import Digests
import TestSupport
import Testing

@Suite struct DigestTests {
  @Test func hashesMatchTheStandardsExamples() {
    let abc = Array("abc".utf8)
    #expect(HashFunction.sha1.hash(abc).hex == "a9993e364706816aba3e25717850c26c9cd0d89d")
    #expect(
      HashFunction.sha256.hash(abc).hex
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(HashFunction.sha512.hash([]).hex.hasPrefix("cf83e1357eefb8bd"))
    for function in HashFunction.allCases {
      #expect(function.hash(abc).count == function.byteCount)
    }
  }

  @Test func authenticationCodesMatchRFC4231() {
    let key = [UInt8](repeating: 0x0B, count: 20)
    let message = Array("Hi There".utf8)
    #expect(
      HashFunction.sha256.authenticationCode(for: message, key: key).hex
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    #expect(
      HashFunction.sha384.authenticationCode(for: message, key: key).hex.hasPrefix(
        "afd03944d8489562"))
  }

  @Test func anEmptyKeyIsAKeyOfItsOwn() {
    let first = HashFunction.sha256.authenticationCode(for: [1], key: [])
    _ = HashFunction.sha256.authenticationCode(for: [1], key: [9])
    #expect(HashFunction.sha256.authenticationCode(for: [1], key: []) == first)
  }

  @Test func constantTimeComparisonComparesAll() {
    #expect(constantTimeEqual([1, 2], [1, 2]))
    #expect(!constantTimeEqual([1, 2], [1, 3]))
    #expect(!constantTimeEqual([1, 2], [1]))
    #expect(constantTimeEqual([], []))
  }
}

@Suite struct ByteTextTests {
  @Test func base64ReadsBackInBothAlphabets() {
    var random = SeededRandom(seed: 3)
    for length in 0..<200 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect([UInt8](base64: bytes.base64()) == bytes)
      #expect([UInt8](base64: bytes.base64(.url), .url) == bytes)
      #expect([UInt8](hex: bytes.hex) == bytes)
      #expect([UInt8](hex: bytes.uppercaseHex) == bytes)
    }
  }

  @Test func base64MatchesRFC4648() {
    #expect(Array("foob".utf8).base64() == "Zm9vYg==")
    #expect([0xFB, 0xFF].base64(.url) == "-_8")
  }

  @Test(arguments: ["Zg", "Zg=", "Zh==", "Z===", "Zm9v=", "Zm 9", "Zm9-", "====", "=", "A==="])
  func refusesSloppyBase64(text: String) {
    #expect([UInt8](base64: text) == nil)
  }

  @Test(arguments: ["0", "0g", "0x00", " 00"]) func refusesSloppyHex(text: String) {
    #expect([UInt8](hex: text) == nil)
  }
}
