import DNSModel
import DNSTransport
import HTTP
import Migration
import Notation
import SystemIO

/// The panel of resolvers, all asked at the same time: over UDP and TCP on the one loop; over HTTPS
/// (RFC 8484) each on a thread of its own, since libcurl blocks,
/// and so over TLS.
public enum ResolverLook {
  public struct Trust: Sendable {
    /// Anchors (PEM) besides which nobody is believed; nil for the system's.
    public var anchors: [UInt8]?
    public init(anchors: [UInt8]? = nil) { self.anchors = anchors }
  }

  /// Observations in the order of `members`. Blocks, at most `deadline`.
  public static func ask(
    _ members: [PanelMember], _ name: DomainName, _ type: RecordType, on observing: Observing,
    trust: Trust = Trust(), within deadline: TimeSpan
  ) -> [DNSObservation] {
    var observations: [DNSObservation?] = Array(repeating: nil, count: members.count)
    let fromThreads = Mutex<[Int: DNSObservation]>([:])
    var threads: [Thread] = []
    // As long as the attempts of a datagram, so that nobody is waited for alone.
    let patience = min(deadline, observing.patience * 7)
    for (index, member) in members.enumerated() {
      switch member.channel {
      case .udp, .tcp:
        observing.ask(
          name, type, of: member.address, label: member.label, channel: member.channel,
          recursionDesired: true
        ) { observations[index] = $0 }
      case .https, .tls:
        let thread = try? Thread("resolver") {
          let observation = encrypted(member, name, type, trust, patience)
          fromThreads.withLock { $0[index] = observation }
        }
        if let thread { threads.append(thread) }
      }
    }
    observing.loop.run(for: deadline)
    for thread in threads { thread.join() }
    let late = fromThreads.withLock { $0 }
    return members.indices.map { index in
      observations[index] ?? late[index]
        ?? DNSObservation(
          server: members[index].server, name: name, type: type, at: SystemClock.wall(),
          outcome: .silence(.notAsked("no thread could be started")))
    }
  }

  private static func encrypted(
    _ member: PanelMember, _ name: DomainName, _ type: RecordType, _ trust: Trust,
    _ deadline: TimeSpan
  ) -> DNSObservation {
    let begin = SystemClock.nanoseconds()
    let outcome =
      member.channel == .https
      ? overHTTPS(member, name, type, trust, deadline)
      : EncryptedExchange.ask(member, Question(name, type), trust, within: deadline)
    return DNSObservation(
      server: member.server, name: name, type: type, at: SystemClock.wall(),
      roundTrip: .milliseconds((SystemClock.nanoseconds() - begin) / 1_000_000), outcome: outcome)
  }

  /// POST of the message (RFC 8484 §4.1), its id 0 as the RFC wishes.
  private static func overHTTPS(
    _ member: PanelMember, _ name: DomainName, _ type: RecordType, _ trust: Trust,
    _ deadline: TimeSpan
  ) -> DNSObservation.Outcome {
    let question = Question(name, type)
    var options = HTTPClient.Options()
    if let anchors = trust.anchors { options.trust = .anchors(pem: anchors) }
    options.timeout = deadline
    options.connectTimeout = deadline
    if member.httpsURL == nil { options.connectTo = member.address.description }
    options.bodyLimit = 65535
    let host = member.tlsName ?? member.address.description
    do throws(HTTPError) {
      let client = try HTTPClient(options)
      let response = try client.send(
        HTTPRequest(
          "POST", member.httpsURL ?? "https://\(host)/dns-query",
          headers: [
            HTTPHeader("Content-Type", "application/dns-message"),
            HTTPHeader("Accept", "application/dns-message"),
          ], body: message(question, id: 0)))
      guard response.status == 200 else {
        return .silence(.channelFailed("HTTPS answered with status \(response.status)"))
      }
      return read(response.body, question)
    } catch {
      switch error {
      case .timedOut: return .silence(.timedOut)
      case .cannotConnect(let why): return .silence(.unreachable(why))
      case .certificateRefused(let why): return .silence(.distrusted(why))
      default: return .silence(.channelFailed(error.description))
      }
    }
  }

  /// The question as every resolver gets it, whichever way it travels.
  static func message(_ question: Question, id: UInt16) -> [UInt8] {
    Message(
      asking: question, id: id, recursionDesired: true, edns: Observing.edns(dnssec: false)
    ).encoded()
  }

  static func read(_ bytes: [UInt8], _ question: Question) -> DNSObservation.Outcome {
    do throws(MessageError) {
      let message = try Message(parsing: bytes)
      guard message.header.isResponse, message.questions == [question] else {
        return .silence(.otherQuestion("the question it repeats is not ours"))
      }
      return .reply(DNSReply(message, name: question.name, type: question.type))
    } catch {
      return .silence(.malformed(error.description))
    }
  }
}
