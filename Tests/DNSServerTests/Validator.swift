import SystemIO
import TestSupport

/// Unbound, which trusts one key of `example.test` and asks one server for it; what lies below it finds by
/// referrals.
final class Validator {
  let port: UInt16
  private let directory = TemporaryDirectory()
  private let process: ServerProcess

  init(over server: SocketAddress, trusting key: String) throws {
    port = try FreePort.next()
    let configuration = UnboundText.text(
      port: port, folder: directory.path,
      server: [
        "do-not-query-localhost: no", "local-zone: \"test.\" nodefault",
        "trust-anchor: \"\(key.split(separator: ";")[0])\"", "aggressive-nsec: no",
        "qname-minimisation: no",
      ],
      clauses: """
        stub-zone:
          name: "example.test"
          stub-addr: \(server.host)@\(server.port)

        """)
    directory.write("unbound.conf", configuration)
    process = try ServerProcess("unbound", ["-d", "-c", directory.file("unbound.conf")])
    _ = try process.wait(for: "unbound to answer") {
      try? ask("example.test", "SOA").contains("NOERROR") ? true : nil
    }
  }

  /// What `dig` shows of its answer.
  func ask(_ name: String, _ type: String) throws -> String {
    let tries = ["+dnssec", "+tries=2", "+time=5"]
    return try Programs.run("dig", ["@127.0.0.1", "-p", "\(port)"] + tries + [name, type]).stdout
  }
}
