import DNSModel
import Migration
import Notation
import Testing

/// The golden lines: what journals of earlier versions hold. A line is never changed; a new kind or a
/// new form adds one.
@Suite struct WrittenRecordTests {
  static let now = Now(safe: UTCInstant(milliseconds: 1000), wall: UTCInstant(milliseconds: 2000))
  static let value = ServedValue(.new, TTL(clamping: 60))
  static let old = ServedValue(.old, TTL(clamping: 172800))

  static let kinds: [(FactKind, String)] = [
    (.started(planDigest: "d", startedBy: "ann"), #"{"name":"started","plan":"d","by":"ann"}"#),
    (.recovered, #"{"name":"recovered"}"#),
    (.stepDone(step: 3), #"{"name":"stepDone","step":3}"#),
    (
      .roundSeen(
        RoundSummary(
          startedAt: now.safe, completedAt: now.wall,
          values: [value, ServedValue(.absent, .zero), ServedValue(.other(.max), .zero)],
          unreachable: ["ns1.example.@192.0.2.1:53"], askedCount: 4, foreignTexts: ["x"],
          slips: ["y"])),
      #"{"name":"roundSeen","round":{"startedAt":1000,"completedAt":2000,"values":[{"content":"new","ttl":60},{"content":"absent","ttl":0},{"content":{"other":"ffffffffffffffff"},"ttl":0}],"unreachable":["ns1.example.@192.0.2.1:53"],"asked":4,"foreign":["x"],"slips":["y"]}}"#
    ),
    (
      .providerRead(
        ProviderReading(askedAt: now.safe, at: now.wall, value: old, fence: 7)),
      #"{"name":"providerRead","reading":{"askedAt":1000,"at":2000,"value":{"content":"old","ttl":172800},"fence":"7"}}"#
    ),
    (
      .providerRead(ProviderReading(askedAt: now.safe, at: now.wall, value: nil)),
      #"{"name":"providerRead","reading":{"askedAt":1000,"at":2000}}"#
    ),
    (
      .longerTTLSeen(old, resolver: "r1"),
      #"{"name":"longerTTLSeen","value":{"content":"old","ttl":172800},"resolver":"r1"}"#
    ),
    (
      .ttlRounded(asked: TTL(clamping: 30), served: TTL(clamping: 60)),
      #"{"name":"ttlRounded","asked":30,"served":60}"#
    ),
    (
      .evidenceSeen(
        EvidenceReport(
          kind: .newEndpoint, outcome: .pass, at: now.safe, fingerprint: 255,
          certificateEnds: now.wall, router: [.owned, .bound], summary: "fine")),
      #"{"name":"evidenceSeen","report":{"kind":"newEndpoint","outcome":"pass","at":1000,"fingerprint":"ff","certificateEnds":2000,"router":5,"summary":"fine"}}"#
    ),
    (
      .effectIntended(
        Effect(
          number: 9, action: .writeRecord(RecordWrite(value: value, expected: old, fence: 0)),
          sendBy: now.safe, deadAt: now.wall)),
      #"{"name":"effectIntended","effect":{"number":9,"action":{"write":{"value":{"content":"new","ttl":60},"expected":{"content":"old","ttl":172800},"fence":"0"}},"sendBy":1000,"deadAt":2000}}"#
    ),
    (
      .effectIntended(Effect(number: 1, action: .lockOrigin, sendBy: now.safe, deadAt: now.wall)),
      #"{"name":"effectIntended","effect":{"number":1,"action":"lock","sendBy":1000,"deadAt":2000}}"#
    ),
    (
      .effectEnded(number: 9, .rejected(.conflict)),
      #"{"name":"effectEnded","number":9,"outcome":{"rejected":"conflict"}}"#
    ),
    (
      .effectEnded(number: 9, .handedOver),
      #"{"name":"effectEnded","number":9,"outcome":"handedOver"}"#
    ),
    (
      .effectResolved(number: 9, tookHold: true),
      #"{"name":"effectResolved","number":9,"tookHold":true}"#
    ),
    (
      .commanded(
        Command(
          request: "r", actor: "ann",
          verb: .approve(.cutOver, planDigest: "p", evidenceDigest: "e"), reason: "ok"),
        .refused(.evidenceChanged)),
      #"{"name":"commanded","command":{"request":"r","actor":"ann","verb":{"name":"approve","gate":"cutOver","plan":"p","evidence":"e"},"reason":"ok"},"result":{"refused":"evidenceChanged"}}"#
    ),
    (.held(.drift), #"{"name":"held","reason":"drift"}"#),
    (.released(.failure), #"{"name":"released","reason":"failure"}"#),
    (.turnedBack(because: .soak), #"{"name":"turnedBack","because":"soak"}"#),
    (.soaked(good: .seconds(5)), #"{"name":"soaked","good":5000}"#),
    (.leftBehind(.clean), #"{"name":"leftBehind","purpose":"clean"}"#),
    (.ended(.rolledBack), #"{"name":"ended","ending":"rolledBack"}"#),
  ]

  @Test(arguments: kinds) func factsKeepTheirForm(kind: FactKind, line: String) throws {
    #expect(kind.json.compact == line)
    #expect(try FactKind(json: JSON(parsing: line)) == kind)
    let fact = Fact(at: Self.now, kind)
    #expect(try Fact(json: JSON(parsing: fact.json.compact)) == fact)
  }

  @Test func everyVerbIsReadAgain() throws {
    let verbs =
      Verb.plain + [
        .approve(.restoreTTL, planDigest: "p", evidenceDigest: ""), .decline(.restoreTTL),
        .waive(authority: "ns1@[::1]:53"),
      ]
    for verb in verbs { #expect(try Verb(json: JSON(parsing: verb.json.compact)) == verb) }
    #expect(Set(verbs.map(\.name)).count == verbs.count)
  }

  @Test func everyEffectIsReadAgain() throws {
    let actions: [EffectAction] = [
      .ownHostname, .obtainCertificate, .renewCertificate(before: UTCInstant(milliseconds: 7)),
      .bindHostname, .cleanRouter, .lockOrigin, .unlockOrigin,
      .retireOldEndpoint,
    ]
    #expect(actions.count == EffectPurpose.allCases.count - 1)
    for action in actions { #expect(try EffectAction(json: action.json) == action) }
  }

  @Test func whatALaterVersionWroteIsRefusedWithItsPlace() {
    let lines = [
      (#"{"name":"levitated"}"#, #"name: "levitated" is not known here"#),
      (#"{"name":"held","reason":"mood"}"#, #"reason: "mood" is not known here"#),
      (#"{"name":"stepDone"}"#, "step: is missing"),
      (
        #"{"name":"effectIntended","effect":{"number":-1}}"#,
        "effect.number: the number is out of range"
      ), (#"[]"#, "an object is wanted"),
    ]
    for (line, reason) in lines {
      do {
        _ = try FactKind(json: JSON(parsing: line))
        Issue.record("\(line) was read")
      } catch {
        #expect("\(error)" == reason)
      }
    }
  }

  @Test func compiledPlansAreReadAgain() throws {
    var needs = StepSet()
    needs.insert(0)
    let plan = CompiledPlan(
      planDigest: "d", hostname: "api.example.test", zone: "example.test",
      oldTarget: "old.example.net", newTarget: "new\\.dot.example.net",
      steps: [
        Step(.baseline, needs: StepSet()),
        Step(.lowerTTL(stage: 1, ttl: TTL(clamping: 60)), needs: needs),
        Step(.approve(.cutOver), needs: needs), Step(.soak(number: 2), needs: needs),
        Step(.raiseTTL(ttl: TTL(clamping: 300)), needs: needs), Step(.report, needs: needs),
      ],
      waits: WaitParameters(
        declaredTTL: TTL(clamping: 172800), stages: [TTL(clamping: 60)], isLadder: true,
        finalTTL: TTL(clamping: 300), authoritativeLag: .seconds(1), margin: .seconds(2),
        cleanRounds: 3, propagationBound: .seconds(4), longestWrite: .seconds(5), hasFence: true,
        cutOverAt: Self.now.wall, soaks: [.hours(1), .hours(2)], minimumTail: .hours(72),
        hasTrafficSource: false),
      rollback: RollbackParameters(
        unlockTime: .minutes(1), minimumStay: .hours(1), window: .days(7),
        oldEndpointEnds: Self.now.safe),
      approvals: [GateRequirement(gate: .cutOver, count: 2, approvers: ["ann", "bob"])],
      changeWindows: [ChangeWindow(opens: Self.now.safe, closes: Self.now.wall)])
    #expect(try CompiledPlan(json: JSON(parsing: plan.json.compact)) == plan)
    var later = plan
    later.version = 2
    #expect(throws: WrittenRecordError.self) {
      try CompiledPlan(json: JSON(parsing: later.json.compact))
    }
  }
}
