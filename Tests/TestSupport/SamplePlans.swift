import DNSModel
import Migration
import Notation

/// Compiled plans for tests of the core: the worked example, and what can be turned on it.
public enum SamplePlans {
  public static func name(_ text: String) -> DomainName {
    var labels: [[UInt8]] = []
    for label in text.split(separator: ".") { labels.append(Array(label.utf8)) }
    return DomainName(labels: labels) ?? .root
  }

  /// Contoso's move: two days of TTL, a ladder of three stairs to 60 s, lock, raise, retire.
  public static func contoso(
    ladder: Bool = true, stages: Int = 3, hasFence: Bool = true, isManual: Bool = false,
    locks: Bool = true, retires: Bool = true, hasTrafficSource: Bool = true,
    declaredTTL: TTL = TTL(clamping: 172_800), changeWindows: [ChangeWindow] = [],
    approvals: [GateRequirement] = [
      GateRequirement(gate: .cutOver, count: 2), GateRequirement(gate: .lockOrigin, count: 1),
      GateRequirement(gate: .pointOfNoReturn, count: 1),
    ]
  ) -> CompiledPlan {
    let low = TTL(clamping: 60)
    let stairs = TTLLadder.stages(from: declaredTTL, to: low, count: stages)
    let shape = CourseShape(
      stages: stairs, lowTTL: stairs.last ?? declaredTTL, finalTTL: TTL(clamping: 3600),
      soakCount: 2, locksOrigin: locks, retiresOldEndpoint: retires)
    return CompiledPlan(
      planDigest: "contoso", hostname: name("api.contososhoes.com"), zone: name("contososhoes.com"),
      oldTarget: name("apicontososhoes.azurewebsites.net"),
      newTarget: name("contoso.z01.azurefd.net"), steps: shape.steps(),
      waits: WaitParameters(
        declaredTTL: declaredTTL, stages: stairs, isLadder: ladder,
        finalTTL: TTL(clamping: 3600), authoritativeLag: .minutes(15), margin: .minutes(5),
        cleanRounds: 3, propagationBound: .minutes(20), longestWrite: .minutes(5),
        hasFence: hasFence, isManual: isManual, soaks: [.hours(24), .hours(12)],
        minimumTail: .hours(24), hasTrafficSource: hasTrafficSource),
      rollback: RollbackParameters(
        unlockTime: .minutes(10), minimumStay: .hours(1), window: .days(3)),
      approvals: approvals, changeWindows: changeWindows)
  }
}
