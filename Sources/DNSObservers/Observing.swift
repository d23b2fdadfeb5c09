import DNSModel
import DNSTransport
import Migration
import Notation
import SystemIO

/// Questions of one look, on one loop, their results as observations.
public final class Observing {
  public let loop: AskingLoop
  public var patience: TimeSpan
  public var attempts: Int

  public init(
    patience: TimeSpan = .milliseconds(800), attempts: Int = 3,
    options: AskingLoop.Options = AskingLoop.Options()
  ) throws(SystemError) {
    loop = try AskingLoop(options)
    self.patience = patience
    self.attempts = attempts
  }

  /// Asks one server, and hands over what was observed. With recursion desired it is a question for a
  /// resolver's cache; without, for an authority's own data.
  public func ask(
    _ name: DomainName, _ type: RecordType, of address: SocketAddress, label: String,
    channel: DNSChannel = .udp, recursionDesired: Bool = false, dnssec: Bool = false,
    clientSubnet: [UInt8]? = nil, then observe: @escaping (DNSObservation) -> Void
  ) {
    var edns = Self.edns(dnssec: dnssec)
    if let clientSubnet {
      edns.options.append(EDNSOption(code: EDNSOption.clientSubnet, data: clientSubnet))
    }
    var request = DNSRequest(
      Question(name, type), to: address, recursionDesired: recursionDesired, edns: edns,
      path: channel == .tcp ? .streamOnly : .datagramFirst)
    request.patience = patience
    request.attempts = attempts
    loop.ask(request) { result in
      observe(
        Self.observation(
          result, name, type,
          AskedServer(label: label, address: address.description, channel: channel)))
    }
  }

  /// Everybody is asked for its name (NSID).
  static func edns(dnssec: Bool) -> EDNS { dnssec ? signedEDNS : plainEDNS }
  private static let plainEDNS = EDNS(
    options: [EDNSOption(code: EDNSOption.nameServerIdentifier)])
  private static let signedEDNS = EDNS(
    dnssecOK: true, options: [EDNSOption(code: EDNSOption.nameServerIdentifier)])

  static func observation(
    _ result: DNSResult, _ name: DomainName, _ type: RecordType, _ server: AskedServer
  ) -> DNSObservation {
    let now = SystemClock.wall()
    switch result {
    case .success(let answer):
      var asked = server
      if answer.cameOverStream, asked.channel == .udp { asked.channel = .tcp }
      return DNSObservation(
        server: asked, name: name, type: type, at: now, roundTrip: answer.roundTrip,
        outcome: .reply(DNSReply(answer.message, name: name, type: type)))
    case .failure(let failure):
      return DNSObservation(
        server: server, name: name, type: type, at: now, outcome: .silence(Silence(failure)))
    }
  }
}

extension Silence {
  init(_ failure: DNSFailure) {
    switch failure.reason {
    case .deadline where !failure.mayHaveArrived:
      self = .notAsked("the time for all questions was over")
    case .timedOut, .deadline: self = .timedOut
    case .unreachable(let why): self = .unreachable(why)
    case .answeredBySomeoneElse(let who): self = .answeredBySomeoneElse(who)
    case .malformed(let why): self = .malformed(why)
    case .otherQuestion(let why): self = .otherQuestion(why)
    case .closed: self = .closed
    case .signature(let why): self = .channelFailed(why.description)
    }
  }
}
