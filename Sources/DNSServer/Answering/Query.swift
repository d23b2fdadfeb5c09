import DNSModel

/// How a message came: it decides how large the answer may be, and whether it may be cut.
public enum Transport: String, Hashable, Sendable {
  case udp
  case tcp
}

/// A question that intake found in order.
public struct Query: Hashable, Sendable {
  public var header: MessageHeader
  public var question: Question
  public var edns: EDNS?
  public var transport: Transport

  public init(
    header: MessageHeader, question: Question, edns: EDNS? = nil, transport: Transport
  ) {
    self.header = header
    self.question = question
    self.edns = edns
    self.transport = transport
  }

  public var dnssecOK: Bool { edns?.dnssecOK ?? false }
}
