import DNSModel
import Notation

extension Effect: WrittenRecord {
  public var json: JSON {
    [
      "number": .integer(Int(number)), "action": action.json, "sendBy": .instant(sendBy),
      "deadAt": .instant(deadAt),
    ]
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    self.init(
      number: try fields.exact("number"), action: try fields.record("action"),
      sendBy: try fields.instant("sendBy"), deadAt: try fields.instant("deadAt"))
  }
}

extension EffectAction: WrittenRecord {
  public var json: JSON {
    if case .writeRecord(let write) = self { return ["write": write.json] }
    if case .renewCertificate(let end) = self { return ["renew": .instant(end)] }
    return .string(purpose.name)
  }

  public init(json: JSON) throws(WrittenRecordError) {
    guard let name = json.string else {
      let fields = try WrittenFields(json)
      self =
        json["renew"] == nil
        ? .writeRecord(try fields.record("write"))
        : .renewCertificate(before: try fields.instant("renew"))
      return
    }
    switch EffectPurpose(name: name) {
    case .own: self = .ownHostname
    case .certificate: self = .obtainCertificate
    case .bind: self = .bindHostname
    case .clean: self = .cleanRouter
    case .lock: self = .lockOrigin
    case .unlock: self = .unlockOrigin
    case .retire: self = .retireOldEndpoint
    case .record, .renew, nil: throw WrittenRecordError("\"\(safeText(name))\" is not known here")
    }
  }
}

extension RecordWrite: WrittenRecord {
  public var json: JSON {
    .record([
      ("value", value.json), ("expected", expected.json), ("fence", fence.map { .bits($0) }),
    ])
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    self.init(
      value: try fields.record("value"), expected: try fields.record("expected"),
      fence: try fields.optional("fence") { name throws(WrittenRecordError) in
        try fields.bits(name)
      })
  }
}

extension EffectOutcome: WrittenRecord {
  public var json: JSON {
    switch self {
    case .applied: "applied"
    case .unknown: "unknown"
    case .handedOver: "handedOver"
    case .rejected(let rejection): ["rejected": .string(rejection.rawValue)]
    }
  }

  public init(json: JSON) throws(WrittenRecordError) {
    switch json {
    case "applied": self = .applied
    case "unknown": self = .unknown
    case "handedOver": self = .handedOver
    default:
      self = .rejected(try WrittenFields(json).word("rejected") { Rejection(rawValue: $0) })
    }
  }
}
