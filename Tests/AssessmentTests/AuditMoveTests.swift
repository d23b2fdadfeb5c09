import Assessment
import DNSModel
import Migration
import Notation
import Testing

/// The rules that read a plan, and those about answers that differ from question to question.
@Suite struct AuditMoveTests {
  typealias Case = AuditCheckTests.Case

  /// An answer made for clients of a region.
  static func regional(
    _ target: DomainName, scope: UInt8, server: Int = 0
  ) -> NameEvidence.RegionalAnswer {
    let edns = EDNS(options: [
      EDNSOption(code: EDNSOption.clientSubnet, data: [0, 1, 24, scope, 193, 0, 6])
    ])
    return .init(
      region: "Europe",
      observation: EvidenceBed.reply(
        "api.contoso.test", .cname,
        [EvidenceBed.record("api.contoso.test", .cname(target), ttl: 60)], server: server,
        edns: edns))
  }

  static let address = RecordData(type: .a, wire: [192, 0, 2, 9])

  /// The CAA of the new target, in full.
  static func bound(_ value: String) -> AuditCheckTests.Change {
    { bed in
      bed.evidence.move.authority = "ca.test"
      bed.evidence.move.challenge = "dns-01"
      bed.evidence.targets[1].caa.last = EvidenceBed.reply(
        "new.router.test", .caa,
        [EvidenceBed.record("new.router.test", AuditCheckTests.caa(value))])
    }
  }

  static let cases: [Case] = [
    Case(
      "dns.target.drift", { $0.evidence.move.oldTarget = "else.azure.test" },
      nearMiss: { $0.evidence.move.oldTarget = "OLD.Azure.test" }),
    Case(
      "dns.flattened",
      {
        $0.evidence.move.oldTarget = "old.azure.test"
        $0.deny("api.contoso.test", .cname)
        $0.say("api.contoso.test", [address])
      },
      nearMiss: {
        $0.evidence.move.oldTarget = "old.azure.test"
        // The target's own address, behind the alias.
        let alias = EvidenceBed.record("api.contoso.test", .cname("old.azure.test"), ttl: 60)
        $0.replace(
          EvidenceBed.reply(
            "api.contoso.test", .a, [alias, EvidenceBed.record("old.azure.test", address)]))
      }),
    Case(
      "dns.ttl.unsteady",
      {
        let record = EvidenceBed.record("api.contoso.test", .cname("old.azure.test"), ttl: 59)
        $0.evidence.observations.append(EvidenceBed.reply("api.contoso.test", .cname, [record]))
      },
      nearMiss: {
        let record = EvidenceBed.record("api.contoso.test", .cname("old.azure.test"), ttl: 60)
        $0.evidence.observations.append(EvidenceBed.reply("api.contoso.test", .cname, [record]))
      }),
    Case(
      "dns.ttl.mixed",
      {
        let records = [
          EvidenceBed.record("api.contoso.test", address, ttl: 60),
          EvidenceBed.record(
            "api.contoso.test", RecordData(type: .a, wire: [192, 0, 2, 8]), ttl: 61),
        ]
        $0.replace(EvidenceBed.reply("api.contoso.test", .a, records))
      },
      nearMiss: {
        $0.deny("api.contoso.test", .cname)
        $0.say(
          "api.contoso.test", [address, RecordData(type: .a, wire: [192, 0, 2, 8])], ttl: 60)
      }),
    Case(
      "dns.alias.several",
      { $0.say("api.contoso.test", [.cname("a.test"), .cname("b.test")], servers: [0]) },
      nearMiss: { $0.say("api.contoso.test", [.cname("b.test")], servers: [0]) }),
    Case(
      "dns.views.tailored", { $0.evidence.regional = [regional("old.azure.test", scope: 24)] },
      nearMiss: { $0.evidence.regional = [regional("old.azure.test", scope: 0)] }),
    Case(
      "dns.views.tailored", { $0.evidence.regional = [regional("eu.azure.test", scope: 0)] },
      nearMiss: { $0.evidence.regional = [regional("OLD.azure.test", scope: 0)] }),
    Case(
      "dns.caa.bound", bound("ca.test; accounturi=https://ca.test/acct/1"),
      nearMiss: bound("ca.test")),
    Case(
      "dns.caa.method", bound("ca.test; validationmethods=http-01"),
      nearMiss: bound("ca.test; validationmethods=http-01,dns-01")),
    Case(
      "dns.soa.refresh", timing(refresh: 3601, expire: 604_800),
      nearMiss: timing(refresh: 3600, expire: 604_800)),
    Case(
      "dns.soa.expire", timing(refresh: 1800, expire: 86399),
      nearMiss: timing(refresh: 1800, expire: 86400)),
  ]

  static func timing(refresh: UInt32, expire: UInt32) -> AuditCheckTests.Change {
    { bed in
      let soa = SOA(
        primary: "ns1.other.test", mailbox: "host.other.test", serial: Serial(7),
        refresh: refresh, retry: 600, expire: expire, minimum: 300)
      bed.say("contoso.test", [.soa(soa)], ttl: 3600)
    }
  }

  @Test(arguments: cases) func tripsOnItsZoneAndNotOnTheNearMiss(check: Case) { check.holds() }

  @Test func aNameThatMovedAlreadyIsNoDrift() {
    var bed = EvidenceBed.sound()
    bed.evidence.move.oldTarget = "former.azure.test"
    bed.alias("new.router.test", ttl: 60)
    let drift = Audit.findings(in: bed.evidence).first { $0.id == "dns.target.drift" }
    #expect(drift?.severity == .warning)
  }

  @Test func oneUnconditionalCAAIsEnough() {
    var bed = EvidenceBed.sound()
    Self.bound("ca.test; validationmethods=http-01")(&bed)
    bed.evidence.targets[1].caa.last?.outcome =
      EvidenceBed.reply(
        "new.router.test", .caa,
        ["ca.test; validationmethods=http-01", "ca.test"].map {
          EvidenceBed.record("new.router.test", AuditCheckTests.caa($0))
        }
      ).outcome
    #expect(!bed.ids.contains { $0.hasPrefix("dns.caa.") })
  }
}
