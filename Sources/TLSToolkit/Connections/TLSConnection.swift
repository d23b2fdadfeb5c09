import DNSModel
import Glibc
import Migration
import Notation
import SystemIO

/// Whom a connection must reach: nothing is sent to anybody else.
public struct TLSTrust: Sendable {
  public let anchors: TrustAnchors
  public let identity: ServerIdentity
  /// At which moment certificates must be valid.
  public let moment: UTCInstant

  public init(anchors: TrustAnchors, identity: ServerIdentity, at moment: UTCInstant) {
    self.anchors = anchors
    self.identity = identity
    self.moment = moment
  }
}

/// TLS over TCP: each call blocks until it is done or the deadline is there, never longer.
///
/// Belongs to one thread at a time.
public final class TLSConnection {
  public let session: TLSSession
  public let peer: SocketAddress
  private let socket: TCPConnection

  /// Connects and shakes hands. Without `trust` any certificate is taken: for looking at it.
  public init(
    to peer: SocketAddress, _ context: TLSContext, serverName: DomainName?, trust: TLSTrust?,
    resuming ticket: TLSTicket? = nil, until deadline: Deadline
  ) throws(TLSProblem) {
    self.peer = peer
    do {
      socket = try TCPConnection(connectingTo: peer)
    } catch {
      throw .unreachable("\(error)")
    }
    do {
      session = try TLSSession(context, serverName: serverName, resuming: ticket)
    } catch {
      throw .setup(error)
    }
    try wait(forWriting: true, until: deadline, doing: "connecting to \(peer)")
    let refusal = socket.connectionError
    guard refusal == 0 else {
      throw .unreachable("\(SystemError("\(peer) cannot be reached", refusal))")
    }
    try shakeHands(until: deadline)
    if let trust { try demand(trust) }
  }

  /// A server's side of a connection that was accepted.
  public init(
    accepted socket: TCPConnection, _ context: TLSContext, until deadline: Deadline
  ) throws(TLSProblem) {
    self.socket = socket
    peer = socket.descriptor.peerAddress ?? .loopback()
    do {
      session = try TLSSession(context)
    } catch {
      throw .setup(error)
    }
    try shakeHands(until: deadline)
  }

  private func shakeHands(until deadline: Deadline) throws(TLSProblem) {
    while true {
      let progress: TLSSession.Progress
      do {
        progress = try session.advance()
      } catch {
        // The alert that says why should still reach the other side.
        _ = socket.write(session.takeOutput()[...])
        throw error
      }
      try flush(until: deadline, doing: "the TLS handshake with \(peer)")
      if progress == .established { return }
      try fill(until: deadline, doing: "the TLS handshake with \(peer)")
    }
  }

  private func demand(_ trust: TLSTrust) throws(TLSProblem) {
    let sent = session.peerCertificates
    guard let leaf = sent.first else { throw .protocolFailed("no certificate was shown") }
    let verdict: ChainVerdict
    do {
      verdict = try ChainVerification(anchors: trust.anchors, at: trust.moment)
        .verdict(for: leaf, with: Array(sent.dropFirst()), as: trust.identity)
    } catch {
      throw .setup(error)
    }
    guard verdict.isTrusted else { throw .distrusted(verdict) }
  }

  public func send(_ bytes: [UInt8], until deadline: Deadline) throws(TLSProblem) {
    try session.write(bytes)
    try flush(until: deadline, doing: "sending to \(peer)")
  }

  /// What comes next, at least one byte; nil when the other side has ended the session.
  public func receive(
    atMost limit: Int = 16384, until deadline: Deadline
  ) throws(TLSProblem) -> [UInt8]? {
    while true {
      guard let bytes = try session.read(atMost: limit) else { return nil }
      // Reading may make answers necessary: key updates, alerts.
      try flush(until: deadline, doing: "sending to \(peer)")
      if !bytes.isEmpty { return bytes }
      try fill(until: deadline, doing: "waiting for \(peer)")
    }
  }

  /// Says goodbye without waiting for an answer.
  public func close() {
    session.close()
    _ = socket.write(session.takeOutput()[...])
    socket.finishWriting()
  }

  private func flush(until deadline: Deadline, doing: String) throws(TLSProblem) {
    var rest = session.takeOutput()[...]
    while !rest.isEmpty {
      switch socket.write(rest) {
      case .done(let count): rest = rest.dropFirst(count)
      case .wouldBlock: try wait(forWriting: true, until: deadline, doing: doing)
      case .ended: throw .closed
      }
    }
  }

  private func fill(until deadline: Deadline, doing: String) throws(TLSProblem) {
    var buffer = [UInt8](repeating: 0, count: 32768)
    while true {
      switch buffer.withUnsafeMutableBytes({ socket.read(into: $0) }) {
      case .done(let count): return session.receive(buffer.prefix(count))
      case .ended: return session.receiveEnd()
      case .wouldBlock: try wait(forWriting: false, until: deadline, doing: doing)
      }
    }
  }

  private func wait(
    forWriting: Bool, until deadline: Deadline, doing: String
  ) throws(TLSProblem) {
    var interest = pollfd(
      fd: socket.descriptor.number, events: Int16(forWriting ? POLLOUT : POLLIN), revents: 0)
    while true {
      let left = deadline.millisecondsLeft
      guard left > 0 else { throw .timedOut(doing: doing) }
      let count = poll(&interest, 1, Int32(clamping: left))
      if count > 0 { return }
      if count < 0, errno != EINTR { throw .unreachable(doing + " failed") }
    }
  }
}
