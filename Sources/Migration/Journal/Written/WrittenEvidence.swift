import DNSModel
import Notation

extension RecordContent: WrittenRecord {
  public var json: JSON {
    switch self {
    case .old: "old"
    case .new: "new"
    case .absent: "absent"
    case .other(let fingerprint): ["other": .bits(fingerprint)]
    }
  }

  public init(json: JSON) throws(WrittenRecordError) {
    switch json {
    case "old": self = .old
    case "new": self = .new
    case "absent": self = .absent
    default: self = .other(try WrittenFields(json).bits("other"))
    }
  }
}

extension ServedValue: WrittenRecord {
  public var json: JSON { ["content": content.json, "ttl": .ttl(ttl)] }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    self.init(try fields.record("content"), try fields.ttl("ttl"))
  }
}

extension RoundSummary: WrittenRecord {
  public var json: JSON {
    .record([
      ("startedAt", .instant(startedAt)), ("completedAt", .instant(completedAt)),
      ("values", .array(values.map(\.json))), ("unreachable", .strings(unreachable)),
      ("asked", .integer(askedCount)), ("foreign", .strings(foreignTexts)),
      ("slips", slips.isEmpty ? nil : .strings(slips)),
    ])
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    self.init(
      startedAt: try fields.instant("startedAt"), completedAt: try fields.instant("completedAt"),
      values: try fields.records("values"), unreachable: try fields.texts("unreachable"),
      askedCount: try fields.exact("asked"), foreignTexts: try fields.texts("foreign"),
      slips: try fields.optional("slips") { name throws(WrittenRecordError) in
        try fields.texts(name)
      } ?? [])
  }
}

extension ProviderReading: WrittenRecord {
  public var json: JSON {
    .record([
      ("askedAt", .instant(askedAt)), ("at", .instant(at)), ("value", value?.json),
      ("fence", fence.map { .bits($0) }),
    ])
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    self.init(
      askedAt: try fields.instant("askedAt"), at: try fields.instant("at"),
      value: try fields.optional("value") { name throws(WrittenRecordError) in
        try fields.record(name)
      },
      fence: try fields.optional("fence") { name throws(WrittenRecordError) in
        try fields.bits(name)
      })
  }
}

extension EvidenceReport: WrittenRecord {
  public var json: JSON {
    .record([
      ("kind", .string(kind.name)), ("outcome", .string(outcome.name)), ("at", .instant(at)),
      ("fingerprint", .bits(fingerprint)),
      ("certificateEnds", certificateEnds.map { .instant($0) }),
      ("router", .integer(Int(router.rawValue))), ("summary", .string(summary)),
    ])
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    self.init(
      kind: try fields.word("kind") { EvidenceKind(name: $0) },
      outcome: try fields.word("outcome") { Outcome(name: $0) }, at: try fields.instant("at"),
      fingerprint: try fields.bits("fingerprint"),
      certificateEnds: try fields.optional("certificateEnds") { name throws(WrittenRecordError) in
        try fields.instant(name)
      },
      router: RouterProgress(rawValue: try fields.exact("router")),
      summary: try fields.text("summary"))
  }
}
