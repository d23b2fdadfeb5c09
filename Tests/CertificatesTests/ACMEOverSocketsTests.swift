import Certificates
import DNSModel
import Foundation
import HTTP
import Migration
import Notation
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// Answers that come too late or are too large, over real sockets and TLS: the order is found again, and
/// no second one is placed.
@Suite struct ACMEOverSocketsTests {
  enum Fault: String, CaseIterable { case late, large }
  static let paths = [
    "/directory", "/account", "/new-order", "/authz", "/challenge", "/finalize", "/cert",
  ]
  let folder = TemporaryDirectory()
  let zone = ACMEIssuanceTests.FakeZone()

  func issue(_ server: ProtocolFakeServer) throws -> [Certificate] {
    var wish = CertificateWish(names: ["shop.example.test"], directory: server.directory)
    wish.authorityAnchors = server.anchors
    wish.http.request = .seconds(1)
    wish.http.bodyLimit = 1 << 16
    wish.patience = .seconds(30)
    let shelf = try CertificateShelf(directory: folder.file("shelf"), seal: nil)
    return try ACMEIssuer(wish: wish, shelf: shelf, publisher: zone).issue()
  }

  static func bend(
    _ server: ProtocolFakeServer, _ fault: Fault, at path: String, times: Int
  ) {
    var left = times
    server.use { ca in
      ca.bend = { asked, reply in
        guard asked.hasPrefix(path), left > 0 else { return nil }
        left -= 1
        switch fault {
        case .late:
          usleep(1_500_000)
          return nil
        case .large:
          let body = reply.body + [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
          return HTTPResponse(status: reply.status, headers: reply.headers, body: body)
        }
      }
    }
  }

  @Test(arguments: Fault.allCases, paths)
  func oneSuchAnswerCostsNoSecondOrder(_ fault: Fault, _ path: String) throws {
    let server = try ProtocolFakeServer()
    Self.bend(server, fault, at: path, times: 1)
    var setbacks: [String] = []
    var chain: [Certificate]?
    for _ in 0..<3 where chain == nil {
      do { chain = try issue(server) } catch { setbacks.append("\(error)") }
    }
    #expect(chain?.first?.facts.covers(.host("shop.example.test")) == true, "\(setbacks)")
    #expect(server.use { $0.orders.count } == 1, "\(server.use { $0.log })")
    #expect(zone.isEmpty)
  }

  @Test func aCAThatOnlyEverAnswersTooMuchIsLeftInTime() throws {
    let server = try ProtocolFakeServer()
    Self.bend(server, .large, at: "/directory", times: .max)
    let began = SystemClock.sinceBoot()
    #expect(throws: IssuanceFailure.self) { try issue(server) }
    #expect(SystemClock.sinceBoot() - began < .seconds(60))
    #expect(zone.isEmpty)
  }
}
