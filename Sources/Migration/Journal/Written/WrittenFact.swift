import DNSModel
import Notation

extension Fact: WrittenRecord {
  public var json: JSON {
    ["safe": .instant(at.safe), "wall": .instant(at.wall), "kind": kind.json]
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    self.init(
      at: Now(safe: try fields.instant("safe"), wall: try fields.instant("wall")),
      try fields.record("kind"))
  }
}

extension FactKind: WrittenRecord {
  /// The word that names a kind in journals, for ever.
  public var name: String {
    switch self {
    case .started: "started"
    case .recovered: "recovered"
    case .stepDone: "stepDone"
    case .roundSeen: "roundSeen"
    case .providerRead: "providerRead"
    case .longerTTLSeen: "longerTTLSeen"
    case .ttlRounded: "ttlRounded"
    case .evidenceSeen: "evidenceSeen"
    case .effectIntended: "effectIntended"
    case .effectEnded: "effectEnded"
    case .effectResolved: "effectResolved"
    case .commanded: "commanded"
    case .held: "held"
    case .released: "released"
    case .turnedBack: "turnedBack"
    case .soaked: "soaked"
    case .leftBehind: "leftBehind"
    case .ended: "ended"
    }
  }

  public var json: JSON {
    var object = JSONObject([("name", .string(name))])
    for (key, value) in body { object[key] = value }
    return .object(object)
  }

  private var body: [(String, JSON)] {
    switch self {
    case .started(let digest, let person):
      [("plan", .string(digest)), ("by", .string(person))]
    case .recovered: []
    case .stepDone(let step): [("step", .integer(step))]
    case .roundSeen(let round): [("round", round.json)]
    case .providerRead(let reading): [("reading", reading.json)]
    case .longerTTLSeen(let value, let resolver):
      [("value", value.json), ("resolver", .string(resolver))]
    case .ttlRounded(let asked, let served): [("asked", .ttl(asked)), ("served", .ttl(served))]
    case .evidenceSeen(let report): [("report", report.json)]
    case .effectIntended(let effect): [("effect", effect.json)]
    case .effectEnded(let number, let outcome):
      [("number", .integer(Int(number))), ("outcome", outcome.json)]
    case .effectResolved(let number, let tookHold):
      [("number", .integer(Int(number))), ("tookHold", .bool(tookHold))]
    case .commanded(let command, let result): [("command", command.json), ("result", result.json)]
    case .held(let reason), .released(let reason): [("reason", .string(reason.name))]
    case .turnedBack(let kind): [("because", .string(kind.name))]
    case .soaked(let good): [("good", .span(good))]
    case .leftBehind(let purpose): [("purpose", .string(purpose.name))]
    case .ended(let ending): [("ending", .string(ending.rawValue))]
    }
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    let name = try fields.text("name")
    if let kind = try Self.observed(name, fields) {
      self = kind
    } else if let kind = try Self.decided(name, fields) {
      self = kind
    } else {
      throw WrittenRecordError("\"\(safeText(name))\" is not known here", at: ["name"])
    }
  }

  private static func observed(
    _ name: String, _ fields: WrittenFields
  ) throws(WrittenRecordError) -> FactKind? {
    switch name {
    case "roundSeen": .roundSeen(try fields.record("round"))
    case "providerRead": .providerRead(try fields.record("reading"))
    case "longerTTLSeen":
      .longerTTLSeen(try fields.record("value"), resolver: try fields.text("resolver"))
    case "ttlRounded": .ttlRounded(asked: try fields.ttl("asked"), served: try fields.ttl("served"))
    case "evidenceSeen": .evidenceSeen(try fields.record("report"))
    case "effectEnded":
      .effectEnded(number: try fields.exact("number"), try fields.record("outcome"))
    case "effectResolved":
      .effectResolved(number: try fields.exact("number"), tookHold: try fields.flag("tookHold"))
    default: nil
    }
  }

  private static func decided(
    _ name: String, _ fields: WrittenFields
  ) throws(WrittenRecordError) -> FactKind? {
    switch name {
    case "started": .started(planDigest: try fields.text("plan"), startedBy: try fields.text("by"))
    case "recovered": .recovered
    case "stepDone": .stepDone(step: try fields.exact("step"))
    case "effectIntended": .effectIntended(try fields.record("effect"))
    case "commanded": .commanded(try fields.record("command"), try fields.record("result"))
    case "held": .held(try fields.word("reason") { PauseReason(name: $0) })
    case "released": .released(try fields.word("reason") { PauseReason(name: $0) })
    case "turnedBack": .turnedBack(because: try fields.word("because") { EvidenceKind(name: $0) })
    case "soaked": .soaked(good: try fields.span("good"))
    case "leftBehind": .leftBehind(try fields.word("purpose") { EffectPurpose(name: $0) })
    case "ended": .ended(try fields.word("ending") { Ending(rawValue: $0) })
    default: nil
    }
  }
}
