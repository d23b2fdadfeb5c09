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
  let bed: ProxiedCA

  init() throws { bed = try ProxiedCA(.ours) }

  func issue(
    until isInterrupted: @escaping () -> Bool = { false },
    telling progress: @escaping (String) -> Void = { _ in }
  ) throws -> [Certificate] {
    try ACMEIssuer(
      wish: bed.wish(["shop.example.test"]), shelf: bed.shelf("shelf"), publisher: bed.publisher,
      progress: progress, isInterrupted: isInterrupted
    ).issue()
  }

  func leftovers() throws -> Int { try bed.leftovers("shop.example.test") }

  @Test func anOrderThatRanOutIsPlacedAnewWithoutAValidation() throws {
    let isFirst = Mutex(true)
    bed.proxy.amend { path, text in
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
    #expect(bed.orders == 2, "\(bed.proxy.log.requests)")
    #expect(bed.ca.validations == 1)
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
    let key = try #require(try bed.shelf("shelf").key("account"))
    let record = try #require(try bed.shelf("shelf").issuance())
    let client = try ACMEClient(
      directoryURL: bed.proxy.directory, transport: try bed.ca.client(),
      signer: try AccountKey(key),
      accountURL: record.accountURL)
    let order = try client.order(try #require(record.orderURL)).0
    for url in order.authorizations { try client.deactivate(authorization: url) }
    var lines: [String] = []
    let chain = try issue(telling: { lines.append($0) })
    #expect(chain[0].facts.covers(.host("shop.example.test")))
    #expect(lines.contains { $0.contains("is deactivated; another order is placed") }, "\(lines)")
    #expect(bed.orders == 2, "\(bed.proxy.log.requests)")
    #expect(bed.ca.validations == 1, "the one that is gone was not asked for")
    #expect(try leftovers() == 0)
  }
}
