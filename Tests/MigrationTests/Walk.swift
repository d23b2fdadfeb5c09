import DNSModel
@_spi(PlantedMistakes) import Migration
import Notation
import TestSupport

/// A migration walked through an obedient world: what the core wants to see it sees, what it does takes
/// hold at once. A test turns one thing and looks what comes of it.
struct Walk {
  static let start = UTCInstant(parsing: "2026-11-21T08:00:00Z") ?? .distantPast
  static let server = Authority(name: SamplePlans.name("ns1.example"), address: "192.0.2.1:53")

  let core: MigrationCore
  private(set) var deliberation: Deliberation
  var state: MigrationState { deliberation.state }
  var decision: Decision { deliberation.decision }
  var facts: [Fact] = []
  var now = Now(start)
  var record: ServedValue
  var fence: UInt64 = 0
  var floor = TTL.zero
  var isReachable = true
  /// Kinds of evidence nobody comes by any more.
  var blindTo: [EvidenceKind] = []
  /// What further authorities answer.
  var otherAnswers: [AuthoritativeAnswer] = []
  var isRouterReachable = true
  var outcomes: [Outcome]
  private var fingerprints = [UInt64](repeating: 0, count: EvidenceKind.allCases.count)
  var router = RouterProgress()
  var isLocked = false
  var certificateEnds = start + .days(90)
  var newCertificateEnds: UTCInstant?
  /// Effects of these purposes are kept instead of done.
  var kept: [EffectPurpose] = []
  var effects: [Effect] = []
  /// What was served from when on, by whoever wrote it: with the TTL the provider made of it.
  var writtenAt: [(value: ServedValue, at: UTCInstant)] = []
  /// When the record was seen.
  var looksAt: [UTCInstant] = []
  /// An authority denied the name when they were last asked; when resolvers were asked all the same (R5).
  private var isDenied = false
  var surveyedWhileDenied: [UTCInstant] = []
  /// Which stand followed on which.
  var followed: Set<StandChange> = []
  var approves = true
  private var requests = 0
  private var lastAnswer: CommandResult?
  private var lookedAt = [UTCInstant](repeating: .distantPast, count: LookPlan.Slot.count)

  init(
    _ plan: CompiledPlan = SamplePlans.contoso(), deviations: Deviations = [],
    served: ServedValue? = nil
  ) {
    core = MigrationCore(plan, deviations: deviations)
    record = served ?? ServedValue(.old, plan.waits.declaredTTL)
    outcomes = [Outcome](repeating: .pass, count: EvidenceKind.allCases.count)
    var begun = MigrationState()
    for fact in core.start(by: "test", at: now) {
      facts.append(fact)
      core.apply(&begun, fact)
    }
    deliberation = Deliberation(core, begun)
    feed(.ticked)
  }

  var plan: CompiledPlan { core.plan }

  mutating func feed(_ event: Event) {
    let before = Stand(self)
    deliberation.advance(event, at: now)
    let after = Stand(self)
    if before != after { followed.insert(StandChange(from: before, to: after)) }
    facts += decision.facts
    lastAnswer = decision.answer ?? lastAnswer
    for effect in decision.effects {
      effects.append(effect)
      if !kept.contains(effect.action.purpose) { perform(effect) }
    }
  }

  mutating func perform(_ effect: Effect) {
    switch effect.action {
    case .writeRecord(let write):
      guard record == write.expected, write.fence.map({ $0 == fence }) ?? true else {
        return feed(.effectEnded(number: effect.number, .rejected(.conflict)))
      }
      record = ServedValue(write.value.content, max(write.value.ttl, floor))
      fence += 1
      writtenAt.append((record, now.safe))
    case .ownHostname: router.insert(.owned)
    case .obtainCertificate: router.insert(.certificateReady)
    case .renewCertificate:
      newCertificateEnds = now.latest + (plan.renewal?.life ?? .zero)
    case .bindHostname: router.insert(.bound)
    case .cleanRouter: router = []
    case .lockOrigin: isLocked = true
    case .unlockOrigin: isLocked = false
    case .retireOldEndpoint: break
    }
    feed(.effectEnded(number: effect.number, .applied))
  }

  @discardableResult
  mutating func say(_ verb: Verb, by actor: String = "Ada") -> CommandResult? {
    requests += 1
    lastAnswer = nil
    feed(.commanded(Command(request: "\(requests)", actor: actor, verb: verb)))
    return lastAnswer
  }

  mutating func approve(_ gate: Gate) {
    for person in 0..<max(1, plan.requirement(for: gate).count) {
      say(
        .approve(
          gate, planDigest: plan.planDigest, evidenceDigest: state.evidenceDigest(for: gate)),
        by: "person \(person)")
    }
  }

  mutating func seeRecord() {
    if isReachable {
      looksAt.append(now.safe)
      isDenied = record.content == .absent
    }
    let answer: AuthoritativeAnswer =
      !isReachable
      ? .unreachable(.timeout)
      : record.content == .absent ? .denied(negativeTTL: record.ttl) : .value(record)
    feed(
      .roundSeen(
        AuthoritativeRound(
          startedAt: now.safe, completedAt: now.safe,
          authorities: [Self.server]
            + otherAnswers.indices.map {
              Authority(name: SamplePlans.name("ns\($0 + 2).example"), address: "192.0.2.2:53")
            },
          answers: [answer] + otherAnswers)))
  }

  func outcome(_ kind: EvidenceKind) -> Outcome {
    switch kind {
    case .originLock: isLocked ? .pass : .fail
    case .router: isRouterReachable ? .pass : .inconclusive
    case .retirement: effects.contains { $0.action == .retireOldEndpoint } ? .pass : .fail
    default: outcomes[Int(kind.rawValue)]
    }
  }

  mutating func set(_ kind: EvidenceKind, _ outcome: Outcome, fingerprint: UInt64 = 0) {
    outcomes[Int(kind.rawValue)] = outcome
    fingerprints[Int(kind.rawValue)] = fingerprint
  }

  mutating func look(_ slot: Int) {
    lookedAt[slot] = now.safe
    switch slot {
    case LookPlan.Slot.authoritatives: seeRecord()
    case LookPlan.Slot.provider:
      feed(
        .providerRead(
          ProviderReading(
            askedAt: now.safe, at: now.safe, value: plan.waits.isManual ? nil : record,
            fence: fence)))
    case LookPlan.Slot.resolvers:
      if isDenied { surveyedWhileDenied.append(now.safe) }
      let sighting = ResolverSighting(
        resolver: "r", isRequired: true, answer: .value(record.content, remaining: .zero))
      feed(.resolversSeen(ResolverSurvey(completedAt: now.safe, sightings: [sighting])))
    default:
      let kind =
        EvidenceKind(rawValue: UInt8(slot - LookPlan.Slot.firstEvidence)) ?? .audit
      if blindTo.contains(kind) { return }
      let report = EvidenceReport(
        kind: kind, outcome: outcome(kind), at: now.safe,
        fingerprint: fingerprints[Int(kind.rawValue)],
        certificateEnds: kind == .newEndpoint ? newCertificateEnds : certificateEnds,
        router: kind == .router && isRouterReachable ? router : [])
      feed(.reported(report, watchedSince: Self.start))
    }
  }

  /// Lets time pass, looking when a look is due. Ends early when `isDone`.
  mutating func pass(_ span: TimeSpan, until isDone: (Walk) -> Bool = { _ in false }) {
    let end = now.safe + span
    for _ in 0..<40_000 where !isDone(self) && state.ending == nil {
      if let slot = dueSlot {
        look(slot)
        continue
      }
      if approves { approveWhatWaits() }
      var next = end
      for slot in 0..<LookPlan.Slot.count {
        if let interval = decision.looks.interval(slot) {
          next = min(next, lookedAt[slot] + interval)
        }
      }
      if let wakeAt = decision.wakeAt { next = min(next, max(wakeAt, now.safe + .milliseconds(1))) }
      if next > end || now.safe >= end { return }
      let step = max(next - now.safe, .milliseconds(1))
      now = Now(safe: now.safe + step, wall: now.wall + step)
      feed(.ticked)
    }
  }

  private var dueSlot: Int? {
    (0..<LookPlan.Slot.count).first { slot in
      decision.looks.interval(slot).map { lookedAt[slot] + $0 <= now.safe } ?? false
    }
  }

  private mutating func approveWhatWaits() {
    for blocker in decision.blockers {
      if case .approval(let gate, _) = blocker { approve(gate) }
    }
  }

  /// Walks on until this step is being worked on; true when it was reached.
  @discardableResult
  mutating func reach(_ id: String, within span: TimeSpan = .days(30)) -> Bool {
    guard let index = plan.index(of: id) else { return false }
    pass(span) { $0.state.activeSteps($0.plan).contains(index) }
    return state.activeSteps(plan).contains(index)
  }

  @discardableResult
  mutating func finish(_ id: String, within span: TimeSpan = .days(30)) -> Bool {
    guard let index = plan.index(of: id) else { return false }
    pass(span) { $0.state.isDone(index) }
    return state.isDone(index)
  }

  func firstWrite(of content: RecordContent) -> UTCInstant? {
    writtenAt.first { $0.value.content == content }?.at
  }
}
