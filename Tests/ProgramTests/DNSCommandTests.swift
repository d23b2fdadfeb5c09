import DNSModel
import Foundation
import Notation
import SystemIO
import TestSupport
import Testing

/// `cutover dns` as people run it: what it says at its start, what it is told while it runs, and how it
/// ends.
@Suite(.serialized) final class DNSCommandTests {
  private let directory = TemporaryDirectory()
  /// They run as long as the test does.
  private var running: [ServerProcess] = []

  private static func zone(serial: Int, address: String) -> String {
    """
    $TTL 300
    @ IN SOA ns1 hostmaster \(serial) 3600 900 86400 60
    @ IN NS ns1
    ns1 IN A 127.0.0.1
    www IN A \(address)

    """
  }

  private func start(
    _ options: [String] = [], listen: [String] = ["127.0.0.1:0"]
  ) throws -> (process: ServerProcess, addresses: [SocketAddress]) {
    directory.write("zone", Self.zone(serial: 1, address: "192.0.2.1"))
    let process = try ServerProcess(
      try Programs.cutover(),
      ["dns", "--zone", "example.test=\(directory.file("zone"))", "--state", directory.path]
        + listen.flatMap { ["--listen", $0] } + options)
    running.append(process)
    let addresses = try process.wait(for: "the server to listen") { () -> [SocketAddress]? in
      guard process.stdout.contains("ready") else { return nil }
      return process.stdout.split(separator: "\n").compactMap { line in
        line.hasPrefix("listening ") ? SocketAddress(parsing: line.dropFirst(10)) : nil
      }
    }
    return (process, addresses)
  }

  private func control(_ address: SocketAddress, _ words: String...) throws -> ProgramRun {
    try Programs.cutover(
      ["dns", "ctl"] + words + ["--port", "\(address.port)", "--state", directory.path])
  }

  private func ask(
    _ address: SocketAddress, _ name: DomainName = "www.example.test", _ type: RecordType = .a
  ) throws -> Message? {
    let local = try #require(
      SocketAddress(parsing: address.isIPv6 ? "[::1]:0" : "127.0.0.1:0"))
    let socket = try UDPSocket(bindingTo: local)
    socket.becomeBlocking(wakingEvery: 10_000)
    try socket.connect(to: address)
    socket.send(Message(asking: Question(name, type), id: 5).encoded())
    return try socket.receive().map { received throws in try Message(parsing: received.bytes) }
  }

  private func served(_ address: SocketAddress) throws -> String? {
    try ask(address)?.answers.first.map { "\($0.data)" }
  }

  @Test func answersOnEveryAddressItWasGiven() throws {
    let (_, addresses) = try start(listen: ["127.0.0.1:0", "[::1]:0", "127.0.0.2:0"])
    #expect(addresses.count == 3)
    for address in addresses { #expect(try served(address) == "192.0.2.1", "\(address)") }
  }

  @Test func faultsAreShownAtTheStartAndInTheStatusAndGoWhenTheyAreCleared() throws {
    let (process, addresses) = try start(["--fault", "servfail,name=www.example.test"])
    let address = try #require(addresses.first)
    #expect(process.stderr.contains("fault 1 is on: servfail,name=www.example.test."))
    #expect(try ask(address)?.responseCode == .serverFailure)
    let more = try control(address, "fault", "ttl=9,name=ns1.example.test")
    #expect(more.status == 0, "\(more)")
    #expect(try ask(address, "ns1.example.test")?.answers.first?.ttl == TTL(9))
    let status = try control(address, "status")
    #expect(status.stdout.contains("fault 1: servfail,name=www.example.test."), "\(status)")
    #expect(status.stdout.contains("fault 2: ttl=9,name=ns1.example.test."), "\(status)")
    #expect(status.stdout.contains("faulted 2"), "\(status)")
    #expect(try control(address, "clear", "1").status == 0)
    #expect(try served(address) == "192.0.2.1")
    #expect(try control(address, "faults").stdout.contains("servfail") == false)
    #expect(try control(address, "clear", "all").status == 0)
    #expect(try ask(address, "ns1.example.test")?.answers.first?.ttl == TTL(300))
    let wrong = try control(address, "fault", "servfall")
    #expect(wrong.status == 3 && wrong.stderr.contains("servfall"), "\(wrong)")
    #expect(try control(address, "clear", "7").status == 3)
  }

  @Test func aZoneWithErrorsIsRefusedWithAllOfThemAndNothingIsServed() throws {
    let other = directory.write(
      "other", "@ 60 IN SOA ns h 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A nonsense\n")
    let bad = directory.write(
      "bad",
      Self.zone(serial: 1, address: "192.0.2.1") + "a IN MX 65536 www\nb IN CNAME\nwww IN CNAME a\n"
    )
    let run = try Programs.cutover([
      "dns", "--zone", "example.test=\(bad)", "--zone", "other.test=\(other)", "--listen",
      "127.0.0.1:0", "--state", directory.path,
    ])
    #expect(run.status == 3 && !run.stdout.contains("listening"), "\(run)")
    for part in ["bad:6:", "bad:7:", "bad:8:", "other:3:"] {
      #expect(run.stderr.contains(part), "\(part) in \(run)")
    }
    let missing = try Programs.cutover([
      "dns", "--zone", "example.test=\(directory.file("none"))", "--listen", "127.0.0.1:0",
      "--state",
      directory.path,
    ])
    #expect(missing.status == 3 && missing.stderr.contains("none"), "\(missing)")
  }

  @Test func aReloadThatFailsKeepsTheOldZoneAndSaysSo() throws {
    let (process, addresses) = try start()
    let address = try #require(addresses.first)
    directory.write("zone", Self.zone(serial: 2, address: "192.0.2.2"))
    process.send(SIGHUP)
    _ = try process.wait(for: "the reload") { process.stderr.contains("1 of 1 zones") ? true : nil }
    #expect(try served(address) == "192.0.2.2")
    directory.write("zone", Self.zone(serial: 3, address: "192.0.2.300"))
    process.send(SIGHUP)
    _ = try process.wait(for: "the refusal") {
      process.stderr.contains("0 of 1 zones") ? true : nil
    }
    #expect(process.stderr.contains("not reloaded; what was served is still served"))
    #expect(try served(address) == "192.0.2.2")
    let run = try control(address, "reload")
    #expect(run.status == 3 && run.stderr.contains("192.0.2.300"), "\(run)")
    directory.write("zone", Self.zone(serial: 4, address: "192.0.2.4"))
    #expect(try control(address, "reload").status == 0)
    #expect(try served(address) == "192.0.2.4")
    #expect(try control(address, "status").stdout.contains("serial 4"))
  }

  @Test(arguments: [SIGTERM, SIGINT]) func endsInOrderWhenItIsToldTo(signal: Int32) throws {
    let log = directory.file("queries")
    let (process, addresses) = try start(["--query-log", log])
    let address = try #require(addresses.first)
    #expect(try served(address) == "192.0.2.1")
    process.send(signal)
    #expect(try process.waitForEnd() == 0)
    let lines = try directory.read("queries").split(separator: "\n")
    #expect(lines.count == 1 && lines[0].contains("\"name\":\"www.example.test.\""), "\(lines)")
    #expect(!FileManager.default.fileExists(atPath: "\(directory.path)/dns-\(address.port).sock"))
  }

  @Test func saysWhoItIsAndCountsForPrometheus() throws {
    let (_, addresses) = try start()
    let address = try #require(addresses.first)
    let version = try ask(address, "version.cutover", .txt)
    #expect("\(try #require(version?.answers.first?.data))".hasPrefix("\"cutover "))
    let metrics = try control(address, "metrics")
    #expect(metrics.stdout.contains("# TYPE cutover_dns_answers_total counter"), "\(metrics)")
    #expect(metrics.stdout.contains("cutover_dns_zone_serial{zone=\"example.test.\"} 1"))
    let json = try Programs.cutover(
      ["dns", "ctl", "status", "--json", "--port", "\(address.port)", "--state", directory.path])
    let status = try JSON(parsing: Array(json.stdout.utf8))
    #expect(status["zones"]?.array?.count == 1 && status["counters"]?["answered"] != nil, "\(json)")
    let stop = try control(address, "stop")
    #expect(stop.status == 0)
  }

  @Test func theControlSocketIsForOurOwnUserOnly() throws {
    let (_, addresses) = try start()
    let address = try #require(addresses.first)
    let path = "\(directory.path)/dns-\(address.port).sock"
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func whatCannotBeUnderstoodIsToldAllAtOnce() throws {
    let run = try Programs.cutover([
      "dns", "--zone", "nonsense", "--listen", "nowhere", "--fault", "bogus", "--threads", "0",
      "--patience", "x", "--state", directory.path,
    ])
    #expect(run.status == 2)
    for part in ["nonsense", "nowhere", "bogus", "--threads", "--patience"] {
      #expect(run.stderr.contains(part), "\(part) in \(run)")
    }
  }

  /// What it says when it does not begin to serve.
  private func refusal(_ options: [String]) throws -> String {
    let run = try Programs.cutover(
      ["dns", "--listen", "127.0.0.1:0", "--state", directory.path] + options)
    #expect(run.status == 2, "\(run)")
    return run.stderr
  }

  @Test func aZoneHasOneSource() throws {
    directory.write("zone", Self.zone(serial: 1, address: "192.0.2.1"))
    let both = try refusal([
      "--zone", "example.test=\(directory.file("zone"))", "--secondary",
      "Example.test=127.0.0.1:9",
    ])
    #expect(both.contains("--secondary Example.test.: served from a file as well"), "\(both)")
    let twice = try refusal([
      "--secondary", "b.test=127.0.0.1:9", "--secondary", "B.test=127.0.0.2:9",
    ])
    #expect(twice.contains("this zone has a --secondary already"), "\(twice)")
  }

  @Test func aSecondaryThatCannotBeReadIsTheOnlyComplaint() throws {
    let said = try refusal(["--secondary", "b.test=nowhere"])
    #expect(said.contains("nowhere is no address"), "\(said)")
    #expect(!said.contains("is required"), "\(said)")
  }
}
