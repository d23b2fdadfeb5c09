import DNSModel
import DNSTransport
import Foundation
import Notation
import SystemIO
import TestSupport

/// What a resolver is told to be, besides sent to one scripted authority for `bed.test`.
struct ResolverHabits: Sendable {
  /// Nothing is kept shorter than this.
  var floor = 0
  /// … or longer than this.
  var cap = 86400
  var servesStale = false
  var encryption: Encryption?

  struct Encryption: Sendable {
    var chain: String
    var key: String
    var tlsPort: UInt16
    var httpsPort: UInt16
  }
}

/// Resolvers of four makers, each with a cache of its own.
enum Maker: String, CaseIterable, Sendable, CustomStringConvertible {
  case unbound, bind, knot, powerdns

  var description: String { rawValue }

  func configuration(
    port: UInt16, authority: UInt16, _ habits: ResolverHabits, folder: String
  ) -> String {
    switch self {
    case .unbound: Self.unbound(port, authority, habits, folder)
    case .bind: Self.bind(port, authority, habits, folder)
    case .knot: Self.knot(port, authority, habits, folder)
    case .powerdns: Self.powerdns(port, authority, habits, folder)
    }
  }

  private static func unbound(
    _ port: UInt16, _ authority: UInt16, _ habits: ResolverHabits, _ folder: String
  ) -> String {
    var lines = [
      "server:", "interface: 127.0.0.1@\(port)", "do-not-query-localhost: no", "username: \"\"",
      "chroot: \"\"", "directory: \"\(folder)\"", "pidfile: \"\(folder)/pid\"", "use-syslog: no",
      "module-config: \"iterator\"", "local-zone: \"test.\" nodefault",
      "cache-min-ttl: \(habits.floor)", "cache-max-ttl: \(habits.cap)",
    ]
    if habits.servesStale {
      lines += ["serve-expired: yes", "ede: yes", "ede-serve-expired: yes"]
    }
    if let encryption = habits.encryption {
      lines += [
        "interface: 127.0.0.1@\(encryption.tlsPort)",
        "interface: 127.0.0.1@\(encryption.httpsPort)",
        "tls-port: \(encryption.tlsPort)", "https-port: \(encryption.httpsPort)",
        "tls-service-pem: \"\(encryption.chain)\"", "tls-service-key: \"\(encryption.key)\"",
      ]
    }
    lines += [
      "remote-control:", "control-enable: no", "stub-zone:", "name: \"bed.test\"",
      "stub-addr: 127.0.0.1@\(authority)", "",
    ]
    return lines.joined(separator: "\n")
  }

  private static func bind(
    _ port: UInt16, _ authority: UInt16, _ habits: ResolverHabits, _ folder: String
  ) -> String {
    let stale =
      habits.servesStale
      ? "stale-cache-enable yes; stale-answer-enable yes; stale-answer-client-timeout 0;" : ""
    return """
      options {
        directory "\(folder)"; pid-file none; session-keyfile "\(folder)/key";
        listen-on port \(port) { 127.0.0.1; }; listen-on-v6 { none; };
        recursion yes; dnssec-validation no; allow-query { any; }; qname-minimization off;
        min-cache-ttl \(min(habits.floor, 90)); max-cache-ttl \(habits.cap); \(stale)
      };
      controls { };
      zone "bed.test" { type forward; forward only; forwarders { 127.0.0.1 port \(authority); }; };
      """
  }

  private static func knot(
    _ port: UInt16, _ authority: UInt16, _ habits: ResolverHabits, _ folder: String
  ) -> String {
    var lines = ["net.listen('127.0.0.1', \(port), { kind = 'dns' })"]
    if let encryption = habits.encryption {
      lines += [
        "net.listen('127.0.0.1', \(encryption.tlsPort), { kind = 'tls' })",
        "net.listen('127.0.0.1', \(encryption.httpsPort), { kind = 'doh2' })",
        "net.tls('\(encryption.chain)', '\(encryption.key)')",
      ]
    }
    lines += [
      "trust_anchors.remove('.')", "cache.storage = 'lmdb://\(folder)'", "cache.size = 10 * MB",
      "cache.min_ttl(\(habits.floor))", "cache.max_ttl(\(habits.cap))",
    ]
    if habits.servesStale { lines.append("modules.load('serve_stale < cache')") }
    lines += [
      "policy.add(policy.suffix(policy.FORWARD('127.0.0.1@\(authority)'), { todname('bed.test') }))",
      "",
    ]
    return lines.joined(separator: "\n")
  }

  private static func powerdns(
    _ port: UInt16, _ authority: UInt16, _ habits: ResolverHabits, _ folder: String
  ) -> String {
    """
    local-address=127.0.0.1
    local-port=\(port)
    forward-zones=bed.test=127.0.0.1:\(authority)
    dont-query=
    dnssec=off
    socket-dir=\(folder)
    minimum-ttl-override=\(habits.floor)
    max-cache-ttl=\(habits.cap)
    packetcache-ttl=0
    serve-stale-extensions=\(habits.servesStale ? 10 : 0)
    daemon=no
    disable-syslog=yes
    threads=1
    """
  }

  func arguments(folder: String) -> (program: String, arguments: [String], file: String) {
    switch self {
    case .unbound: ("unbound", ["-d", "-c", "\(folder)/conf"], "conf")
    case .bind: ("named", ["-g", "-c", "\(folder)/conf"], "conf")
    case .knot: ("kresd", ["-n", "-c", "\(folder)/conf", folder], "conf")
    case .powerdns: ("pdns_recursor", ["--config-dir=\(folder)"], "recursor.conf")
    }
  }
}

final class RealResolver {
  let address: SocketAddress
  private let process: ServerProcess
  private let folder: TemporaryDirectory

  init(
    _ maker: Maker, authority: SocketAddress, _ habits: ResolverHabits = ResolverHabits()
  ) throws {
    let port = try FreePort.next()
    let folder = TemporaryDirectory()
    let (program, arguments, file) = maker.arguments(folder: folder.path)
    let text = maker.configuration(
      port: port, authority: authority.port, habits, folder: folder.path)
    try text.write(toFile: folder.file(file), atomically: true, encoding: .utf8)
    address = .loopback(port: port)
    self.folder = folder
    process = try ServerProcess(program, arguments)
    let place = address
    _ = try process.wait(for: "\(maker) to answer") {
      var request = DNSRequest(
        Question("ready.bed.test", .cname), to: place, recursionDesired: true)
      request.attempts = 1
      request.patience = .milliseconds(300)
      return try? DNSExchange.perform(request, within: .seconds(1))
    }
  }
}
