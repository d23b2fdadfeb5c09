import Foundation
import HTTP
import TLSToolkit

/// A server that runs beside the test until the test lets go of it.
final class ServingThread {
  let server: HTTPServer
  private let finished = DispatchSemaphore(value: 0)

  var url: String { "http://127.0.0.1:\(server.port)" }

  init(
    tls: TLSContext? = nil, limits: HTTPServer.Limits = HTTPServer.Limits(),
    handler: @escaping HTTPServer.Handler
  ) throws {
    let server = try HTTPServer(tls: tls, limits: limits, handler: handler)
    self.server = server
    let finished = finished
    Thread.detachNewThread {
      server.run()
      finished.signal()
    }
  }

  deinit {
    server.stop()
    finished.wait()
  }
}

extension HTTPReply {
  static func text(_ text: String, status: Int = 200, headers: [HTTPHeader] = []) -> HTTPReply {
    .send(HTTPResponse(status: status, headers: headers, body: Array(text.utf8)))
  }
}
