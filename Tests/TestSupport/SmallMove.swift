import DNSModel
import Migration
import Notation

/// A compiled plan with waits of seconds, for tests of what drives and stores migrations.
public enum SmallMove {
  public static func plan(_ name: DomainName) -> CompiledPlan {
    let kinds: [StepKind] = [
      .baseline, .lowerTTL(stage: 1, ttl: TTL(clamping: 5)), .proveEndpoint, .cutOver, .verify,
      .soak(number: 1), .report,
    ]
    var steps: [Step] = []
    for (index, kind) in kinds.enumerated() {
      var needs = StepSet()
      if index > 0 { needs.insert(index - 1) }
      steps.append(Step(kind, needs: needs))
    }
    return CompiledPlan(
      planDigest: "digest", hostname: name, zone: "example.test", oldTarget: "old.example.net",
      newTarget: "new.example.net", steps: steps,
      waits: WaitParameters(
        declaredTTL: TTL(clamping: 20), stages: [TTL(clamping: 5)], isLadder: true,
        finalTTL: TTL(clamping: 60), authoritativeLag: .seconds(1), margin: .seconds(1),
        cleanRounds: 2, propagationBound: .seconds(2), longestWrite: .seconds(5), hasFence: true,
        freshness: .seconds(30), soaks: [.seconds(10)], minimumTail: .zero,
        hasTrafficSource: true),
      rollback: RollbackParameters(unlockTime: .zero, minimumStay: .zero, window: .zero))
  }
}
