import DNSModel
import DNSTransport
import Foundation
import Notation
import SystemIO
import TestSupport

/// Resolvers of four makers, each with a cache of its own, sent to one scripted authority for
/// `bed.test`; each is told to keep nothing shorter than `floor`.
enum Maker: String, CaseIterable, Sendable, CustomStringConvertible {
  case unbound, bind, knot, powerdns

  var description: String { rawValue }

  func configuration(port: UInt16, authority: UInt16, floor: Int, folder: String) -> String {
    switch self {
    case .unbound:
      return """
        server:
          interface: 127.0.0.1
          port: \(port)
          do-not-query-localhost: no
          username: ""
          chroot: ""
          directory: "\(folder)"
          pidfile: "\(folder)/pid"
          use-syslog: no
          module-config: "iterator"
          local-zone: "test." nodefault
          cache-min-ttl: \(floor)
        remote-control:
          control-enable: no
        stub-zone:
          name: "bed.test"
          stub-addr: 127.0.0.1@\(authority)
        """
    case .bind:
      return """
        options {
          directory "\(folder)"; pid-file none; session-keyfile "\(folder)/key";
          listen-on port \(port) { 127.0.0.1; }; listen-on-v6 { none; };
          recursion yes; dnssec-validation no; allow-query { any; }; qname-minimization off;
          min-cache-ttl \(floor);
        };
        controls { };
        zone "bed.test" { type forward; forward only; forwarders { 127.0.0.1 port \(authority); }; };
        """
    case .knot:
      return """
        net.listen('127.0.0.1', \(port), { kind = 'dns' })
        trust_anchors.remove('.')
        cache.storage = 'lmdb://\(folder)'
        cache.size = 10 * MB
        cache.min_ttl(\(floor))
        policy.add(policy.suffix(policy.FORWARD('127.0.0.1@\(authority)'), { todname('bed.test') }))
        """
    case .powerdns:
      return """
        local-address=127.0.0.1
        local-port=\(port)
        forward-zones=bed.test=127.0.0.1:\(authority)
        dont-query=
        dnssec=off
        socket-dir=\(folder)
        minimum-ttl-override=\(floor)
        daemon=no
        disable-syslog=yes
        threads=1
        """
    }
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

  init(_ maker: Maker, authority: SocketAddress, floor: Int = 0, extra: String = "") throws {
    let port = try FreePort.next()
    let folder = TemporaryDirectory()
    let (program, arguments, file) = maker.arguments(folder: folder.path)
    var text = maker.configuration(
      port: port, authority: authority.port, floor: floor, folder: folder.path)
    text = text.replacingOccurrences(of: "remote-control:", with: extra + "remote-control:")
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
