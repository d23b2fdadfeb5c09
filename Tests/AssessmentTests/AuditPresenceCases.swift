import Assessment
import DNSModel
import Digests
import Migration
import Notation

/// Whether the name, its target and their servers are there at all, and say one thing.
extension AuditCheckTests {
  /// A target whose second server says something else, or nothing.
  static func second(
    _ bed: inout EvidenceBed, says observation: DNSObservation, of isNew: Bool = true
  ) {
    bed.evidence.targets[isNew ? 1 : 0].ipv4.all.append(observation)
  }

  static let authorization = EvidenceBed.record(old, caa("ca.test"))
  static var mute: DNSObservation {
    var mute = EvidenceBed.reply(new, .a, server: 1)
    mute.outcome = .silence(.timedOut)
    return mute
  }

  static let ways: [Case] = [
    Case(
      "dns.authority.refuses",
      {
        $0.replace(EvidenceBed.reply("api.contoso.test", .cname, code: .serverFailure, server: 1))
      },
      nearMiss: {
        $0.replace(
          EvidenceBed.reply("_acme-challenge.api.contoso.test", .txt, code: .serverFailure))
      }),
    Case(
      "dns.chain.back",
      {
        $0.evidence.targets[1].ipv4.chain = [
          .init(owner: new, target: "api.contoso.test", ttl: TTL(clamping: 60))
        ]
      },
      nearMiss: {
        $0.evidence.targets[1].ipv4.chain = [
          .init(owner: new, target: "apis.contoso.test", ttl: TTL(clamping: 60))
        ]
      }),
    Case(
      "dns.chain.endless", { $0.evidence.targets[0].ipv4.isEndless = true },
      nearMiss: { $0.evidence.targets[0].ipv4.isLoop = true }),
    Case(
      "dns.target.differs",
      {
        let soa = EvidenceBed.record("test", EvidenceBed.soaData())
        let denial = EvidenceBed.reply(new, .a, code: .nameError, authorities: [soa], server: 1)
        second(&$0, says: denial)
      },
      nearMiss: {
        // Other addresses, as routers give them.
        let address = EvidenceBed.record(new, RecordData(type: .a, wire: [192, 0, 2, 81]))
        second(&$0, says: EvidenceBed.reply(new, .a, [address], server: 1))
      }),
    Case(
      "dns.target.server", { second(&$0, says: mute) },
      nearMiss: {
        // When nobody answers it is not known at all.
        $0.evidence.targets[1].ipv4.all = [mute]
      }),
    Case(
      "dns.caa.differs",
      {
        $0.evidence.targets[0].caa.all.append(EvidenceBed.reply(old, .caa, [authorization]))
      },
      nearMiss: {
        let seen = EvidenceBed.reply(old, .caa, [authorization])
        $0.evidence.targets[0].caa.all = [seen, seen]
      }),
    Case(
      "dns.dnssec.stranger",
      {
        signed(&$0, isSecure: true)
        $0.evidence.delegation.signers = [signer(of: "contosa.test")]
      },
      nearMiss: {
        signed(&$0, isSecure: true)
        $0.evidence.delegation.signers = [signer(of: "contoso.test")]
      }),
  ]

  /// A DS of the key in `signed`, for a zone of that name.
  static func signer(of zone: DomainName) -> RecordData {
    let key = RecordData(type: .dnskey, wire: [1, 1, 3, 13, 0])
    let tag = KeyRecord(key)?.tag ?? 0
    let digest = HashFunction.sha256.hash(zone.foldedWire + key.wire)
    return RecordData(type: .ds, wire: [UInt8(tag >> 8), UInt8(tag & 0xFF), 13, 2] + digest)
  }

  static let presence: [Case] = [
    Case(
      "dns.name.absent", { $0.deny("api.contoso.test", .cname, code: .nameError) },
      nearMiss: {
        $0.replace(EvidenceBed.reply("api.contoso.test", .cname, code: .nameError, server: 1))
      }),
    Case(
      "dns.name.empty", { $0.deny("api.contoso.test", .cname) },
      nearMiss: {
        $0.deny("api.contoso.test", .cname)
        $0.say("api.contoso.test", [RecordData(type: .a, wire: [192, 0, 2, 80])])
      }),
    Case(
      "dns.wildcard.only",
      {
        $0.say("cutover-no-such-name.contoso.test", [.cname("old.azure.test")])
        $0.deny("cutover-no-such-name.api.contoso.test", .txt)
      },
      nearMiss: {
        // Nothing is below it that a wildcard would answer for: the name is there itself.
        $0.say("cutover-no-such-name.contoso.test", [.cname("old.azure.test")])
        $0.deny("cutover-no-such-name.api.contoso.test", .txt, code: .nameError)
      }),
    Case(
      "dns.views.denied",
      {
        $0.evidence.resolvers = [
          EvidenceBed.reply("api.contoso.test", .cname, code: .nameError)
        ]
      },
      nearMiss: {
        // About another name it may say so.
        $0.evidence.resolvers = [EvidenceBed.resolved(ttl: 5)]
        $0.deny("cutover-no-such-name.contoso.test", .cname, code: .nameError)
      }),
    Case(
      "dns.views.unknown",
      {
        var silent = EvidenceBed.resolved(ttl: 4)
        silent.outcome = .silence(.timedOut)
        $0.evidence.resolvers = [silent, EvidenceBed.resolved(ttl: 4)]
      }, nearMiss: { $0.evidence.resolvers = [EvidenceBed.resolved(ttl: 4)] }),
    Case(
      "dns.views.unknown",
      {
        $0.evidence.resolvers = [EvidenceBed.reply("api.contoso.test", .cname, code: .refused)]
      }, nearMiss: { $0.evidence.resolvers = [EvidenceBed.resolved(ttl: 6)] }),
  ]
}
