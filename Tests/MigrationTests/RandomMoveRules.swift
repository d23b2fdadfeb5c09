import DNSModel
import Migration
import Notation

/// What a move did, held against the rules by what really happened: brute force over the record's true
/// history and the facts in their order. Nothing of the core's waits is used.
struct RandomMoveRules {
  let move: RandomMove
  private(set) var broken: [String] = []
  private var isPaused = false
  /// What was shown when someone last said to write over it, until something of ours took its place.
  private var mayBeOverwritten: Set<ServedValue> = []
  private var served: [ServedValue] = []
  private var held: ServedValue?
  private var adoptedAt: [UTCInstant] = []
  private var baselineAt = UTCInstant.distantFuture
  private var yeses: [(gate: Gate, actor: String, until: UTCInstant)] = []
  private var openWrites: Set<UInt32> = []
  private var doneSteps: Set<Int> = []
  private var evidence: [EvidenceKind: EvidenceReport] = [:]
  private var hasBrokenGlass = false
  /// The old endpoint's doors may be shut: told to shut, and not seen open since it was told anything.
  private var mayBeLocked = false
  private var isAttested = false

  init(_ move: RandomMove) {
    self.move = move
    for fact in walk.facts { follow(fact) }
    if let at = walk.surveyedWhileDenied.first {
      breaks("R5", "resolvers were asked at \(at) for a name that was denied")
    }
    judgeTheEnd()
  }

  private var walk: Walk { move.walk }
  private var plan: CompiledPlan { walk.plan }

  private mutating func breaks(_ rule: String, _ text: String) {
    broken.append("\(rule): \(text)")
  }

  private mutating func follow(_ fact: Fact) {
    switch fact.kind {
    case .commanded(let command, .accepted): obey(command, fact.at)
    case .effectIntended(let effect): judge(effect, fact.at)
    case .effectEnded(let number, let outcome):
      switch outcome {
      case .applied:
        if openWrites.remove(number) != nil { mayBeOverwritten = [] }
      case .rejected: openWrites.remove(number)
      case .unknown, .handedOver: break
      }
    case .effectResolved(let number, let tookHold):
      if openWrites.remove(number) != nil, tookHold { mayBeOverwritten = [] }
    case .roundSeen(let round): served = round.values
    case .providerRead(let reading): held = reading.value
    case .stepDone(let step):
      if plan.steps[step].kind == .baseline { baselineAt = fact.at.safe }
      doneSteps.insert(step)
    case .turnedBack:
      if isPaused { breaks("R16", "turned back while a person had paused it") }
      yeses = []
    case .evidenceSeen(let report):
      evidence[report.kind] = report
      if report.kind == .originLock, report.outcome == .fail { mayBeLocked = false }
    default: break
    }
  }

  private mutating func obey(_ command: Command, _ now: Now) {
    switch command.verb {
    case .approve(let gate, let digest, _):
      if digest != plan.planDigest { breaks("R24", "a changed plan was approved") }
      yeses.append((gate, command.actor, now.latest + plan.requirement(for: gate).validity))
    case .overwrite: mayBeOverwritten.formUnion(served + [held].compactMap { $0 })
    case .pause: isPaused = true
    case .resume: isPaused = false
    case .abort, .rollback:
      isPaused = false
      yeses = []
    case .breakGlass: hasBrokenGlass = true
    case .attestDrained: isAttested = true
    case .adopt:
      adoptedAt.append(now.safe)
      openWrites = []
    case .withdraw: openWrites = []
    default: break
    }
  }

  private mutating func judge(_ effect: Effect, _ now: Now) {
    if isPaused { breaks("pause", "effect \(effect.number) while paused") }
    switch effect.action {
    case .writeRecord(let write):
      if !openWrites.isEmpty { breaks("R17", "a write while another is open") }
      openWrites.insert(effect.number)
      judge(write, now)
    case .lockOrigin:
      judgeDrain(now, for: .lockOrigin)
      mayBeLocked = true
      evidence[.originLock] = nil
    case .unlockOrigin: mayBeLocked = true
    case .retireOldEndpoint: judgeDrain(now, for: .pointOfNoReturn)
    case .cleanRouter: judgeCleaning(now)
    case .ownHostname, .obtainCertificate, .renewCertificate, .bindHostname: break
    }
  }

  // MARK: The record

  /// What was served and seen, or written by us: each as an interval of the record's true history.
  private func served(before now: UTCInstant) -> [(value: ServedValue, until: UTCInstant)] {
    var found = [(ServedValue(.old, plan.waits.declaredTTL), Walk.start)]
    var from = Walk.start
    var value = ServedValue(.old, plan.waits.declaredTTL)
    // Nobody can know of what a stranger put there and took away between two looks.
    func isKnown(_ index: Int, until: UTCInstant) -> Bool {
      index == 0 || !move.strangers.contains(index - 1)
        || walk.looksAt.contains { $0 >= from && $0 < until }
    }
    var count = 0
    while count < walk.writtenAt.count, walk.writtenAt[count].at <= now {
      let next = walk.writtenAt[count]
      if isKnown(count, until: next.at) { found.append((value, next.at)) }
      from = next.at
      value = next.value
      count += 1
    }
    if isKnown(count, until: now) { found.append((value, now)) }
    return found
  }

  private mutating func judge(_ write: RecordWrite, _ now: Now) {
    if write.value.content != .old && write.value.content != .new {
      breaks("R4", "\(write.value) was written")
    }
    if isRepair(write, now) { return }
    switch (write.expected.content, write.value.content) {
    case (.old, .new): judgeCutOver(write, now)
    case (.new, .old): judgeWayBack(now)
    case (.new, .new): judgeRaise(write, now)
    default: break
    }
  }

  /// R19: what a stranger wrote is only replaced by a decision of someone it was shown to. Data of ours with another TTL may
  /// have been let stand instead, or have been there before the move looked for the first time.
  private mutating func isRepair(_ write: RecordWrite, _ now: Now) -> Bool {
    let last = walk.writtenAt.lastIndex { $0.at <= now.safe && $0.value == write.expected }
    guard let last, move.strangers.contains(last) else { return false }
    let since = walk.writtenAt[last].at
    if mayBeOverwritten.contains(write.expected) { return true }
    let isOurData = write.expected.content == .old
    if !isOurData || !adoptedAt.contains(where: { $0 >= since }), since > baselineAt {
      breaks("R19", "\(write.expected) would be written over unasked")
    }
    return false
  }

  /// R1, R2, R3, R6, R8: every cache that could have been filled with anything but what is replaced now, with
  /// the TTL that a provider really made of it, has let
  /// go of it. R9: the new endpoint was proven minutes ago. People said yes, and their yes still holds.
  private mutating func judgeCutOver(_ write: RecordWrite, _ now: Now) {
    for (value, until) in served(before: now.safe)
    where value.content != .new && value != write.expected && until + value.ttl.span > now.safe {
      breaks("R1", "cut over while \(value), served until \(until), may be cached at \(now.safe)")
    }
    for kind in [EvidenceKind.newEndpoint, .oldEndpoint] { judgeFresh(kind, now, "R9") }
    if evidence[.parity]?.outcome != .pass { breaks("R9", "cut over without parity") }
    judgeGate(.cutOver, now)
    if !plan.changeWindows.isEmpty, !hasResumed {
      let isOpen = plan.changeWindows.contains { $0.opens <= now.latest && now.latest < $0.closes }
      if !isOpen { breaks("R20", "cut over outside the change window") }
    }
  }

  /// A person may have said to go on without a window.
  private var hasResumed: Bool {
    walk.facts.contains { fact in
      if case .commanded(let command, .accepted) = fact.kind {
        command.verb == .resume
      } else {
        false
      }
    }
  }

  private mutating func judgeFresh(_ kind: EvidenceKind, _ now: Now, _ rule: String) {
    guard let seen = evidence[kind], seen.outcome == .pass else {
      return breaks(rule, "\(kind.name) was not seen to pass")
    }
    if seen.at + plan.waits.freshness < now.safe {
      breaks(rule, "\(kind.name) was seen too long ago")
    }
  }

  private mutating func judgeGate(_ gate: Gate, _ now: Now) {
    let people = Set(yeses.filter { $0.gate == gate && $0.until > now.latest }.map(\.actor))
    if people.count < plan.requirement(for: gate).count {
      breaks("approval", "\(gate.name) passed with \(people.count)")
    }
  }

  /// R13: open doors and a healthy old endpoint, or a decision to do without.
  private mutating func judgeWayBack(_ now: Now) {
    if mayBeLocked { breaks("R13", "flipped back to a door that may be shut") }
    if !hasBrokenGlass { judgeFresh(.oldEndpoint, now, "R13") }
  }

  /// R14: after both soaks, which were really watched.
  private mutating func judgeRaise(_ write: RecordWrite, _ now: Now) {
    guard write.value.ttl > write.expected.ttl, write.value.ttl == plan.waits.finalTTL else {
      return
    }
    let cutOver = walk.writtenAt.first { $0.value.content == .new }?.at ?? .distantFuture
    let soaks = plan.waits.soaks.reduce(TimeSpan.zero, +)
    if cutOver + soaks > now.safe { breaks("R14", "raised before the soak passed") }
    judgeFresh(.newEndpoint, now, "R14")
  }

  // MARK: The old endpoint and the router

  /// R7: no cache holds the old data, the tail is over, traffic or a person says that nobody is left.
  private mutating func judgeDrain(_ now: Now, for gate: Gate) {
    for (value, until) in served(before: now.safe)
    where value.content == .old && until + value.ttl.span + plan.waits.minimumTail > now.safe {
      breaks("R7", "\(gate.name) while \(value), served until \(until), may be used")
    }
    if plan.waits.hasTrafficSource {
      judgeFresh(.traffic, now, "R7")
    } else if !isAttested {
      breaks("R7", "nobody attested that nobody is left")
    }
    if gate == .lockOrigin { judgeGate(gate, now) }
    let index = plan.index(of: StepKind.approve(.pointOfNoReturn).id)
    if gate == .pointOfNoReturn, !doneSteps.contains(index ?? -1) {
      breaks("R16", "retired before the point of no return")
    }
  }

  /// R15: the new side serves until no cache sends anyone there.
  private mutating func judgeCleaning(_ now: Now) {
    for (value, until) in served(before: now.safe)
    where value.content == .new && until + value.ttl.span > now.safe {
      breaks("R15", "the router was cleaned while \(value), served until \(until), may be used")
    }
  }

  // MARK: Where it ended

  private mutating func judgeTheEnd() {
    let isStrange = move.strangers.contains(walk.writtenAt.count - 1)
    switch walk.state.ending {
    case .moved where !isStrange:
      if walk.record.content != .new { breaks("end", "moved, and the record says \(walk.record)") }
    case .rolledBack where !isStrange:
      if walk.record.content == .new { breaks("R16", "rolled back to \(walk.record)") }
      if walk.isLocked { breaks("R16", "rolled back, and the old endpoint is locked") }
    case nil:
      if walk.decision.blockers.isEmpty, walk.decision.effects.isEmpty {
        breaks("R22", "it waits, and cannot say for what")
      }
    default: break
    }
  }
}
