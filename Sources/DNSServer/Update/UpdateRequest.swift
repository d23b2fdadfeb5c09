import DNSModel

/// Why an update is not done: the code for the requester, and for the log what was wrong.
struct UpdateRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  let code: ResponseCode
  let reason: String

  init(_ code: ResponseCode, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  var description: String { "\(code): \(reason)" }
}

/// An UPDATE message's sections under their names of RFC 2136 §2.
struct UpdateRequest: Hashable, Sendable {
  let zone: DomainName
  let zoneClass: RecordClass
  let prerequisites: [ResourceRecord]
  let updates: [ResourceRecord]

  /// §3.1.1: one zone, asked for by its SOA.
  init(_ message: Message) throws(UpdateRefusal) {
    guard message.questions.count == 1, let zone = message.questions.first else {
      throw UpdateRefusal(
        .formatError, "the zone section names \(message.questions.count) zones, not one")
    }
    guard zone.type == .soa else {
      throw UpdateRefusal(.formatError, "the zone section's type is not SOA")
    }
    self.zone = zone.name
    self.zoneClass = zone.recordClass
    self.prerequisites = message.answers
    self.updates = message.authorities
  }
}
