import DNSModel
import Migration
import Notation

/// One drawn world: which faults exist in it, and how often. Each kind is missing from most worlds, and
/// where it is there it is frequent: rare faults that all exist at once would hide one another.
struct Scenario: Hashable, Sendable {
  /// Shares in thousandths of the occasions at which the fault can happen.
  struct Faults: Hashable, Sendable {
    var crashes = 0
    var lostRequests = 0
    var lostReplies = 0
    var lateWrites = 0
    var rejectedEffects = 0
    var failedCommits = 0
    var unknownCommits = 0
    var inconclusiveLooks = 0
    var unreachableAuthorities = 0
    var takeovers = 0
    var unreadableProvider = 0
  }

  /// All spans below are of this pace.
  let pace: Pace
  var faults = Faults()
  var authorityCount = 2
  /// The old record's TTL was lowered so long before the beginning; nil: it was not.
  var loweredBefore: TimeSpan?
  /// A floor below which the provider publishes no TTL (R3).
  var floorTTL: TTL?
  /// One secondary is stuck for that long after a change.
  var stuckSecondary: TimeSpan?
  /// … and cannot be asked by us meanwhile, though by others.
  var isStuckSecondaryHidden = true
  /// When a stranger edits the record, and to what.
  var foreignEdits: [ForeignEdit] = []
  var clockSteps: [ClockStep] = []
  /// Millionths by which the machine's clocks run too fast; quartz is good for a hundred.
  var clockDrift = 0
  var reboots: [TimeSpan] = []
  var oldOutages: [Outage] = []
  var newOutages: [Outage] = []
  var routerOutages: [Outage] = []
  /// Clients that keep to the old endpoint so long after the last cache let go of it.
  var directTail: TimeSpan
  var oldCertificateLife = calmCertificateLife
  var certificateDelay: TimeSpan
  /// An order that is not issued by then has to be made anew.
  var authorizationLife: TimeSpan?
  var operatorDelay: TimeSpan
  /// When somebody says abort, unasked.
  var abortAt: TimeSpan?
  /// When somebody pauses, unasked.
  var pauseAt: [TimeSpan] = []
  /// Commands are sent twice.
  var pressesTwice = false
  /// People decide on drift by writing over it, by rolling back, or by letting it stand.
  var driftDecision = DriftDecision.overwrite
  /// A write can be under way for as long as this and still land; a fence must stop it.
  var zombieLife = TimeSpan.minutes(5)
  var soakFailsAt: TimeSpan?
  var resolverHabits: [ResolverHabit] = []
  /// The address behind the alias has a TTL of its own: the RRsets of the chain expire apart.
  var addressTTL: TTL?
  /// Connections are kept open so long after the last name was looked up, idle and unseen.
  var keepAlive = TimeSpan.zero
  /// The old certificate is renewed for as long as the name leads to it, and decays from the swap on (R10).
  var renewsOldCertificate = false
  /// Each region behind the router fails by itself; clients notice until the router has.
  var regionOutages: [[Outage]] = []
  /// The machine is halted: its clocks stand still meanwhile, and the wall is set right some time after.
  var clockStops: [Outage] = []
  /// Asked to wait for a sick old endpoint, people break the glass.
  var breaksGlass = false

  enum DriftDecision: UInt8, Hashable, Sendable { case overwrite, rollBack, adopt }

  struct ForeignEdit: Hashable, Sendable {
    enum Kind: UInt8, Hashable, Sendable { case otherTarget, otherTTL, deletion, flip }
    var at: TimeSpan
    var kind: Kind
  }

  struct ClockStep: Hashable, Sendable {
    var at: TimeSpan
    var by: TimeSpan
  }

  struct Outage: Hashable, Sendable {
    var from: TimeSpan
    var until: TimeSpan
  }

  enum ResolverHabit: UInt8, Hashable, Sendable, CaseIterable {
    case honest, capping, flooring, overHolding, servesStale, failing
  }

  static let calmCertificateLife = TimeSpan.days(90)

  /// A world without trouble.
  init(pace: Pace) {
    self.pace = pace
    directTail = pace(.hours(1))
    certificateDelay = pace(.minutes(5))
    operatorDelay = pace(.minutes(30))
  }
}

extension Scenario {
  /// Swarm testing: first which faults there are, then how they fall.
  init(_ chance: inout Chance, plan: CompiledPlan) {
    self.init(pace: Pace(plan))
    authorityCount = 1 + chance.below(4)
    for _ in 0..<3 {
      resolverHabits.append(
        ResolverHabit(rawValue: UInt8(chance.below(ResolverHabit.allCases.count))) ?? .honest)
    }
    if chance.oneIn(3) { faults.crashes = [5, 30, 200][chance.below(3)] }
    if chance.oneIn(4) { faults.lostRequests = [20, 200, 500][chance.below(3)] }
    if chance.oneIn(4) { faults.lostReplies = [20, 200, 500][chance.below(3)] }
    if chance.oneIn(4) { faults.lateWrites = [20, 200, 500][chance.below(3)] }
    if chance.oneIn(5) { faults.rejectedEffects = [20, 200][chance.below(2)] }
    if chance.oneIn(6) { faults.failedCommits = [10, 100][chance.below(2)] }
    if chance.oneIn(6) { faults.unknownCommits = [10, 100][chance.below(2)] }
    if chance.oneIn(4) { faults.inconclusiveLooks = [20, 300][chance.below(2)] }
    if chance.oneIn(5) { faults.unreachableAuthorities = [20, 200][chance.below(2)] }
    if chance.oneIn(5) { faults.takeovers = [10, 100][chance.below(2)] }
    if chance.oneIn(6) { faults.unreadableProvider = [50, 300][chance.below(2)] }
    if chance.oneIn(3) { loweredBefore = chance.skewed(pace(.days(2))) }
    if chance.oneIn(6) { floorTTL = Self.floor(&chance, plan) }
    if chance.oneIn(6) { stuckSecondary = chance.span(pace(.minutes(10)), pace(.hours(12))) }
    directTail = chance.skewed(pace(.days(3)))
    certificateDelay = chance.skewed(pace(.hours(6)))
    operatorDelay = chance.skewed(pace(.hours(30)))
    if chance.oneIn(6) { oldCertificateLife = chance.span(pace(.days(1)), pace(.days(20))) }
    pressesTwice = chance.oneIn(4)
    zombieLife =
      plan.waits.hasFence && chance.oneIn(2)
      ? chance.skewed(pace(.days(2))) : plan.waits.longestWrite
    drawEvents(&chance)
    if chance.oneIn(5) { clockDrift = chance.below(201) - 100 }
    if chance.oneIn(8) { authorizationLife = chance.skewed(pace(.hours(3))) }
    drawHabits(&chance, plan)
  }

  private mutating func drawEvents(_ chance: inout Chance) {
    let life = pace(.days(6))
    if chance.oneIn(3) { abortAt = chance.skewed(pace(.days(12))) }
    if chance.oneIn(4) {
      for _ in 0...chance.below(2) { pauseAt.append(chance.span(.zero, life)) }
    }
    if chance.oneIn(5) {
      for _ in 0...chance.below(2) {
        let kind = ForeignEdit.Kind(rawValue: UInt8(chance.below(4))) ?? .otherTTL
        foreignEdits.append(ForeignEdit(at: chance.span(.zero, life), kind: kind))
      }
      driftDecision = DriftDecision(rawValue: UInt8(chance.below(3))) ?? .overwrite
    }
    if chance.oneIn(4) {
      for _ in 0...chance.below(3) {
        let size = chance.span(.zero, pace(.days(2)))
        clockSteps.append(
          ClockStep(at: chance.span(.zero, life), by: chance.oneIn(2) ? size : .zero - size))
      }
    }
    if chance.oneIn(6) { reboots.append(chance.span(.zero, life)) }
    if chance.oneIn(5) { oldOutages = outages(&chance) }
    if chance.oneIn(5) { newOutages = outages(&chance) }
    if chance.oneIn(5) { routerOutages = outages(&chance) }
    if chance.oneIn(8) { soakFailsAt = chance.span(pace(.days(1)), pace(.days(8))) }
    foreignEdits.sort { $0.at < $1.at }
    clockSteps.sort { $0.at < $1.at }
    pauseAt.sort()
  }

  private mutating func drawHabits(_ chance: inout Chance, _ plan: CompiledPlan) {
    if chance.oneIn(6) {
      let longest = Int(plan.waits.declaredTTL.seconds)
      addressTTL = TTL(clamping: 1 + chance.below([60, longest, longest * 2][chance.below(3)]))
    }
    if chance.oneIn(4) { keepAlive = chance.skewed(plan.waits.minimumTail) }
    if chance.oneIn(6) {
      renewsOldCertificate = true
      oldCertificateLife = chance.span(pace(.days(1)), pace(.days(20)))
    }
    if chance.oneIn(5) { regionOutages = [outages(&chance), outages(&chance)] }
    if chance.oneIn(8) { clockStops = outages(&chance) }
    breaksGlass = chance.oneIn(6)
    isStuckSecondaryHidden = chance.oneIn(2) || stuckSecondary == nil
  }

  /// The usual floors of providers, beside the TTL that the plan goes down to.
  private static func floor(_ chance: inout Chance, _ plan: CompiledPlan) -> TTL {
    TTL(clamping: Int(plan.waits.lowTTL.seconds) * [1, 2, 5][chance.below(3)])
  }

  private func outages(_ chance: inout Chance) -> [Outage] {
    var outages: [Outage] = []
    var from = TimeSpan.zero
    for _ in 0...chance.below(8) {
      from += chance.span(.zero, pace(.days(1)))
      let until = from + chance.span(pace(.minutes(5)), pace(.hours(12)))
      outages.append(Outage(from: from, until: until))
      from = until
    }
    return outages
  }
}
