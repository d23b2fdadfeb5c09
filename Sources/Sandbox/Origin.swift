import HTTP
import Notation
import SystemIO
import TLSToolkit

/// A place that serves the API: the old endpoint, or a region behind the router. Its health endpoint
/// knows what it needs besides itself.
final class Origin: @unchecked Sendable {
  struct Settings: Sendable {
    var name: String
    var address: String
    var port: UInt16
    var tls: TLSContext?
    /// What the router shows to be let in.
    var edgeToken: Secret
    /// Only requests that show it are served (the lock-down).
    var isLocked: Bool
    /// Where a line for every request goes, with its id.
    var log: String? = nil
  }

  private struct State {
    var isLocked: Bool
    var isDependencyWell = true
    /// When requests came around the router, and not from us.
    var direct: [TimeSpan] = []
    var inFlight = 0
  }

  let name: String
  private let settings: Settings
  private let state: Mutex<State>
  private let log: Mutex<AppendFile?>
  private let running = Mutex<(server: HTTPServer, thread: Thread)?>(nil)

  /// How long taking an order takes.
  static let orderTime: TimeSpan = .milliseconds(15)
  static let quietSpan: TimeSpan = .seconds(3)
  static let tokenHeader = "X-Edge-ID"
  static let servedBy = "X-Served-By"

  init(_ settings: Settings) {
    self.settings = settings
    name = settings.name
    state = Mutex(State(isLocked: settings.isLocked))
    log = Mutex(
      settings.log.flatMap { path in
        guard (try? AtomicFile.replace(path, with: [])) != nil else { return nil }
        return try? AppendFile(path: path)
      })
  }

  var address: String { "\(settings.address):\(settings.port)" }
  var isAlive: Bool { running.withLock { $0 != nil } }

  func start() throws {
    guard !isAlive else { return }
    let server = try HTTPServer(
      address: settings.address, port: settings.port, tls: settings.tls
    ) { [unowned self] in answer($0) }
    let thread = try Thread("origin") { server.run() }
    running.withLock { $0 = (server, thread) }
  }

  /// Gone from one moment to the next: connections break, nobody listens.
  func kill() {
    let ended = running.withLock { running in
      defer { running = nil }
      return running
    }
    ended?.server.stop()
    ended?.thread.join()
  }

  // MARK: what can be done to it

  var isLocked: Bool {
    get { state.withLock { $0.isLocked } }
    set { state.withLock { $0.isLocked = newValue } }
  }

  var isDependencyWell: Bool {
    get { state.withLock { $0.isDependencyWell } }
    set { state.withLock { $0.isDependencyWell = newValue } }
  }

  /// Requests of the last seconds that did not come through the router.
  var recentDirect: Int {
    let since = SystemClock.sinceBoot() - Self.quietSpan
    return state.withLock { state in
      state.direct.removeAll { $0 < since }
      return state.direct.count
    }
  }

  // MARK: answers

  private func answer(_ request: HTTPServerRequest) -> HTTPReply {
    let isThroughRouter = settings.edgeToken.reveal { token in
      request.header(Self.tokenHeader).map { Array($0.utf8) == token } ?? false
    }
    let isOurProbe = request.header("User-Agent") == "cutover"
    let (isLocked, isWell) = state.withLock { state in
      if !isThroughRouter, !isOurProbe, state.direct.count < 100_000 {
        state.direct.append(SystemClock.sinceBoot())
      }
      return (state.isLocked, state.isDependencyWell)
    }
    guard isThroughRouter || !isLocked else {
      return .send(response(403, [("error", "come through the router")], request))
    }
    switch request.path {
    case "/health": return .send(health(isWell, request))
    case "/api/orders" where request.method == "POST":
      guard isWell else { return .send(response(503, [("error", "no database")], request)) }
      return .sendAfter(Self.orderTime, response(201, [("order", "taken")], request))
    default:
      guard isWell else { return .send(response(503, [("error", "no database")], request)) }
      return .send(response(200, [("orders", "none")], request))
    }
  }

  /// Answers 200 only while the API can serve, which it cannot without its database.
  private func health(_ isWell: Bool, _ request: HTTPServerRequest) -> HTTPResponse {
    response(
      isWell ? 200 : 503,
      [("api", "well"), ("orders-database", isWell ? "well" : "unreachable")], request)
  }

  private func response(
    _ status: Int, _ members: [(String, String)], _ request: HTTPServerRequest
  ) -> HTTPResponse {
    var headers = [
      HTTPHeader("Content-Type", "application/json"), HTTPHeader(Self.servedBy, name),
    ]
    if let identity = request.header("X-Request-ID") {
      let line = "\(safeText(identity)) \(name) \(request.method) \(status)\n"
      // A log that cannot be written fails no request.
      log.withLock { try? $0?.append(Array(line.utf8)) }
      headers.append(HTTPHeader("X-Request-ID", identity))
    }
    let body = JSON.record([("region", .string(name))] + members.map { ($0, .string($1)) })
    return HTTPResponse(status: status, headers: headers, body: Array(body.compact.utf8))
  }
}
