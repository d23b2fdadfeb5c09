import DNSModel
import Foundation
import Notation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// Who still asks, for what, and what they were told.
@Suite struct QueryLogTests {
  private let directory = TemporaryDirectory()

  private func zone(serial: Int) throws -> Zone {
    try GeneratedZone.parsed(
      """
      @ SOA ns hostmaster \(serial) 3600 900 86400 60
      @ NS ns
      ns A 192.0.2.1
      www A 192.0.2.2
      """)
  }

  private func lines() throws -> [JSON] {
    try directory.read("queries").split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
  }

  @Test func eachAnswerIsALineOfJSON() throws {
    let log = try QueryLog(path: directory.file("queries"))
    let served = try ServedOnLoopback([zone(serial: 7)]) { $0.log = log }
    let socket = try UDPSocket(bindingTo: .loopback())
    socket.becomeBlocking(wakingEvery: 5000)
    try socket.connect(to: served.address)
    func ask(_ question: Question) {
      socket.send(Message(asking: question, id: 1).encoded())
      _ = socket.receive()
    }
    ask(Question("WWW.example.test", .a))
    served.server.shelf.publish(try zone(serial: 8))
    ask(Question("no.example.test", .aaaa))
    served.server.faults.add(
      try FaultRule(parsing: "servfail,zone=example.test"), zones: served.server.shelf.zones)
    ask(Question("www.example.test", .a))
    let client = try BareClient(to: served.address)
    client.send(BareClient.framed(Message(asking: Question("a.else.test", .a), id: 2).encoded()))
    _ = client.message()
    served.server.stop()

    let lines = try lines()
    #expect(lines.count == 4)
    let first = try #require(lines.first)
    #expect(first["client"]?.string == socket.address.description)
    #expect(first["transport"]?.string == "udp" && first["name"]?.string == "WWW.example.test.")
    #expect(first["type"]?.string == "A" && first["code"]?.string == "NOERROR")
    #expect(first["zone"]?.string == "example.test." && first["serial"]?.integer == 7)
    #expect(first["time"]?.string?.hasSuffix("Z") == true && first["faults"] == nil)
    #expect(lines[1]["code"]?.string == "NXDOMAIN" && lines[1]["serial"]?.integer == 8)
    #expect(lines[2]["code"]?.string == "SERVFAIL")
    #expect(lines[2]["faults"] == .strings(["servfail,zone=example.test."]))
    #expect(lines[3]["transport"]?.string == "tcp" && lines[3]["code"]?.string == "REFUSED")
    #expect(lines[3]["zone"] == nil && lines[3]["serial"] == nil)
  }

  @Test func theLinesAreThereWhenNobodyAsksAnyMore() throws {
    let log = try QueryLog(path: directory.file("queries"))
    let served = try ServedOnLoopback([zone(serial: 7)]) { $0.log = log }
    _ = try served.ask(Question("www.example.test", .a))
    for _ in 0..<500 where try lines().isEmpty { usleep(10_000) }
    #expect(try lines().count == 1)
    served.server.stop()
  }

  @Test func countersAndStatusTellTheSame() throws {
    let served = try ServedOnLoopback([zone(serial: 7)])
    let peer = try UDPSocket(bindingTo: .loopback())
    peer.becomeBlocking(wakingEvery: 5000)
    try peer.connect(to: served.address)
    for (name, type) in [
      ("www.example.test", RecordType.a), ("no.example.test", .a), ("www.example.test", .any),
      ("x.else.test", .a),
    ] as [(DomainName, RecordType)] {
      peer.send(Message(asking: Question(name, type), id: 3).encoded())
      _ = peer.receive()
    }
    peer.send([1, 2, 3])
    peer.send(Message(asking: Question("www.example.test", .a), id: 4).encoded())
    _ = peer.receive()
    let totals = served.server.totals
    #expect(totals.compiled == 3 && totals.built == 2 && totals.silent == 1)
    #expect(totals.codes[0] == 3 && totals.codes[3] == 1 && totals.codes[5] == 1)
    let status = served.server.status
    #expect(status.zones.map(\.serial) == [Serial(7)])
    #expect(status.text.contains("zone example.test. serial 7, 3 names"))
    #expect(status.json["counters"]?["answered"]?.integer == 5)
    let text = status.prometheus
    #expect(text.contains("cutover_dns_answers_total{path=\"copied\"} 3\n"))
    #expect(text.contains("cutover_dns_responses_total{code=\"NXDOMAIN\"} 1\n"))
    #expect(text.contains("cutover_dns_zone_serial{zone=\"example.test.\"} 7\n"))
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      #expect(line.wholeMatch(of: /[a-z_]+(\{[a-z]+="[^"]*"\})? \d+/) != nil, "\(line)")
    }
  }
}
