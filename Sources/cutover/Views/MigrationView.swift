import DNSModel
import Engine
import Migration
import Notation
import Store
import SystemIO

/// Everything there is to say about one migration at one moment, folded from its journal.
struct MigrationView {
  let id: MigrationID
  let plan: CompiledPlan
  let facts: [Fact]
  let state: MigrationState
  /// What the core would do now, and why it does no more.
  let decision: Decision
  let now: Now
  /// What was said and not yet taken up: no engine has run since.
  let queued: [Migration.Command]
  /// The plan as it was pinned, for what the core need not know: read only when it is asked for.
  private let source: () -> String?
  let troubles: Troubles

  /// What goes wrong beside the journal, in words.
  struct Troubles {
    var reload: String?
    var notices: String?
  }

  init(
    id: MigrationID, plan: CompiledPlan, facts: [Fact], now: Now, queued: [Migration.Command] = [],
    troubles: Troubles = Troubles(), source: @escaping () -> String? = { nil }
  ) {
    self.id = id
    self.queued = queued
    self.source = source
    self.troubles = troubles
    self.plan = plan
    self.facts = facts
    self.now = now
    state = MigrationState(folding: facts, plan: plan)
    decision = MigrationCore(plan).decide(state, .ticked, now)
  }

  init(_ reader: SQLiteReader, _ row: MigrationRow) throws {
    self.init(
      id: row.id, plan: try reader.plan(row.id), facts: try reader.history(row.id),
      now: try reader.now(SystemClock.reading()), queued: try reader.inbox(row.id),
      troubles: Troubles(reader, row.id), source: { try? reader.source(row.id) })
  }

  /// The plan as it was pinned.
  var pinned: Plan? { source().flatMap { try? PinnedPlan(source: $0).plan } }

  var standing: Standing { decision.standing }

  /// What opens and closes the old endpoint's doors.
  var doors: LockPlan.Means? { pinned?.oldEndpoint.lock.means }

  enum StepStanding: String { case done, active, ahead }

  func standing(ofStep index: Int) -> StepStanding {
    if state.isDone(index) { return .done }
    let isUnderWay = state.ending == nil && !state.isRollingBack
    return isUnderWay && state.activeSteps(plan).contains(index) ? .active : .ahead
  }

  /// The stages of the way back; none while the move goes forward.
  var wayBack: [(stage: UndoStage, standing: StepStanding)] {
    guard state.isRollingBack else { return [] }
    let stages = UndoStage.allCases.filter { $0 != .oldTTL || state.lostTTL != nil }
    let current = state.ending == nil ? decision.undoing.flatMap { stages.firstIndex(of: $0) } : nil
    let count = current ?? stages.count
    return stages.enumerated().map { index, stage in
      (stage, index < count ? .done : index == count ? .active : .ahead)
    }
  }

  var rollbackClock: RollbackClock { RollbackClock(state, plan, at: now) }

  /// On the way back, and not there yet.
  var isTurnedBack: Bool { state.isRollingBack && state.ending == nil }

  /// Whether undoing is still on offer (R16).
  var canRollBack: Bool {
    state.ending == nil && !state.isRollingBack && !state.isPastPointOfNoReturn(plan)
  }

  /// What the record says now, as far as we know.
  var recordText: String { state.current?.text(plan) ?? "not known yet" }

  /// What undoing costs now, and until when it is possible (R12).
  var undoText: String {
    if state.ending != nil { return "ended" }
    if state.isRollingBack { return "it is being rolled back already" }
    if state.isPastPointOfNoReturn(plan) { return "the point of no return has been passed" }
    let clock = rollbackClock
    let span = clock.timeToEffect
    var text = state.mayBeCutOver ? "takes \(span) to reach the last client" : "costs nothing yet"
    if let decideBy = clock.decideBy, let binding = clock.binding {
      text += "; decide by \(decideBy.lastSecond) (\(binding.text) ends then)"
    } else {
      text += "; no end of it is known"
    }
    return text
  }

  /// Until when each endpoint's certificate lasts, as seen last, and when a step renews the new one.
  var certificates: (old: UTCInstant?, new: UTCInstant?, renewal: UTCInstant?) {
    let due = decision.blockers.lazy.compactMap { blocker -> UTCInstant? in
      if case .renewal(let due) = blocker { due } else { nil }
    }.first
    return (
      state.evidence(.oldEndpoint).certificateEnds, state.evidence(.newEndpoint).certificateEnds,
      due
    )
  }

  /// Nil before any was seen.
  var certificateText: String? {
    let seen = certificates
    var parts = seen.old.map { ["old until \($0)"] } ?? []
    if let new = seen.new {
      parts.append("new until \(new)" + (seen.renewal.map { ", renewed \($0)" } ?? ""))
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  /// What is being looked at meanwhile, and how often.
  var watched: [String] {
    if state.ending != nil { return [] }
    return (0..<LookPlan.Slot.count).compactMap { slot in
      decision.looks.interval(slot).map { "\(Look(slot: slot).subject) every \($0)" }
    }
  }

  /// Why nothing more happens: what the active steps wait for, and every pause (R22).
  var blockers: [Blocker] {
    let pauses = state.ending == nil ? state.pauses.reasons.map { Blocker.paused($0) } : []
    return pauses.filter { !decision.blockers.contains($0) } + decision.blockers
  }

  var blockerTexts: [String] {
    var texts: [String] = []
    for text in blockers.flatMap(texts(of:)) where !texts.contains(text) { texts.append(text) }
    return texts
  }

  /// With all that the journal knows of it.
  func texts(of blocker: Blocker) -> [String] {
    switch blocker {
    case .paused(.drift): DriftText(view: self).lines
    case .evidence(let kind, let outcome):
      EvidenceText(view: self, kind: kind, outcome: outcome).lines
    default: [blocker.text(plan, at: now)]
    }
  }

  /// What is served that should not be, and which slip of the hand it looks like.
  var strangers: [String] {
    guard let seen = state.view, state.ending == nil else { return [] }
    let isHeld = state.pauses.contains(.drift)
    let isAwaited = state.openEffect(for: .record)?.isInSomeonesHands ?? false
    let texts = (isHeld ? seen.foreignTexts : []) + (isHeld || isAwaited ? seen.slips : [])
    return texts.map { safeText($0) }
  }

  private var certificatesJSON: JSON {
    let seen = certificates
    func text(_ moment: UTCInstant?) -> JSON? { moment.map { .string($0.description) } }
    return .record([
      ("oldEnds", text(seen.old)), ("newEnds", text(seen.new)), ("renewal", text(seen.renewal)),
    ])
  }

  var json: JSON {
    let clock = rollbackClock
    return .record([
      ("id", .string(id.text)), ("hostname", .string(plan.hostname.host)),
      ("standing", .string(standing.rawValue)), ("planDigest", .string(plan.planDigest)),
      ("rollingBack", .bool(state.isRollingBack)),
      ("record", .string(recordText)),
      (
        "steps",
        .array(
          plan.steps.indices.map { index in
            [
              "id": .string(plan.steps[index].id),
              "standing": .string(standing(ofStep: index).rawValue),
            ]
          })
      ),
      (
        "waitsFor",
        .array(
          blockers.map { blocker in
            .record([
              ("text", .string(texts(of: blocker).joined(separator: "; "))),
              ("until", blocker.until.map { .string($0.description) }),
              ("unblockedBy", .string(blocker.unblocker.rawValue)),
            ])
          })
      ),
      ("said", queued.isEmpty ? nil : .strings(queued.map(\.verb.name))),
      ("toDo", handedOver.isEmpty ? nil : .array(handedOver.map { .string($0) })),
      ("reloadTrouble", reloadTrouble.map { .string($0) }),
      ("noticeTrouble", troubles.notices.map { .string($0) }),
      ("strangers", strangers.isEmpty ? nil : .array(strangers.map { .string($0) })),
      (
        "wayBack",
        wayBack.isEmpty
          ? nil
          : .array(
            wayBack.map {
              ["id": .string($0.stage.id), "standing": .string($0.standing.rawValue)]
            })
      ),
      ("next", nextChange.map { .string($0.text) }),
      ("wakeAt", decision.wakeAt.map { .string($0.description) }),
      ("canRollBack", .bool(canRollBack)),
      ("undoSeconds", .integer(clock.timeToEffect.secondsRoundedUp)),
      ("decideBy", clock.decideBy.map { .string($0.description) }),
      ("certificates", certificatesJSON),
      ("safeNow", .string(now.safe.description)), ("wallNow", .string(now.wall.description)),
    ])
  }
}
