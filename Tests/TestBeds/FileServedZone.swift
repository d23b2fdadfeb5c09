import DNSModel
import DNSTransport
import Foundation
import SystemIO
import TestSupport

/// A real primary that serves `example.test` from a file that is edited beside it, and the command that
/// tells it so.
public final class FileServedZone {
  public let directory = TemporaryDirectory()
  public let address: SocketAddress
  public let reload: [String]
  private let server: ServerProcess

  public var path: String { directory.file("example.test.zone") }
  public var text: String { (try? directory.read("example.test.zone")) ?? "" }

  /// `kind`: BIND, or ours. `ttl`: of the alias.
  public init(_ kind: UpdatablePrimary.Kind, ttl: Int = 300) throws {
    let port = try FreePort.next()
    address = .loopback(port: port)
    directory.write("example.test.zone", UpdatablePrimary.zone(ttl: ttl))
    if kind == .bind {
      directory.write(
        "named.conf",
        """
        options {
          directory "\(directory.path)"; pid-file "\(directory.file("named.pid"))";
          session-keyfile "\(directory.file("session.key"))";
          listen-on port \(port) { 127.0.0.1; }; listen-on-v6 { none; };
          recursion no; dnssec-validation no; notify no;
        };
        controls { };
        zone "example.test" { type primary; file "example.test.zone"; };
        """)
      server = try ServerProcess("named", ["-g", "-c", directory.file("named.conf")])
      reload = [
        directory.write(
          "reload", "#!/bin/sh\nkill -HUP $(cat \(directory.file("named.pid")))\n", mode: 0o700)
      ]
    } else {
      let control = directory.file("control")
      server = try ServerProcess(
        Programs.cutover(),
        [
          "dns", "--zone", "example.test=\(directory.file("example.test.zone"))", "--listen",
          "127.0.0.1:\(port)", "--control", control,
        ])
      reload = [try Programs.cutover(), "dns", "ctl", "reload", "--control", control]
    }
    let address = address
    _ = try server.wait(for: "\(kind) to answer") {
      try? DNSExchange.ask(Question("example.test", .soa), of: address).message.answers.first
    }
  }
}
