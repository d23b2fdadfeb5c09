import DNSModel
import TestSupport
import ZoneFiles

@testable import DNSServer

/// Zones from their text, and what is said from them, in words.
struct SpokenAnswers {
  let zones: ServedZones
  let responder: Responder

  /// Each text is read with a TTL of 300.
  init(_ texts: [(origin: DomainName, text: String)]) throws {
    zones = ServedZones(
      try texts.map { origin, text in
        let file = ZoneFile(text: "$TTL 300\n" + text + "\n", origin: origin)
        guard file.isServable else { throw ProgramFailure(description: file.reasons.joined()) }
        return file.zone
      })
    responder = Responder(zones, version: "9.9")
  }

  func reply(to bytes: [UInt8], _ transport: Transport = .udp) -> [UInt8]? {
    guard case .reply(let reply, _) = responder.respond(to: bytes, over: transport) else {
      return nil
    }
    return reply
  }

  func reply(to message: Message, _ transport: Transport = .udp) throws -> Message? {
    try reply(to: message.encoded(), transport).map { bytes throws in
      try Message(parsing: bytes)
    }
  }

  /// `NAME TYPE [CLASS]` → `CODE [aa] [tc] | answer | authority | additional`.
  func answer(_ text: String, edns: EDNS? = nil, _ transport: Transport = .udp) throws -> String {
    let words = text.split(separator: " ").map(String.init)
    let type = RecordType(parsing: words[1]) ?? .any
    var question = Question(try DomainName(parsing: words[0]), type)
    if words.count > 2 { question.recordClass = words[2] == "CH" ? .chaos : .any }
    guard let message = try reply(to: Message(asking: question, id: 7, edns: edns), transport)
    else { return "nothing" }
    return Self.words(message)
  }

  static func words(_ message: Message) -> String {
    var head = "\(message.responseCode)"
    if message.header.isAuthoritative { head += " aa" }
    if message.header.isTruncated { head += " tc" }
    let sections = [message.answers, message.authorities, message.additionals].map { records in
      records.map { "\($0.owner) \($0.ttl) \($0.type) \($0.data)" }.joined(separator: "; ")
    }
    return ([head] + sections).joined(separator: " | ")
  }
}
