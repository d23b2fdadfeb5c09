import DNSModel
import ZoneFiles

/// A zone with one of each that answers differ for, and messages about it.
enum SmallZone {
  static let now: UInt64 = 1_790_000_000
  static let key = TSIGKey(name: "mig", algorithm: .sha256, secret: [1, 2, 3, 4])

  static let text = """
    $ORIGIN example.test.
    $TTL 300
    @ SOA ns1 hostmaster 7 3600 900 86400 60
    @ NS ns1
      NS ns.other.test.
      MX 10 mail
      CAA 0 issue "ca.test; validationmethods=dns-01"
    ns1 A 127.0.0.1
        AAAA ::1
    web 60 A 192.0.2.2
        A 192.0.2.3
        TXT "hello" "a \\"quoted\\" \\255 text"
    api CNAME web
    loop1 CNAME loop2
    loop2 CNAME loop1
    deep.empty A 192.0.2.4
    *.wild A 192.0.2.5
    sub NS ns.sub
        DS 1 8 2 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    ns.sub A 192.0.2.6
    old DNAME web
    svc HTTPS 1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.7
    _sip._tcp SRV 0 5 5060 web
    loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
    any TYPE65400 \\# 3 010203
    $GENERATE 1-3 host-$ A 192.0.2.$

    """

  static let zone = ZoneFile(text: text, origin: "example.test").zone

  static let messages: [[UInt8]] = {
    let records = zone.allRRsets.flatMap(\.records)
    let question = Question("api.example.test", .a)
    var answer = Message(asking: question, id: 9, edns: EDNS(payloadSize: 1232, dnssecOK: true))
    answer.header.isResponse = true
    answer.answers = Array(records.prefix(12))
    answer.authorities = Array(records.dropFirst(12).prefix(4))
    answer.additionals = Array(records.suffix(12))
    var update = Message(asking: Question("example.test", .soa), id: 7, edns: nil)
    update.header.opcode = .update
    update.answers = records.suffix(3).map {
      ResourceRecord(owner: $0.owner, ttl: .zero, data: $0.data)
    }
    update.authorities = Array(records.prefix(8))
    let types: [RecordType] = [.a, .any, .soa, .ns, .txt, .axfr]
    let names: [DomainName] = [
      "example.test", "web.example.test", "a.wild.example.test", "x.sub.example.test",
      "loop1.example.test", "a.old.example.test", "nothing.example.test", "version.bind",
    ]
    let asking = names.enumerated().map { index, name in
      Message(
        asking: Question(name, types[index % types.count]), id: 1,
        edns: index % 2 == 0 ? EDNS(payloadSize: 1232) : nil)
    }
    return (asking + [answer, update]).map { $0.encoded() }
  }()

  /// Data that begins with a name and numbers, as that of many types does.
  static var messageOfEachType: [[UInt8]] {
    ([UInt16](1...65) + Array(256...262)).map { number in
      let data = RecordData(
        type: RecordType(rawValue: number), wire: [0, 1, 8, 2] + Array(0..<36))
      return Message(
        answers: [ResourceRecord(owner: "web.example.test", ttl: TTL(clamping: 60), data: data)]
      ).encoded()
    }
  }
}
