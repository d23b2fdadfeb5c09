import DNSModel
import Notation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// What one attempt comes to.
private func attempt(
  _ primary: SocketAddress, key: TSIGKey? = nil, served: Serial? = nil
) throws -> TransferAttempt.Outcome {
  let loop = try EventLoop()
  var outcome: TransferAttempt.Outcome?
  let attempt = TransferAttempt(
    zone: "example.test", primary: primary, key: key, served: served, on: loop
  ) { outcome = $0 }
  attempt.start()
  for _ in 0..<2000 where outcome == nil { loop.runOnce(within: .milliseconds(10)) }
  return try #require(outcome)
}

private func records(_ outcome: TransferAttempt.Outcome) throws -> [ResourceRecord] {
  guard case .transferred(let records) = outcome else {
    throw ProgramFailure(description: "no transfer: \(outcome)")
  }
  return records
}

@Suite struct TransferAttemptTests {
  static let key = TSIGKey(
    name: "mig", algorithm: .sha256, secret: Array("secret secret secret secret!".utf8))

  @Test(arguments: ZonePeer.Kind.allCases, [false, true])
  func copiesAZoneFromEveryPrimary(kind: ZonePeer.Kind, isSigned: Bool) throws {
    let peer = try ZonePeer(kind, .primary(zone: ZonePeer.zone), isSigned: isSigned)
    let key = isSigned ? Self.key : nil
    let copied = try records(try attempt(peer.address, key: key))
    #expect(copied.count == 12)
    #expect(copied.first?.data.type == .soa)
    guard case .current = try attempt(peer.address, key: key, served: Serial(7)) else {
      Issue.record("the same serial is current")
      return
    }
    guard
      case .failed(.olderThanServed) = try attempt(peer.address, key: key, served: Serial(8))
    else {
      Issue.record("an older zone is not taken")
      return
    }
  }

  @Test(arguments: ZonePeer.Kind.allCases)
  func takesNothingThatIsSignedWithAnotherSecret(kind: ZonePeer.Kind) throws {
    let peer = try ZonePeer(kind, .primary(zone: ZonePeer.zone), isSigned: true)
    let wrong = TSIGKey(name: "mig", algorithm: .sha256, secret: [1, 2, 3])
    guard case .failed = try attempt(peer.address, key: wrong) else {
      Issue.record("a wrong secret brought a zone")
      return
    }
  }

  @Test func saysThatNobodyListens() throws {
    let port = try FreePort.next()
    guard case .failed(.connection(let reason)) = try attempt(.loopback(port: port)) else {
      Issue.record("something listened")
      return
    }
    #expect(reason.contains("refused"), "\(reason)")
  }
}
