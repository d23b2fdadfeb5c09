import DNSModel
import Notation
import SystemIO

/// One attempt of a secondary at its primary: over one TCP connection it asks for the SOA, and where
/// that is newer transfers the zone. It ends exactly once, however the primary behaves: each silence
/// is bounded, and so is the whole. Used on the loop's thread only.
final class TransferAttempt: @unchecked Sendable {
  enum Outcome {
    /// The primary has the serial that is served here.
    case current
    /// And what is unsound about it.
    case transferred(Zone, problems: [ZoneProblem])
    case failed(TransferFailure)
  }

  struct Limits {
    var connecting = TimeSpan.seconds(10)
    /// Between two pieces of an answer.
    var silence = TimeSpan.seconds(30)
    var whole = TimeSpan.minutes(60)
    var bytes = 1 << 30
  }

  private enum Phase {
    case connecting, asking
    case transferring(TransferReception)
    case over
  }

  private let zone: DomainName
  private let primary: SocketAddress
  private let key: TSIGKey?
  private let served: Serial?
  private let limits: Limits
  private let loop: EventLoop
  private let ended: (Outcome) -> Void
  private var connection: TCPConnection?
  private var phase = Phase.connecting
  private var outgoing: ArraySlice<UInt8> = []
  private var incoming: [UInt8] = []
  private var conversation: TSIGConversation?
  private var id: UInt16 = 0
  private var silence: TimerToken?
  private var whole: TimerToken?

  init(
    zone: DomainName, primary: SocketAddress, key: TSIGKey?, served: Serial?,
    limits: Limits = Limits(), on loop: EventLoop, ended: @escaping (Outcome) -> Void
  ) {
    self.zone = zone
    self.primary = primary
    self.key = key
    self.served = served
    self.limits = limits
    self.loop = loop
    self.ended = ended
  }

  func start() {
    do throws(SystemError) {
      let connection = try TCPConnection(connectingTo: primary)
      self.connection = connection
      try loop.add(connection.descriptor, [.writable]) { [weak self] in self?.ready($0) }
    } catch {
      return end(.failed(.connection("\(error)")))
    }
    whole = loop.after(limits.whole) { [weak self] in self?.timedOut("the transfer takes too long")
    }
    expectWithin(limits.connecting, orElse: "\(primary) does not take the connection")
  }

  private func expectWithin(_ span: TimeSpan, orElse reason: String) {
    if let silence { loop.cancel(silence) }
    silence = loop.after(span) { [weak self] in self?.timedOut(reason) }
  }

  private func timedOut(_ reason: String) { end(.failed(.connection(reason))) }

  private func end(_ outcome: Outcome) {
    if case .over = phase { return }
    phase = .over
    for timer in [silence, whole] { timer.map(loop.cancel) }
    if let connection { loop.remove(connection.descriptor) }
    connection = nil
    ended(outcome)
  }

  // MARK: The connection

  private func ready(_ interest: EventLoop.Interest) {
    guard let connection else { return }
    if case .connecting = phase {
      let code = connection.connectionError
      guard code == 0 else {
        return end(.failed(.connection("\(SystemError("\(primary) cannot be reached", code))")))
      }
      phase = .asking
      return ask(.soa)
    }
    if interest.contains(.writable) { send() }
    if !interest.isDisjoint(with: [.readable, .broken]) { read() }
  }

  private func ask(_ type: RecordType) {
    id = UInt16.random(in: 0...UInt16.max, using: &randomSource)
    var query = Message(asking: Question(zone, type), id: id, edns: nil).encoded()
    if let key {
      var conversation = TSIGConversation(key: key)
      query = conversation.sign(query, now: Self.now)
      self.conversation = conversation
    }
    outgoing = [UInt8(query.count >> 8), UInt8(query.count & 255)] + query[...]
    expectWithin(limits.silence, orElse: "\(primary) does not answer")
    send()
  }

  private var randomSource = SystemRandom()

  private static var now: UInt64 { UInt64(clamping: SystemClock.wall().seconds) }

  private func send() {
    guard let connection else { return }
    while !outgoing.isEmpty {
      switch connection.write(outgoing) {
      case .done(let count): outgoing = outgoing.dropFirst(count)
      case .wouldBlock: return
      case .ended: return end(.failed(.endedEarly))
      }
    }
    try? loop.change(connection.descriptor, to: [.readable])
  }

  private func read() {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    // A bounded number of pieces at a time: other zones have their turn on this thread.
    for _ in 0..<16 {
      guard let connection else { return }
      switch chunk.withUnsafeMutableBytes({ connection.read(into: $0) }) {
      case .done(let count):
        incoming += chunk[..<count]
        expectWithin(limits.silence, orElse: "\(primary) stopped in the middle of the transfer")
        takeMessages()
      case .wouldBlock: return
      case .ended: return end(.failed(.endedEarly))
      }
    }
  }

  private func takeMessages() {
    var offset = 0
    while incoming.count - offset >= 2 {
      let length = Int(incoming[offset]) << 8 | Int(incoming[offset + 1])
      guard incoming.count - offset >= 2 + length else { break }
      let message = Array(incoming[(offset + 2)..<(offset + 2 + length)])
      offset += 2 + length
      do throws(TransferFailure) {
        try received(try verified(message))
      } catch {
        return end(.failed(error))
      }
      if case .over = phase { return }
    }
    incoming.removeSubrange(..<offset)
  }

  private func verified(_ message: [UInt8]) throws(TransferFailure) -> [UInt8] {
    guard conversation != nil else { return message }
    do {
      return try conversation?.verify(message, now: Self.now) ?? message
    } catch {
      throw .signature(error)
    }
  }

  // MARK: The conversation

  private func received(_ message: [UInt8]) throws(TransferFailure) {
    switch phase {
    case .asking:
      let offered = try serial(in: message)
      if let served, offered == served { return end(.current) }
      if let served, !offered.isLater(than: served) {
        throw .olderThanServed(offered: offered, served: served)
      }
      phase = .transferring(TransferReception(zone: zone, id: 0))
      ask(.axfr)
      phase = .transferring(TransferReception(zone: zone, id: id, byteLimit: limits.bytes))
    case .transferring(var reception):
      // The records are moved through, not copied: nobody else holds them meanwhile.
      phase = .asking
      let progress = try reception.receive(message)
      guard progress == .complete else {
        phase = .transferring(reception)
        return
      }
      do {
        try conversation?.finish()
      } catch {
        throw .signature(error)
      }
      end(.transferred(reception.zone, problems: reception.problems))
    case .connecting, .over: return
    }
  }

  private func serial(in bytes: [UInt8]) throws(TransferFailure) -> Serial {
    let message: Message
    do {
      message = try Message(parsing: bytes)
    } catch {
      throw .unreadable(error)
    }
    guard message.header.id == id, message.header.isResponse else { throw .notAnAnswer }
    guard message.responseCode == .noError else { throw .refused(message.responseCode) }
    // A primary that does not have the zone itself must not be copied from.
    guard message.header.isAuthoritative else { throw .notAnAnswer }
    let soa = message.answers.first { $0.owner == zone && $0.data.type == .soa }
    guard let serial = soa?.data.soa?.serial else { throw .noSOA }
    return serial
  }
}
