import DNSModel
import Engine
import Invocation
import Migration
import Notation
import TestSupport
import Testing

@testable import cutover

/// What people read of a migration, from journals that are made up: only what is so, and only what helps.
@Suite struct StatusTextTests {
  static let plan = SmallMove.plan("api.example.test")
  static let old = ServedValue(.old, TTL(clamping: 20))
  static let new = ServedValue(.new, TTL(clamping: 5))
  static let zero = UTCInstant(milliseconds: 1_800_000_000_000)

  static func now(_ seconds: Int64) -> Now {
    let at = zero + .seconds(seconds)
    return Now(safe: at, wall: at)
  }

  static func round(_ second: Int64, _ values: [ServedValue], foreign: [String] = []) -> Fact {
    let at = now(second).safe
    return Fact(
      at: now(second),
      .roundSeen(
        RoundSummary(
          startedAt: at, completedAt: at, values: values, askedCount: 1, foreignTexts: foreign)))
  }

  static func read(_ second: Int64, _ value: ServedValue, fence: UInt64) -> Fact {
    let at = now(second).safe
    return Fact(
      at: now(second),
      .providerRead(ProviderReading(askedAt: at, at: at, value: value, fence: fence)))
  }

  static func start() -> [Fact] {
    [
      Fact(at: now(0), .started(planDigest: "digest", startedBy: "ann")), round(1, [old]),
      read(1, old, fence: 4), Fact(at: now(1), .stepDone(step: 0)),
    ]
  }

  static func evidence(_ second: Int64, _ kind: EvidenceKind, _ outcome: Outcome, _ why: String)
    -> Fact
  {
    Fact(
      at: now(second),
      .evidenceSeen(
        EvidenceReport(kind: kind, outcome: outcome, at: now(second).safe, summary: why)))
  }

  /// The TTL was lowered and the name cut over.
  static func cutOver() -> [Fact] {
    var facts = start()
    var before = old
    for (number, value) in [ServedValue(.old, TTL(clamping: 5)), new].enumerated() {
      let second = Int64(number) * 40 + 2
      let write = RecordWrite(value: value, expected: before, fence: 4 + UInt64(number))
      facts += [
        Fact(
          at: now(second),
          .effectIntended(
            Effect(
              number: UInt32(number) + 1, action: .writeRecord(write), sendBy: now(second + 5).safe,
              deadAt: now(second + 10).safe))),
        Fact(at: now(second), .effectEnded(number: UInt32(number) + 1, .applied)),
        round(second + 1, [value]), read(second + 1, value, fence: 5 + UInt64(number)),
      ]
      before = value
    }
    return facts + (1...4).map { Fact(at: now(50), .stepDone(step: $0)) }
  }

  static func view(_ facts: [Fact], at second: Int64) -> MigrationView {
    MigrationView(id: MigrationID("api"), plan: plan, facts: facts, now: now(second))
  }

  static func lines(_ view: MigrationView) -> String {
    StatusText(view: view, console: Console(allowsColor: false)).lines
      .joined(separator: "\n")
  }

  // MARK: Drift

  static let held = Fact(at: now(61), .held(.drift))

  static func said(_ verb: Verb) -> Fact {
    Fact(
      at: now(62), .commanded(Migration.Command(request: "", actor: "ann", verb: verb), .accepted))
  }

  /// The old record, put back by somebody else after the cutover: it IS the old one, and not ours.
  @Test func aDriftSaysWhatShouldBeThereAndWhatIsThere() {
    let facts =
      Self.cutOver() + [Self.round(60, [Self.old]), Self.read(60, Self.old, fence: 9), Self.held]
    let view = Self.view(facts, at: 70)
    let text = Self.lines(view)
    for part in [
      "held: a person must decide", "expected 5 CNAME new.example.net. with fence 6",
      "every authoritative serves 20 CNAME old.example.net. (seen ",
      "the provider holds 20 CNAME old.example.net. with fence 9", "not put right yet",
      "cutover resume --overwrite puts 5 CNAME new.example.net. in its place",
      "cutover rollback turns the move back, and waits for one of these, too",
    ] { #expect(text.contains(part), "\(part) is missing in\n\(text)") }
    #expect(!text.contains("neither"))
  }

  /// After `rollback` it still waits, and says so; overwriting then means the old record.
  @Test func aRollbackThatWaitsForADriftSaysWhatGetsOutOfIt() {
    let foreign = ServedValue(.other(7), TTL(clamping: 30))
    let facts =
      Self.cutOver() + [
        Self.round(
          60, [foreign], foreign: ["ns1.example.test.@192.0.2.1:53: 30 CNAME evil.example."]),
        Self.held, Self.said(.rollback),
      ]
    let text = Self.lines(Self.view(facts, at: 70))
    for part in [
      "ns1.example.test.@192.0.2.1:53: 30 CNAME evil.example.",
      "--overwrite puts 5 CNAME old.example.net. in its place",
      "the rollback waits for one of these",
    ] { #expect(text.contains(part), "\(part) is missing in\n\(text)") }
    #expect(!text.contains("cutover rollback"), "\(text)")
  }

  @Test func aDriftThatWasPutRightOnlyWantsResume() {
    let facts =
      Self.cutOver() + [Self.round(60, [Self.old]), Self.held, Self.round(65, [Self.new])]
    let text = Self.lines(Self.view(facts, at: 70))
    #expect(text.contains("it was put right meanwhile"), "\(text)")
    #expect(text.contains("to go on: cutover resume goes on"), "\(text)")
  }

  // MARK: Evidence

  @Test(arguments: [
    (EvidenceKind.oldEndpoint, Outcome.inconclusive, "192.0.2.9:443: connection refused"),
    (.newEndpoint, .fail, "192.0.2.1:443 answers 503"),
  ])
  func aVerdictComesWithItsReason(kind: EvidenceKind, outcome: Outcome, why: String) {
    let facts =
      Self.start() + [
        Fact(at: Self.now(2), .stepDone(step: 1)), Self.evidence(3, kind, outcome, why),
      ]
    let view = Self.view(facts, at: 4)
    let texts = view.texts(of: .evidence(kind, outcome)).joined(separator: "\n")
    #expect(texts.contains(kind.subject) && texts.contains(why), "\(texts)")
    #expect(texts.contains("expected: ") && texts.contains("put it right"), "\(texts)")
    if kind == .newEndpoint {
      #expect(ExplainCommand.lines(view).joined(separator: "\n").contains(why))
      #expect(view.json.compact.contains(why))
    }
  }

  /// Whoever cannot be asked holds a soak, as the plan says; and no moment is printed that never was.
  @Test func aSoakGateWithoutAnAnswerReadsAsHeld() {
    let facts =
      Self.cutOver() + [
        Self.evidence(55, .soak, .inconclusive, "errors: the query has no answer that is a number")
      ]
    let view = Self.view(facts, at: 56)
    #expect(view.standing == .held && view.standing.exitCode == .held)
    let text = Self.lines(view)
    for part in ["the plan says hold", "no answer that is a number", "cutover rollback"] {
      #expect(text.contains(part), "\(part) is missing in\n\(text)")
    }
  }

  @Test func whatIsOverIsNotSaidToComeYet() {
    let past = Blocker.soak(until: Self.now(1).safe).text(Self.plan, at: Self.now(500))
    #expect(!past.contains("-") || !past.contains("from now"), "\(past)")
    #expect(past.contains("is over"))
    let ahead = Blocker.soak(until: Self.now(501).safe).text(Self.plan, at: Self.now(500))
    #expect(ahead.contains("from now"))
  }

  @Test func whoIsBackIsNotOnTheWayBack() {
    let facts = Self.start() + [Self.said(.abort), Fact(at: Self.now(63), .ended(.rolledBack))]
    let text = Self.lines(Self.view(facts, at: 64))
    #expect(text.contains("rolled back") && !text.contains("rolling back"), "\(text)")
  }

  @Test func aServerThatWasNotToldIsNamedUntilItServesTheFile() {
    func view(_ facts: [Fact]) -> MigrationView {
      MigrationView(
        id: MigrationID("api"), plan: Self.plan, facts: facts, now: Self.now(45),
        troubles: MigrationView.Troubles(reload: "\"rndc reload\" failed", notices: nil))
    }
    let written = Self.cutOver().filter {
      if case .roundSeen = $0.kind { $0.at.safe < Self.now(42).safe } else { true }
    }
    #expect(
      Self.lines(view(written)).contains("reload   \"rndc reload\" failed; it is tried again"))
    #expect(!Self.lines(view(Self.cutOver())).contains("reload   "))
  }

  @Test func serversThatAreAwayServeNothingBecauseTheyAreAway() {
    let at = Self.now(1).safe
    let away = RoundSummary(
      startedAt: at, completedAt: at, values: [], unreachable: ["ns1.@192.0.2.1:53"], askedCount: 1)
    #expect(
      FactKind.roundSeen(away).text(Self.plan) == "no authoritative can be asked: ns1.@192.0.2.1:53"
    )
    let unread = ProviderReading(askedAt: at, at: at, value: nil)
    #expect(FactKind.providerRead(unread).text(Self.plan) == "the provider could not be read")
  }
}
