import Assessment
import DNSModel
import Foundation
import Migration
import Notation
import SystemIO
import TestSupport
import Testing

/// The chain of signatures from a given anchor, held against BIND's validator on the same zones.
@Suite(.serialized) struct ChainOfTrustTests {
  static func word(_ chain: ChainOfTrust) -> String {
    switch chain.standing {
    case .secure: "secure"
    case .insecure: "insecure"
    case .bogus: "bogus"
    case .unproven: "unproven"
    }
  }

  @Test(arguments: [
    "RSASHA256", "RSASHA512", "ECDSAP256SHA256", "ECDSAP384SHA384", "ED25519", "ED448",
  ])
  func aSoundChainHoldsInEveryAlgorithm(algorithm: String) throws {
    var options = SignedWorld.Options()
    options.algorithm = algorithm
    options.usesNSEC3 = algorithm.hasPrefix("RSA")
    let world = try SignedWorld(options)
    let evidence = try world.evidence("api.shop.test")
    #expect(evidence.trustPath.map(\.zone) == [.root, "test", "shop.test"])
    let chain = ChainOfTrust(evidence)
    #expect(Self.word(chain) == "secure", "\(chain.standing)")
    #expect(try world.delv("api.shop.test") == "secure")
    #expect(Audit.findings(in: evidence).contains { $0.id == "dns.dnssec.validated" })
  }

  @Test(arguments: [false, true])
  func anUnsignedChildIsInsecureWithProof(usesNSEC3: Bool) throws {
    var options = SignedWorld.Options()
    options.usesNSEC3 = usesNSEC3
    let world = try SignedWorld(options)
    let evidence = try world.evidence("api.plain.test")
    #expect(Self.word(ChainOfTrust(evidence)) == "insecure")
    #expect(try world.delv("api.plain.test") == "insecure")
    #expect(Audit.findings(in: evidence).contains { $0.id == "dns.dnssec.insecure" })
    // The proof taken away: anybody could have cut it out.
    var stripped = evidence
    if var reply = stripped.trustPath.last?.signers?.reply {
      reply.authorities.removeAll { [.nsec, .nsec3].contains($0.data.type) }
      stripped.trustPath[stripped.trustPath.count - 1].signers?.outcome = .reply(reply)
    }
    #expect(Self.word(ChainOfTrust(stripped)) == "bogus")
  }

  /// A world that a finding speaks of, and one that is alike but for a detail.
  struct TrustCase: Sendable, CustomTestStringConvertible {
    typealias Look = @Sendable () throws -> NameEvidence
    let id: String
    let trips: Look
    let nearMiss: Look
    var testDescription: String { id }

    init(_ id: String, _ trips: @escaping Look, nearMiss: @escaping Look) {
      (self.id, self.trips, self.nearMiss) = (id, trips, nearMiss)
    }
  }

  static func signed(until end: Int) throws -> NameEvidence {
    var options = SignedWorld.Options()
    (options.signatureStart, options.signatureEnd) = (-9 * 86400, end)
    return try SignedWorld(options).evidence("api.shop.test")
  }

  static func anchored(at zone: DomainName) throws -> NameEvidence {
    let world = try SignedWorld()
    let anchor = ResourceRecord(
      owner: zone, ttl: TTL(clamping: 300), data: world.anchor[0].data)
    return try world.evidence("api.shop.test", anchors: [anchor])
  }

  static let trustCases: [TrustCase] = [
    TrustCase(
      "dns.dnssec.validated", { try signed(until: 3600) }, nearMiss: { try signed(until: -3600) }),
    TrustCase(
      "dns.dnssec.bogus", { try signed(until: -3600) }, nearMiss: { try signed(until: 3600) }),
    TrustCase(
      "dns.dnssec.insecure", { try SignedWorld().evidence("api.plain.test") },
      nearMiss: { try SignedWorld().evidence("api.shop.test") }),
    TrustCase(
      "dns.dnssec.unproven", { try anchored(at: "example") }, nearMiss: { try anchored(at: .root) }),
  ]

  @Test(arguments: trustCases) func tripsOnItsWorldAndNotOnTheNearMiss(check: TrustCase) throws {
    let (tripped, missed) = (try check.trips(), try check.nearMiss())
    #expect(Audit.findings(in: tripped).contains { $0.id == check.id })
    #expect(!Audit.findings(in: missed).contains { $0.id == check.id })
  }

  enum Damage: String, CaseIterable, Sendable {
    case changedData, foreignKey, ended, notBegun

    var options: SignedWorld.Options {
      var options = SignedWorld.Options()
      switch self {
      case .changedData:
        options.tamper = {
          $0.replacingOccurrences(of: "CNAME\told.shop", with: "CNAME\tolder.shop")
            .replacingOccurrences(of: "CNAME old.shop", with: "CNAME older.shop")
        }
      case .foreignKey:
        // A DS of the right form for another key.
        options.changeDS = { text in
          let words = text.split(separator: " ").map(String.init)
          let digest = words.last.map { String($0.reversed().filter { !$0.isNewline }) } ?? ""
          return (words.dropLast() + [digest]).joined(separator: " ") + "\n"
        }
      case .ended: (options.signatureStart, options.signatureEnd) = (-9 * 86400, -3600)
      case .notBegun: (options.signatureStart, options.signatureEnd) = (86400, 9 * 86400)
      }
      return options
    }
  }

  @Test(arguments: Damage.allCases)
  func whatDoesNotHoldIsBogus(damage: Damage) throws {
    let world = try SignedWorld(damage.options)
    let evidence = try world.evidence("api.shop.test")
    let chain = ChainOfTrust(evidence)
    #expect(Self.word(chain) == "bogus", "\(chain.standing)")
    #expect(try world.delv("api.shop.test") == "bogus")
    let finding = Audit.findings(in: evidence).first { $0.id == "dns.dnssec.bogus" }
    #expect(finding?.severity == .blocker)
    let words = finding?.evidence.joined() ?? ""
    switch damage {
    case .changedData: #expect(words.contains("does not fit"))
    case .foreignKey: #expect(words.contains("stood for"))
    case .ended: #expect(words.contains("ended at"))
    case .notBegun: #expect(words.contains("begins at"))
    }
  }

  @Test func signaturesCutOutAreBogus() throws {
    let world = try SignedWorld()
    var evidence = try world.evidence("api.shop.test")
    for index in evidence.observations.indices {
      guard var reply = evidence.observations[index].reply else { continue }
      reply.signatures = []
      evidence.observations[index].outcome = .reply(reply)
    }
    #expect(Self.word(ChainOfTrust(evidence)) == "bogus")
  }

  @Test func withoutAFittingAnchorNothingIsProven() throws {
    let world = try SignedWorld()
    let other = ResourceRecord(
      owner: "example", ttl: TTL(clamping: 300), data: world.anchor[0].data)
    let evidence = try world.evidence("api.shop.test", anchors: [other])
    #expect(Self.word(ChainOfTrust(evidence)) == "unproven")
    #expect(Audit.findings(in: evidence).contains { $0.id == "dns.dnssec.unproven" })
    // An anchor for the right zone with another key is no anchor for it.
    var wire = world.anchor[0].data.wire
    wire[wire.count - 1] ^= 1
    let forged = ResourceRecord(
      owner: .root, ttl: TTL(clamping: 300), data: RecordData(type: .dnskey, wire: wire))
    let bogus = try world.evidence("api.shop.test", anchors: [forged])
    #expect(Self.word(ChainOfTrust(bogus)) == "bogus")
  }

  @Test func aThousandSignaturesCostNoMoreThanAFew() throws {
    let world = try SignedWorld()
    var evidence = try world.evidence("api.shop.test")
    guard var reply = evidence.trustPath[1].keys?.reply, let signature = reply.signatures.first,
      let key = reply.records.first
    else {
      Issue.record("the zone has no keys")
      return
    }
    // Many signatures that do not fit, by a key that does exist: each would cost a check.
    var wire = signature.data.wire
    wire[wire.count - 1] ^= 1
    let wrong = ResourceRecord(
      owner: signature.owner, ttl: signature.ttl, data: RecordData(type: .rrsig, wire: wire))
    reply.signatures = Array(repeating: wrong, count: 4000)
    reply.records = Array(repeating: key, count: 4000)
    evidence.trustPath[1].keys?.outcome = .reply(reply)
    let begin = SystemClock.nanoseconds()
    #expect(Self.word(ChainOfTrust(evidence)) == "bogus")
    #expect(SystemClock.nanoseconds() - begin < 20_000_000_000)
  }
}
