import DNSModel
import DNSProviders
import Foundation
import Glibc
import Notation
import SystemIO
import TestSupport

/// A real primary that takes signed updates for `api.example.test` and nothing else, with the rights
/// that our own text asks for.
public final class UpdatablePrimary: @unchecked Sendable {
  public enum Kind: String, Sendable {
    case bind, knot
    /// `cutover dns`
    case ours

    /// Those that others wrote.
    public static let peers = [Kind.bind, .knot]
  }

  public static let zone = zone(ttl: 300)

  /// The alias with a TTL of one's choice; denials are kept as long. `names`: further ones like it.
  public static func zone(ttl: Int, names: [String] = []) -> String {
    """
    $TTL \(ttl)
    @ IN SOA ns1 hostmaster 1 3600 900 86400 \(ttl)
    @ IN NS ns1
    ns1 IN A 127.0.0.1
    api \(ttl) IN CNAME old.example.net.
    *.wild \(ttl) IN CNAME old.example.net.

    """ + names.map { "\($0) \(ttl) IN CNAME old.example.net.\n" }.joined()
  }

  /// A canary: it must turn up nowhere.
  public static let secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=="

  public let directory = TemporaryDirectory()
  public let address: SocketAddress
  /// The key with just the rights it needs, and one that may do anything.
  public let key: SecretReference
  public let broadKey: SecretReference
  private let start: () throws -> ServerProcess
  private var server: ServerProcess

  /// `names`: more labels than `api` that move (ours only); `follow`: a state directory that ours shows.
  public init(
    _ kind: Kind, name: DomainName = DNSProviderConformance.scope.name, ttl: Int = 300,
    names: [String] = [], follow: String? = nil
  ) throws {
    let port = try FreePort.next()
    address = .loopback(port: port)
    let scope = ProviderScope(zone: "example.test", name: name)
    directory.write("example.test.zone", Self.zone(ttl: ttl, names: names))
    key = try Self.writeKey("mover", in: directory)
    broadKey = try Self.writeKey("broad", in: directory)
    let rights = LeastPrivilege(scope: scope, key: "mover")
    switch kind {
    case .bind:
      directory.write(
        "named.conf", Self.bindConfiguration(rights.bind, port: port, in: directory.path))
      let words = ["-g", "-c", directory.file("named.conf")]
      start = { try ServerProcess("named", words) }
    case .knot:
      directory.write(
        "knot.conf", Self.knotConfiguration(rights.knot, port: port, in: directory.path))
      let words = ["-c", directory.file("knot.conf")]
      start = { try ServerProcess("knotd", words) }
    case .ours:
      let words = Self.ownWords(
        name: name, names: names, port: port, in: directory, follow: follow)
      start = { try ServerProcess(Programs.cutover(), words) }
    }
    server = try start()
    let provider = provider()
    _ = try server.wait(for: "\(kind) to answer") { try? provider.read() }
  }

  /// `detour`: where its messages go first.
  public func provider(
    _ scope: ProviderScope = DNSProviderConformance.scope, key: SecretReference? = nil,
    at detour: SocketAddress? = nil
  ) -> DynamicUpdateProvider {
    DynamicUpdateProvider(
      scope: scope, server: detour ?? address, key: key ?? self.key, patience: .seconds(5))
  }

  /// Killed, and started again on what it has on disk.
  public func restart() throws {
    server.stop()
    server = try start()
    let provider = provider()
    _ = try server.wait(for: "the server to answer again") { try? provider.read() }
  }

  private static func ownWords(
    name: DomainName, names: [String], port: UInt16, in directory: TemporaryDirectory,
    follow: String?
  ) -> [String] {
    var words = [
      "dns", "--zone", "example.test=\(directory.file("example.test.zone"))", "--listen",
      "127.0.0.1:\(port)", "--state", directory.path, "--allow-update", "key=broad",
    ]
    for key in ["mover", "broad"] { words += ["--key", "\(key):\(directory.file(key))"] }
    for name in [name.host] + names.map({ "\($0).example.test" }) {
      for rule in ["name=\(name),type=CNAME", "name=_fence.\(name),type=TXT"] {
        words += ["--allow-update", "key=mover,\(rule)"]
      }
    }
    return words + (follow.map { ["--follow", $0] } ?? [])
  }

  private static func writeKey(
    _ name: String, in directory: TemporaryDirectory
  ) throws -> SecretReference {
    let file = directory.write(name, "hmac-sha256:\(name):\(secret)\n")
    chmod(file, 0o600)
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
