import CEvent
import Glibc
import Notation
import TLSToolkit

/// A request as a handler sees it.
public struct HTTPServerRequest: Sendable {
  public let method: String
  /// Path and query as they were sent.
  public let target: String
  public let headers: [HTTPHeader]
  public let body: [UInt8]
  public let peer: String

  public var path: String { String(target.prefix { $0 != "?" }) }

  public func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}

/// What a handler wants done with a request.
public enum HTTPReply: Sendable {
  case send(HTTPResponse)
  /// The same, later: a slow origin.
  case sendAfter(TimeSpan, HTTPResponse)
  /// The connection is closed without a word: an origin that dies in the middle.
  case hangUp
}

/// A small HTTP/1.1 server on libevent: limits, keep-alive, TLS. One thread runs it; handlers run on
/// that thread and must be quick.
public final class HTTPServer: @unchecked Sendable {
  public struct Limits: Sendable {
    public var body = 1 << 20
    public var headers = 32 << 10
    public var idle: TimeSpan = .seconds(60)

    public init() {}
  }

  public typealias Handler = @Sendable (HTTPServerRequest) -> HTTPReply

  public let address: String
  public let port: UInt16
  private let base: OpaquePointer
  private let server: OpaquePointer
  private let handler: Handler
  private let tls: TLSContext?

  /// Listens at once; answers as soon as `run` does. Port 0 takes any free one.
  public init(
    address: String = "127.0.0.1", port: UInt16 = 0, tls: TLSContext? = nil,
    limits: Limits = Limits(), handler: @escaping Handler
  ) throws(HTTPError) {
    guard Self.isLibraryReady, let base = event_base_new(), let server = evhttp_new(base) else {
      throw .unavailable("libevent could not be initialised")
    }
    evhttp_set_max_body_size(server, limits.body)
    evhttp_set_max_headers_size(server, limits.headers)
    evhttp_set_timeout(server, Int32(clamping: limits.idle.secondsRoundedUp))
    evhttp_set_allowed_methods(server, Self.methods)
    guard let bound = evhttp_bind_socket_with_handle(server, address, port),
      let chosen = Self.port(of: evhttp_bound_socket_get_fd(bound))
    else {
      let reason = String(cString: strerror(errno))
      evhttp_free(server)
      event_base_free(base)
      throw .cannotConnect("cannot listen on \(address):\(port): \(reason)")
    }
    // Without it every small TLS answer waits for the peer's delayed acknowledgement.
    var on: Int32 = 1
    setsockopt(
      evhttp_bound_socket_get_fd(bound), Int32(IPPROTO_TCP), TCP_NODELAY, &on,
      socklen_t(MemoryLayout<Int32>.size))
    self.address = address
    self.port = chosen
    self.base = base
    self.server = server
    self.handler = handler
    self.tls = tls
    let context = Unmanaged.passUnretained(self).toOpaque()
    evhttp_set_gencb(server, handleRequest, context)
    if tls != nil { evhttp_set_bevcb(server, acceptConnection, context) }
  }

  deinit {
    evhttp_free(server)
    event_base_free(base)
  }

  private static let isLibraryReady = evthread_use_pthreads() == 0

  private static let methods = UInt16(
    EVHTTP_REQ_GET.rawValue | EVHTTP_REQ_POST.rawValue | EVHTTP_REQ_HEAD.rawValue
      | EVHTTP_REQ_PUT.rawValue | EVHTTP_REQ_DELETE.rawValue | EVHTTP_REQ_OPTIONS.rawValue
      | EVHTTP_REQ_PATCH.rawValue)

  /// Serves until `stop` is called, from another thread or from a handler.
  public func run() {
    // A client that hangs up on a long answer must not end the process: OpenSSL writes without
    // MSG_NOSIGNAL.
    var pipe = sigset_t()
    var before = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY)
    // Taken off while it is still blocked; otherwise it would be delivered as soon as it may be.
    var none = timespec()
    while sigtimedwait(&pipe, nil, &none) == SIGPIPE {}
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  /// May be called from any thread, more than once, and even before `run`: the exit is an event of its
  /// own, which the loop meets whenever it comes to run.
  public func stop() { event_base_loopexit(base, nil) }

  private static func port(of descriptor: Int32) -> UInt16? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard getsockname(descriptor, address, &length) == 0 else { return nil }
        // The port stands at the same place for IPv4 and IPv6.
        return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          UInt16(bigEndian: $0.pointee.sin_port)
        }
      }
    }
  }

  fileprivate func handle(_ request: OpaquePointer) {
    guard let read = Self.read(request) else {
      evhttp_send_error(request, HTTP_BADREQUEST, nil)
      return
    }
    switch handler(read) {
    case .send(let response): Self.send(response, request)
    case .sendAfter(let delay, let response): later(delay, response, request)
    case .hangUp:
      // Freeing the connection frees the request with it.
      if let connection = evhttp_request_get_connection(request) {
        evhttp_connection_free(connection)
      }
    }
  }

  fileprivate func newBuffer(_ base: OpaquePointer?) -> OpaquePointer? {
    guard let ssl = tls?.newServerSession() else { return nil }
    let options = Int32(BEV_OPT_CLOSE_ON_FREE.rawValue)
    return bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, options)
  }

  private func later(_ delay: TimeSpan, _ response: HTTPResponse, _ request: OpaquePointer) {
    let pending = PendingReply(request: request, response: response)
    let retained = Unmanaged.passRetained(pending)
    // A client that leaves first takes its request with it: the reply must not touch it then.
    if let connection = evhttp_request_get_connection(request) {
      evhttp_connection_set_closecb(connection, forgetRequest, retained.toOpaque())
    }
    var wait = timeval(
      tv_sec: Int(delay.milliseconds / 1000), tv_usec: Int(delay.milliseconds % 1000) * 1000)
    event_base_once(base, -1, Int16(EV_TIMEOUT), sendPending, retained.toOpaque(), &wait)
  }

  fileprivate static func send(_ response: HTTPResponse, _ request: OpaquePointer) {
    let headers = evhttp_request_get_output_headers(request)
    for header in response.headers { evhttp_add_header(headers, header.name, header.value) }
    let body = evbuffer_new()
    evbuffer_add(body, response.body, response.body.count)
    evhttp_send_reply(request, Int32(response.status), nil, body)
    evbuffer_free(body)
  }

  private static func read(_ request: OpaquePointer) -> HTTPServerRequest? {
    guard let target = evhttp_request_get_uri(request) else { return nil }
    var headers: [HTTPHeader] = []
    var line = evhttp_request_get_input_headers(request)?.pointee.tqh_first
    while let current = line {
      headers.append(
        HTTPHeader(String(cString: current.pointee.key), String(cString: current.pointee.value)))
      line = current.pointee.next.tqe_next
    }
    let input = evhttp_request_get_input_buffer(request)
    var body = [UInt8](repeating: 0, count: evbuffer_get_length(input))
    evbuffer_copyout(input, &body, body.count)
    var peer: UnsafeMutablePointer<CChar>?
    var peerPort: UInt16 = 0
    if let connection = evhttp_request_get_connection(request) {
      evhttp_connection_get_peer(connection, &peer, &peerPort)
    }
    return HTTPServerRequest(
      method: method(evhttp_request_get_command(request)), target: String(cString: target),
      headers: headers, body: body, peer: peer.map { String(cString: $0) } ?? "")
  }

  private static func method(_ command: evhttp_cmd_type) -> String {
    switch command {
    case EVHTTP_REQ_GET: "GET"
    case EVHTTP_REQ_POST: "POST"
    case EVHTTP_REQ_HEAD: "HEAD"
    case EVHTTP_REQ_PUT: "PUT"
    case EVHTTP_REQ_DELETE: "DELETE"
    case EVHTTP_REQ_OPTIONS: "OPTIONS"
    default: "PATCH"
    }
  }
}

/// A reply that waits for its time; its request may vanish meanwhile.
private final class PendingReply {
  var request: OpaquePointer?
  let response: HTTPResponse

  init(request: OpaquePointer, response: HTTPResponse) {
    self.request = request
    self.response = response
  }
}

private func handleRequest(request: OpaquePointer?, context: UnsafeMutableRawPointer?) {
  guard let request, let context else { return }
  Unmanaged<HTTPServer>.fromOpaque(context).takeUnretainedValue().handle(request)
}

private func acceptConnection(
  base: OpaquePointer?, context: UnsafeMutableRawPointer?
) -> OpaquePointer? {
  guard let context else { return nil }
  return Unmanaged<HTTPServer>.fromOpaque(context).takeUnretainedValue().newBuffer(base)
}

private func forgetRequest(connection: OpaquePointer?, context: UnsafeMutableRawPointer?) {
  guard let context else { return }
  Unmanaged<PendingReply>.fromOpaque(context).takeUnretainedValue().request = nil
}

private func sendPending(socket: Int32, events: Int16, context: UnsafeMutableRawPointer?) {
  guard let context else { return }
  let pending = Unmanaged<PendingReply>.fromOpaque(context).takeRetainedValue()
  guard let request = pending.request else { return }
  if let connection = evhttp_request_get_connection(request) {
    evhttp_connection_set_closecb(connection, nil, nil)
  }
  HTTPServer.send(pending.response, request)
}
