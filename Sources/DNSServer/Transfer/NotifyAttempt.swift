import DNSModel
import Notation
import SystemIO

/// Tells one secondary that the zone changed, until it answers or enough was tried (RFC 1996 §3.6).
/// Used on the loop's thread only.
final class NotifyAttempt: @unchecked Sendable {
  /// Seconds to wait for an answer, try by try.
  private static let patience = [1, 2, 4, 8, 16, 30]

  private let zone: DomainName
  private let soa: ResourceRecord
  private let secondary: SocketAddress
  private let key: TSIGKey?
  private let loop: EventLoop
  private let ended: (String?) -> Void
  private var socket: UDPSocket?
  private var conversation: TSIGConversation?
  private var id: UInt16 = 0
  private var tries = 0
  private var timer: TimerToken?
  private var randomSource = SystemRandom()

  /// `ended` is told nil, or why the secondary was given up.
  init(
    zone: DomainName, soa: ResourceRecord, secondary: SocketAddress, key: TSIGKey?,
    on loop: EventLoop, ended: @escaping (String?) -> Void
  ) {
    self.zone = zone
    self.soa = soa
    self.secondary = secondary
    self.key = key
    self.loop = loop
    self.ended = ended
  }

  func start() {
    do throws(SystemError) {
      let any = [UInt8](repeating: 0, count: secondary.address.count)
      guard let local = SocketAddress(address: any, port: 0) else { return }
      let socket = try UDPSocket(bindingTo: local, bufferBytes: 1 << 16)
      try socket.connect(to: secondary)
      self.socket = socket
      try loop.add(socket.descriptor, [.readable]) { [weak self] _ in self?.receive() }
    } catch {
      return end("\(error)")
    }
    send()
  }

  /// A newer change makes this one needless.
  func cancel() { end(nil) }

  private func send() {
    guard let socket else { return }
    guard tries < Self.patience.count else { return end("\(secondary) does not answer a NOTIFY") }
    // A new id and signature each time: the time of signing has moved on.
    id = UInt16.random(in: 0...UInt16.max, using: &randomSource)
    var header = MessageHeader(id: id)
    header.opcode = .notify
    header.isAuthoritative = true
    var message = Message(header: header, questions: [Question(zone, .soa)], answers: [soa])
      .encoded()
    if let key {
      var conversation = TSIGConversation(key: key)
      message = conversation.sign(message, now: Self.now)
      self.conversation = conversation
    }
    // A refusal (nobody listens there yet) is a try like any other.
    socket.send(message)
    timer = loop.after(.seconds(Self.patience[tries])) { [weak self] in self?.send() }
    tries += 1
  }

  private static var now: UInt64 { UInt64(clamping: SystemClock.wall().seconds) }

  private func receive() {
    while let (bytes, _) = socket?.receive(limit: 4096) {
      var message = bytes
      if conversation != nil {
        // What is not signed as it should be may come from anyone.
        guard let verified = try? conversation?.verify(bytes, now: Self.now) else { continue }
        message = verified
      }
      guard let answer = try? Message(parsing: message), answer.header.id == id,
        answer.header.isResponse, answer.header.opcode == .notify
      else { continue }
      let code = answer.responseCode
      return end(code == .noError ? nil : "\(secondary) answers a NOTIFY with \(code)")
    }
  }

  private func end(_ reason: String?) {
    guard let socket else {
      if let reason { ended(reason) }
      return
    }
    timer.map(loop.cancel)
    loop.remove(socket.descriptor)
    self.socket = nil
    ended(reason)
  }
}
