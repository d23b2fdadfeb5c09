import DNSModel
import Foundation
import SystemIO
import TestSupport

@testable import DNSServer

/// A recursor from Debian that knows nothing but our root, and follows our delegations.
final class Recursor {
  enum Kind: String, CaseIterable, Sendable { case unbound, knotResolver, bind, powerdns }

  let kind: Kind
  let port: UInt16
  private let folder = TemporaryDirectory()
  private let process: ServerProcess

  init(_ kind: Kind, root: SocketAddress) throws {
    self.kind = kind
    port = try FreePort.next()
    folder.write("root.hints", ". 3600 NS a.root.\na.root. 3600 A \(root.host)\n")
    switch kind {
    case .unbound:
      process = try ServerProcess(
        "unbound", ["-d", "-c", folder.write("conf", Self.unbound(port, folder.path))])
    case .knotResolver:
      process = try ServerProcess(
        "kresd",
        ["-n", "-c", folder.write("conf", Self.knotResolver(port, folder.path)), folder.path])
    case .bind:
      process = try ServerProcess(
        "named", ["-g", "-n", "1", "-c", folder.write("conf", Self.bind(port, folder.path))])
    case .powerdns:
      folder.write("recursor.conf", Self.powerdns(port, folder.path))
      process = try ServerProcess("pdns_recursor", ["--config-dir=\(folder.path)"])
    }
    _ = try process.wait(for: "\(kind) to answer") {
      let reply = try? ask(Question(".", .ns), milliseconds: 500)
      return reply?.responseCode == .noError ? true : nil
    }
  }

  var log: String { process.stderr + process.stdout }

  /// The resolver's answer, over TCP where it does not fit a datagram.
  func ask(_ question: Question, milliseconds: Int = 8000) throws -> Message? {
    let message = Message(
      asking: question, id: UInt16.random(in: 1...65_000), recursionDesired: true)
    let socket = try UDPSocket(bindingTo: .loopback())
    socket.becomeBlocking(wakingEvery: milliseconds)
    try socket.connect(to: .loopback(port: port))
    socket.send(message.encoded())
    guard let (bytes, _) = socket.receive() else { return nil }
    let reply = try Message(parsing: bytes)
    guard reply.header.isTruncated else { return reply }
    let client = try BareClient(to: .loopback(port: port))
    client.send(BareClient.framed(message.encoded()))
    return try client.message().map { bytes throws in try Message(parsing: bytes) }
  }

  private static func unbound(_ port: UInt16, _ folder: String) -> String {
    UnboundText.text(
      port: port, folder: folder,
      server: [
        "do-not-query-localhost: no", "root-hints: \"\(folder)/root.hints\"",
        "module-config: \"iterator\"", "use-caps-for-id: yes", "do-ip6: no",
      ])
  }

  private static func knotResolver(_ port: UInt16, _ folder: String) -> String {
    """
    net.ipv6 = false
    net.listen('127.0.0.1', \(port), { kind = 'dns' })
    modules = { 'hints > iterate' }
    hints.root_file('\(folder)/root.hints')
    trust_anchors.remove('.')
    option('ALLOW_LOCAL', true)
    cache.size = 4 * MB

    """
  }

  private static func bind(_ port: UInt16, _ folder: String) -> String {
    """
    options { directory "\(folder)"; pid-file none; listen-on port \(port) { 127.0.0.1; };
      listen-on-v6 { none; }; recursion yes; dnssec-validation no; empty-zones-enable no;
      session-keyfile "\(folder)/session.key"; };
    controls { };
    zone "." { type hint; file "root.hints"; };

    """
  }

  private static func powerdns(_ port: UInt16, _ folder: String) -> String {
    """
    local-address=127.0.0.1
    local-port=\(port)
    hint-file=\(folder)/root.hints
    dont-query=
    dnssec=off
    security-poll-suffix=
    socket-dir=\(folder)
    setuid=
    setgid=
    threads=1
    write-pid=no

    """
  }
}
