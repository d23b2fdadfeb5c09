import DNSModel
import DNSProviders
import Foundation
import Notation
import SystemIO
import TestSupport

/// A real primary that takes signed updates for `api.example.test` and nothing else, with the rights
/// that our own text asks for.
public final class UpdatablePrimary: Sendable {
  public enum Kind: String, Sendable, CaseIterable { case bind, knot }

  public static let zone = zone(ttl: 300)

  /// The alias with a TTL of one's choice; denials are kept as long.
  public static func zone(ttl: Int) -> String {
    """
    $TTL \(ttl)
    @ IN SOA ns1 hostmaster 1 3600 900 86400 \(ttl)
    @ IN NS ns1
    ns1 IN A 127.0.0.1
    api \(ttl) IN CNAME old.example.net.
    *.wild \(ttl) IN CNAME old.example.net.

    """
  }

  /// A canary: it must turn up nowhere.
  public static let secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=="

  public let directory = TemporaryDirectory()
  public let address: SocketAddress
  /// The key with just the rights it needs, and one that may do anything.
  public let key: SecretReference
  public let broadKey: SecretReference
  private let server: ServerProcess

  public init(
    _ kind: Kind, name: DomainName = DNSProviderConformance.scope.name, ttl: Int = 300
  ) throws {
    let port = try FreePort.next()
    address = .loopback(port: port)
    let scope = ProviderScope(zone: "example.test", name: name)
    directory.write("example.test.zone", Self.zone(ttl: ttl))
    key = try Self.writeKey("mover", in: directory)
    broadKey = try Self.writeKey("broad", in: directory)
    let rights = LeastPrivilege(scope: scope, key: "mover")
    switch kind {
    case .bind:
      directory.write(
        "named.conf", Self.bindConfiguration(rights.bind, port: port, in: directory.path))
      server = try ServerProcess("named", ["-g", "-c", directory.file("named.conf")])
    case .knot:
      directory.write(
        "knot.conf", Self.knotConfiguration(rights.knot, port: port, in: directory.path))
      server = try ServerProcess("knotd", ["-c", directory.file("knot.conf")])
    }
    let provider = provider()
    _ = try server.wait(for: "\(kind) to answer") { try? provider.read() }
  }

  public func provider(
    _ scope: ProviderScope = DNSProviderConformance.scope, key: SecretReference? = nil
  ) -> DynamicUpdateProvider {
    DynamicUpdateProvider(
      scope: scope, server: address, key: key ?? self.key, patience: .seconds(5))
  }

  private static func writeKey(
    _ name: String, in directory: TemporaryDirectory
  ) throws -> SecretReference {
    let file = directory.write(name, "hmac-sha256:\(name):\(secret)\n")
    return try SecretReference(parsing: "file:\(file)")
  }

  private static func bindConfiguration(
    _ rights: String, port: UInt16, in path: String
  ) -> String {
    let keys = ["mover", "broad"].map {
      "key \"\($0)\" { algorithm hmac-sha256; secret \"\(secret)\"; };\n"
    }
    let grant = rights.replacingOccurrences(
      of: "update-policy {", with: "update-policy {\n    grant broad zonesub ANY;")
    return """
      \(keys.joined())
      options {
        directory "\(path)"; pid-file none; session-keyfile "\(path)/session.key";
        listen-on port \(port) { 127.0.0.1; }; listen-on-v6 { none; };
        recursion no; dnssec-validation no; notify no; querylog no;
      };
      controls { };
      zone "example.test" {
        type primary; file "example.test.zone";
      \(grant)
      };
      """
  }

  private static func knotConfiguration(
    _ rights: String, port: UInt16, in path: String
  ) -> String {
    let keys = ["mover", "broad"].map {
      "  - id: \($0)\n    algorithm: hmac-sha256\n    secret: \(secret)\n"
    }
    return """
      server:
        rundir: "\(path)"
        listen: 127.0.0.1@\(port)
      database:
        storage: "\(path)"
      key:
      \(keys.joined())
      \(rights)
        - id: anything
          key: broad
          action: update
        - id: ask
          key: [ mover, broad ]
          action: query
      zone:
        - domain: example.test
          storage: "\(path)"
          file: example.test.zone
          acl: [ cutover-move, anything, ask ]
      """
  }
}
