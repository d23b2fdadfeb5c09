import Certificates
import Digests
import Engine
import HTTP
import Notation
import TestBeds
import Testing

@Suite struct ACMEIssuanceTests {
  struct FakeSigner: ACMESigner {
    let algorithm = "ES256"
    let publicJWK: JSON = ["crv": "P-256", "kty": "EC", "x": "AA", "y": "AA"]
    func signature(of message: [UInt8]) -> [UInt8] { HashFunction.sha512.hash(message) }
  }

  /// The zone: values by domain.
  final class FakeZone: ChallengePublisher {
    var values: [String: Set<String>] = [:]
    var removals = 0
    var lag = 0
    var verdict: ChallengeVisibility?

    func publish(_ proof: ChallengeProof) { values[proof.domain, default: []].insert(proof.value) }

    func visibility(of proof: ChallengeProof) -> ChallengeVisibility {
      if let verdict { return verdict }
      if lag > 0 {
        lag -= 1
        return .notYet("ns2.example.test")
      }
      return values[proof.domain]?.contains(proof.value) == true ? .everywhere : .notYet("all")
    }

    func remove(_ proof: ChallengeProof) {
      removals += 1
      values[proof.domain]?.remove(proof.value)
    }

    var isEmpty: Bool { values.values.allSatisfy(\.isEmpty) }
  }

  final class Disk: IssuanceJournal {
    var record: JSON?
    var saves = 0
    func save(_ record: IssuanceRecord) {
      saves += 1
      self.record = record.json
    }
  }

  static let now = UTCInstant(parsing: "2026-11-21T12:00:00Z")!
  let ca = ProtocolFakeCA()
  let zone = FakeZone()
  let disk = Disk()
  let signer = FakeSigner()

  init() {
    ca.thumbprint = signer.thumbprint
    let zone = zone
    ca.published = { zone.values }
  }

  static let names = ["example.test", "*.example.test"].map {
    ACMEIdentifier(type: "dns", value: $0)
  }

  /// One life of the process: from the stored record until it ends, or something throws.
  func live(steps: Int = 200) throws -> String? {
    var record = IssuanceRecord(directory: "https://ca.test/directory", identifiers: Self.names)
    if let stored = disk.record { record = try IssuanceRecord(stored) }
    let client = try ACMEClient(
      directoryURL: record.directory, transport: ca, signer: signer, accountURL: record.accountURL)
    let issuance = ACMEIssuance(
      record: record, client: client, signer: signer, request: [1, 2, 3], publisher: zone,
      journal: disk)
    for _ in 0..<steps {
      if case .issued(let chain) = try issuance.advance(now: Self.now) { return chain }
    }
    return nil
  }

  /// Lives on after every crash, until the certificate is there.
  func liveOn(limit: Int = 20) throws -> String? {
    for _ in 0..<limit {
      do {
        return try live()
      } catch IssuanceFailure.tryAgain {
        continue
      } catch let error as ACMEError {
        guard case .transport = error else { throw error }
      }
    }
    return nil
  }

  @Test func issuesForApexAndWildcardInTwelveRequests() throws {
    #expect(try live() == "-----BEGIN CERTIFICATE-----\n")
    #expect(ca.orders.count == 1)
    #expect(zone.isEmpty)
    #expect(zone.removals == 2)
    #expect(ca.requests <= 13, "certbot takes 13: \(ca.log)")
  }

  /// Whatever single message is lost, and whether or not the CA acted on it.
  @Test(arguments: 1...13) func survivesTheLossOfAnyMessage(number: Int) throws {
    for loss in [ProtocolFakeCA.Loss.request(number), .reply(number)] {
      let world = ACMEIssuanceTests()
      world.ca.loss = loss
      #expect(try world.liveOn() == "-----BEGIN CERTIFICATE-----\n", "\(loss): \(world.ca.log)")
      #expect(world.ca.orders.count == 1, "\(loss): a second order was placed: \(world.ca.log)")
      #expect(world.zone.isEmpty, "\(loss): something stayed in the zone")
      #expect(world.ca.orders[0].finalizations <= 1, "\(loss)")
    }
  }

  /// The process dies between any two steps.
  @Test func survivesDeathBetweenAnyTwoSteps() throws {
    var deaths = 0
    for steps in 1...40 {
      let world = ACMEIssuanceTests()
      if try world.live(steps: steps) == nil { deaths += 1 }
      #expect(try world.live() == "-----BEGIN CERTIFICATE-----\n")
      #expect(world.ca.orders.count == 1)
      #expect(world.zone.isEmpty)
    }
    #expect(deaths > 8, "the table must really cut the issuance in many places")
  }

  @Test func withoutAListOfOrdersALostReplyCostsOneOrderAndNoMore() throws {
    ca.listsOrders = false
    ca.loss = .reply(3)
    #expect(try liveOn() != nil)
    #expect(ca.orders.count == 2)
    #expect(zone.isEmpty)
  }

  @Test func badNoncesAreRepeatedWithTheNewOne() throws {
    ca.badNonces = 5
    #expect(try live() != nil)
    #expect(ca.orders.count == 1)
  }

  @Test func theCAIsNotAskedBeforeEveryAuthorityShowsTheProof() throws {
    zone.lag = 3
    #expect(try live() != nil)
    zone.verdict = .notYet("ns2")
    let other = ACMEIssuanceTests()
    other.zone.verdict = .unknown("ns2 does not answer")
    #expect(try other.live() == nil)
    #expect(!other.ca.log.contains { $0.contains("/challenge/") }, "\(other.ca.log)")
  }

  @Test func whatTheCACouldNeverSeeBurnsNoAttempt() throws {
    zone.verdict = .impossible("a wildcard CNAME answers for _acme-challenge")
    #expect(throws: IssuanceFailure.self) { try live() }
    #expect(!ca.log.contains { $0.contains("/challenge/") })
    #expect(zone.isEmpty)
  }

  @Test func aFailedValidationNamesTheReasonAndLeavesNothingBehind() throws {
    ca.published = { [:] }
    do {
      _ = try live()
      Issue.record("issued without proof")
    } catch let failure as IssuanceFailure {
      #expect(failure.description.contains("no such TXT record"))
    }
    #expect(zone.isEmpty)
    let record = try IssuanceRecord(try #require(disk.record))
    #expect(record.failures == [Self.now])
    #expect(record.orderURL == nil)
  }

  @Test func anExpiredOrderIsPlannedAnew() throws {
    ca.expiry = "2026-11-21T11:00:00Z"
    #expect(throws: IssuanceFailure.expired("the order ran out at 2026-11-21T11:00:00Z")) {
      try live()
    }
    ca.expiry = "2030-01-01T00:00:00Z"
    #expect(try live() != nil)
  }

  @Test func rateLimitsSayWhenToComeBack() throws {
    ca.refusal = (
      "/new-order", 429,
      ["type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many"],
      [HTTPHeader("Retry-After", "120")]
    )
    do {
      _ = try live()
      Issue.record("the limit was ignored")
    } catch IssuanceFailure.tryAgain(let span, let reason) {
      #expect(span == .seconds(120))
      #expect(reason.contains("too many"))
    }
  }

  @Test func whatAPersonMustMendIsNotTriedAgain() throws {
    ca.refusal = (
      "/new-order", 403,
      ["type": "urn:ietf:params:acme:error:caa", "detail": "CAA forbids"], []
    )
    #expect(throws: IssuanceFailure.self) { try live() }
    #expect(ca.log.filter { $0.contains("new-order") }.count == 1)
  }
}
