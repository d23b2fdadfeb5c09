import Certificates
import DNSModel
import DNSProviders
import DNSTransport
import SystemIO
import TestSupport

/// A real Pebble that takes every nonce, behind a proxy that counts what it is asked, and a primary with the
/// proofs that it resolves through.
public final class ProxiedCA {
  public let primary: UpdatablePrimary
  public let ca: PebbleCA
  public let proxy: ACMEProxy
  /// In it: `ca.pem`, which the CA's own server is trusted by.
  public let folder = TemporaryDirectory()

  public init(_ kind: UpdatablePrimary.Kind) throws {
    primary = try UpdatablePrimary(kind)
    var manner = PebbleCA.Manner()
    manner.nonceRejection = 0
    ca = try PebbleCA(dns: "\(primary.address)", manner)
    proxy = try ACMEProxy(ca)
    folder.write("ca.pem", String(decoding: ca.anchors, as: UTF8.self))
  }

  public func wish(_ names: [DomainName]) -> CertificateWish {
    var wish = CertificateWish(names: names, directory: proxy.directory)
    wish.authorityAnchors = ca.anchors
    return wish
  }

  public var publisher: DynamicUpdateChallenges {
    DynamicUpdateChallenges(
      zone: "example.test", server: primary.address, key: primary.broadKey,
      authorities: [primary.address])
  }

  public func shelf(_ name: String) throws -> CertificateShelf {
    try CertificateShelf(directory: folder.file(name), seal: nil)
  }

  public var orders: Int { proxy.log.requests.filter { $0.hasPrefix("POST /order-plz") }.count }

  /// How many proofs for `domain` are still in the zone.
  public func leftovers(_ domain: String) throws -> Int {
    let name = try DomainName(parsing: "_acme-challenge.\(domain)")
    return try DNSExchange.ask(Question(name, .txt), of: primary.address).message.answers.count
  }
}
