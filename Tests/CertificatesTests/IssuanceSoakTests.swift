import Certificates
import DNSModel
import DNSProviders
import DNSTransport
import Migration
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// A hundred certificates in a row from a CA that rejects every second nonce and takes its time.
@Suite struct IssuanceSoakTests {
  @Test(.enabled(if: Soak.isOn)) func aHundredIssuancesWithoutAFailure() throws {
    let primary = try UpdatablePrimary(.bind)
    let folder = TemporaryDirectory()
    var manner = PebbleCA.Manner()
    manner.isSlow = true
    let ca = try PebbleCA(dns: "\(primary.address)", manner)
    let publisher = DynamicUpdateChallenges(
      zone: "example.test", server: primary.address, key: primary.broadKey,
      authorities: [primary.address])
    var serials: Set<[UInt8]> = []
    for number in 1...100 {
      let name = try DomainName(parsing: "soak\(number).example.test")
      let names: [DomainName] =
        number.isMultiple(of: 3) ? ["example.test", "*.example.test"] : [name]
      var wish = CertificateWish(names: names, directory: ca.directory)
      wish.authorityAnchors = ca.anchors
      let shelf = try CertificateShelf(directory: folder.file("shelf\(number % 7)"), seal: nil)
      let chain = try ACMEIssuer(wish: wish, shelf: shelf, publisher: publisher).issue()
      serials.insert(chain[0].facts.serialNumber)
      let domain = names[0]
      let challenge = try #require(domain.prepending("_acme-challenge"))
      let left = try DNSExchange.ask(Question(challenge, .txt), of: primary.address).message
      #expect(left.answers.isEmpty, "issuance \(number)")
    }
    #expect(serials.count == 100)
  }
}
