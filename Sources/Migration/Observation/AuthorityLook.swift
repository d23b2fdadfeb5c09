import DNSModel

/// One authority, asked for one RRset over UDP and over TCP, and for its serial.
public struct AuthorityLook: Hashable, Sendable {
  public var authority: Delegation.ServerAddress
  public var datagram: DNSObservation
  public var stream: DNSObservation
  public var soa: DNSObservation?

  public init(
    authority: Delegation.ServerAddress, datagram: DNSObservation, stream: DNSObservation,
    soa: DNSObservation? = nil
  ) {
    self.authority = authority
    self.datagram = datagram
    self.stream = stream
    self.soa = soa
  }

  /// The answer that counts: with the AA flag, from UDP or, where that path is blocked, from TCP.
  public var answer: DNSReply? {
    for observation in [datagram, stream] {
      if let reply = observation.reply, reply.isAuthoritative,
        reply.meaning == .data || reply.isDenial
      {
        return reply
      }
    }
    return nil
  }

  public var serial: Serial? { soa?.reply?.serial ?? answer?.serial }
}
