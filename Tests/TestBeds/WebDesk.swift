import Foundation
import HTTP
import Notation
import SystemIO

/// A small web server whose answers a test turns while it runs, and which remembers what it was asked.
public final class WebDesk: @unchecked Sendable {
  public struct Request: Sendable {
    public let path: String
    public let headers: [HTTPHeader]
    public let body: String

    public func header(_ name: String) -> String? {
      headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
  }

  private let lock = NSLock()
  private var answer: (status: Int, body: String, delay: TimeSpan) = (200, "", .zero)
  private var failuresLeft = 0
  private var asked: [Request] = []
  private var server: HTTPServer!
  private let finished = DispatchSemaphore(value: 0)

  public init() throws {
    server = try HTTPServer { [unowned self] request in
      let answer = lock.withLock {
        asked.append(
          Request(
            path: request.path, headers: request.headers,
            body: String(decoding: request.body, as: UTF8.self)))
        guard failuresLeft > 0 else { return self.answer }
        failuresLeft -= 1
        return (status: 503, body: "not now", delay: .zero)
      }
      let response = HTTPResponse(status: answer.status, body: Array(answer.body.utf8))
      return answer.delay > .zero ? .sendAfter(answer.delay, response) : .send(response)
    }
    let (server, finished) = (server!, finished)
    Foundation.Thread.detachNewThread {
      server.run()
      finished.signal()
    }
  }

  deinit {
    server.stop()
    finished.wait()
  }

  public var address: String { "127.0.0.1:\(server.port)" }
  public var requests: [Request] { lock.withLock { asked } }

  public func answers(_ status: Int = 200, _ body: String = "", after delay: TimeSpan = .zero) {
    lock.withLock { answer = (status, body, delay) }
  }

  public func failsNext(_ count: Int) { lock.withLock { failuresLeft = count } }
}
