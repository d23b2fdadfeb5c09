import Foundation
import HTTP
import Notation
import SystemIO
import TLSToolkit
import TestSupport

/// Stands between a client and a real CA: counts the requests, and does something at one of them.
public final class ACMEProxy {
  public enum Moment: Sendable {
    /// The CA never hears of the request.
    case before
    /// The CA has acted, and the client never hears of it.
    case after
  }

  /// What happened so far, seen from the server's thread too.
  public final class Log: Sendable {
    let lines = Mutex<[String]>([])
    let trap = Mutex<(number: Int, moment: Moment, spring: @Sendable () -> Void)?>(nil)

    let amendment = Mutex<(@Sendable (_ path: String, _ text: String) -> String?)?>(nil)

    public var requests: [String] { lines.withLock { $0 } }
  }

  public let log = Log()
  public var port: UInt16 { server.port }
  public var directory: String { "https://127.0.0.1:\(port)/dir" }
  private let server: HTTPServer
  private let finished = DispatchSemaphore(value: 0)

  public init(_ ca: PebbleCA) throws {
    let key = try PrivateKey.read(Array(ca.folder.read("web.key").utf8))
    let certificate = try Certificate.readAll(ca.anchors)[0]
    let context = try TLSContext.server(
      TLSServerSettings(certificate: KeyBag(key: key, certificate: certificate)))
    let forwarder = Forwarder(client: try ca.client(), address: "127.0.0.1:\(ca.port)")
    let log = log
    server = try HTTPServer(tls: context) { request in Self.handle(request, forwarder, log) }
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

  /// From now on: at the request of this number (from 1), once.
  public func set(_ number: Int, _ moment: Moment, _ spring: @escaping @Sendable () -> Void) {
    log.lines.withLock { $0 = [] }
    log.trap.withLock { $0 = (number, moment, spring) }
  }

  /// What the CA writes is changed on the way, where `amendment` has another text for it.
  public func amend(_ amendment: @escaping @Sendable (_ path: String, _ text: String) -> String?) {
    log.amendment.withLock { $0 = amendment }
  }

  private struct Forwarder: @unchecked Sendable {
    /// Used by the server's thread alone.
    let client: HTTPClient
    let address: String
  }

  private static func handle(
    _ request: HTTPServerRequest, _ forwarder: Forwarder, _ log: Log
  ) -> HTTPReply {
    let number = log.lines.withLock { lines in
      lines.append("\(request.method) \(request.path)")
      return lines.count
    }
    let trap = log.trap.withLock { trap -> (moment: Moment, spring: @Sendable () -> Void)? in
      guard let set = trap, set.number == number else { return nil }
      trap = nil
      return (set.moment, set.spring)
    }
    if let trap, trap.moment == .before {
      trap.spring()
      return .hangUp
    }
    let kept = request.headers.filter {
      ["content-type", "accept", "user-agent"].contains($0.name.lowercased())
    }
    let url = "https://\(request.header("Host") ?? "")\(request.target)"
    let forwarded = HTTPRequest(
      request.method, url, headers: kept, body: request.body, connectTo: forwarder.address)
    guard let response = try? forwarder.client.send(forwarded) else { return .hangUp }
    if let trap {
      trap.spring()
      return .hangUp
    }
    let passed = [
      "replay-nonce", "location", "link", "retry-after", "content-type", "cache-control",
    ]
    return .send(
      HTTPResponse(
        status: response.status,
        headers: response.headers.filter { passed.contains($0.name.lowercased()) },
        body: amended(request.path, response.body, log)))
  }

  private static func amended(_ path: String, _ body: [UInt8], _ log: Log) -> [UInt8] {
    guard let amendment = log.amendment.withLock({ $0 }),
      let text = amendment(path, String(decoding: body, as: UTF8.self))
    else { return body }
    return Array(text.utf8)
  }
}
