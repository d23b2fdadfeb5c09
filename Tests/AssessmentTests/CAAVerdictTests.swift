import Assessment
import DNSModel
import Migration
import Notation
import Testing

@Suite struct CAAVerdictTests {
  static func caa(
    _ owner: DomainName, _ tag: String, _ value: String, flags: UInt8 = 0
  ) -> ResourceRecord {
    EvidenceBed.record(owner, .caa(flags: flags, tag: tag, value: Array(value.utf8))!)
  }

  static func set(_ values: [(String, String)], flags: UInt8 = 0) -> CAASet {
    CAASet(values.map { caa("example.test", $0.0, $0.1, flags: flags) })
  }

  static let ours = CAARequester(
    domains: ["ca.example"], account: "https://ca.example/acct/1", method: "dns-01")

  static func allows(_ values: [(String, String)], wildcard: Bool = false) -> Bool {
    set(values).answer(to: ours, wildcard: wildcard) == .allowed
  }

  // MARK: one set (RFC 8659 §4, RFC 8657)

  @Test func issueLimitsWhoMayIssue() {
    #expect(Self.allows([("issue", "ca.example")]))
    #expect(Self.allows([("ISSUE", " CA.Example ; ")]))
    #expect(Self.allows([("issue", "other.example"), ("issue", "ca.example")]))
    #expect(!Self.allows([("issue", "other.example")]))
    #expect(!Self.allows([("issue", ";")]))
    #expect(!Self.allows([("issue", "")]))
    // Not of the form the standard gives: as if nobody were named.
    #expect(!Self.allows([("issue", "%%%%%")]))
    #expect(!Self.allows([("issue", "ca.example; policy")]))
    #expect(!Self.allows([("issue", "ca.example other")]))
  }

  @Test func aSetWithoutIssuersLimitsNobody() {
    #expect(Self.allows([("iodef", "mailto:a@example.test")]))
    #expect(Self.allows([("tbs", "unknown, but not critical")]))
    #expect(
      Self.set([("tbs", "unknown"), ("issue", "ca.example")], flags: 128)
        .answer(to: Self.ours, wildcard: false) != .allowed)
    #expect(
      Self.set([("issue", "ca.example"), ("issuemail", ";")], flags: 128)
        .answer(to: Self.ours, wildcard: false) == .allowed)
  }

  @Test func issuewildCountsForWildcardsAndForNothingElse() {
    let both = [("issue", "ca.example"), ("issuewild", ";")]
    #expect(Self.allows(both))
    #expect(!Self.allows(both, wildcard: true))
    let wildOnly = [("issuewild", "ca.example")]
    #expect(Self.allows(wildOnly) && Self.allows(wildOnly, wildcard: true))
    #expect(Self.allows([("issue", "other.example"), ("issuewild", "ca.example")], wildcard: true))
    #expect(!Self.allows([("issue", "other.example"), ("issuewild", "ca.example")]))
    #expect(!Self.allows([("issue", "other.example")], wildcard: true))
  }

  @Test func accountsAndMethodsAreHeldAgainstOurs() {
    #expect(Self.allows([("issue", "ca.example; accounturi=https://ca.example/acct/1")]))
    #expect(!Self.allows([("issue", "ca.example; accounturi=https://ca.example/acct/2")]))
    #expect(
      Self.allows([
        ("issue", "ca.example; accounturi=https://ca.example/acct/2"),
        ("issue", "ca.example;accounturi = https://ca.example/acct/1"),
      ]))
    #expect(Self.allows([("issue", "ca.example; validationmethods=http-01,dns-01")]))
    #expect(!Self.allows([("issue", "ca.example; validationmethods=http-01")]))
    #expect(!Self.allows([("issue", "ca.example; validationmethods=")]))
    let twice = "ca.example; accounturi=https://ca.example/acct/1; accounturi=https://x"
    #expect(!Self.allows([("issue", twice)]))
    // The account is not known before it is opened: judged again then.
    let early = CAARequester(domains: ["ca.example"])
    #expect(
      Self.set([("issue", "ca.example; accounturi=https://ca.example/acct/2")])
        .answer(to: early, wildcard: false) == .allowed)
  }

  @Test func withoutTheCAsNameALimitIsNoPermission() {
    let nameless = CAARequester(domains: [])
    #expect(
      Self.set([("issue", "ca.example")]).answer(to: nameless, wildcard: false) == .dependsOnName)
    #expect(
      Self.set([("issue", ";")]).answer(to: nameless, wildcard: false)
        == .forbidden("nobody may issue"))
    #expect(Self.set([("iodef", "x")]).answer(to: nameless, wildcard: false) == .allowed)
  }

  // MARK: which set counts (RFC 8659 §3)

  /// An alias to `old`, moving to `new`; CAA where it was put, denials elsewhere.
  static func bed(
    _ sets: [DomainName: [ResourceRecord]], failing: Set<DomainName> = [], isAlias: Bool = true
  ) -> NameEvidence {
    var bed = EvidenceBed()
    var evidence = bed.evidence
    let name = evidence.name
    func answer(_ owner: DomainName) -> DNSObservation {
      EvidenceBed.reply(
        owner, .caa, sets[owner] ?? [], code: failing.contains(owner) ? .serverFailure : .noError,
        authorities: sets[owner] == nil ? [soa(evidence.zone)] : [])
    }
    func resolution(_ owner: DomainName) -> NameEvidence.Resolution {
      var found = NameEvidence.Resolution(name: owner, type: .caa)
      found.last = answer(owner)
      return found
    }
    func target(_ owner: DomainName, isNew: Bool) -> NameEvidence.Target {
      let empty = NameEvidence.Resolution(name: owner, type: .a)
      return NameEvidence.Target(
        name: owner, isNew: isNew, ipv4: empty, ipv6: empty, caa: resolution(owner))
    }
    if isAlias {
      let alias = EvidenceBed.record(name, .cname("old.azure.test"))
      bed.replace(EvidenceBed.reply(name, .caa, [alias]))
      evidence = bed.evidence
      evidence.targets = [target("old.azure.test", isNew: false)]
    } else {
      bed.replace(answer(name))
      evidence = bed.evidence
    }
    evidence.targets.append(target("new.router.test", isNew: true))
    evidence.ancestorCAA = ["contoso.test", "test"].map { resolution($0) }
    return evidence
  }

  static func soa(_ zone: DomainName) -> ResourceRecord {
    EvidenceBed.record(zone, EvidenceBed.soaData())
  }

  static func outcome(
    _ evidence: NameEvidence, isZoneOnly: Bool = false
  ) -> CAAVerdict.Outcome {
    CAAVerdict(evidence, wildcard: false, for: ours, isZoneOnly: isZoneOnly).outcome
  }

  @Test func theClosestSetCountsAndThoseAboveDoNot() {
    let ours = [Self.caa("api.contoso.test", "issue", "ca.example")]
    let others = [Self.caa("contoso.test", "issue", "other.example")]
    // At the name itself, which is no alias; what stands above is not asked. The new target is open.
    #expect(
      Self.outcome(Self.bed(["api.contoso.test": ours], isAlias: false)) == .allowed)
    #expect(Self.outcome(Self.bed(["contoso.test": others])) == .forbidden)
    let above = [Self.caa("test", "issue", "other.example")]
    #expect(Self.outcome(Self.bed(["test": above])) == .forbidden)
    #expect(
      Self.outcome(
        Self.bed(["contoso.test": [Self.caa("contoso.test", "issue", "ca.example")], "test": above])
      ) == .allowed)
    #expect(Self.outcome(Self.bed([:])) == .allowed)
  }

  @Test func aliasesAreFollowedTodayAndAfterTheSwap() {
    let ours = [Self.caa("old.azure.test", "issue", "ca.example")]
    let others = [Self.caa("new.router.test", "issue", "other.example")]
    #expect(Self.outcome(Self.bed(["old.azure.test": ours])) == .allowed)
    let after = CAAVerdict(
      Self.bed(["old.azure.test": ours, "new.router.test": others]), wildcard: false,
      for: Self.ours)
    #expect(after.outcome == .forbidden)
    #expect(after.text.contains("after the swap") && after.text.contains("new.router.test"))
    let before = [Self.caa("old.azure.test", "issue", "other.example")]
    #expect(Self.outcome(Self.bed(["old.azure.test": before])) == .forbidden)
  }

  @Test func aFailedLookUpRefuses() {
    for failing: DomainName in ["old.azure.test", "new.router.test", "contoso.test", "test"] {
      #expect(Self.outcome(Self.bed([:], failing: [failing])) == .unknown, "\(failing)")
    }
    // Below the set that counts nothing is missing above it.
    let ours = [Self.caa("contoso.test", "issue", "ca.example")]
    #expect(Self.outcome(Self.bed(["contoso.test": ours], failing: ["test"])) == .allowed)
  }

  @Test func inAPrivateZoneOnlyWhatLiesOutsideMayBeLeftOut() {
    let outside: Set<DomainName> = ["old.azure.test", "new.router.test", "test"]
    #expect(Self.outcome(Self.bed([:], failing: outside), isZoneOnly: true) == .allowed)
    #expect(
      Self.outcome(Self.bed([:], failing: ["contoso.test"]), isZoneOnly: true) == .unknown)
    let others = [Self.caa("contoso.test", "issue", "other.example")]
    #expect(
      Self.outcome(Self.bed(["contoso.test": others], failing: outside), isZoneOnly: true)
        == .forbidden)
  }

  @Test func serversThatDifferAreAllHeardForTheCAMayAskAny() {
    var evidence = Self.bed([:], isAlias: false)
    let others = [Self.caa("api.contoso.test", "issue", "other.example")]
    evidence.observations.append(
      EvidenceBed.reply("api.contoso.test", .caa, others, server: 1))
    #expect(Self.outcome(evidence) == .forbidden)
  }
}
