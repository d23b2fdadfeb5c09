import Digests
import HTTP
import Migration
import Notation
import SystemIO
import TLSToolkit

/// What clients rely on besides the plain answer: compression, upgrades, how much they may send and how
/// long a connection may rest. Only safe methods are used; a body is announced, never sent.
struct TraitProbe: Sendable {
  let identity: ServerIdentity
  let address: SocketAddress
  let patience: TimeSpan
  let port: UInt16
  let path: String
  var waitsForIdle = false
  typealias Trait = ParitySide.Trait

  /// How long a connection is left alone to see whether it stays open.
  static let rest = TimeSpan.seconds(2)
  static let lineSizes = [4, 7, 15, 31]
  static let bodySizes = [512, 2 << 10, 16 << 10, 128 << 10]

  private var deadline: Deadline { Deadline(in: patience) }

  private var exchange: HeadExchange {
    HeadExchange(identity: identity, address: address, port: port, deadline: deadline)
  }

  /// Everything at once, in fixed order.
  func traits() -> [Trait] {
    var parts: [@Sendable () -> Trait] = [
      { compression() }, { upgrade() }, { lineLimit() }, { headerLimit() }, { bodyLimit() },
    ]
    if waitsForIdle { parts.append { restingTime() } }
    return inParallel(parts)
  }

  private func compression() -> Trait {
    let aspect = "compression:\(path)"
    guard
      let facts = try? HTTPLook(
        identity: identity, address: address, patience: patience, port: port
      )
      .get(path, headers: [.init("Accept-Encoding", "gzip")])
    else { return Trait(aspect, nil) }
    let coding = facts.values("content-encoding").first ?? "none"
    return Trait(aspect, coding, rank: coding == "none" ? 0 : 1)
  }

  /// RFC 6455 §4.1.
  private func upgrade() -> Trait {
    let aspect = "websocket:\(path)"
    let head = try? exchange.ask(
      "GET", path,
      [
        ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", SystemRandom.bytes(16).base64()),
      ])
    defer { head?.connection.close() }
    guard let head else { return Trait(aspect, nil) }
    let isUpgraded = head.status == 101 && head.value("upgrade")?.lowercased() == "websocket"
    return Trait(aspect, isUpgraded ? "upgraded" : "not upgraded", rank: isUpgraded ? 1 : 0)
  }

  /// Statuses that say "too much"; nginx has one of its own (494).
  private static let tooMuch: Set<Int> = [413, 414, 431, 494]

  private func lineLimit() -> Trait {
    limit("limit:url", Self.lineSizes) { size in
      let glue = path.contains("?") ? "&" : "?"
      let filler = String(repeating: "a", count: size << 10)
      return try takes(exchange.ask("GET", "\(path)\(glue)cutover=\(filler)", closing))
    }
  }

  private func headerLimit() -> Trait {
    limit("limit:header", Self.lineSizes) { size in
      let filler = String(repeating: "a", count: size << 10)
      return try takes(exchange.ask("GET", path, closing + [("X-Cutover-Filler", filler)]))
    }
  }

  private var closing: [(String, String)] { [("Connection", "close")] }

  /// An end without an answer is a refusal too; 400 alone may be about something else, but the same
  /// request without filler is answered beside it, and parity shows that.
  private func takes(_ head: HeadExchange.Head?) -> Bool? {
    guard let head else { return false }
    head.connection.close()
    return !Self.tooMuch.contains(head.status) && head.status != 400
  }

  /// `Expect: 100-continue` (RFC 9110 §10.1.1): the server says whether it would take the body.
  private func bodyLimit() -> Trait {
    limit("limit:body", Self.bodySizes) { size in
      let head = try exchange.ask(
        "OPTIONS", path,
        [("Content-Length", "\(size << 10)"), ("Expect", "100-continue"), ("Connection", "close")])
      head?.connection.close()
      guard let head else { return nil }
      if Self.tooMuch.contains(head.status) { return false }
      // Any other final answer was given without looking at the size.
      return true
    }
  }

  /// The largest size in KiB up to which everything is taken.
  private func limit(
    _ aspect: String, _ sizes: [Int], _ takes: @escaping @Sendable (Int) throws -> Bool?
  ) -> Trait {
    let answers = inParallel(
      sizes.map { size in
        { @Sendable in (try? takes(size)) ?? nil }
      })
    var largest: Int?
    for (size, answer) in zip(sizes, answers) {
      guard let answer else { return Trait(aspect, nil) }
      guard answer else { break }
      largest = size
    }
    guard let largest else { return Trait(aspect, "not even \(sizes[0]) KiB", rank: 0) }
    let isAll = largest == sizes.last
    return Trait(aspect, "\(isAll ? "at least" : "up to") \(largest) KiB", rank: largest)
  }

  /// Pools of connections break where the other side hangs up sooner than they expect.
  private func restingTime() -> Trait {
    let aspect = "limit:idle"
    guard let head = try? exchange.ask("HEAD", path, []) else { return Trait(aspect, nil) }
    defer { head.connection.close() }
    if head.value("connection")?.lowercased() == "close" {
      return Trait(aspect, "closed after each answer", rank: 0)
    }
    do {
      while try head.connection.receive(until: Deadline(in: Self.rest)) != nil {}
      return Trait(aspect, "closed within \(Self.rest)", rank: 0)
    } catch {
      guard case .timedOut = error else {
        return Trait(aspect, "closed within \(Self.rest)", rank: 0)
      }
      return Trait(aspect, "open for at least \(Self.rest)", rank: 1)
    }
  }
}

/// Each on a thread of its own; the results in the order of the work.
func inParallel<Result: Sendable>(_ work: [@Sendable () -> Result]) -> [Result] {
  let board = Mutex([Result?](repeating: nil, count: work.count))
  var threads: [Thread] = []
  for (index, part) in work.enumerated() {
    let job: @Sendable () -> Void = {
      let result = part()
      board.withLock { $0[index] = result }
    }
    // Where no thread can be had the work is done here, one after the other.
    if let thread = try? Thread("probe", job) { threads.append(thread) } else { job() }
  }
  for thread in threads { thread.join() }
  return board.withLock { $0.compactMap { $0 } }
}
