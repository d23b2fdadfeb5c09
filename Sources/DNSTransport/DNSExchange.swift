import DNSModel
import Notation
import SystemIO

/// One question to one server, and its answer: blocks until it is there or the deadline is.
///
/// UDP with a random id, port and spelling, TCP where the answer is cut; for an UPDATE, TCP and never
/// twice. With a key, the request is signed and only a signed answer counts.
public enum DNSExchange {
  public static func ask(
    _ question: Question, of server: SocketAddress, recursionDesired: Bool = false,
    edns: EDNS? = EDNS(), path: DNSRequest.Path = .datagramFirst, key: TSIGKey? = nil,
    within deadline: TimeSpan = .seconds(10)
  ) throws(DNSFailure) -> DNSAnswer {
    var request = DNSRequest(
      question, to: server, recursionDesired: recursionDesired, edns: edns, path: path)
    request.key = key
    return try perform(request, within: deadline)
  }

  /// Sends a message that must not arrive twice (an UPDATE), once, over one connection.
  /// `DNSFailure.mayHaveArrived` tells whether its effect is unknown afterwards.
  public static func send(
    _ message: Message, to server: SocketAddress, key: TSIGKey? = nil,
    within deadline: TimeSpan = .seconds(10)
  ) throws(DNSFailure) -> DNSAnswer {
    var request = DNSRequest(message, to: server, path: .streamOnly)
    request.key = key
    request.attempts = 1
    request.patience = deadline
    return try perform(request, within: deadline)
  }

  public static func perform(
    _ request: DNSRequest, within deadline: TimeSpan
  ) throws(DNSFailure) -> DNSAnswer {
    let loop: AskingLoop
    do throws(SystemError) {
      var options = AskingLoop.Options()
      options.sockets = 1
      loop = try AskingLoop(options)
    } catch {
      throw DNSFailure(reason: .unreachable(error.description), mayHaveArrived: false)
    }
    var result: DNSResult?
    loop.ask(request) { result = $0 }
    loop.run(for: deadline)
    guard let result else { throw DNSFailure(reason: .deadline, mayHaveArrived: true) }
    return try result.get()
  }
}
