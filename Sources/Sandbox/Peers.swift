import DNSModel
import Notation
import Routers
import SystemIO

/// HAProxy as the global router: it ends TLS, asks each region for its health, and shows regions what
/// lets it in.
final class RouterPeer: @unchecked Sendable {
  let runtime: HAProxyRuntime
  let certificateList: String
  private let process: TiedProcess
  static let backend = "regions"

  init(_ places: SandboxPlaces, certificate: Secret, token: Secret) throws {
    let list = places.file("certificates.txt")
    certificateList = list
    let socket = places.file("haproxy.sock")
    let first = places.file("edge.pem")
    try certificate.reveal { try AtomicFile.replace(first, with: $0) }
    try AtomicFile.replace(list, with: Array((first + "\n").utf8))
    try token.reveal { token in
      let text = Self.settings(
        places, socket: socket, list: list, token: String(decoding: token, as: UTF8.self)
      )
      try AtomicFile.replace(places.file("haproxy.cfg"), with: Array(text.utf8))
    }
    runtime = HAProxyRuntime(socket: HAProxySocket(path: socket), backend: Self.backend)
    process = try TiedProcess(
      ["haproxy", "-db", "-f", places.file("haproxy.cfg")], log: places.file("haproxy.log"))
  }

  /// A connection that cannot be made is tried elsewhere, whatever it is for: nothing was sent yet. A
  /// request that was sent and got no answer is tried again only where that is harmless (not POST).
  private static func settings(
    _ places: SandboxPlaces, socket: String, list: String, token: String
  ) -> String {
    """
    global
      stats socket \(socket) mode 600 level admin
      maxconn 2000
      log stdout format raw local0
    defaults
      log global
      mode http
      timeout connect 500ms
      timeout client 30s
      timeout server 5s
      timeout http-keep-alive 10s
      retries 3
      option redispatch 1
      retry-on conn-failure empty-response response-timeout 503
    frontend edge
      bind \(places.edge) ssl crt-list \(list)
      unique-id-format %{+X}o\\ %Ts-%rt-%pid
      unique-id-header X-Request-ID
      log-format "%ID %s %ST %Tr"
      http-request deny deny_status 403 if { url_sub -i %3Cscript }
      http-request del-header \(Origin.tokenHeader)
      http-request set-header \(Origin.tokenHeader) \(token)
      http-request disable-l7-retry if METH_POST
      default_backend \(backend)
    backend \(backend)
      balance random
      http-reuse never
      option httpchk
      http-check send meth GET uri /health ver HTTP/1.1 hdr Host \(NameService.name.host) hdr \(Origin.tokenHeader) \(token)
      http-check expect status 200

    """
  }

  func awaitReady(within patience: TimeSpan) throws {
    let end = SystemClock.sinceBoot() + patience
    while (try? runtime.servers()) == nil {
      guard process.isRunning, SystemClock.sinceBoot() < end else {
        throw SandboxError("HAProxy does not answer: \(process.lastWords)")
      }
      SystemClock.pause(until: SystemClock.sinceBoot() + .milliseconds(20))
    }
  }

  func stop() { process.stop() }
}

/// Unbound, a resolver that is not ours. (It asks the sandbox's authorities by address, since it looks
/// for delegations on port 53 only.)
final class UnboundPeer: @unchecked Sendable {
  private let process: TiedProcess

  init(_ places: SandboxPlaces, at address: SocketAddress) throws {
    let stubs = SandboxZones.all.filter { !$0.origin.isRoot }.map { zone in
      let hosts =
        zone.origin == NameService.zone
        ? [SandboxPlaces.primary, SandboxPlaces.secondary] : [SandboxPlaces.platforms]
      let lines = hosts.map { "  stub-addr: \($0)@\(places.authorityPort)\n" }.joined()
      return "stub-zone:\n  name: \"\(zone.origin)\"\n\(lines)"
    }
    let text = """
      server:
        interface: \(address.host)@\(address.port)
        username: ""
        chroot: ""
        directory: "\(places.folder)"
        pidfile: ""
        use-syslog: no
        do-daemonize: no
        do-not-query-localhost: no
        access-control: 127.0.0.0/8 allow
        module-config: "iterator"
        num-threads: 1
        outgoing-range: 64
        num-queries-per-thread: 32
        so-rcvbuf: 0
        verbosity: 0
      remote-control:
        control-enable: no
      \(stubs.joined())
      """
    let file = places.file("unbound.conf")
    try AtomicFile.replace(file, with: Array((text + "\n").utf8))
    process = try TiedProcess(["unbound", "-d", "-c", file], log: places.file("unbound.log"))
  }

  var isRunning: Bool { process.isRunning }
  var lastWords: String { process.lastWords }

  func stop() { process.stop() }
}
