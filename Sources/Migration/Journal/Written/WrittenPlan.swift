import DNSModel
import Notation

extension CompiledPlan: WrittenRecord {
  public var json: JSON {
    .record([
      ("version", .integer(version)), ("planDigest", .string(planDigest)),
      ("hostname", .string(hostname.description)), ("zone", .string(zone.description)),
      ("oldTarget", .string(oldTarget.description)), ("newTarget", .string(newTarget.description)),
      ("steps", .array(steps.map(\.json))), ("waits", waits.json), ("rollback", rollback.json),
      ("renewal", renewal?.json),
      ("approvals", .array(approvals.map(\.json))),
      ("changeWindows", .array(changeWindows.map(\.json))),
      ("holdsWhenWindowMissed", holdsWhenWindowMissed ? .bool(true) : nil),
    ])
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    let version: Int = try fields.exact("version")
    guard version == Self.currentVersion else {
      throw WrittenRecordError(
        "the compiled plan has version \(version), and \(Self.currentVersion) is known here")
    }
    self.init(
      planDigest: try fields.text("planDigest"), hostname: try fields.name("hostname"),
      zone: try fields.name("zone"), oldTarget: try fields.name("oldTarget"),
      newTarget: try fields.name("newTarget"), steps: try fields.records("steps"),
      waits: try fields.record("waits"), rollback: try fields.record("rollback"),
      renewal: try fields.optional("renewal") { name throws(WrittenRecordError) in
        try fields.record(name)
      },
      approvals: try fields.records("approvals"),
      changeWindows: try fields.records("changeWindows"),
      holdsWhenWindowMissed: try fields.optional("holdsWhenWindowMissed", fields.flag) ?? false)
  }
}

extension Step: WrittenRecord {
  public var json: JSON {
    var object = JSONObject([("kind", .string(kind.written.name))])
    for (key, value) in kind.written.body { object[key] = value }
    object["needs"] = .array(needs.indices.map { .integer($0) })
    return .object(object)
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    var needs = StepSet()
    let indices = try fields.list("needs") { json throws(WrittenRecordError) in
      guard let index = json.integer, (0..<Int64(StepSet.limit)).contains(index) else {
        throw WrittenRecordError("no step has this number")
      }
      return Int(index)
    }
    for index in indices { needs.insert(index) }
    self.init(try StepKind(reading: fields), needs: needs)
  }
}

extension StepKind {
  fileprivate var written: (name: String, body: [(String, JSON)]) {
    switch self {
    case .baseline: ("baseline", [])
    case .audit: ("audit", [])
    case .lowerTTL(let stage, let ttl):
      ("lowerTTL", [("stage", .integer(stage)), ("ttl", .ttl(ttl))])
    case .ownHostname: ("ownHostname", [])
    case .obtainCertificate: ("obtainCertificate", [])
    case .bindHostname: ("bindHostname", [])
    case .proveEndpoint: ("proveEndpoint", [])
    case .renewCertificate(let number): ("renewCertificate", [("number", .integer(number))])
    case .approve(let gate): ("approve", [("gate", .string(gate.name))])
    case .cutOver: ("cutOver", [])
    case .verify: ("verify", [])
    case .soak(let number): ("soak", [("soak", .integer(number))])
    case .lockOrigin: ("lockOrigin", [])
    case .raiseTTL(let ttl): ("raiseTTL", [("ttl", .ttl(ttl))])
    case .retireOldEndpoint: ("retireOldEndpoint", [])
    case .report: ("report", [])
    }
  }

  fileprivate init(reading fields: WrittenFields) throws(WrittenRecordError) {
    switch try fields.text("kind") {
    case "lowerTTL": self = .lowerTTL(stage: try fields.exact("stage"), ttl: try fields.ttl("ttl"))
    case "approve": self = .approve(try fields.word("gate") { Gate(name: $0) })
    case "soak": self = .soak(number: try fields.exact("soak"))
    case "renewCertificate": self = .renewCertificate(number: try fields.exact("number"))
    case "raiseTTL": self = .raiseTTL(ttl: try fields.ttl("ttl"))
    default:
      let plain: [StepKind] = [
        .baseline, .audit, .ownHostname, .obtainCertificate, .bindHostname, .proveEndpoint,
        .cutOver, .verify, .lockOrigin, .retireOldEndpoint, .report,
      ]
      self = try fields.word("kind") { name in plain.first { $0.written.name == name } }
    }
  }
}

extension WaitParameters: WrittenRecord {
  public var json: JSON {
    .record([
      ("declaredTTL", .ttl(declaredTTL)), ("stages", .array(stages.map { .ttl($0) })),
      ("ladder", .bool(isLadder)), ("finalTTL", .ttl(finalTTL)),
      ("authoritativeLag", .span(authoritativeLag)), ("margin", .span(margin)),
      ("cleanRounds", .integer(cleanRounds)), ("propagationBound", .span(propagationBound)),
      ("longestWrite", .span(longestWrite)), ("fence", .bool(hasFence)),
      ("manual", .bool(isManual)), ("freshness", .span(freshness)),
      ("cutOverAt", cutOverAt.map { .instant($0) }), ("soaks", .array(soaks.map { .span($0) })),
      ("minimumTail", .span(minimumTail)), ("trafficSource", .bool(hasTrafficSource)),
    ])
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    let stages = try fields.list("stages") { json throws(WrittenRecordError) in
      guard let seconds = json.integer, let ttl = TTL(seconds) else {
        throw WrittenRecordError("no TTL")
      }
      return ttl
    }
    let soaks = try fields.list("soaks") { json throws(WrittenRecordError) in
      guard let milliseconds = json.integer else { throw WrittenRecordError("no span") }
      return TimeSpan(milliseconds: milliseconds)
    }
    self.init(
      declaredTTL: try fields.ttl("declaredTTL"), stages: stages,
      isLadder: try fields.flag("ladder"), finalTTL: try fields.ttl("finalTTL"),
      authoritativeLag: try fields.span("authoritativeLag"), margin: try fields.span("margin"),
      cleanRounds: try fields.exact("cleanRounds"),
      propagationBound: try fields.span("propagationBound"),
      longestWrite: try fields.span("longestWrite"), hasFence: try fields.flag("fence"),
      isManual: try fields.flag("manual"), freshness: try fields.span("freshness"),
      cutOverAt: try fields.optional("cutOverAt") { name throws(WrittenRecordError) in
        try fields.instant(name)
      },
      soaks: soaks, minimumTail: try fields.span("minimumTail"),
      hasTrafficSource: try fields.flag("trafficSource"))
  }
}

extension RollbackParameters: WrittenRecord {
  public var json: JSON {
    .record([
      ("unlockTime", .span(unlockTime)), ("minimumStay", .span(minimumStay)),
      ("window", .span(window)), ("oldEndpointEnds", oldEndpointEnds.map { .instant($0) }),
      ("oldBindingEnds", oldBindingEnds.map { .instant($0) }),
    ])
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    self.init(
      unlockTime: try fields.span("unlockTime"), minimumStay: try fields.span("minimumStay"),
      window: try fields.span("window"),
      oldEndpointEnds: try fields.optional("oldEndpointEnds") { name throws(WrittenRecordError) in
        try fields.instant(name)
      },
      oldBindingEnds: try fields.optional("oldBindingEnds") { name throws(WrittenRecordError) in
        try fields.instant(name)
      })
  }
}

extension RenewalParameters: WrittenRecord {
  public var json: JSON {
    .record([("life", .span(life)), ("byHand", isByHand ? .bool(true) : nil)])
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    self.init(
      life: try fields.span("life"),
      isByHand: try fields.optional("byHand", fields.flag) ?? false)
  }
}

extension GateRequirement: WrittenRecord {
  public var json: JSON {
    [
      "gate": .string(gate.name), "count": .integer(count), "approvers": .strings(approvers),
      "validity": .span(validity),
    ]
  }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    self.init(
      gate: try fields.word("gate") { Gate(name: $0) }, count: try fields.exact("count"),
      approvers: try fields.texts("approvers"), validity: try fields.span("validity"))
  }
}

extension ChangeWindow: WrittenRecord {
  public var json: JSON { ["opens": .instant(opens), "closes": .instant(closes)] }

  public init(json: JSON) throws(WrittenRecordError) {
    let fields = try WrittenFields(json)
    self.init(opens: try fields.instant("opens"), closes: try fields.instant("closes"))
  }
}
