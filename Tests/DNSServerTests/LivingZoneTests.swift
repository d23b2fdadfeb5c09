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
    if !(kind == .powerdns && isSigned) {
      #expect(
        try peer.content(isSigned: isSigned)
          == ZonePeer.content(of: server.address, isSigned: isSigned))
    }
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
    if !(kind == .powerdns && isSigned) {
      #expect(
        try peer.content(isSigned: isSigned)
          == ZonePeer.content(of: server.address, isSigned: isSigned))
    }
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
