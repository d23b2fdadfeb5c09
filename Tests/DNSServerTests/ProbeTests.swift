import DNSModel
import TestSupport
import Testing

@testable import DNSServer

/// The probes of RFC 8906 §8, and what else a message may get wrong: each is answered as the RFCs say, or
/// met with silence on purpose. Bytes in, bytes out.
@Suite struct ProbeTests {
  private static let served = try? SpokenAnswers([
    (
      "example.test",
      """
      @ SOA ns1 hostmaster 7 3600 900 86400 60
      @ NS ns1
      ns1 A 192.0.2.1
      www A 192.0.2.2
      """
    )
  ])

  private static func ask(
    _ type: RecordType = .soa, edns: EDNS? = nil, _ change: (inout [UInt8]) -> Void = { _ in }
  ) throws -> Message? {
    let served = try #require(Self.served)
    var bytes = Message(asking: Question("example.test", type), id: 0x1234, edns: edns).encoded()
    change(&bytes)
    return try served.reply(to: bytes).map { bytes throws in try Message(parsing: bytes) }
  }

  // MARK: Without EDNS (§8.1)

  @Test func plainQuestionsAreAnsweredWithoutOPT() throws {
    let reply = try #require(try Self.ask())
    #expect(reply.responseCode == .noError && reply.header.isAuthoritative)
    #expect(reply.answers.count == 1 && reply.edns == nil && reply.header.id == 0x1234)
  }

  @Test func typesNobodyKnowsAreNoData() throws {
    for number in [1000, 65_279, 65_534, 127, 4] as [UInt16] {
      let reply = try #require(try Self.ask(RecordType(rawValue: number)))
      #expect(reply.responseCode == .noError && reply.answers.isEmpty, "\(number)")
      #expect(reply.authorities.map(\.type) == [.soa])
    }
  }

  @Test(arguments: [0x20, 0x40] as [UInt8]) func reservedBitsAreNotEchoed(bit: UInt8) throws {
    // CD comes back (RFC 4035 §3.1.6); AD and the last Z bit do not (RFC 8906 §8.1.3).
    let reply = try #require(try Self.ask { $0[3] |= bit })
    #expect(reply.responseCode == .noError && reply.answers.count == 1)
    #expect(reply.header.flags & UInt16(bit) == 0)
  }

  @Test func recursionIsNeitherGivenNorRefused() throws {
    let reply = try #require(try Self.ask { $0[2] |= 1 })
    #expect(reply.header.flags & 0x0180 == 0x0100, "RD comes back, RA does not")
    #expect(reply.responseCode == .noError)
  }

  @Test(arguments: [1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as [UInt8])
  func opcodesNobodyKnowsAreNOTIMP(opcode: UInt8) throws {
    let reply = try #require(try Self.ask { $0[2] = opcode << 3 })
    #expect(reply.responseCode == .notImplemented)
    #expect(reply.header.opcode.rawValue == opcode && reply.header.isResponse)
    // Twelve bytes are a whole message of such an opcode.
    let served = try #require(Self.served)
    #expect(served.reply(to: [1, 2, opcode << 3, 0, 0, 0, 0, 0, 0, 0, 0, 0])?.count == 12)
  }

  // MARK: With EDNS (§8.2)

  @Test func optIsAnsweredWithOPT() throws {
    let reply = try #require(try Self.ask(edns: EDNS(payloadSize: 4096)))
    #expect(reply.edns == EDNS(payloadSize: 1232) && reply.answers.count == 1)
  }

  @Test(arguments: [1, 2, 100, 255] as [UInt8])
  func laterVersionsOfEDNSAreBADVERS(version: UInt8) throws {
    for type in [RecordType.soa, RecordType(rawValue: 1000)] {
      let reply = try #require(
        try Self.ask(
          type, edns: EDNS(version: version, options: [EDNSOption(code: 100, data: [])])))
      #expect(reply.responseCode == .badVersion && reply.edns?.version == 0)
      #expect(reply.answers.isEmpty && reply.edns?.options.isEmpty == true)
    }
  }

  @Test func unknownOptionsAreIgnored() throws {
    for code in [1, 5, 26, 100, 65_001, EDNSOption.cookie, EDNSOption.clientSubnet] as [UInt16] {
      let reply = try #require(
        try Self.ask(edns: EDNS(options: [EDNSOption(code: code, data: [1, 2, 3, 4, 5, 6, 7, 8])])))
      // No cookies here, and none pretended: clients go on without (RFC 7873 §5.3).
      #expect(reply.responseCode == .noError && reply.edns == EDNS(), "\(code)")
    }
  }

  @Test func unknownFlagsAreNotEchoedButDOIs() throws {
    let reply = try #require(try Self.ask(edns: EDNS(dnssecOK: true, reservedFlags: 0x40)))
    #expect(reply.edns?.reservedFlags == 0 && reply.edns?.dnssecOK == true)
    #expect(reply.responseCode == .noError && reply.answers.count == 1)
  }

  @Test(arguments: [0, 1, 511, 512] as [UInt16])
  func sizesBelow512CountAs512(size: UInt16) throws {
    let texts = (0..<12).map { "big TXT \"\($0)\(String(repeating: "x", count: 60))\"" }
    let served = try SpokenAnswers([
      (
        "example.test",
        "@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nsmall TXT \"\(String(repeating: "y", count: 250))\"\n"
          + texts.joined(separator: "\n")
      )
    ])
    let edns = EDNS(payloadSize: size)
    #expect(try served.answer("small.example.test TXT", edns: edns).hasPrefix("NOERROR aa | small"))
    // All of a set or none of it (RFC 2181 §9), and TC.
    #expect(try served.answer("big.example.test TXT", edns: edns) == "NOERROR aa tc |  |  | ")
    #expect(try served.answer("big.example.test TXT") == "NOERROR aa tc |  |  | ")
    let whole = try served.answer("big.example.test TXT", edns: EDNS(payloadSize: 4096))
    #expect(whole.hasPrefix("NOERROR aa | big"))
    #expect(try served.answer("big.example.test TXT", .tcp) == whole)
  }

  // MARK: What is no question

  @Test func answersAndScrapsGetNoAnswer() throws {
    #expect(try Self.ask { $0[2] |= 0x80 } == nil, "an answer could go round for ever")
    for count in 0..<12 { #expect(try Self.ask { $0 = Array($0.prefix(count)) } == nil) }
  }

  @Test func aQuestionThatEndsEarlyIsFORMERR() throws {
    for count in 12..<30 {
      let reply = try #require(try Self.ask { $0 = Array($0.prefix(count)) })
      #expect(reply.responseCode == .formatError && reply.answers.isEmpty, "\(count)")
    }
  }

  /// QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT that promise what does not come, or what has no place in a question.
  @Test(arguments: [
    (4, 2), (4, 255), (5, 0), (5, 2), (6, 255), (7, 1), (9, 1), (10, 255), (11, 1), (11, 2),
  ])
  func wrongCountsAreFORMERR(place: Int, value: UInt8) throws {
    let reply = try #require(try Self.ask { $0[place] = value })
    #expect(reply.responseCode == .formatError && reply.answers.isEmpty)
  }

  /// As BIND and Knot do it. Where questions stand in between, nobody reads on to the OPT record.
  @Test func anOPTWithoutAQuestionIsAnsweredWithOPT() throws {
    let header: [UInt8] = [0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    let served = try #require(Self.served)
    for (opt, isAnswered) in [
      ([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0], true), ([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 9], false),
      ([1, 97, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0], false), ([0, 0, 16, 0, 1], false), ([], false),
    ] as [([UInt8], Bool)] {
      let reply = try Message(parsing: try #require(served.reply(to: header + opt)))
      #expect(reply.responseCode == .formatError && reply.questions.isEmpty, "\(opt)")
      #expect(reply.edns == (isAnswered ? EDNS(payloadSize: 1232) : nil), "\(opt)")
    }
  }

  @Test func whatComesBehindTheQuestionIsFORMERR() throws {
    #expect(try Self.ask { $0.append(0) }?.responseCode == .formatError)
    let two = try #require(
      try Self.ask(edns: EDNS()) { bytes in
        bytes += bytes.suffix(11)
        bytes[11] = 2
      })
    #expect(two.responseCode == .formatError, "two OPT records (RFC 6891 §6.1.1)")
    let named = try #require(
      try Self.ask(edns: EDNS()) {
        $0.replaceSubrange(($0.count - 11)...($0.count - 11), with: [1, 97, 0])
      })
    #expect(named.responseCode == .formatError, "an OPT record that is not the root's")
    let broken = try #require(
      try Self.ask(edns: EDNS(options: [EDNSOption(code: 10, data: [1])])) { $0[$0.count - 2] = 9 })
    #expect(broken.responseCode == .formatError, "an option longer than its record")
  }

  @Test func namesOfPointersAndUnknownLabelsAreFORMERR() throws {
    for label in [0xC0, 0x40, 0x80] as [UInt8] {
      let reply = try #require(try Self.ask { $0[12] = label })
      #expect(reply.responseCode == .formatError, "\(label)")
    }
    // A pointer to itself, and one beyond the end.
    for target in [12, 200] as [UInt8] {
      let reply = try #require(
        try Self.ask { $0.replaceSubrange(12..., with: [0xC0, target, 0, 1, 0, 1]) })
      #expect(reply.responseCode == .formatError)
    }
  }

  @Test(
    arguments: [
      (0, "FORMERR"), (41, "FORMERR"), (249, "FORMERR"), (250, "FORMERR"),
      (253, "NOTIMP"), (254, "NOTIMP"),
    ] as [(UInt16, String)])
  func typesThatAreNoDataAreRefused(type: UInt16, code: String) throws {
    #expect(try Self.ask(RecordType(rawValue: type))?.responseCode.description == code)
  }

  /// Never larger than UDP's limit, never larger than ten times what was asked but for real data: a
  /// refusal in particular is no larger than its question.
  @Test func refusalsDoNotAmplify() throws {
    let served = try #require(Self.served)
    for question in [Question("other.example", .any), Question("x.other.example", .txt)] {
      let bytes = Message(asking: question, id: 9).encoded()
      #expect(try #require(served.reply(to: bytes)).count <= bytes.count)
    }
  }
}
