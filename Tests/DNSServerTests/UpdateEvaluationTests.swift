import DNSModel
import Testing

@testable import DNSServer

private let origin: DomainName = "example.test"

private func data(_ type: RecordType, _ wire: [UInt8]) -> RecordData {
  RecordData(type: type, wire: wire)
}

private func a(_ last: UInt8) -> RecordData { data(.a, [192, 0, 2, last]) }
private func txt(_ text: String) -> RecordData {
  data(.txt, [UInt8(text.utf8.count)] + Array(text.utf8))
}
private func cname(_ name: DomainName) -> RecordData { data(.cname, name.wire) }
private func ns(_ name: DomainName) -> RecordData { data(.ns, name.wire) }
private func soa(_ serial: UInt32) -> RecordData {
  let numbers: [UInt32] = [serial, 3600, 600, 86400, 60]
  let bytes = numbers.flatMap { number in
    (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
  }
  return data(
    .soa, DomainName("ns.example.test").wire + DomainName("host.example.test").wire + bytes)
}

private func record(
  _ owner: DomainName, _ data: RecordData, ttl: UInt32 = 300, _ recordClass: RecordClass = .internet
) -> ResourceRecord {
  ResourceRecord(owner: owner, recordClass: recordClass, ttl: TTL(clamping: ttl), data: data)
}

private func zone(serial: UInt32 = 7) -> Zone {
  Zone(
    origin: origin,
    records: [
      record(origin, soa(serial)), record(origin, ns("ns.example.test")),
      record(origin, ns("ns.other.test")), record("ns.example.test", a(1)),
      record("web.example.test", a(2)), record("web.example.test", a(3)),
      record("web.example.test", txt("hello")),
      record("api.example.test", cname("web.example.test")),
      record("deep.empty.example.test", a(4)), record("*.wild.example.test", a(5)),
    ])
}

private func present(_ name: DomainName, _ type: RecordType) -> ResourceRecord {
  record(name, data(type, []), ttl: 0, .any)
}
private func absent(_ name: DomainName, _ type: RecordType) -> ResourceRecord {
  record(name, data(type, []), ttl: 0, .none)
}
/// The whole RRset is to be deleted.
private func dropped(_ name: DomainName, _ type: RecordType) -> ResourceRecord {
  record(name, data(type, []), ttl: 0, .any)
}
private func dropped(_ name: DomainName, _ data: RecordData) -> ResourceRecord {
  record(name, data, ttl: 0, .none)
}

private func update(
  _ updates: [ResourceRecord], given prerequisites: [ResourceRecord] = [],
  to zone: Zone = zone(), allowing: @escaping (DomainName, RecordType) -> Bool = { _, _ in true }
) throws(UpdateRefusal) -> Zone {
  let message = Message(
    questions: [Question(origin, .soa)], answers: prerequisites, authorities: updates)
  let evaluation = UpdateEvaluation(isAllowed: allowing)
  return zone.applying(try evaluation.changes(try UpdateRequest(message), in: zone))
}

private func code(
  _ updates: [ResourceRecord], given prerequisites: [ResourceRecord] = [],
  allowing: @escaping (DomainName, RecordType) -> Bool = { _, _ in true }
) -> ResponseCode {
  do throws(UpdateRefusal) {
    _ = try update(updates, given: prerequisites, allowing: allowing)
    return .noError
  } catch {
    return error.code
  }
}

struct UpdateEvaluationTests {
  @Test func checksEveryKindOfPrerequisite() {
    let web: DomainName = "web.example.test"
    let cases: [(ResourceRecord, ResponseCode)] = [
      (present(web, .any), .noError), (present("no.example.test", .any), .nameError),
      (present("empty.example.test", .any), .nameError),
      (present("x.wild.example.test", .any), .nameError),
      (present(web, .a), .noError), (present(web, .aaaa), .setDoesNotExist),
      (absent(web, .any), .nameExists), (absent("no.example.test", .any), .noError),
      (absent("empty.example.test", .any), .noError),
      (absent(web, .a), .setExists), (absent(web, .aaaa), .noError),
      (record(web, txt("hello"), ttl: 0), .noError),
      (record(web, txt("other"), ttl: 0), .setDoesNotExist),
      (record(web, a(2), ttl: 0), .setDoesNotExist),
      (record(web, a(2), ttl: 1), .formatError), (record("a.other", a(2), ttl: 0), .notInZone),
      (record(web, a(2), ttl: 0, .any), .formatError),
      (record(web, a(2), ttl: 0, .none), .formatError),
      (record(web, a(2), ttl: 0, .chaos), .formatError),
      (record(web, data(.a, []), ttl: 9, .any), .formatError),
    ]
    for (prerequisite, expected) in cases {
      #expect(code([], given: [prerequisite]) == expected, "\(prerequisite)")
    }
  }

  @Test func comparesWholeSetsInAnyOrderAndCase() {
    let web: DomainName = "WEB.example.test"
    #expect(code([], given: [record(web, a(3), ttl: 0), record(web, a(2), ttl: 0)]) == .noError)
    #expect(
      code([], given: [2, 2, 3].map { record(web, a($0), ttl: 0) }) == .noError)
    #expect(
      code([], given: [2, 3, 4].map { record(web, a($0), ttl: 0) }) == .setDoesNotExist)
    let api = record("api.example.test", cname("WEB.EXAMPLE.TEST"), ttl: 0)
    #expect(code([], given: [api]) == .noError)
  }

  @Test func scansTheWholeUpdateBeforeItChangesAnything() {
    let good = record("new.example.test", a(9))
    let cases: [(ResourceRecord, ResponseCode)] = [
      (record("new.other", a(9)), .notInZone),
      (record("new.example.test", data(.any, [])), .formatError),
      (record("new.example.test", data(.axfr, [])), .formatError),
      (record("new.example.test", data(.opt, [])), .formatError),
      (record("new.example.test", a(9), ttl: 1, .none), .formatError),
      (record("new.example.test", data(.any, []), ttl: 0, .none), .formatError),
      (record("new.example.test", data(.a, []), ttl: 1, .any), .formatError),
      (record("new.example.test", a(9), ttl: 0, .any), .formatError),
      (record("new.example.test", data(.ixfr, []), ttl: 0, .any), .formatError),
      (record("new.example.test", a(9), ttl: 0, .chaos), .formatError),
      (record("new.example.test", data(.nsec, [0]), ttl: 0), .refused),
    ]
    for (bad, expected) in cases { #expect(code([good, bad]) == expected, "\(bad)") }
  }

  @Test func wantsOneZoneNamedByItsSOA() {
    for questions in [
      [], [Question(origin, .a)], [Question(origin, .soa), Question(origin, .soa)],
    ] {
      let error = #expect(throws: UpdateRefusal.self) {
        try UpdateRequest(Message(questions: questions))
      }
      #expect(error?.code == .formatError)
    }
  }

  @Test func addsReplacesAndBumpsTheSerialOnce() throws {
    let changed = try update([
      record("new.example.test", a(9)), record("new.example.test", a(10), ttl: 60),
      record("web.example.test", a(2), ttl: 30),
    ])
    #expect(changed.rrset(at: "new.example.test", .a)?.data == [a(9), a(10)])
    #expect(changed.rrset(at: "new.example.test", .a)?.ttl == TTL(clamping: 60))
    #expect(changed.rrset(at: "web.example.test", .a)?.data.count == 2)
    #expect(changed.rrset(at: "web.example.test", .a)?.ttl == TTL(clamping: 30))
    #expect(changed.serial == Serial(8))
  }

  @Test func leavesTheSerialAloneWhenNothingChanges() throws {
    let nothing = try update([
      record("web.example.test", a(2)), dropped("no.example.test", .any),
      dropped("web.example.test", txt("other")),
    ])
    #expect(nothing.serial == Serial(7))
    let back = try update([
      dropped("web.example.test", txt("hello")), record("web.example.test", txt("hello")),
    ])
    #expect(back.serial == Serial(7))
  }

  @Test func keepsCNAMEAndOtherDataApart() throws {
    let changed = try update([
      record("web.example.test", cname("x.test")), record("api.example.test", a(9)),
    ])
    #expect(changed.rrset(at: "web.example.test", .cname) == nil)
    #expect(changed.rrset(at: "api.example.test", .a) == nil)
    let moved = try update([record("api.example.test", cname("router.test"))])
    #expect(moved.rrset(at: "api.example.test", .cname)?.data == [cname("router.test")])
    let swapped = try update([
      dropped("web.example.test", .any), record("web.example.test", cname("x.test")),
    ])
    #expect(swapped.rrsets(at: "web.example.test").map(\.type) == [.cname])
  }

  @Test func takesASOAOnlyForwardAndOnlyAtTheApex() throws {
    #expect(try update([record(origin, soa(100))]).serial == Serial(100))
    #expect(try update([record(origin, soa(7))]).serial == Serial(7))
    #expect(try update([record(origin, soa(6))]).serial == Serial(7))
    #expect(try update([record("web.example.test", soa(100))]).serial == Serial(7))
    let both = try update([record(origin, soa(100)), record("new.example.test", a(9))])
    #expect(both.serial == Serial(100))
    let wrapped = try update(
      [record("new.example.test", a(9))], to: zone(serial: .max))
    #expect(wrapped.serial == Serial(1))
    let past = try update([record(origin, soa(5))], to: zone(serial: 0xFFFF_FFF0))
    #expect(past.serial == Serial(5))
  }

  @Test func keepsTheApexItsSOAAndNS() throws {
    let emptied = try update([dropped(origin, .any), dropped(origin, .ns), dropped(origin, .soa)])
    #expect(emptied.rrset(at: origin, .ns)?.data.count == 2)
    let one = try update([
      dropped(origin, ns("ns.example.test")), dropped(origin, ns("ns.other.test")),
      dropped(origin, soa(7)),
    ])
    #expect(one.rrset(at: origin, .ns)?.data == [ns("ns.other.test")])
    #expect(one.serial == Serial(8))
  }

  @Test func deletesRecordsSetsAndNames() throws {
    let changed = try update([
      dropped("web.example.test", a(2)), dropped("api.example.test", .any),
      dropped("*.wild.example.test", .a),
    ])
    #expect(changed.rrset(at: "web.example.test", .a)?.data == [a(3)])
    #expect(changed.rrsets(at: "api.example.test").isEmpty)
    #expect(changed.rrsets(at: "*.wild.example.test").isEmpty)
    let gone = try update([dropped("web.example.test", a(2)), dropped("web.example.test", a(3))])
    #expect(gone.rrset(at: "web.example.test", .a) == nil)
  }

  @Test func asksForPermissionForEachRecord() {
    let allowing: (DomainName, RecordType) -> Bool = { $0 == "api.example.test" && $1 == .cname }
    let own = record("api.example.test", cname("x.test"))
    #expect(code([own], allowing: allowing) == .noError)
    #expect(code([dropped("api.example.test", .any)], allowing: allowing) == .noError)
    #expect(code([own, record("web.example.test", a(9))], allowing: allowing) == .refused)
    #expect(code([dropped("web.example.test", .any)], allowing: allowing) == .refused)
  }

  @Test func refusesToTouchASignedZone() {
    var records = zone().allRRsets.flatMap { set in
      set.data.map { record(set.owner, $0, ttl: set.ttl.seconds) }
    }
    records.append(record(origin, data(.rrsig, [UInt8](repeating: 0, count: 30))))
    let signed = Zone(origin: origin, records: records)
    let error = #expect(throws: UpdateRefusal.self) {
      try update([record("new.example.test", a(9))], to: signed)
    }
    #expect(error?.code == .refused)
    #expect(throws: Never.self) { try update([dropped("no.example.test", .any)], to: signed) }
  }
}
