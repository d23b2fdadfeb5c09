import DNSModel
import TestSupport
import Testing

private let now: UInt64 = 1_790_000_000
private let secret = [UInt8](0..<32)
private let key = TSIGKey(name: "mig.example", algorithm: .sha256, secret: secret)
private let keys = TSIGKeyring([key])

/// `example. SOA?`, without EDNS.
private func query(id: UInt16 = 0x1234) -> [UInt8] {
  [UInt8(id >> 8), UInt8(id & 255), 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    + DomainName("example").wire + [0, 6, 0, 1]
}

private func response(id: UInt16 = 0x1234, rcode: UInt8 = 0) -> [UInt8] {
  var message = query(id: id)
  message[2] = 0x84
  message[3] = rcode
  return message
}

struct TSIGTests {
  @Test(arguments: TSIGAlgorithm.allCases)
  func carriesRequestAndResponseWithEveryAlgorithm(algorithm: TSIGAlgorithm) throws {
    for length in [algorithm.leastMACByteCount, algorithm.macByteCount] {
      let key = TSIGKey(
        name: "K.example", algorithm: algorithm, secret: secret, macByteCount: length)
      var client = TSIGConversation(key: key)
      let request = TSIGRequest(
        verifying: client.sign(query(), now: now), keys: TSIGKeyring([key]), now: now + 300)
      #expect(request.verdict == .verified(key))
      #expect(request.message == query())
      var signer = try #require(request.signer)
      let answer = signer.sign(response(), now: now)
      #expect(answer.count == response().count + signer.overhead)
      #expect(try client.verify(answer, now: now) == response())
      try client.finish()
    }
  }

  @Test func leavesUnsignedRequestsAlone() {
    let request = TSIGRequest(verifying: query(), keys: keys, now: now)
    #expect(request.verdict == .unsigned)
    #expect(request.signer == nil)
  }

  @Test func findsTheKeyInAnyCaseAndUnderAForwardersID() {
    var client = TSIGConversation(
      key: TSIGKey(name: "MIG.Example", algorithm: .sha256, secret: secret))
    var bytes = client.sign(query(), now: now)
    bytes[0] = 0xFF
    #expect(TSIGRequest(verifying: bytes, keys: keys, now: now).verdict == .verified(key))
  }

  @Test func refusesAnUnknownKeyAndAnotherAlgorithmUnsigned() throws {
    for stranger in [
      TSIGKey(name: "other.example", algorithm: .sha256, secret: secret),
      TSIGKey(name: "mig.example", algorithm: .sha512, secret: secret),
    ] {
      var client = TSIGConversation(key: stranger)
      let request = TSIGRequest(verifying: client.sign(query(), now: now), keys: keys, now: now)
      #expect(request.verdict == .refused(.badKey, keyName: stranger.name))
      var signer = try #require(request.signer)
      let answer = signer.sign(response(rcode: 9), now: now)
      #expect(throws: TSIGFailure.refusedUnsigned(.badKey)) {
        try client.verify(answer, now: now)
      }
    }
  }

  @Test func refusesAMessageChangedAnywhere() {
    var client = TSIGConversation(key: key)
    let signed = client.sign(query(), now: now)
    for index in 2..<signed.count {
      for bit in 0..<8 {
        var bytes = signed
        bytes[index] ^= 1 << UInt8(bit)
        let request = TSIGRequest(verifying: bytes, keys: keys, now: now)
        if case .verified = request.verdict {
          // A name's case is folded before it is signed (RFC 8945 §4.3.3), the TTL is not signed.
          let record = query().count
          let nameOrAlgorithm = bit == 5 && index >= record
          let timeToLive = index >= record + 17 && index < record + 21
          #expect(nameOrAlgorithm || timeToLive, "byte \(index), bit \(bit)")
        }
      }
    }
  }

  @Test func refusesAWrongSecretUnsigned() throws {
    let impostor = TSIGKey(name: key.name, algorithm: .sha256, secret: [1, 2, 3])
    var client = TSIGConversation(key: impostor)
    let request = TSIGRequest(verifying: client.sign(query(), now: now), keys: keys, now: now)
    #expect(request.verdict == .refused(.badSignature, keyName: key.name))
    var signer = try #require(request.signer)
    let answer = signer.sign(response(rcode: 9), now: now)
    #expect(throws: TSIGFailure.refusedUnsigned(.badSignature)) {
      try client.verify(answer, now: now)
    }
  }

  @Test func tellsASkewedClientTheTimeUnderASignatureItCanVerify() throws {
    for skew: Int64 in [-301, 301] {
      let there = UInt64(Int64(now) + skew)
      var client = TSIGConversation(key: key)
      let request = TSIGRequest(verifying: client.sign(query(), now: there), keys: keys, now: now)
      #expect(request.verdict == .refused(.badTime, keyName: key.name))
      var signer = try #require(request.signer)
      let answer = signer.sign(response(rcode: 9), now: now)
      guard case .signed(let record, _) = try TSIGEnvelope(opening: answer) else {
        Issue.record("unsigned")
        continue
      }
      #expect(record.timeSigned == there)
      #expect(record.otherData == (0..<6).map { UInt8(truncatingIfNeeded: now >> (40 - 8 * $0)) })
      #expect(throws: TSIGFailure.refused(.badTime)) { try client.verify(answer, now: there) }
    }
  }

  @Test func refusesAShorterSignatureThanTheKeyAllowsUnderASignature() throws {
    let short = TSIGKey(name: key.name, algorithm: .sha256, secret: secret, macByteCount: 16)
    var client = TSIGConversation(key: short)
    let request = TSIGRequest(verifying: client.sign(query(), now: now), keys: keys, now: now)
    #expect(request.verdict == .refused(.badTruncation, keyName: key.name))
    var signer = try #require(request.signer)
    let answer = signer.sign(response(rcode: 9), now: now)
    #expect(throws: TSIGFailure.refused(.badTruncation)) { try client.verify(answer, now: now) }
  }

  @Test func callsImpossibleSignatureLengthsAFormatError() throws {
    var client = TSIGConversation(key: key)
    let signed = client.sign(query(), now: now)
    let size = signed.count - 32 - 6 - 2
    for wanted in [0, 9, 15, 33] {
      let mac = [UInt8](repeating: 1, count: wanted)
      var bytes = Array(signed[..<size]) + [0, UInt8(wanted)] + mac + signed[(signed.count - 6)...]
      let length = Int(signed[query().count + 22]) - 32 + wanted
      bytes[query().count + 22] = UInt8(length)
      let request = TSIGRequest(verifying: bytes, keys: keys, now: now)
      // None at all is a proof that is missing, and called so by BIND and Knot too.
      let verdict: TSIGRequest.Verdict =
        wanted == 0 ? .refused(.badSignature, keyName: key.name) : .malformed(.badRecord)
      #expect(request.verdict == verdict, "\(wanted) bytes")
      // Said in a TSIG record that has no MAC (RFC 8945 §5.3.2).
      var signer = try #require(request.signer)
      let answer = signer.sign(response(rcode: 9), now: now)
      #expect(throws: TSIGFailure.refusedUnsigned(.badSignature)) {
        try client.verify(answer, now: now)
      }
    }
  }

  @Test func callsAMisplacedOrSecondSignatureAFormatError() {
    var client = TSIGConversation(key: key)
    let once = client.sign(query(), now: now)
    let twice = client.sign(once, now: now)
    #expect(TSIGRequest(verifying: twice, keys: keys, now: now).verdict == .malformed(.misplaced))
    var followed = once
    followed[11] += 1
    followed += DomainName.root.wire + [0, 41, 4, 0, 0, 0, 0, 0, 0, 0]
    #expect(
      TSIGRequest(verifying: followed, keys: keys, now: now).verdict == .malformed(.misplaced))
    #expect(
      TSIGRequest(verifying: once + [0], keys: keys, now: now).verdict == .malformed(.misplaced))
    // In the authority section, with nothing behind it.
    var moved = once
    (moved[9], moved[11]) = (1, 0)
    #expect(TSIGRequest(verifying: moved, keys: keys, now: now).verdict == .malformed(.misplaced))
  }

  @Test func verifiesAStreamAndToleratesNinetyNineUnsignedMessages() throws {
    var client = TSIGConversation(key: key)
    let request = TSIGRequest(verifying: client.sign(query(), now: now), keys: keys, now: now)
    var signer = try #require(request.signer)
    for _ in 0..<3 {
      #expect(try client.verify(signer.sign(response(), now: now), now: now) == response())
    }
    for _ in 0..<99 { _ = try client.verify(response(), now: now) }
    #expect(throws: TSIGFailure.unsigned) { try client.finish() }
    #expect(throws: TSIGFailure.tooManyUnsigned) { try client.verify(response(), now: now) }
  }

  @Test func noticesAMessageLostFromAStream() throws {
    var client = TSIGConversation(key: key)
    let request = TSIGRequest(verifying: client.sign(query(), now: now), keys: keys, now: now)
    var signer = try #require(request.signer)
    _ = try client.verify(signer.sign(response(), now: now), now: now)
    _ = signer.sign(response(), now: now)
    let third = signer.sign(response(), now: now)
    #expect(throws: TSIGFailure.badSignature) { try client.verify(third, now: now) }
  }

  @Test func believesNoUnsignedFirstResponse() {
    var client = TSIGConversation(key: key)
    _ = client.sign(query(), now: now)
    #expect(throws: TSIGFailure.unsigned) { try client.verify(response(), now: now) }
  }

  @Test func survivesAnyBytes() {
    var random = SeededRandom(seed: 8945)
    var client = TSIGConversation(key: key)
    let signed = client.sign(query(), now: now)
    for _ in 0..<20_000 {
      var bytes = signed
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random) / 4)
      _ = TSIGRequest(verifying: bytes, keys: keys, now: now)
    }
  }

  @Test func neverPrintsTheSecret() {
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), String(describing: keys), dumped] {
      #expect(!text.contains("31") && !text.contains("0, 1, 2"), "\(text)")
    }
  }
}
