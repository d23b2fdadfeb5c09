import Assessment
import DNSModel
import Migration
import Notation
import Testing

/// Each rule has a zone that trips it and a near-miss that does not.
@Suite struct AuditCheckTests {
  typealias Change = @Sendable (inout EvidenceBed) -> Void

  struct Case: Sendable, CustomTestStringConvertible {
    let id: String
    let trips: Change
    let nearMiss: Change
    var testDescription: String { id }

    init(_ id: String, _ trips: @escaping Change, nearMiss: @escaping Change) {
      self.id = id
      self.trips = trips
      self.nearMiss = nearMiss
    }

    var tripped: EvidenceBed { Self.sound(with: trips) }
    var missed: EvidenceBed { Self.sound(with: nearMiss) }

    private static func sound(with change: Change) -> EvidenceBed {
      var bed = EvidenceBed.sound()
      change(&bed)
      return bed
    }

    /// The rule speaks of the one and not of the other, and the two are alike but for a detail.
    func holds() {
      let (tripped, missed) = (tripped, missed)
      #expect(tripped.ids.contains(id), "\(tripped.ids)")
      #expect(!missed.ids.contains(id), "\(missed.ids)")
      let apart = tripped.differences(from: missed)
      #expect((1...2).contains(apart.count), "no near miss of \(id): \(apart)")
      #expect(!missed.differences(from: .sound()).isEmpty, "\(id) misses by the sound zone itself")
    }
  }

  static func caa(_ text: String, flags: UInt8 = 0, tag: String = "issue") -> RecordData {
    RecordData.caa(flags: flags, tag: tag, value: Array(text.utf8))
      ?? RecordData(type: .caa, wire: [0])
  }

  static func text(_ text: String) -> RecordData {
    RecordData(type: .txt, wire: [UInt8(text.utf8.count)] + Array(text.utf8))
  }

  /// An RRSIG over SOA that ends so many seconds from now.
  static func signature(endsIn seconds: Int64) -> ResourceRecord {
    func bytes(_ value: Int64) -> [UInt8] {
      let number = UInt32(truncatingIfNeeded: value)
      return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
    let now = EvidenceBed.now.seconds
    let wire: [UInt8] =
      [0, 6, 13, 2] + bytes(3600) + bytes(now + seconds) + bytes(now - 100_000) + [0, 1, 0, 9]
    return EvidenceBed.record("contoso.test", RecordData(type: .rrsig, wire: wire))
  }

  static let reach: [Case] = [
    Case(
      "dns.authority.none", { $0.evidence.delegation.authorities = [] },
      nearMiss: { $0.evidence.delegation.authorities.removeLast() }),
    Case(
      "dns.authority.unreachable", { $0.silence(1) }, nearMiss: { $0.silence(1, channel: .tcp) }),
    Case(
      "dns.authority.refuses",
      { $0.replace(EvidenceBed.reply("contoso.test", .soa, code: .refused, server: 1)) },
      nearMiss: {
        // What is not its own, a server should refuse.
        $0.replace(EvidenceBed.reply("old.azure.test", .a, code: .refused, server: 1))
      }),
    Case(
      "dns.authority.lame",
      {
        let soa = EvidenceBed.record("contoso.test", EvidenceBed.soaData())
        $0.replace(
          EvidenceBed.reply("contoso.test", .soa, [soa], isAuthoritative: false, server: 1))
      },
      nearMiss: {
        // Without authority over somebody else's name, which is as it should be.
        let address = EvidenceBed.record(
          "old.azure.test", RecordData(type: .a, wire: [192, 0, 2, 80]))
        $0.replace(
          EvidenceBed.reply("old.azure.test", .a, [address], isAuthoritative: false, server: 1))
      }),
    Case(
      "dns.authority.lame",
      { $0.replace(EvidenceBed.reply("contoso.test", .soa, isAuthoritative: false, server: 1)) },
      nearMiss: {
        $0.replace(
          EvidenceBed.reply(
            "contoso.test", .soa, code: .refused, isAuthoritative: false, server: 1))
      }),
    Case(
      "dns.authority.noAddress", { $0.evidence.delegation.unresolved = ["ns3.other.test"] },
      nearMiss: {
        $0.evidence.delegation.authorities.append(
          .init(name: "ns3.other.test", address: "203.0.113.53:53"))
      }),
    Case(
      "dns.authority.noTCP", { $0.silence(0, channel: .tcp) },
      nearMiss: {
        $0.silence(0)
        $0.silence(0, channel: .tcp)
      }),
    Case(
      "dns.authority.open", { $0.soa(0, recursionAvailable: true) },
      nearMiss: {
        $0.soa(0, channel: .tcp, recursionAvailable: true)
      }),
    Case(
      "dns.authority.oneNetwork",
      { $0.evidence.delegation.authorities[1].address = "192.0.2.54:53" },
      nearMiss: { $0.evidence.delegation.authorities[1].address = "192.0.3.53:53" }),
    Case(
      "dns.delegation.differs", { $0.evidence.delegation.childServers.append("ns3.other.test") },
      nearMiss: { $0.evidence.delegation.childServers = ["NS2.other.test", "ns1.Other.test"] }),
    Case(
      "dns.delegation.glue",
      { $0.evidence.delegation.parentServers[0] = "ns1.contoso.test" },
      nearMiss: {
        $0.evidence.delegation.parentServers[0] = "ns1.contoso.test"
        $0.evidence.delegation.childServers[0] = "ns1.contoso.test"
        $0.evidence.delegation.glue = [.init(name: "ns1.contoso.test", address: "192.0.2.53:53")]
        $0.say("ns1.contoso.test", [RecordData(type: .a, wire: [192, 0, 2, 53])])
      }),
  ]

  static let content: [Case] = [
    Case(
      "dns.authorities.data", { $0.alias("other.azure.test", ttl: 60, servers: [1]) },
      nearMiss: { $0.alias("other.azure.test", ttl: 60) }),
    Case(
      "dns.authorities.ttl", { $0.alias("old.azure.test", ttl: 61, servers: [1]) },
      nearMiss: { $0.alias("old.azure.test", ttl: 61) }),
    Case(
      "dns.authorities.serial", { $0.soa(1, serial: 8) },
      nearMiss: {
        for server in 0..<2 {
          $0.soa(server, serial: 8)
          $0.soa(server, serial: 8, channel: .tcp)
        }
      }),
    Case(
      "dns.ttl.long", { $0.alias("old.azure.test", ttl: 301) },
      nearMiss: {
        $0.alias("old.azure.test", ttl: 300)
      }),
    Case(
      "dns.ttl.served", { $0.evidence.move.requestedTTL = TTL(clamping: 30) },
      nearMiss: {
        $0.evidence.move.requestedTTL = TTL(clamping: 60)
      }),
    Case("dns.negative.long", { $0.soa(0, minimum: 901) }, nearMiss: { $0.soa(0, minimum: 900) }),
    Case(
      "dns.coexistence", { $0.say("api.contoso.test", [text("v=spf1")]) },
      nearMiss: {
        // Behind the alias: the target's own text.
        let alias = EvidenceBed.record("api.contoso.test", .cname("old.azure.test"))
        let txt = EvidenceBed.record("old.azure.test", text("v=spf1"))
        $0.replace(EvidenceBed.reply("api.contoso.test", .txt, [alias, txt]))
      }),
    Case(
      "dns.suffix.doubledOwner",
      {
        $0.say("api.contoso.test.contoso.test", [RecordData(type: .a, wire: [192, 0, 2, 1])])
      }, nearMiss: { $0.deny("api.contoso.test.contoso.test", .a, code: .nameError) }),
    Case(
      "dns.suffix.doubledTarget", { $0.alias("x.azurewebsites.net.contoso.test", ttl: 60) },
      nearMiss: { $0.alias("x.azurewebsites.contoso.test", ttl: 60) }),
    Case(
      "dns.wildcard.challenge",
      {
        $0.say("cutover-no-such-name.api.contoso.test", [text("x")])
      }, nearMiss: { $0.deny("cutover-no-such-name.api.contoso.test", .txt, code: .nameError) }),
    Case(
      "dns.wildcard.only",
      {
        $0.say("cutover-no-such-name.contoso.test", [.cname("old.azure.test")])
      }, nearMiss: { $0.say("cutover-no-such-name.contoso.test", [.cname("else.azure.test")]) }),
    Case(
      "dns.controller.foreign",
      {
        $0.say("cname-api.contoso.test", [text("heritage=external-dns,external-dns/owner=k8s")])
      }, nearMiss: { $0.say("cname-api.contoso.test", [text("the heritage of contoso")]) }),
    Case(
      "dns.leftover.delegation",
      {
        let alias = EvidenceBed.record("_acme-challenge.api.contoso.test", .cname("x.dcv.test"))
        $0.replace(EvidenceBed.reply("_acme-challenge.api.contoso.test", .txt, [alias]))
      }, nearMiss: { $0.say("_acme-challenge.api.contoso.test", [text("token")]) }),
    Case(
      "dns.leftover.acme", { $0.say("_acme-challenge.api.contoso.test", [text("token")]) },
      nearMiss: { $0.deny("_acme-challenge.api.contoso.test", .txt) }),
    Case(
      "dns.leftover.fence", { $0.say("_fence.api.contoso.test", [text("4")]) },
      nearMiss: { $0.say("_fence.www.contoso.test", [text("4")]) }),
    Case(
      "dns.leftover.asuid", { $0.say("asuid.api.contoso.test", [text("A1B2")]) },
      nearMiss: { $0.deny("asuid.api.contoso.test", .txt, code: .nameError) }),
    Case(
      "dns.leftover.ownership", { $0.say("_dnsauth.api.contoso.test", [text("x")]) },
      nearMiss: {
        // The wildcard's own answer is no leftover.
        $0.say("_dnsauth.api.contoso.test", [text("x")])
        $0.say("cutover-no-such-name.api.contoso.test", [text("x")])
      }),
  ]

  static let old: DomainName = "old.azure.test"
  static let new: DomainName = "new.router.test"

  static let targets: [Case] = [
    Case(
      "dns.target.nothing",
      { $0.setTarget(new, isNew: true, ipv4: false, ipv6: false, code: .nameError) },
      nearMiss: { $0.setTarget(new, isNew: true, ipv4: false) }),
    Case(
      "dns.target.unknown", { $0.evidence.targets[1].ipv4.last = nil },
      nearMiss: { $0.evidence.targets[0].ipv4.last = nil }),
    Case(
      "dns.target.ipv6Appears", { $0.setTarget(old, isNew: false, ipv6: false) },
      nearMiss: { $0.evidence.targets[0].ipv6.last = nil }),
    Case(
      "dns.target.ipv6Goes", { $0.setTarget(new, isNew: true, ipv6: false) },
      nearMiss: {
        $0.setTarget(old, isNew: false, ipv6: false)
        $0.setTarget(new, isNew: true, ipv6: false)
      }),
    Case(
      "dns.target.ipv4Goes", { $0.setTarget(new, isNew: true, ipv4: false) },
      nearMiss: { $0.evidence.targets[1].ipv4.last = nil }),
    Case(
      "dns.target.takeover",
      {
        $0.setTarget(
          "x.azurewebsites.net", isNew: false, ipv4: false, ipv6: false, code: .nameError)
      },
      nearMiss: {
        $0.setTarget(
          "x.azurewebsites.net.test", isNew: false, ipv4: false, ipv6: false, code: .nameError)
      }),
    Case(
      "dns.target.dangling",
      { $0.setTarget(old, isNew: false, ipv4: false, ipv6: false, code: .nameError) },
      nearMiss: { $0.setTarget(old, isNew: false, ipv4: false, ipv6: false) }),
    Case(
      "dns.chain.loop",
      {
        $0.evidence.targets[1].ipv4.chain = [
          .init(owner: new, target: "b.router.test", ttl: .zero),
          .init(owner: "b.router.test", target: new, ttl: .zero),
        ]
        $0.evidence.targets[1].ipv4.isLoop = true
      },
      nearMiss: {
        $0.evidence.targets[1].ipv4.chain = [
          .init(owner: new, target: "b.router.test", ttl: .zero),
          .init(owner: "b.router.test", target: "new.router.test.other", ttl: .zero),
        ]
      }),
    Case(
      "dns.chain.long",
      {
        $0.evidence.targets[1].ipv4.chain = [
          .init(owner: "new.router.test", target: "b.router.test", ttl: .zero),
          .init(owner: "b.router.test", target: "c.router.test", ttl: .zero),
        ]
      },
      nearMiss: {
        $0.evidence.targets[1].ipv4.chain = [
          .init(owner: "new.router.test", target: "b.router.test", ttl: .zero)
        ]
      }),
    Case(
      "dns.caa.forbids",
      {
        $0.evidence.move.authority = "digicert.com"
        $0.evidence.targets[1].caa.last = EvidenceBed.reply(
          "new.router.test", .caa,
          [EvidenceBed.record("new.router.test", caa("letsencrypt.org"))])
      },
      nearMiss: {
        $0.evidence.move.authority = "digicert.com"
        $0.evidence.targets[1].caa.last = EvidenceBed.reply(
          "new.router.test", .caa,
          [EvidenceBed.record("new.router.test", caa("DigiCert.com; cansignhttpexchanges=yes"))])
      }),
    Case(
      "dns.caa.unknown", { $0.evidence.targets[0].caa.last = nil },
      nearMiss: {
        $0.evidence.targets[0].caa.last = EvidenceBed.reply(old, .caa, code: .nameError)
      }),
    Case(
      "dns.caa.present", limited,
      nearMiss: {
        limited(&$0)
        $0.evidence.move.authority = "ca.test"
      }),
  ]

  /// Keys and signatures everywhere, with or without a DS at the parent.
  static func signed(_ bed: inout EvidenceBed, isSecure: Bool) {
    bed.evidence.delegation.hasSecureDelegation = isSecure
    bed.say("contoso.test", [RecordData(type: .dnskey, wire: [1, 1, 3, 13, 0])])
    for channel in [DNSChannel.udp, .tcp] {
      for server in 0..<2 {
        bed.soa(server, channel: channel, extra: [signature(endsIn: 90 * 86400)])
      }
    }
  }

  /// Today's target has CAA for one CA.
  static func limited(_ bed: inout EvidenceBed) {
    bed.evidence.targets[0].caa.last = EvidenceBed.reply(
      old, .caa, [EvidenceBed.record(old, caa("ca.test"))])
  }

  static let signing: [Case] = [
    Case(
      "dns.dnssec.broken",
      {
        $0.evidence.delegation.hasSecureDelegation = true
        $0.deny("contoso.test", .dnskey)
      }, nearMiss: { $0.deny("contoso.test", .dnskey) }),
    Case(
      "dns.dnssec.unsigned",
      {
        $0.evidence.delegation.hasSecureDelegation = true
        $0.say("contoso.test", [RecordData(type: .dnskey, wire: [1, 1, 3, 13, 0])])
      },
      nearMiss: { $0.say("contoso.test", [RecordData(type: .dnskey, wire: [1, 1, 3, 13, 0])]) }),
    Case(
      "dns.dnssec.signed", { signed(&$0, isSecure: true) },
      nearMiss: { signed(&$0, isSecure: false) }),
    Case(
      "dns.dnssec.island", { signed(&$0, isSecure: false) },
      nearMiss: { signed(&$0, isSecure: true) }),
    Case(
      "dns.dnssec.expired", { $0.soa(0, extra: [signature(endsIn: -1)]) },
      nearMiss: {
        $0.soa(0, extra: [signature(endsIn: 90 * 86400)])
      }),
    Case(
      "dns.dnssec.endsInWindow", { $0.soa(0, extra: [signature(endsIn: 13 * 86400)]) },
      nearMiss: { $0.soa(0, extra: [signature(endsIn: 15 * 86400)]) }),
    Case(
      "dns.views.differ",
      {
        let record = EvidenceBed.record("api.contoso.test", .cname("inside.test"))
        $0.evidence.resolvers = [EvidenceBed.reply("api.contoso.test", .cname, [record])]
      },
      nearMiss: {
        $0.evidence.resolvers = [EvidenceBed.resolved(ttl: 3)]
      }),
  ]

  static let standing: [Case] = [
    Case(
      "dns.apex", { $0.evidence.name = "contoso.test" },
      nearMiss: { $0.evidence.name = "contoso.contoso.test" }),
    Case(
      "dns.caches.hold", { $0.alias(old, ttl: 172_800) },
      nearMiss: { $0.deny("api.contoso.test", .cname, code: .nameError) }),
  ]

  static let all = reach + content + targets + signing + presence + ways + standing

  @Test(arguments: all) func tripsOnItsZoneAndNotOnTheNearMiss(check: Case) { check.holds() }

  @Test func noTwoRulesShareANearMiss() {
    let misses = (Self.all + AuditMoveTests.cases).map { ($0.id, $0.missed) }
    for (index, (id, bed)) in misses.enumerated() {
      for (other, otherBed) in misses[..<index] where other != id {
        #expect(!bed.differences(from: otherBed).isEmpty, "\(id) and \(other)")
      }
    }
  }

  @Test func aSoundNameHasNothingAgainstIt() {
    #expect(EvidenceBed.sound().graveIDs == [])
  }

  @Test func whoHoldsTheAnswerFollowsTheTTL() {
    var bed = EvidenceBed.sound()
    bed.alias("old.azure.test", ttl: 172_800)
    let holders = Audit.findings(in: bed.evidence).first { $0.id == "dns.caches.hold" }
    #expect(holders?.evidence.contains { $0.hasPrefix("BIND, as shipped: up to 2 d") } == true)
    #expect(holders?.evidence.contains { $0.hasPrefix("Unbound, as shipped: up to 1 d") } == true)
  }

  @Test func unknownCriticalCAAForbidsEverything() {
    var bed = EvidenceBed.sound()
    bed.evidence.move.authority = "ca.test"
    bed.evidence.targets[1].caa.last = EvidenceBed.reply(
      "new.router.test", .caa,
      [
        EvidenceBed.record("new.router.test", Self.caa("ca.test")),
        EvidenceBed.record("new.router.test", Self.caa("x", flags: 128, tag: "tbs")),
      ])
    #expect(bed.ids.contains("dns.caa.forbids"))
  }
}
