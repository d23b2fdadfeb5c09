import DNSObservers
import DNSTransport
import Invocation
import Migration
import Notation
import SystemIO

/// The options of every command that looks at servers: where to begin, and how long to wait.
struct AskingOptions {
  let roots: [SocketAddress]
  let authorityPort: UInt16
  let authoritative: [SocketAddress]
  /// One attempt's patience; the whole takes a few times as long.
  let patience: TimeSpan

  static let specs: [OptionSpec] = [
    .list("authoritative", "ADDR[:PORT]", "ask these authorities instead of discovering them"),
    .list("root", "ADDR[:PORT]", "begin here instead of at the public root"),
    .value("authority-port", "PORT", "the port of all authorities but the root (default: 53)"),
    .value("patience", "SPAN", "how long the first of three attempts waits (default: 800 ms)"),
  ]

  init(_ invocation: ParsedInvocation) throws(UsageError) {
    var problems: [String] = []
    func addresses(_ option: String) -> [SocketAddress] {
      var found: [SocketAddress] = []
      for text in invocation.values(option) {
        if let address = SocketAddress(parsing: text, defaultPort: 53) {
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
    guard problems.isEmpty else { throw UsageError(problems, command: invocation.command) }
  }

  static func span(_ text: String) -> TimeSpan? {
    if text.hasSuffix("ms"), let count = Int64(text.dropLast(2)), count > 0 {
      return .milliseconds(count)
    }
    return TimeSpan(parsing: text).flatMap { $0 > .zero ? $0 : nil }
  }

  /// Attempts wait 1, 2 and 4 times the patience; a stream may follow.
  var deadline: TimeSpan { patience * 16 }

  func observing(_ options: AskingLoop.Options = AskingLoop.Options()) throws -> Observing {
    try Observing(patience: patience, options: options)
  }

  func finder(_ observing: Observing) -> DelegationFinder {
    authoritative.isEmpty
      ? DelegationFinder(observing, roots: roots, port: authorityPort)
      : DelegationFinder(observing, authorities: authoritative)
  }
}
