import DNSModel
import Glibc
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

private let key = "hmac-sha256:mig:\(ZonePeer.secret)"

private func arguments(isSigned: Bool, in directory: TemporaryDirectory) -> ServiceArguments {
  var arguments = ServiceArguments()
  arguments.keys = ["mig:\(LivingServer.keyFile(in: directory))"]
  arguments.allowUpdate = [isSigned ? "key=mig" : "addr=127.0.0.0/8"]
  arguments.allowTransfer = arguments.allowUpdate
  arguments.allowNotify = arguments.allowUpdate
  return arguments
}

@Suite(.serialized) struct LivingZoneTests {
  private let keys = TemporaryDirectory()

  @Test(arguments: ["nsupdate", "knsupdate"], [false, true])
  func takesUpdatesFromOtherPeoplesClients(program: String, isSigned: Bool) throws {
    let server = try LivingServer(arguments(isSigned: isSigned, in: keys))
    let done = try runUpdate(
      program, to: server.address,
      "del api.example.test. CNAME\nadd api.example.test. 60 CNAME router.test.",
      key: isSigned ? key : nil)
    #expect(done.status == 0, "\(done)")
    let alias = server.shelf.zones["example.test"]?.rrset(at: "api.example.test", .cname)
    #expect(alias?.data == [.cname("router.test")])
    #expect(alias?.ttl == TTL(clamping: 60))
    #expect(server.serial == 8)
  }

  @Test(arguments: ["nsupdate", "knsupdate"])
  func refusesWhoMayNot(program: String) throws {
    let server = try LivingServer(arguments(isSigned: true, in: keys))
    for wrong in [nil, "hmac-sha256:mig:AAAA", "hmac-sha256:other:AAAA", "hmac-sha512:mig:AAAA"] {
      let refused = try runUpdate(
        program, to: server.address, "add new.example.test. 60 A 192.0.2.9", key: wrong)
      #expect(refused.status != 0, "\(refused)")
    }
    #expect(server.serial == 7)
  }

  /// Whoever reads the log must be able to tell whose rule is too narrow.
  @Test func saysWhoWasRefusedWhat() throws {
    var arguments = arguments(isSigned: true, in: keys)
    arguments.allowUpdate = ["key=mig,name=web.example.test"]
    let server = try LivingServer(arguments)
    let refused = try runUpdate(
      "nsupdate", to: server.address, "add new.example.test. 60 A 192.0.2.9",
      key: "hmac-sha256:mig:\(ZonePeer.secret)")
    #expect(refused.status != 0, "\(refused)")
    let said = server.log.withLock { $0.filter { $0.contains("refused") } }
    let wanted =
      "127.0.0.1, key mig.: update of example.test. refused: "
      + "REFUSED: new.example.test. A: no rule allows this change"
    #expect(said == [wanted])
  }

  @Test(arguments: ZonePeer.Kind.allCases, [false, true])
  func isCopiedByEverySecondary(kind: ZonePeer.Kind, isSigned: Bool) throws {
    let port = try FreePort.next()
    var arguments = arguments(isSigned: isSigned, in: keys)
    arguments.notify = ["127.0.0.1:\(port)" + (isSigned ? ",key=mig" : "")]
    let server = try LivingServer(arguments)
    let peer = try ZonePeer(kind, .secondary(of: server.address), port: port, isSigned: isSigned)
    try peer.waitForSerial(7, seconds: 40)
    let script = (0..<25).map { number in
      "add n\(number).example.test. 60 A 192.0.2.\(number)\nsend"
    }.joined(separator: "\n")
    let updated = try runUpdate(
      "nsupdate", to: server.address, script, key: isSigned ? key : nil)
    #expect(updated.status == 0, "\(updated)")
    try peer.waitForSerial(32, seconds: 40)
    #expect(
      try peer.content(isSigned: isSigned)
        == ZonePeer.content(of: server.address, isSigned: isSigned))
    #expect(try ZonePeer.content(of: server.address, isSigned: isSigned).count == 37)
  }

  @Test(arguments: ZonePeer.Kind.allCases, [false, true])
  func copiesEveryPrimary(kind: ZonePeer.Kind, isSigned: Bool) throws {
    let peer = try ZonePeer(kind, .primary(zone: ZonePeer.zone), isSigned: isSigned)
    var arguments = arguments(isSigned: isSigned, in: keys)
    arguments.secondaries = [
      "example.test=\(peer.address)" + (isSigned ? ",key=mig" : "")
    ]
    let server = try LivingServer(zone: nil, arguments)
    for _ in 0..<1000 where server.serial == nil { usleep(10_000) }
    #expect(server.serial == 7, "\(server.log.withLock { $0 })")
    #expect(
      try peer.content(isSigned: isSigned)
        == ZonePeer.content(of: server.address, isSigned: isSigned))
  }

  /// RFC 1995 §4: deletions and additions step by step, and over UDP the same where it fits.
  @Test(arguments: ["dig", "kdig"], [true, false])
  func givesAClientWhatItLacks(program: String, overTCP: Bool) throws {
    let server = try LivingServer(arguments(isSigned: false, in: keys))
    let script = "add n1.example.test. 60 A 192.0.2.1\nsend\ndel n1.example.test. A 192.0.2.1"
    #expect(try runUpdate("nsupdate", to: server.address, script).status == 0)
    func ask(_ serial: Int) throws -> [String] {
      let run = try Programs.run(
        program,
        ["@127.0.0.1", "-p", "\(server.address.port)", "example.test", "IXFR=\(serial)"]
          + [overTCP ? "+tcp" : "+notcp", "+noall", "+answer"])
      return run.stdout.split(separator: "\n").map { line in
        let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
        return fields.count > 6 ? "SOA \(fields[6])" : fields.dropFirst(3).joined(separator: " ")
      }.filter { !$0.isEmpty }
    }
    #expect(
      try ask(7) == [
        "SOA 9", "SOA 7", "SOA 8", "A 192.0.2.1", "SOA 8", "A 192.0.2.1", "SOA 9", "SOA 9",
      ])
    #expect(try ask(9) == ["SOA 9"])
    // Before what the history knows: the whole zone, or over UDP the way to TCP.
    #expect(try ask(3).count == 13 || !overTCP)
  }

  @Test func aSecondaryAnswersFromItsCopyWhileNoPrimaryIsThere() throws {
    let directory = TemporaryDirectory()
    var arguments = arguments(isSigned: false, in: keys)
    arguments.journalDirectory = directory.path
    var primary: ZonePeer? = try ZonePeer(.bind, .primary(zone: ZonePeer.zone))
    let address = try #require(primary?.address)
    arguments.secondaries = ["example.test=\(address)"]
    do {
      let server = try LivingServer(zone: nil, arguments)
      for _ in 0..<1000 where server.serial == nil { usleep(10_000) }
      for _ in 0..<500 where !AtomicFile.exists(directory.file("example.test.copy.confirmed")) {
        usleep(10_000)
      }
      #expect(server.serial == 7, "\(server.log.withLock { $0 })")
    }
    let content = try #require(try primary?.content())
    primary = nil
    let again = try LivingServer(zone: nil, arguments)
    for _ in 0..<500 where again.serial == nil { usleep(10_000) }
    #expect(again.serial == 7, "\(again.log.withLock { $0 })")
    #expect(try ZonePeer.content(of: again.address) == content)
    again.stop()
    // Heard of too long ago, it is answered from no more; damaged, it is not believed.
    directory.write("example.test.copy.confirmed", "1000\n")
    let expired = try LivingServer(zone: nil, arguments)
    for _ in 0..<500 where expired.log.withLock({ $0.isEmpty }) { usleep(10_000) }
    #expect(expired.serial == nil)
    expired.stop()
    directory.write("example.test.copy", "no transfer")
    let damaged = try LivingServer(zone: nil, arguments)
    for _ in 0..<500 where damaged.log.withLock({ $0.isEmpty }) { usleep(10_000) }
    #expect(damaged.serial == nil)
    #expect(damaged.log.withLock { $0.contains { $0.contains("is of no use") } })
  }

  @Test func aReloadPutsNoUpdateBack() throws {
    let server = try LivingServer(arguments(isSigned: false, in: keys))
    let address = server.address
    var thread: SystemIO.Thread?
    let failures = server.services.renew([(LivingServer.zone, server.directory.file("zone"))]) {
      zones in
      thread = try? SystemIO.Thread("update") {
        _ = try? runUpdate("nsupdate", to: address, "add new.example.test. 60 A 192.0.2.9")
      }
      // Long enough for the update to be worked on, were that allowed now.
      usleep(700_000)
      for zone in zones { server.shelf.publish(zone) }
    }
    thread?.join()
    #expect(failures.isEmpty)
    #expect(server.serial == 8)
    #expect(server.shelf.zones["example.test"]?.hasName("new.example.test") == true)
  }

  /// A zone file that was edited and read again is a change like any other (RFC 1996 §2.2).
  @Test func aReloadIsToldToSecondaries() throws {
    let port = try FreePort.next()
    var arguments = arguments(isSigned: false, in: keys)
    arguments.notify = ["127.0.0.1:\(port)"]
    let primary = try LivingServer(arguments)
    var following = ServiceArguments()
    following.secondaries = ["example.test=\(primary.address)"]
    let secondary = try LivingServer(zone: nil, port: port, following)
    for _ in 0..<1000 where secondary.serial == nil { usleep(10_000) }
    #expect(secondary.serial == 7)
    var edited = LivingServer.zone
    var soa = try #require(edited.soa)
    soa.serial = Serial(20)
    edited.put(RRset("example.test", ttl: TTL(clamping: 300), .soa(soa)))
    let shelf = primary.shelf
    let failures = primary.services.renew([(edited, primary.directory.file("zone"))]) { zones in
      shelf.renew(zones)
    }
    #expect(failures.isEmpty)
    for _ in 0..<1000 where secondary.serial != 20 { usleep(10_000) }
    #expect(
      secondary.serial == 20, "\(primary.log.withLock { $0 }) \(secondary.log.withLock { $0 })")
  }

  @Test(arguments: [ZonePeer.Kind.bind, .knot])
  func followsAPrimaryThatNotifies(kind: ZonePeer.Kind) throws {
    let port = try FreePort.next()
    let peer = try ZonePeer(
      kind, .primary(zone: ZonePeer.zone, notifies: .loopback(port: port)))
    var arguments = arguments(isSigned: false, in: keys)
    arguments.secondaries = ["example.test=\(peer.address)"]
    let server = try LivingServer(zone: nil, port: port, arguments)
    for _ in 0..<1000 where server.serial == nil { usleep(10_000) }
    let updated = try runUpdate(
      "nsupdate", to: peer.address, "add new.example.test. 60 A 192.0.2.9")
    #expect(updated.status == 0, "\(updated)")
    for _ in 0..<3000 where server.serial != 8 { usleep(10_000) }
    #expect(server.serial == 8, "\(server.log.withLock { $0 }) \(peer.log)")
  }
}
