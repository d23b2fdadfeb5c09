import DNSObservers
import DNSTransport
import Invocation
import Migration
import Notation
import SystemIO

/// The options of every command that looks at servers: where to begin, and how long to wait.
struct AskingOptions: Hashable {
  let roots: [SocketAddress]
  let authorityPort: UInt16
  let authoritative: [SocketAddress]
  /// One attempt's patience; the whole takes a few times as long.
  let patience: TimeSpan
  /// Questions a second for one server at most; 0 for as many as it answers.
  let rate: Int
  /// The end of one round, all questions together; nil: what follows from the patience.
  let within: TimeSpan?

  static let specs: [OptionSpec] = [
    .list("authoritative", "ADDR[:PORT]", "ask these authorities instead of discovering them"),
    .list("root", "ADDR[:PORT]", "begin here instead of at the public root"),
    .value("authority-port", "PORT", "the port of all authorities but the root (default: 53)"),
    .value("patience", "SPAN", "how long the first of three attempts waits (default: 800 ms)"),
    .value("within", "SPAN", "one deadline for all questions of a round"),
    .value("rate", "NUMBER", "questions a second for one server at most"),
  ]

  init(_ invocation: ParsedInvocation) throws(UsageError) {
    var problems: [String] = []
    func addresses(_ option: String) -> [SocketAddress] {
      var found: [SocketAddress] = []
      for text in invocation.values(option) {
        if let address = SocketAddress(parsing: text, defaultPort: 53), address.port > 0 {
          found.append(address)
        } else {
          problems.append("--\(option) \(safeText(text)) is no address")
        }
      }
      return found
    }
    let given = addresses("root")
    roots = given.isEmpty ? RootServers.addresses : given
    authoritative = addresses("authoritative")
    let port = invocation.value("authority-port") ?? "53"
    if UInt16(port) == nil { problems.append("--authority-port \(safeText(port)) is no port") }
    authorityPort = UInt16(port) ?? 53
    let span = Self.span(invocation.value("patience") ?? "800ms")
    if span == nil { problems.append("--patience must be a span such as 2s or 500ms") }
    patience = span ?? .milliseconds(800)
    rate = invocation.value("rate").flatMap { Int($0) } ?? 0
    if invocation.value("rate") != nil, !(1...1_000_000).contains(rate) {
      problems.append("--rate takes a number of questions from 1 to 1000000")
    }
    within = invocation.value("within").flatMap(Self.span)
    if invocation.value("within") != nil, within == nil {
      problems.append("--within must be a span such as 10s")
    }
    guard problems.isEmpty else { throw UsageError(problems, command: invocation.command) }
  }

  /// For a plan's name: where the plan says that servers are, unless the command line says it.
  init(_ invocation: ParsedInvocation, plan: Plan) throws {
    let said = try AskingOptions(invocation)
    let isSaid = ["root", "authoritative"].contains { !invocation.values($0).isEmpty }
    roots =
      try isSaid
      ? said.roots : plan.environment.root.map { [try $0.socketAddress] } ?? RootServers.addresses
    authoritative =
      try isSaid
      ? said.authoritative : plan.zone.authoritatives.map { try $0.address.socketAddress }
    authorityPort =
      invocation.value("authority-port") == nil
      ? plan.environment.authorityPort : said.authorityPort
    patience = said.patience
    rate = said.rate
    within = said.within
  }

  static func span(_ text: String) -> TimeSpan? {
    if text.hasSuffix("ms"), let count = Int64(text.dropLast(2)), count > 0 {
      return .milliseconds(count)
    }
    return TimeSpan(parsing: text).flatMap { $0 > .zero ? $0 : nil }
  }

  /// Attempts wait 1, 2 and 4 times the patience; a stream may follow.
  var deadline: TimeSpan { within ?? patience * 16 }

  /// For a walk from the root: several questions in a row, each with a patience of its own.
  var walkDeadline: TimeSpan { within ?? patience * 64 }

  func observing(sockets: Int = 4) throws -> Observing {
    var options = AskingLoop.Options()
    options.sockets = sockets
    options.ratePerServer = rate
    return try Observing(patience: patience, options: options)
  }

  /// Finds zones that are not the name's own. Authorities on loopback, with no root named, are a world
  /// of their own: nobody outside is asked.
  func elsewhere(_ observing: Observing) -> DelegationFinder? {
    let isWorldOfItsOwn = roots == RootServers.addresses && authoritative.allSatisfy(\.isLoopback)
    return authoritative.isEmpty || isWorldOfItsOwn
      ? nil : DelegationFinder(observing, roots: roots, port: authorityPort)
  }

  func finder(_ observing: Observing) -> DelegationFinder {
    authoritative.isEmpty
      ? DelegationFinder(observing, roots: roots, port: authorityPort)
      : DelegationFinder(observing, authorities: authoritative)
  }
}
