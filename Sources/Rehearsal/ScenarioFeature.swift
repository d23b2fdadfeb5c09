import Migration
import Notation

/// One kind of trouble a world can hold. Worlds are taken apart by it: to shrink a violation to what it
/// needs, to ask how much damage one kind does alone, and to play one world again by a command.
public enum ScenarioFeature: String, Hashable, Sendable, CaseIterable {
  case crashes
  case lostRequests = "lost-requests"
  case lostReplies = "lost-replies"
  case lateWrites = "late-writes"
  case rejectedEffects = "rejected-effects"
  case fullDisk = "full-disk"
  case lostCommits = "lost-commits"
  case blindLooks = "blind-looks"
  case silentAuthorities = "silent-authorities"
  case takeovers
  case unreadableProvider = "unreadable-provider"
  case loweredBefore = "lowered-before"
  case ttlFloor = "ttl-floor"
  case stuckSecondary = "stuck-secondary"
  case strangers
  case clockSteps = "clock-steps"
  case clockDrift = "clock-drift"
  case reboots
  case oldOutages = "old-outages"
  case newOutages = "new-outages"
  case routerOutages = "router-outages"
  case slowTail = "slow-tail"
  case shortCertificate = "short-certificate"
  case slowCertificate = "slow-certificate"
  case expiringAuthorization = "expiring-authorization"
  case slowPeople = "slow-people"
  case abort
  case pauses
  case doublePresses = "double-presses"
  case badSoak = "bad-soak"
  case resolverHabits = "resolver-habits"
  case chainsApart = "chains-apart"
  case keepAlive = "keep-alive"
  case renewalDecay = "renewal-decay"
  case regionOutages = "region-outages"
  case stoppedClocks = "stopped-clocks"
  case brokenGlass = "broken-glass"

  /// Takes it out of a world; the rest stays as it was drawn.
  func remove(from scenario: inout Scenario) {
    let calm = Scenario(pace: scenario.pace)
    switch self {
    case .crashes: scenario.faults.crashes = 0
    case .lostRequests: scenario.faults.lostRequests = 0
    case .lostReplies: scenario.faults.lostReplies = 0
    case .lateWrites: scenario.faults.lateWrites = 0
    case .rejectedEffects: scenario.faults.rejectedEffects = 0
    case .fullDisk: scenario.faults.failedCommits = 0
    case .lostCommits: scenario.faults.unknownCommits = 0
    case .blindLooks: scenario.faults.inconclusiveLooks = 0
    case .silentAuthorities: scenario.faults.unreachableAuthorities = 0
    case .takeovers: scenario.faults.takeovers = 0
    case .unreadableProvider: scenario.faults.unreadableProvider = 0
    case .loweredBefore: scenario.loweredBefore = nil
    case .ttlFloor: scenario.floorTTL = nil
    case .stuckSecondary:
      scenario.stuckSecondary = nil
      scenario.isStuckSecondaryHidden = true
    case .strangers: scenario.foreignEdits = []
    case .clockSteps: scenario.clockSteps = []
    case .clockDrift: scenario.clockDrift = 0
    case .reboots: scenario.reboots = []
    case .oldOutages: scenario.oldOutages = []
    case .newOutages: scenario.newOutages = []
    case .routerOutages: scenario.routerOutages = []
    case .slowTail: scenario.directTail = calm.directTail
    case .shortCertificate: scenario.oldCertificateLife = calm.oldCertificateLife
    case .slowCertificate: scenario.certificateDelay = calm.certificateDelay
    case .expiringAuthorization: scenario.authorizationLife = nil
    case .slowPeople: scenario.operatorDelay = calm.operatorDelay
    case .abort: scenario.abortAt = nil
    case .pauses: scenario.pauseAt = []
    case .doublePresses: scenario.pressesTwice = false
    case .badSoak: scenario.soakFailsAt = nil
    case .resolverHabits: scenario.resolverHabits = []
    case .chainsApart: scenario.addressTTL = nil
    case .keepAlive: scenario.keepAlive = .zero
    case .renewalDecay: scenario.renewsOldCertificate = false
    case .regionOutages: scenario.regionOutages = []
    case .stoppedClocks: scenario.clockStops = []
    case .brokenGlass: scenario.breaksGlass = false
    }
  }

  func isPresent(in scenario: Scenario) -> Bool {
    var without = scenario
    remove(from: &without)
    return without != scenario
  }

  /// Somebody wanted it so: it costs the move, and is no fault.
  var isDecision: Bool { self == .abort || self == .pauses || self == .badSoak }

  /// What it is, after "when ".
  public var story: String {
    switch self {
    case .crashes: "the process is killed again and again"
    case .lostRequests: "requests get lost"
    case .lostReplies: "replies get lost"
    case .lateWrites: "writes land late, after their reply was given up"
    case .rejectedEffects: "providers turn requests down for a while"
    case .fullDisk: "the disk is full at times"
    case .lostCommits: "the disk does not say whether it wrote"
    case .blindLooks: "observations come back inconclusive"
    case .silentAuthorities: "authorities do not answer at times"
    case .takeovers: "two workers fight over the migration"
    case .unreadableProvider: "the provider cannot be read at times"
    case .loweredBefore: "someone lowered the TTL shortly before"
    case .ttlFloor: "the provider has a floor for TTLs"
    case .stuckSecondary: "a secondary is stuck for hours"
    case .strangers: "strangers edit the record"
    case .clockSteps: "the clock is stepped"
    case .clockDrift: "the clock drifts"
    case .reboots: "the machine restarts"
    case .oldOutages: "the old endpoint fails at times"
    case .newOutages: "the new endpoint fails at times"
    case .routerOutages: "the router's control plane fails at times"
    case .slowTail: "clients keep to the old endpoint for days"
    case .shortCertificate: "the old certificate ends soon"
    case .slowCertificate: "the new certificate takes hours"
    case .expiringAuthorization: "the CA's authorization expires before it is used"
    case .slowPeople: "people take their time to answer"
    case .abort: "someone aborts"
    case .pauses: "someone pauses"
    case .doublePresses: "people press twice"
    case .badSoak: "the soak goes bad and its policy turns the move back"
    case .resolverHabits: "resolvers have bad habits"
    case .chainsApart: "the RRsets of the chain expire apart"
    case .keepAlive: "clients keep their connections open"
    case .renewalDecay: "the old certificate's renewal stops at the swap"
    case .regionOutages: "regions behind the router fail one by one"
    case .stoppedClocks: "the machine is halted and its clocks stand still"
    case .brokenGlass: "people break the glass"
    }
  }

  /// What to change in the plan or around it, where there is something.
  public var remedy: String {
    switch self {
    case .crashes, .reboots: "run it as a service that is started again at once"
    case .lostRequests, .lostReplies, .rejectedEffects, .unreadableProvider:
      "run it from a place with a better way to the provider, or choose a fence (zone.provider) so that doubt "
        + "is resolved by one read"
    case .lateWrites: "use a provider with a fence: without one each doubtful write is waited out"
    case .fullDisk, .lostCommits: "keep the state directory on a disk with room, and watch it"
    case .blindLooks: "give the observers a second way to look; what is inconclusive holds"
    case .silentAuthorities, .stuckSecondary:
      "watch the secondaries before the move; waive what is known to be dead"
    case .takeovers: "let one place run the migration"
    case .loweredBefore, .ttlFloor, .resolverHabits, .clockDrift, .doublePresses, .chainsApart,
      .keepAlive, .brokenGlass:
      "nothing: the waits cover it"
    case .strangers: "freeze the zone for the time of the move; tell other automation to keep off"
    case .renewalDecay: "renew the old certificate before the move, for long enough to come back"
    case .regionOutages:
      "have more than two regions, and a health check that is quicker than a client's patience"
    case .stoppedClocks:
      "run it on a machine that is never halted, or set its clock right at once when it resumes"
    case .clockSteps: "synchronise the machine's clock by slewing"
    case .oldOutages: "mend the old endpoint first: it is the way back"
    case .newOutages: "prove the new endpoint for longer before the cutover"
    case .routerOutages: "nothing: the way back does not need the router's control plane"
    case .slowTail:
      "look who those clients are before the move; pinned hosts and JVMs keep addresses for days"
    case .shortCertificate: "renew the old certificate before the move (old-endpoint.certificate)"
    case .slowCertificate, .expiringAuthorization: "obtain the certificate before lowering the TTL"
    case .slowPeople: "name more approvers, or lengthen the validity of approvals"
    case .abort, .pauses, .badSoak: "nothing: it was wanted so"
    }
  }
}

extension Scenario {
  /// The same world with nothing in it but these kinds of trouble.
  func keeping(_ features: [ScenarioFeature]) -> Scenario {
    var scenario = self
    for feature in ScenarioFeature.allCases where !features.contains(feature) {
      feature.remove(from: &scenario)
    }
    if scenario.resolverHabits.isEmpty { scenario.resolverHabits = [.honest, .honest, .honest] }
    return scenario
  }

  var features: [ScenarioFeature] { ScenarioFeature.allCases.filter { $0.isPresent(in: self) } }
}
