import DNSModel
import Migration
import Notation
import SystemIO
import TLSToolkit

/// One question over TLS (RFC 7858): the messages of TCP inside a connection whose other end has proven
/// its name, or its address where no name is known.
enum EncryptedExchange {
  static func ask(
    _ member: PanelMember, _ question: Question, _ trust: ResolverLook.Trust,
    within span: TimeSpan
  ) -> DNSObservation.Outcome {
    let deadline = Deadline(in: span)
    do throws(TLSProblem) {
      let connection = try connect(member, trust, deadline)
      let id = UInt16(truncatingIfNeeded: SystemRandom.bytes(2).reduce(0) { $0 << 8 | Int($1) })
      let bytes = ResolverLook.message(question, id: id)
      try connection.send(
        [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes, until: deadline)
      var incoming: [UInt8] = []
      while true {
        if incoming.count >= 2 {
          let length = Int(incoming[0]) << 8 | Int(incoming[1])
          if incoming.count >= 2 + length {
            connection.close()
            let reply = Array(incoming[2..<(2 + length)])
            guard reply.count >= 2, reply[0] == bytes[0], reply[1] == bytes[1] else {
              return .silence(.otherQuestion("its id is another"))
            }
            return ResolverLook.read(reply, question)
          }
        }
        guard let more = try connection.receive(until: deadline) else { return .silence(.closed) }
        incoming += more
      }
    } catch {
      return .silence(silence(error))
    }
  }

  private static func connect(
    _ member: PanelMember, _ trust: ResolverLook.Trust, _ deadline: Deadline
  ) throws(TLSProblem) -> TLSConnection {
    let name = member.tlsName.flatMap { try? DomainName(parsing: $0) }
    let context: TLSContext
    let anchors: TrustAnchors
    do {
      var settings = TLSClientSettings()
      settings.protocols = ["dot"]
      context = try TLSContext.client(settings)
      if let pem = trust.anchors {
        anchors = try TrustAnchors.of(Certificate.readAll(pem))
      } else {
        anchors = try TrustAnchors.system()
      }
    } catch {
      throw .setup(error)
    }
    return try TLSConnection(
      to: member.address, context, serverName: name,
      trust: TLSTrust(
        anchors: anchors, identity: name.map { .host($0) } ?? .address(member.address.address),
        at: SystemClock.wall()), until: deadline)
  }

  private static func silence(_ problem: TLSProblem) -> Silence {
    switch problem {
    case .unreachable(let why): .unreachable(why)
    case .timedOut: .timedOut
    case .closed: .closed
    case .distrusted(let verdict):
      .distrusted(verdict.faults.map(\.detail).joined(separator: "; "))
    case .protocolFailed, .setup: .channelFailed(problem.description)
    }
  }
}
