import Foundation
import HTTP
import Routers
import TestSupport

/// A real HAProxy with one HTTPS frontend and one backend of regions, on loopback, in a directory of its
/// own.
public final class HAProxyBed {
  public let folder = TemporaryDirectory()
  public let process: ServerProcess
  public let port: UInt16
  public let runtime: HAProxyRuntime
  public var certificateList: String { folder.file("certificates.txt") }

  /// `defaultName`: whom the certificate is for that it begins with.
  public init(defaultName: String = "api.example.test") throws {
    port = try FreePort.next()
    try Self.makeCertificate(folder, name: defaultName, file: "first.pem")
    folder.write("certificates.txt", folder.file("first.pem") + "\n")
    folder.write(
      "haproxy.cfg",
      """
      global
        stats socket \(folder.file("admin.sock")) mode 600 level admin
      defaults
        mode http
        timeout connect 2s
        timeout client 10s
        timeout server 10s
        timeout check 5s
      frontend edge
        bind 127.0.0.1:\(port) ssl crt-list \(folder.file("certificates.txt"))
        default_backend regions
      backend regions
        balance random
        option httpchk GET /health
      """ + "\n")
    process = try ServerProcess("haproxy", ["-f", folder.file("haproxy.cfg"), "-db"])
    let socket = HAProxySocket(path: folder.file("admin.sock"))
    runtime = HAProxyRuntime(socket: socket, backend: "regions")
    _ = try process.wait(for: "HAProxy's runtime socket") { try? socket.ask("show version") }
  }

  /// A self-signed certificate with its key, one PEM.
  @discardableResult
  public static func makeCertificate(
    _ folder: TemporaryDirectory, name: String, file: String
  ) throws -> String {
    let run = try Programs.run(
      "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
        "2",
        "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)",
        "-keyout", folder.file("\(file).key"), "-out", folder.file("\(file).crt"),
      ])
    guard run.status == 0 else { throw ProgramFailure(description: "\(run)") }
    let pem = try folder.read("\(file).crt") + folder.read("\(file).key")
    folder.write(file, pem)
    return pem
  }

  /// Asks the router for the name; trusting only `anchor` (PEM) when one is given.
  public func get(_ path: String = "/", name: String = "api.example.test", anchor: String? = nil)
    throws
    -> HTTPResponse
  {
    var options = HTTPClient.Options()
    options.trust = anchor.map { .anchors(pem: Array($0.utf8)) } ?? .nobodyChecks
    options.connectTo = "127.0.0.1:\(port)"
    options.isFreshEachTime = true
    return try HTTPClient(options).send(HTTPRequest("GET", "https://\(name)\(path)"))
  }

  /// Which regions answer, over so many requests.
  public func regionsSeen(requests: Int = 40) throws -> Set<String> {
    var seen: Set<String> = []
    for _ in 0..<requests { seen.insert(String(decoding: try get().body, as: UTF8.self)) }
    return seen
  }

  public func waitUntil(_ what: String, _ condition: () throws -> Bool) throws {
    _ = try process.wait(for: what) { try condition() ? true : nil }
  }
}

/// A regional origin whose health can be switched off.
public final class Region: @unchecked Sendable {
  private let lock = NSLock()
  private var healthy = true
  private var serving: HTTPServer!
  private let finished = DispatchSemaphore(value: 0)

  public init(_ name: String) throws {
    serving = try HTTPServer { [unowned self] request in
      let isFine = request.path != "/health" || isHealthy
      return .send(
        HTTPResponse(
          status: isFine ? 200 : 503, headers: [HTTPHeader("Content-Type", "text/plain")],
          body: Array(name.utf8)))
    }
    let (server, finished) = (serving!, finished)
    Thread.detachNewThread {
      server.run()
      finished.signal()
    }
  }

  deinit {
    serving.stop()
    finished.wait()
  }

  public var address: String { "127.0.0.1:\(serving.port)" }

  public var isHealthy: Bool {
    get { lock.withLock { healthy } }
    set { lock.withLock { healthy = newValue } }
  }
}
