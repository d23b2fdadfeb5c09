import Notation

extension Command: WrittenRecord {
  public var json: JSON {
    [
      "request": .string(request), "actor": .string(actor), "verb": verb.json,
      "reason": .string(reason),
    ]
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    self.init(
      request: try fields.text("request"), actor: try fields.text("actor"),
      verb: try fields.record("verb"), reason: try fields.text("reason"))
  }
}

extension Verb: WrittenRecord {
  public var json: JSON {
    switch self {
    case .approve(let gate, let planDigest, let evidenceDigest):
      [
        "name": .string(name), "gate": .string(gate.name), "plan": .string(planDigest),
        "evidence": .string(evidenceDigest),
      ]
    case .decline(let gate): ["name": .string(name), "gate": .string(gate.name)]
    case .waive(let authority): ["name": .string(name), "authority": .string(authority)]
    case .pause, .resume, .abort, .rollback, .retry, .adopt, .overwrite, .breakGlass,
      .attestDrained, .withdraw:
      ["name": .string(name)]
    }
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    switch try fields.text("name") {
    case "approve":
      self = .approve(
        try fields.word("gate") { Gate(name: $0) }, planDigest: try fields.text("plan"),
        evidenceDigest: try fields.text("evidence"))
    case "decline": self = .decline(try fields.word("gate") { Gate(name: $0) })
    case "waive": self = .waive(authority: try fields.text("authority"))
    default: self = try fields.word("name") { name in Self.plain.first { $0.name == name } }
    }
  }

  /// The verbs that are said in one word.
  public static let plain: [Verb] = [
    .pause, .resume, .abort, .rollback, .retry, .adopt, .overwrite, .breakGlass, .attestDrained,
    .withdraw,
  ]
}

extension CommandResult: WrittenRecord {
  public var json: JSON {
    switch self {
    case .accepted: "accepted"
    case .alreadySo: "alreadySo"
    case .refused(let refusal): ["refused": .string(refusal.rawValue)]
    }
  }

  public init(json: JSON) throws(WrittenRecordError) {
    switch json {
    case "accepted": self = .accepted
    case "alreadySo": self = .alreadySo
    default:
      self = .refused(try WrittenFields(json).word("refused") { CommandRefusal(rawValue: $0) })
    }
  }
}
