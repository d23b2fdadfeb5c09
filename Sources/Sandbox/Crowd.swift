import DNSModel
import DNSTransport
import HTTP
import Notation
import Reports
import SystemIO

/// Clients that never stop asking and never ask twice: whatever goes wrong once is a failure.
final class Crowd: @unchecked Sendable {
  /// One of them.
  struct Client: Hashable, Sendable {
    let number: Int
    let resolver: SandboxResolver
    let place: SocketAddress
    let posts: Bool
    let keepsAlive: Bool

    /// Gets what DNS says as soon as TTLs allow: no bad habits in between, no connection kept.
    var keepsToTTLs: Bool {
      switch resolver.habit {
      case .floors, .overHolds: false
      case .honest, .caps, .servesStale, nil: !keepsAlive
      }
    }

    var text: String {
      "client \(number) (\(posts ? "POST" : "GET")\(keepsAlive ? ", keep-alive" : ""), \(resolver.name))"
    }
  }

  private struct Shared {
    var story = TrafficStory()
    var stops = false
    /// When each client was last served by either side.
    var lastOld: [Int64]
    var lastNew: [Int64]
  }

  let clients: [Client]
  private let webPort: UInt16
  private let trust: [UInt8]
  private let beginning: TimeSpan
  private let shared: Mutex<Shared>
  private var threads: [Thread] = []

  static let size = 24
  static let pause: TimeSpan = .milliseconds(150)
  /// An answer that takes longer is a failure.
  static let patience: TimeSpan = .seconds(5)
  /// A kept connection is given up after so many requests, as clients do, and the name looked up anew.
  static let requestsPerConnection = 20

  init(_ places: SandboxPlaces, trust: [UInt8]) {
    webPort = places.webPort
    self.trust = trust
    beginning = SystemClock.sinceBoot()
    let never = [Int64](repeating: -1, count: Self.size)
    shared = Mutex(Shared(lastOld: never, lastNew: never))
    clients = (0..<Self.size).map { number in
      let index = number % SandboxResolver.all.count
      return Client(
        number: number, resolver: SandboxResolver.all[index], place: places.resolver(index),
        posts: number / SandboxResolver.all.count % 2 == 1,
        keepsAlive: number / (2 * SandboxResolver.all.count) % 2 == 1)
    }
  }

  func start() throws {
    for client in clients {
      threads.append(try Thread("client") { [unowned self] in live(client) })
    }
  }

  func stop() {
    shared.withLock { $0.stops = true }
    for thread in threads { thread.join() }
    threads = []
  }

  deinit { stop() }

  // MARK: the story

  var now: Int64 { (SystemClock.sinceBoot() - beginning).milliseconds }
  var story: TrafficStory { shared.withLock { $0.story } }

  func tell<Result>(_ change: (inout TrafficStory) -> Result) -> Result {
    shared.withLock { change(&$0.story) }
  }

  func note(_ text: String) { tell { $0.note(text, at: now) } }

  /// When the last of them was served by the new side; nil while one of them still may be.
  func lastOnNewSide(among isMeant: (Client) -> Bool) -> Int64? {
    shared.withLock { shared in
      let numbers = clients.filter(isMeant).map(\.number)
      guard numbers.allSatisfy({ shared.lastOld[$0] > shared.lastNew[$0] }) else { return nil }
      return numbers.map { shared.lastNew[$0] }.max()
    }
  }

  // MARK: one client's life

  private func live(_ client: Client) {
    var browser: HTTPClient?
    var address: String?
    var uses = 0
    // Not all in step.
    let first = beginning + .milliseconds(client.number * 150 / Self.size)
    var next = first
    while !shared.withLock({ $0.stops }) {
      SystemClock.pause(until: next)
      next = max(next + Self.pause, SystemClock.sinceBoot() - .seconds(1))
      if !client.keepsAlive || uses >= Self.requestsPerConnection {
        (browser, address) = (nil, nil)
      }
      do throws(Trouble) {
        let place: String
        if let address { place = address } else { place = try lookUp(client) }
        let current: HTTPClient
        if let browser { current = browser } else { current = try newBrowser() }
        if address == nil { uses = 0 }
        uses += 1
        try send(client, through: current, to: place)
        (browser, address) = (current, place)
      } catch {
        (browser, address) = (nil, nil)
        let failure = TrafficStory.Failure(at: now, client: client.text, what: error.what)
        shared.withLock { if !$0.stops { $0.story.fail(failure) } }
      }
    }
  }

  private struct Trouble: Error {
    let what: String
  }

  private func lookUp(_ client: Client) throws(Trouble) -> String {
    var request = DNSRequest(
      Question(NameService.name, .a), to: client.place, recursionDesired: true)
    request.attempts = 1
    request.patience = Self.patience
    let message: Message
    do throws(DNSFailure) {
      message = try DNSExchange.perform(request, within: Self.patience).message
    } catch {
      throw Trouble(what: "the name does not resolve: \(error)")
    }
    for record in message.answers where record.type == .a {
      if let place = SocketAddress(address: record.data.wire, port: webPort) { return "\(place)" }
    }
    throw Trouble(what: "the name has no address: \(message.responseCode)")
  }

  private func newBrowser() throws(Trouble) -> HTTPClient {
    var options = HTTPClient.Options()
    options.trust = .anchors(pem: trust)
    options.connectTimeout = Self.patience
    options.timeout = Self.patience
    options.userAgent = "crowd"
    do throws(HTTPError) {
      return try HTTPClient(options)
    } catch {
      throw Trouble(what: error.description)
    }
  }

  private func send(
    _ client: Client, through browser: HTTPClient, to place: String
  ) throws(Trouble) {
    let request = HTTPRequest(
      client.posts ? "POST" : "GET", "https://\(NameService.name.host)/api/orders",
      body: client.posts ? Array("{\"shoes\":1}".utf8) : [], connectTo: place)
    let response: HTTPResponse
    do throws(HTTPError) {
      response = try browser.send(request)
    } catch {
      throw Trouble(what: "\(place): \(error)")
    }
    let server = response.header(Origin.servedBy)
    guard (200..<300).contains(response.status), let server else {
      throw Trouble(what: "\(place): status \(response.status) from \(server ?? "the router")")
    }
    let now = now
    shared.withLock { shared in
      shared.story.served(by: server, at: now, took: response.duration)
      if server == TrafficStory.old {
        shared.lastOld[client.number] = now
      } else {
        shared.lastNew[client.number] = now
      }
    }
  }
}
