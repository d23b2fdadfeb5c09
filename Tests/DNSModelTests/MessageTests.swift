import DNSModel
import TestSupport
import Testing

@Suite struct MessageTests {
  static let question: [UInt8] = [
    0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0,
    3, 0x77, 0x77, 0x77, 7, 0x45, 0x78, 0x61, 0x6D, 0x70, 0x6C, 0x65, 0, 0, 1, 0, 1,
  ]

  private func record(
    _ owner: DomainName, _ type: RecordType, _ wire: [UInt8], ttl: Int = 300
  ) -> ResourceRecord {
    ResourceRecord(
      owner: owner, recordClass: .internet, ttl: TTL(clamping: ttl),
      data: RecordData(type: type, wire: wire))
  }

  @Test func readsAPlainQuestionAndWritesItBack() throws {
    let message = try Message(parsing: Self.question)
    #expect(message.questions.map { $0.name.description } == ["www.Example."])
    #expect(message.questions.first?.type == .a)
    #expect(message.header.id == 0x1234)
    #expect(message.header.recursionDesired)
    #expect(message.encoded() == Self.question)
  }

  @Test func headerFieldsDoNotTouchEachOther() {
    var header = MessageHeader(id: 1, flags: 0xFFFF)
    header.opcode = .query
    #expect(header.flags == 0x87FF)
    header.lowResponseCode = 0
    header.isTruncated = false
    #expect(header.flags == 0x85F0)
    #expect(header.isResponse && header.isAuthoritative && !header.isTruncated)
    header.opcode = .update
    #expect(header.opcode == .update && header.flags == 0xADF0)
  }

  @Test func theOPTRecordAndTheExtendedCodeSurviveTheRoundTrip() throws {
    let option = EDNSOption(code: EDNSOption.cookie, data: [1, 2, 3, 4, 5, 6, 7, 8])
    let message = Message(
      header: MessageHeader(id: 7), questions: [Question("example.test", .mx)],
      edns: EDNS(payloadSize: 4096, dnssecOK: true, options: [option]),
      responseCode: .badVersion)
    let bytes = message.encoded()
    #expect(bytes[3] & 0xF == 0)
    let again = try Message(parsing: bytes)
    #expect(again.edns == message.edns)
    #expect(again.responseCode == .badVersion)
  }

  @Test func sharesSuffixesOnlyWhereTheyAgreeByteForByte() throws {
    let target: DomainName = "App.Example.TEST"
    let message = Message(
      questions: [Question("www.example.test", .a)],
      answers: [
        record("WWW.example.test", .cname, target.wire),
        record(target, .a, [192, 0, 2, 1]),
      ])
    let bytes = message.encoded()
    let again = try Message(parsing: bytes)
    // The owner that is the question's name takes the asker's spelling; the data keeps its own.
    #expect(again.answers[0].owner.wire == DomainName("www.example.test").wire)
    #expect(again.answers[0].data.wire == target.wire)
    #expect(again.answers[1].owner.wire == target.wire)
    #expect(bytes.count == 12 + 22 + (12 + 18) + (12 + 4))
  }

  @Test func expandsNamesInsideDataAndRefusesDataThatOverruns() throws {
    var bytes = Self.question
    bytes[7] = 1
    // www.Example. MX 10 mail.Example. (compressed)
    bytes += [0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 9, 0, 10, 4, 0x6D, 0x61, 0x69, 0x6C, 0xC0, 16]
    let message = try Message(parsing: bytes)
    #expect(
      message.answers[0].data.wire == [0, 10] + DomainName("mail.Example").wire)
    #expect(message.encoded() == bytes)
    bytes[bytes.count - 10] = 8
    #expect(throws: MessageError.self) { try Message(parsing: bytes) }
  }

  @Test func refusesPointersThatDoNotLeadBackwards() {
    for target: UInt8 in [12, 13, 40, 200] {
      var bytes: [UInt8] = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
      bytes += [0xC0, target, 0, 1, 0, 1]
      #expect(throws: MessageError.badName(offset: 12)) { try Message(parsing: bytes) }
    }
    // Into the header, whose bytes are no labels.
    let bytes: [UInt8] = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 1, 0, 1]
    #expect(throws: MessageError.badName(offset: 12)) { try Message(parsing: bytes) }
  }

  @Test func refusesNamesThatGrowPast255BytesThroughPointers() {
    var bytes: [UInt8] = [0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]
    for _ in 0..<3 { bytes += [63] + [UInt8](repeating: 0x61, count: 63) }
    bytes += [0, 0, 1, 0, 1]
    bytes += [63] + [UInt8](repeating: 0x62, count: 63) + [0xC0, 12, 0, 1, 0, 1]
    #expect(throws: MessageError.badName(offset: 12 + 197)) { try Message(parsing: bytes) }
  }

  @Test func refusesReservedLabelTypesTrailingBytesAndSecondOPTs() {
    var reserved = Self.question
    reserved[12] = 0x43
    #expect(throws: MessageError.badName(offset: 12)) { try Message(parsing: reserved) }
    #expect(throws: MessageError.trailingBytes(2)) {
      try Message(parsing: Self.question + [0, 0])
    }
    let opt: [UInt8] = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]
    var twice = Self.question + opt + opt
    twice[11] = 2
    #expect(throws: MessageError.misplacedOPT(offset: 40)) { try Message(parsing: twice) }
    var early = Self.question + opt
    early[7] = 1
    #expect(throws: MessageError.misplacedOPT(offset: 29)) { try Message(parsing: early) }
  }

  @Test func truncationLeavesOutWholeSetsAndKeepsTheOPTRecord() throws {
    let owner: DomainName = "many.example.test"
    let addresses = (0..<40).map { record(owner, .a, [192, 0, 2, UInt8($0)]) }
    let message = Message(
      questions: [Question(owner, .any)],
      answers: [record(owner, .txt, [1, 0x78])] + addresses,
      authorities: [record("example.test", .ns, DomainName("ns.example.test").wire)],
      edns: EDNS())
    let again = try Message(parsing: message.encoded(limit: 512))
    #expect(again.header.isTruncated)
    #expect(again.answers.map(\.data.type) == [.txt])
    #expect(again.authorities.isEmpty)
    #expect(again.edns != nil)
    let whole = try Message(parsing: message.encoded(limit: 1232))
    #expect(whole.answers.count == 41 && !whole.header.isTruncated)
  }

  @Test func randomAndMutilatedBytesNeverTrap() throws {
    var random = SeededRandom(seed: 20_261_121)
    var seeds = [Self.question]
    seeds.append(
      Message(
        questions: [Question("a.b.example", .ns)],
        answers: [record("a.b.example", .ns, DomainName("x.b.example").wire)],
        additionals: [record("x.b.example", .a, [1, 2, 3, 4])],
        edns: EDNS(options: [EDNSOption(code: 3, data: [1])])
      ).encoded())
    for _ in 0..<20_000 {
      var bytes = seeds[Int(random.next() % UInt64(seeds.count))]
      for _ in 0..<(1 + random.next() % 6) {
        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      if random.next() % 4 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
      if let message = try? Message(parsing: bytes) {
        let written = message.encoded()
        #expect(try Message(parsing: written) == message, "seed \(random.seed)")
      }
    }
  }
}
