import DNSModel

/// Which parts a move has. The graph follows from it: certificate and router work runs inside the long
/// TTL wait, everything else in one line.
///
///     baseline ─ audit ─┬─ lower TTL 1 … k ──────────────┬─ [approve] ─ cut over ─ verify ─ soak
///                       └─ own → certificate → bind → prove ┘
///       ─ [approve] ─ lock origin ─ soak ─ raise TTL ─ [point of no return] ─ retire ─ report
///
/// Where the new certificate falls due meanwhile, prove ─ renew 1 … n ─ report runs beside all that.
public struct CourseShape: Hashable, Sendable {
  public var stages: [TTL]
  public var finalTTL: TTL
  public var lowTTL: TTL
  public var soakCount: Int
  /// The old endpoint is locked for everyone but the router.
  public var locksOrigin: Bool
  /// The old endpoint is taken down at the end; never when it becomes an origin of the router (R10).
  public var retiresOldEndpoint: Bool
  /// How often the new certificate falls due while the move lasts.
  public var renewalCount: Int

  public init(
    stages: [TTL], lowTTL: TTL, finalTTL: TTL, soakCount: Int, locksOrigin: Bool,
    retiresOldEndpoint: Bool, renewalCount: Int = 0
  ) {
    self.stages = stages
    self.lowTTL = lowTTL
    self.finalTTL = finalTTL
    self.soakCount = soakCount
    self.locksOrigin = locksOrigin
    self.retiresOldEndpoint = retiresOldEndpoint
    self.renewalCount = renewalCount
  }

  public func steps() -> [Step] {
    var steps: [Step] = []
    func add(_ kind: StepKind, after needs: [Int]) -> Int {
      var set = StepSet()
      for index in needs { set.insert(index) }
      steps.append(Step(kind, needs: set))
      return steps.count - 1
    }
    let baseline = add(.baseline, after: [])
    let audit = add(.audit, after: [baseline])
    var lowered = audit
    for (index, ttl) in stages.enumerated() {
      lowered = add(.lowerTTL(stage: index + 1, ttl: ttl), after: [lowered])
    }
    let own = add(.ownHostname, after: [audit])
    let certificate = add(.obtainCertificate, after: [own])
    let bind = add(.bindHostname, after: [certificate])
    let prove = add(.proveEndpoint, after: [bind])
    let approved = add(.approve(.cutOver), after: [lowered, prove])
    let cutOver = add(.cutOver, after: [approved])
    var last = add(.verify, after: [cutOver])
    var soaks = 0
    func soak() {
      guard soaks < soakCount else { return }
      soaks += 1
      last = add(.soak(number: soaks), after: [last])
    }
    soak()
    if locksOrigin {
      last = add(.approve(.lockOrigin), after: [last])
      last = add(.lockOrigin, after: [last])
      soak()
    }
    while soaks < soakCount { soak() }
    if finalTTL != lowTTL { last = add(.raiseTTL(ttl: finalTTL), after: [last]) }
    if retiresOldEndpoint {
      last = add(.approve(.pointOfNoReturn), after: [last])
      last = add(.retireOldEndpoint, after: [last])
    }
    var renewed = prove
    for number in 0..<renewalCount {
      renewed = add(.renewCertificate(number: number + 1), after: [renewed])
    }
    _ = add(.report, after: renewalCount == 0 ? [last] : [last, renewed])
    return steps
  }
}
