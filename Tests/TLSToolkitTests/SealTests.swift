import SystemIO
import TLSToolkit
import Testing

@Suite struct SealTests {
  let key = Secret([UInt8](repeating: 7, count: 32))
  let text = Array("-----BEGIN PRIVATE KEY-----".utf8)

  @Test func opensWhatItSealed() throws {
    let seal = try Seal(key: key)
    for plain in [[], text, [UInt8](repeating: 0, count: 10_000)] {
      let sealed = try seal.seal(Secret(plain), context: "order 1")
      #expect(try seal.open(sealed, context: "order 1").reveal { $0 } == plain)
    }
  }

  @Test func noByteMayChange() throws {
    let seal = try Seal(key: key)
    let sealed = try seal.seal(Secret(text), context: "order 1")
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(throws: CryptoProblem.self) { try seal.open(changed, context: "order 1") }
    }
  }

  @Test func belongsToOneContextAndOneKey() throws {
    let sealed = try Seal(key: key).seal(Secret(text), context: "order 1")
    #expect(throws: CryptoProblem.self) { try Seal(key: key).open(sealed, context: "order 2") }
    let other = try Seal(key: Secret([UInt8](repeating: 8, count: 32)))
    #expect(throws: CryptoProblem.self) { try other.open(sealed, context: "order 1") }
  }

  @Test func refusesShortKeys() {
    #expect(throws: CryptoProblem.self) { try Seal(key: Secret(Array("password".utf8))) }
  }

  @Test func twoSealsOfTheSameTextDiffer() throws {
    let seal = try Seal(key: key)
    #expect(
      try seal.seal(Secret(text), context: "a") != seal.seal(Secret(text), context: "a"))
  }
}
