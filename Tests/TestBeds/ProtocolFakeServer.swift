import Foundation
import HTTP
import Notation
import SystemIO
import TLSToolkit

/// The fake of the protocol behind HTTPS, with a root of its own that signs whatever it is asked to.
public final class ProtocolFakeServer {
  public let server: HTTPServer
  /// What the server and its certificates are trusted by.
  public let anchors: [UInt8]
  public var directory: String { "https://127.0.0.1:\(server.port)/directory" }
  private let fake: Guarded
  private let finished = DispatchSemaphore(value: 0)

  private final class Guarded: @unchecked Sendable {
    let fake = ProtocolFakeCA()
    private let lock = Mutex(())
    func use<Result>(_ work: (ProtocolFakeCA) throws -> Result) rethrows -> Result {
      try lock.withLock { _ in try work(fake) }
    }
  }

  /// `life`: of the certificates it signs.
  public init(life: TimeSpan = .days(90)) throws {
    let now = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    let workshop = try CertificateWorkshop(around: now)
    var template = CertificateTemplate(from: now - .hours(1), until: now + .days(1))
    template.addresses = [[127, 0, 0, 1]]
    let key = try PrivateKey.generate(.p256)
    let leaf = try workshop.root.issue(template, for: key)
    anchors = Array(workshop.root.certificate.pem.utf8)
    let context = try TLSContext.server(
      TLSServerSettings(certificate: KeyBag(key: key, certificate: leaf)))
    let guarded = Guarded()
    fake = guarded
    server = try HTTPServer(tls: context) { request in
      let url = "https://\(request.header("Host") ?? "")\(request.target)"
      let reply = guarded.use { fake in
        try? fake.send(HTTPRequest(request.method, url, body: request.body))
      }
      return reply.map { .send($0) } ?? .hangUp
    }
    let base = "https://127.0.0.1:\(server.port)"
    fake.use { fake in
      fake.base = base
      fake.issue = { der in
        guard let request = try? CertificateRequest.read(der),
          let leaf = try? workshop.intermediate.issue(
            request, CertificateTemplate(from: now - .minutes(5), until: now + life))
        else { return [] }
        return Array((leaf.pem + workshop.intermediate.certificate.pem).utf8)
      }
    }
    let (server, finished) = (server, finished)
    Thread.detachNewThread {
      server.run()
      finished.signal()
    }
  }

  deinit {
    server.stop()
    finished.wait()
  }

  public func use<Result>(_ work: (ProtocolFakeCA) throws -> Result) rethrows -> Result {
    try fake.use(work)
  }
}
