import Certificates
import DNSModel
import DNSProviders
import DNSTransport
import Digests
import Foundation
import HTTP
import Migration
import Notation
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// What runs out while an issuance pauses, at a real CA: another order is placed, the failure budget is
/// spared. Pebble gives each order a day and its clock cannot be moved, so the date that it writes is
/// changed on the way; an authorization it gives up by itself, when it is asked to.
@Suite struct PebbleExpiryTests {
  let primary: UpdatablePrimary
  let ca: PebbleCA
  let proxy: ACMEProxy
  let folder = TemporaryDirectory()

  init() throws {
    primary = try UpdatablePrimary(.ours)
    var manner = PebbleCA.Manner()
    manner.nonceRejection = 0
    ca = try PebbleCA(dns: "\(primary.address)", manner)
    proxy = try ACMEProxy(ca)
  }

  func shelf() throws -> CertificateShelf {
    try CertificateShelf(directory: folder.file("shelf"), seal: nil)
  }

  func issue(
    until isInterrupted: @escaping () -> Bool = { false },
    telling progress: @escaping (String) -> Void = { _ in }
  ) throws -> [Certificate] {
    var wish = CertificateWish(names: ["shop.example.test"], directory: proxy.directory)
    wish.authorityAnchors = ca.anchors
    let publisher = DynamicUpdateChallenges(
      zone: "example.test", server: primary.address, key: primary.broadKey,
      authorities: [primary.address])
    return try ACMEIssuer(
      wish: wish, shelf: shelf(), publisher: publisher, progress: progress,
      isInterrupted: isInterrupted
    ).issue()
  }

  func leftovers() throws -> Int {
    let question = Question("_acme-challenge.shop.example.test", .txt)
    return try DNSExchange.ask(question, of: primary.address).message.answers.count
  }

  var orders: Int { proxy.log.requests.filter { $0.hasPrefix("POST /order-plz") }.count }

  @Test func anOrderThatRanOutIsPlacedAnewWithoutAValidation() throws {
    let isFirst = Mutex(true)
    proxy.amend { path, text in
      guard path.hasPrefix("/order-plz"), isFirst.withLock({ $0 }),
        let start = text.range(of: "\"expires\": \"")?.upperBound
      else { return nil }
      isFirst.withLock { $0 = false }
      return text.replacingCharacters(in: start..<text.index(start, offsetBy: 4), with: "2020")
    }
    var lines: [String] = []
    let chain = try issue(telling: { lines.append($0) })
    #expect(chain[0].facts.covers(.host("shop.example.test")))
    #expect(lines.contains { $0.contains("the order ran out at 2020-") }, "\(lines)")
    #expect(orders == 2, "\(proxy.log.requests)")
    #expect(ca.validations == 1)
    #expect(try leftovers() == 0)
  }

  @Test func anAuthorizationThatIsGoneAfterAPauseIsPlannedAnewAndBurnsNoBudget() throws {
    let isPublished = Mutex(false)
    #expect(throws: IssuanceFailure.self) {
      try issue(
        until: { isPublished.withLock { $0 } },
        telling: { line in
          if line.contains("was published") { isPublished.withLock { $0 = true } }
        })
    }
    #expect(try leftovers() == 0)
    // The account's own word, given elsewhere meanwhile (RFC 8555 §7.5.2).
    let key = try #require(try shelf().key("account"))
    let record = try #require(try shelf().issuance())
    let client = try ACMEClient(
      directoryURL: proxy.directory, transport: try ca.client(), signer: try AccountKey(key),
      accountURL: record.accountURL)
    let order = try client.order(try #require(record.orderURL)).0
    for url in order.authorizations { try client.deactivate(authorization: url) }
    var lines: [String] = []
    let chain = try issue(telling: { lines.append($0) })
    #expect(chain[0].facts.covers(.host("shop.example.test")))
    #expect(lines.contains { $0.contains("is deactivated; another order is placed") }, "\(lines)")
    #expect(orders == 2, "\(proxy.log.requests)")
    #expect(ca.validations == 1, "the one that is gone was not asked for")
    #expect(try leftovers() == 0)
  }
}
