import Assessment
import DNSModel
import Foundation
import Migration
import Notation
import TestSupport
import Testing

/// What is not there must be proven not to be there: held against BIND's validator on the same answers,
/// of zones that two signers made.
@Suite(.serialized) struct DenialProofTests {
  /// Every way a name of the zone can be missing, or have its data by a wildcard.
  static let names = [
    "old.shop.test", "one.shop.test", "none.shop.test", "hollow.shop.test", "x.hollow.shop.test",
    "any.wild.shop.test", "a.b.wild.shop.test", "real.wild.shop.test", "below.real.wild.shop.test",
    "shop.test", "gone.shop.test", "half.shop.test", "far.shop.test", "any.star.shop.test",
    "out.shop.test",
  ]

  static let missing = [
    "none.shop.test", "x.hollow.shop.test", "below.real.wild.shop.test", "gone.shop.test",
  ]

  struct Signing: Sendable, CustomTestStringConvertible {
    let signer: SignedWorld.Signer
    let hashes: Bool
    let optsOut: Bool

    static let all = SignedWorld.Signer.allCases.flatMap { signer in
      [(false, false), (true, false), (true, true)].map {
        Signing(signer: signer, hashes: $0.0, optsOut: $0.1)
      }
    }

    var options: SignedWorld.Options {
      var options = SignedWorld.Options()
      (options.signer, options.usesNSEC3, options.optsOut) = (signer, hashes, optsOut)
      return options
    }

    var testDescription: String {
      "\(signer) " + (hashes ? optsOut ? "NSEC3 with opt-out" : "NSEC3" : "NSEC")
    }
  }

  /// The worst that BIND's validator says of what clients ask for.
  static func judge(_ name: String, _ world: SignedWorld) throws -> String {
    let words = try NameEvidence.clientTypes.map { try world.delv(name, $0) }
    return ["bogus", "insecure"].first { words.contains($0) } ?? "secure"
  }

  @Test(arguments: Signing.all) func everyDenialIsJudgedAsByBIND(signing: Signing) throws {
    let world = try SignedWorld(signing.options)
    for name in Self.names {
      let chain = ChainOfTrust(try world.evidence(try DomainName(parsing: name)))
      var judged = try Self.judge(name, world)
      // BIND takes the denial of a name in an opt-out span for secure; RFC 5155 §9.2 does not.
      if signing.optsOut, Self.missing.contains(name), judged == "secure" { judged = "insecure" }
      #expect(ChainOfTrustTests.word(chain) == judged, "\(name): \(chain.standing)")
      #expect(judged != "bogus", "\(name) is sound")
    }
  }

  // MARK: Wrong by one detail

  static func with(
    _ evidence: NameEvidence, _ change: (inout DNSReply) -> Void
  ) -> ChainOfTrust {
    var evidence = evidence
    for index in evidence.observations.indices
    where evidence.observations[index].name == evidence.name {
      guard var reply = evidence.observations[index].reply else { continue }
      change(&reply)
      evidence.observations[index].outcome = .reply(reply)
    }
    return ChainOfTrust(evidence)
  }

  static func isClaim(_ record: ResourceRecord) -> Bool {
    [.nsec, .nsec3].contains(record.data.type)
  }

  /// Names whose answers carry a proof in at least one reply.
  static let provenNames = [
    "one.shop.test", "none.shop.test", "hollow.shop.test", "any.wild.shop.test", "gone.shop.test",
    "half.shop.test", "far.shop.test", "any.star.shop.test",
  ]

  @Test(arguments: Signing.all.filter { !$0.optsOut })
  func aProofThatIsMissingOrSpansElsewhereIsBogus(signing: Signing) throws {
    let world = try SignedWorld(signing.options)
    // Spans of the same zone, their signatures good, which speak of other names.
    let elsewhere = try world.evidence(signing.hashes ? "old.shop.test" : "zz.shop.test")
      .answers(signing.hashes ? "old.shop.test" : "zz.shop.test", .cname)[0].reply.authorities
    for text in Self.provenNames {
      let name = try DomainName(parsing: text)
      let evidence = try world.evidence(name)
      #expect(ChainOfTrustTests.word(ChainOfTrust(evidence)) == "secure")
      let missing = Self.with(evidence) { $0.authorities.removeAll(where: Self.isClaim) }
      #expect(ChainOfTrustTests.word(missing) == "bogus", "\(text) without proof")
      let unsigned = Self.with(evidence) { $0.authorities.removeAll { $0.data.type == .rrsig } }
      #expect(ChainOfTrustTests.word(unsigned) == "bogus", "\(text) without signatures")
      let wrong = Self.with(evidence) { reply in
        guard reply.authorities.contains(where: Self.isClaim) else { return }
        reply.authorities = elsewhere
      }
      #expect(ChainOfTrustTests.word(wrong) == "bogus", "\(text) with spans from elsewhere")
      let changed = Self.with(evidence) { reply in
        for index in reply.authorities.indices where Self.isClaim(reply.authorities[index]) {
          var wire = reply.authorities[index].data.wire
          wire[wire.count - 1] ^= 1
          let type = reply.authorities[index].data.type
          reply.authorities[index].data = RecordData(type: type, wire: wire)
        }
      }
      #expect(ChainOfTrustTests.word(changed) == "bogus", "\(text) with another map of types")
    }
  }

  /// Each record of a proof is needed: with any one of them taken away nothing is proven any more.
  @Test(arguments: [false, true])
  func eachPartOfADenialOfANameIsNeeded(hashes: Bool) throws {
    var options = SignedWorld.Options()
    (options.usesNSEC3, options.optsOut) = (hashes, false)
    let world = try SignedWorld(options)
    let name: DomainName = "none.shop.test"
    let evidence = try world.evidence(name)
    let claims = try #require(evidence.answers(name, .cname).first).reply.authorities
      .filter(Self.isClaim)
    // The apex encloses it, and one hash may serve two purposes.
    #expect((hashes ? 2...3 : 2...2).contains(claims.count))
    for claim in claims {
      let chain = Self.with(evidence) { $0.authorities.removeAll { $0 == claim } }
      #expect(ChainOfTrustTests.word(chain) == "bogus", "without \(claim.owner)")
    }
  }

  /// A wildcard's data given for a name that has its own: the signature holds, the proof cannot.
  @Test(arguments: [false, true])
  func aWildcardDoesNotReplaceANameThatExists(hashes: Bool) throws {
    var options = SignedWorld.Options()
    (options.usesNSEC3, options.optsOut) = (hashes, false)
    let world = try SignedWorld(options)
    let real: DomainName = "real.wild.shop.test"
    let wild: DomainName = "any.wild.shop.test"
    let forged = try #require(try world.evidence(wild).answers(wild, .a).first).reply
    var evidence = try world.evidence(real)
    #expect(ChainOfTrustTests.word(ChainOfTrust(evidence)) == "secure")
    for index in evidence.observations.indices
    where evidence.observations[index].name == real && evidence.observations[index].type == .a {
      var reply = forged
      reply.records = forged.records.map {
        ResourceRecord(owner: real, ttl: $0.ttl, data: $0.data)
      }
      reply.signatures = forged.signatures.map {
        ResourceRecord(owner: real, ttl: $0.ttl, data: $0.data)
      }
      evidence.observations[index].outcome = .reply(reply)
    }
    let chain = ChainOfTrust(evidence)
    #expect(ChainOfTrustTests.word(chain) == "bogus", "\(chain.standing)")
    #expect("\(chain.standing)".contains("closer"))
  }

  /// Each link of an alias is signed by itself, and so is what stands at its end.
  @Test func aLinkOrAnEndThatWasChangedIsBogus() throws {
    let world = try SignedWorld()
    let name: DomainName = "far.shop.test"
    let evidence = try world.evidence(name)
    #expect(ChainOfTrustTests.word(ChainOfTrust(evidence)) == "secure")
    let links = try #require(evidence.answers(name, .a).first).reply.chain
    #expect(links.map(\.target) == ["half.shop.test", "one.shop.test"])
    for link in links.indices {
      let elsewhere = Self.with(evidence) { reply in
        if reply.chain.indices.contains(link) { reply.chain[link].target = "old.shop.test" }
      }
      #expect(ChainOfTrustTests.word(elsewhere) == "bogus", "link \(link): \(elsewhere.standing)")
    }
    let address = Self.with(evidence) { reply in
      guard !reply.chain.isEmpty, let first = reply.records.first else { return }
      let data = RecordData(type: .a, wire: [192, 0, 2, 66])
      reply.records = [ResourceRecord(owner: first.owner, ttl: first.ttl, data: data)]
    }
    #expect(ChainOfTrustTests.word(address) == "bogus", "\(address.standing)")
  }

  @Test func aDenialWhoseSignaturesEndedIsBogusAndSaysSo() throws {
    var options = SignedWorld.Options()
    (options.signatureStart, options.signatureEnd) = (-9 * 86400, 30 * 86400)
    let sound = try SignedWorld(options)
    let name: DomainName = "none.shop.test"
    var evidence = try sound.evidence(name)
    #expect(ChainOfTrustTests.word(ChainOfTrust(evidence)) == "secure")
    options.signatureEnd = -3600
    let ended = try SignedWorld(options)
    #expect(ChainOfTrustTests.word(ChainOfTrust(try ended.evidence(name))) == "bogus")
    #expect(try ended.delv("\(name)") == "bogus")
    // The denial alone: everything else is judged at a time at which it holds.
    evidence.at = evidence.at + .days(31)
    #expect(ChainOfTrustTests.word(ChainOfTrust(evidence)) == "bogus")
  }

  @Test func hashesOfTooManyRoundsCountAsUnsigned() throws {
    var options = SignedWorld.Options()
    // BIND's signer refuses so many.
    (options.signer, options.usesNSEC3) = (.ldns, true)
    (options.optsOut, options.rounds) = (false, 151)
    let world = try SignedWorld(options)
    let chain = ChainOfTrust(try world.evidence("none.shop.test"))
    #expect(ChainOfTrustTests.word(chain) == "insecure", "\(chain.standing)")
    #expect(try world.delv("none.shop.test") == "insecure")
  }
}
