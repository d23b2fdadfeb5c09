import Certificates
import Engine
import HTTP
import Notation
import TestBeds
import Testing

/// A CA that errs, or only answers as few do: whatever it says, nothing is ordered twice, nothing stays
/// published, and what cannot be mended by waiting is said at once.
@Suite struct ACMEFaultTests {
  typealias World = ACMEIssuanceTests
  static let chain = "-----BEGIN CERTIFICATE-----\n"

  static func with(_ response: HTTPResponse, _ header: HTTPHeader, body: [UInt8]? = nil)
    -> HTTPResponse
  {
    HTTPResponse(
      status: response.status,
      headers: response.headers.filter { $0.name != header.name } + [header],
      body: body ?? response.body)
  }

  static func failure(_ world: World) -> IssuanceFailure? {
    do {
      _ = try world.live()
      return nil
    } catch { return error as? IssuanceFailure }
  }

  static func needsAPerson(_ failure: IssuanceFailure?) -> Bool {
    if case .needsAPerson = failure { true } else { false }
  }

  // MARK: what is legal, and rarely seen

  @Test func relativeLocationsAreResolved() throws {
    let world = World()
    world.ca.bend = { path, reply in
      guard let location = reply.header("Location") else { return nil }
      let relative = String(location.dropFirst("https://ca.test".count))
      return Self.with(reply, HTTPHeader("Location", relative))
    }
    #expect(try world.live() == Self.chain)
  }

  @Test func repliesWithoutANonceCostAQuestionForOne() throws {
    let world = World()
    world.ca.bend = { path, reply in
      guard path != "/nonce" else { return nil }
      return HTTPResponse(
        status: reply.status, headers: reply.headers.filter { $0.name != "Replay-Nonce" },
        body: reply.body)
    }
    #expect(try world.live() == Self.chain)
  }

  @Test func noncesThatAreNoneAreIgnored() throws {
    let world = World()
    world.ca.bend = { path, reply in
      path == "/nonce" ? nil : Self.with(reply, HTTPHeader("Replay-Nonce", "no \"nonce\""))
    }
    #expect(try world.live() == Self.chain)
    let mute = World()
    mute.ca.bend = { _, reply in Self.with(reply, HTTPHeader("Replay-Nonce", "=")) }
    #expect(Self.needsAPerson(Self.failure(mute)))
  }

  @Test func aFinalizedOrderIsAwaitedAsLongAsTheCASays() throws {
    let world = World()
    var polls = 0
    world.ca.bend = { [unowned ca = world.ca] path, reply in
      let isFinalize = path.hasPrefix("/finalize")
      guard isFinalize || path == "/order/0", ca.orders[0].status == "valid" else {
        return nil
      }
      polls += 1
      guard polls <= 3 else { return nil }
      let text = String(decoding: reply.body, as: UTF8.self)
        .split(separator: "\"valid\"", maxSplits: 1).joined(separator: "\"processing\"")
      return Self.with(reply, HTTPHeader("Retry-After", "7"), body: Array(text.utf8))
    }
    let spans = try Self.waits(in: world)
    #expect(spans.filter { $0 == .seconds(7) }.count == 3, "\(spans)")
    #expect(world.ca.orders[0].finalizations == 1)
  }

  /// The waits an issuance asks for, to its end.
  static func waits(in world: World) throws -> [TimeSpan] {
    let record = IssuanceRecord(directory: "https://ca.test/directory", identifiers: World.names)
    let client = try ACMEClient(
      directoryURL: record.directory, transport: world.ca, signer: world.signer)
    let issuance = ACMEIssuance(
      record: record, client: client, signer: world.signer, request: [1], publisher: world.zone,
      journal: world.disk)
    var spans: [TimeSpan] = []
    for _ in 0..<100 {
      switch try issuance.advance(now: World.now) {
      case .issued: return spans
      case .wait(let span, _): spans.append(span)
      case .moved: continue
      }
    }
    return spans
  }

  @Test func aDateInRetryAfterIsADate() throws {
    let world = World()
    var isFirst = true
    world.ca.bend = { path, reply in
      guard path.hasPrefix("/challenge"), isFirst else { return nil }
      isFirst = false
      return Self.with(reply, HTTPHeader("Retry-After", "Sat, 21 Nov 2026 12:00:05 GMT"))
    }
    world.ca.authorizations = []
    let record = try Self.waits(in: world)
    #expect(record.allSatisfy { $0 <= .seconds(30) })
    #expect(RetryAfter.at(World.now + .seconds(5)).wait(from: World.now) == .seconds(5))
    #expect(RetryAfter.after(.days(400)).wait(from: World.now) == .hours(1))
  }

  @Test func alternateChainsAreFoundHoweverTheLinkIsWritten() throws {
    for link in [
      "<https://ca.test/cert/alt>;rel=\"alternate\"", "</cert/alt>; rel=alternate",
      "<https://ca.test/directory>;rel=\"index\", <alt>; title=\"a, b\"; rel=\"alternate\"",
    ] {
      let world = World()
      world.ca.bend = { path, reply in
        if path == "/cert/alt" {
          return HTTPResponse(status: 200, headers: reply.headers, body: Array("B".utf8))
        }
        guard path.hasPrefix("/cert/") else { return nil }
        return Self.with(reply, HTTPHeader("Link", link), body: Array("A".utf8))
      }
      #expect(
        try Self.issued(world) { $0 == Array("B".utf8) ? .wanted : .usable } == "B", "\(link)")
      #expect(try Self.issued(World(), { _ in .usable }) == Self.chain)
    }
  }

  static func issued(
    _ world: World, _ opinion: @escaping ([UInt8]) -> ChainOpinion
  ) throws -> String? {
    let record = IssuanceRecord(directory: "https://ca.test/directory", identifiers: World.names)
    let client = try ACMEClient(
      directoryURL: record.directory, transport: world.ca, signer: world.signer)
    let issuance = ACMEIssuance(
      record: record, client: client, signer: world.signer, request: [1], publisher: world.zone,
      journal: world.disk, opinion: opinion)
    for _ in 0..<100 {
      if case .issued(let chain) = try issuance.advance(now: World.now) { return chain }
    }
    return nil
  }

  @Test func redirectsAreFollowedForTheDirectoryAndForNothingSigned() throws {
    let world = World()
    world.ca.bend = { path, reply in
      guard path == "/directory" else { return nil }
      return HTTPResponse(status: 301, headers: [HTTPHeader("Location", "/directory/")])
    }
    #expect(try world.live() == Self.chain)
    let signed = World()
    signed.ca.bend = { path, reply in
      guard path == "/new-order" else { return nil }
      return HTTPResponse(status: 307, headers: [HTTPHeader("Location", "https://evil.test/")])
    }
    #expect(Self.needsAPerson(Self.failure(signed)))
    #expect(signed.ca.log.filter { $0.contains("new-order") }.count == 1)
    let circle = World()
    circle.ca.bend = { path, _ in
      HTTPResponse(status: 302, headers: [HTTPHeader("Location", "/directory")])
    }
    #expect(throws: ACMEError.self) { try circle.live() }
    let plain = World()
    plain.ca.bend = { _, _ in
      HTTPResponse(status: 302, headers: [HTTPHeader("Location", "http://ca.test/directory")])
    }
    #expect(throws: ACMEError.self) { try plain.live() }
  }

  // MARK: faults that pass

  @Test(arguments: [
    "/nonce", "/account", "/new-order", "/authz", "/challenge", "/finalize", "/cert",
  ])
  func aServerErrorAnywhereIsOnlyASetback(path: String) throws {
    for (status, body) in [(500, "{}"), (503, "<html>"), (502, ""), (429, "slow down")] {
      let world = World()
      var left = 1
      world.ca.bend = { asked, reply in
        // Without a nonce of its own, so that one has to be asked for.
        if asked == "/directory" { return HTTPResponse(status: 200, body: reply.body) }
        guard asked.hasPrefix(path), left > 0 else { return nil }
        left -= 1
        return HTTPResponse(
          status: status, headers: [HTTPHeader("Retry-After", "3")], body: Array(body.utf8))
      }
      do {
        _ = try world.live()
        Issue.record("\(path) \(status) went unnoticed")
      } catch IssuanceFailure.tryAgain(let span, _) { #expect(span == .seconds(3)) }
      #expect(try world.liveOn() == Self.chain, "\(path) \(status): \(world.ca.log)")
      #expect(world.ca.orders.count == 1, "\(path) \(status): a second order")
      #expect(world.zone.isEmpty)
    }
  }

  @Test func anOrderThatIsNotReadyAfterAllIsReadAgain() throws {
    let world = World()
    var left = 2
    world.ca.bend = { [unowned ca = world.ca] path, _ in
      guard path.hasPrefix("/finalize"), left > 0 else { return nil }
      left -= 1
      return ca.answer(
        403, ["type": "urn:ietf:params:acme:error:orderNotReady", "detail": "not yet"])
    }
    #expect(try world.liveOn() == Self.chain)
    #expect(world.ca.orders.count == 1)
  }

  @Test func garbageInPlaceOfTheCertificateIsNotKept() throws {
    let world = World()
    var isBad = true
    world.ca.bend = { path, reply in
      guard path.hasPrefix("/cert/"), isBad else { return nil }
      isBad = false
      return HTTPResponse(status: 200, headers: reply.headers, body: Array("<html>".utf8))
    }
    let opinion = { (pem: [UInt8]) -> ChainOpinion in
      pem.starts(with: Array("-----".utf8)) ? .wanted : .unfit("no chain")
    }
    #expect(throws: IssuanceFailure.self) { try Self.issued(world, opinion) }
    let record = try IssuanceRecord(try #require(world.disk.record))
    #expect(record.chain == nil && record.orderURL != nil)
    // The order is valid: the next attempt fetches, and orders nothing.
    #expect(try world.live() == Self.chain)
    #expect(world.ca.orders.count == 1)
  }

  @Test func anAccountTheCAForgotIsOpenedAnew() throws {
    let world = World()
    var left = 1
    world.ca.bend = { [unowned ca = world.ca] path, _ in
      guard path == "/order/0", left > 0 else { return nil }
      left -= 1
      return ca.answer(
        400, ["type": "urn:ietf:params:acme:error:accountDoesNotExist", "detail": "who?"])
    }
    #expect(try world.liveOn() == Self.chain)
    #expect(world.ca.log.filter { $0 == "POST /account" }.count >= 2)
    #expect(world.zone.isEmpty)
  }

  @Test func anOrderTheCAForgotIsPlacedAnew() throws {
    let world = World()
    #expect(try world.live(steps: 4) == nil)
    world.ca.orders = []
    #expect(throws: IssuanceFailure.expired("the CA does not know the order any more")) {
      try world.live()
    }
    #expect(world.zone.isEmpty)
    #expect(try world.live() == Self.chain)
  }

  // MARK: faults that do not

  @Test func whatIsNoJSONOrTooDeepIsSaidWithTheObjectsName() throws {
    let deep = String(repeating: "[", count: 100_000)
    for (path, body) in [
      ("/new-order", "not json"), ("/order/0", "{"), ("/authz", "[]"), ("/account", deep),
      ("/finalize", "\"text\""), ("/new-order", "{\"status\":\"sleeping\"}"),
    ] {
      let world = World()
      world.ca.bend = { asked, reply in
        guard asked.hasPrefix(path) else { return nil }
        return HTTPResponse(
          status: reply.status, headers: reply.headers, body: Array(body.utf8))
      }
      let failure = Self.failure(world)
      #expect(Self.needsAPerson(failure), "\(path): \(String(describing: failure))")
      #expect(failure?.description.contains("malformed") == true)
      #expect(world.zone.isEmpty, "\(path) \(body.prefix(20))")
      #expect(world.ca.orders.count <= 1)
    }
  }

  @Test func anOrderThatTurnsInvalidAtFinalizeGivesTheCAsReason() throws {
    let world = World()
    world.ca.bend = { [unowned ca = world.ca] path, _ in
      guard path.hasPrefix("/finalize") || path == "/order/0",
        ca.orders[0].finalizations > 0
      else { return nil }
      return ca.answer(
        200,
        [
          "status": "invalid", "identifiers": .array(ca.orders[0].identifiers),
          "authorizations": .strings(["https://ca.test/authz/0"]),
          "finalize": "https://ca.test/finalize/0",
          "error": [
            "type": "urn:ietf:params:acme:error:badCSR", "detail": "weak key",
            "subproblems": [
              [
                "type": "urn:ietf:params:acme:error:caa", "detail": "CAA says no",
                "identifier": ["type": "dns", "value": "example.test"],
              ]
            ],
          ],
        ])
    }
    let failure = Self.failure(world)
    #expect(Self.needsAPerson(failure))
    #expect(failure?.description.contains("badCSR: weak key") == true)
    #expect(failure?.description.contains("example.test caa: CAA says no") == true)
    #expect(world.zone.isEmpty)
  }

  @Test func aCAThatLeavesTheOrderPendingIsFoundOutByItsAuthorizations() throws {
    let world = World()
    world.ca.published = { [:] }
    world.ca.bend = { [unowned ca = world.ca] path, reply in
      guard path == "/order/0", ca.orders[0].status == "invalid" else { return nil }
      let text = String(decoding: reply.body, as: UTF8.self)
        .split(separator: "\"invalid\"", maxSplits: 1).joined(separator: "\"pending\"")
      return HTTPResponse(status: 200, headers: reply.headers, body: Array(text.utf8))
    }
    let failure = Self.failure(world)
    #expect(failure?.description.contains("no such TXT record") == true, "\(world.ca.log)")
    #expect(world.ca.log.count < 25)
  }

  @Test func expiredAuthorizationsArePlannedAnewAndBurnNoBudget() throws {
    let world = World()
    #expect(try world.live(steps: 4) == nil)
    for index in world.ca.authorizations.indices {
      world.ca.authorizations[index].status = "expired"
    }
    world.ca.orders[0].status = "invalid"
    guard case .expired = Self.failure(world) else {
      Issue.record("not planned anew")
      return
    }
    #expect(try IssuanceRecord(try #require(world.disk.record)).failures.isEmpty)
    #expect(try world.live() == Self.chain)
  }

  @Test func namesNobodyAskedForAreNotProven() throws {
    let world = World()
    world.ca.bend = { path, reply in
      guard path == "/authz/0" else { return nil }
      let text = String(decoding: reply.body, as: UTF8.self)
        .split(separator: "example.test", maxSplits: 1).joined(separator: "victim.test")
      return HTTPResponse(status: 200, headers: reply.headers, body: Array(text.utf8))
    }
    #expect(Self.failure(world)?.description.contains("victim.test") == true)
    #expect(world.zone.values.isEmpty)
  }

  @Test func noncesRejectedForEverComeToAnEnd() throws {
    let world = World()
    world.ca.badNonces = 1000
    guard case .tryAgain = Self.failure(world) else {
      Issue.record("not a setback")
      return
    }
    #expect(world.ca.requests < 30)
  }

  @Test func threeFailuresInAnHourCloseTheBudget() throws {
    let world = World()
    world.ca.published = { [:] }
    for _ in 0..<3 { #expect(Self.needsAPerson(Self.failure(world))) }
    guard case .tryAgain(let span, let reason) = Self.failure(world) else {
      Issue.record("a fourth order was placed")
      return
    }
    #expect(span == .hours(1) && reason.contains("lock the name out"))
    #expect(world.ca.orders.count == 3)
    let failures = [World.now, World.now + .minutes(30), World.now + .minutes(40)]
    #expect(FailureBudget.opens(after: failures, now: World.now + .minutes(61)) == nil)
    #expect(
      FailureBudget.opens(after: failures, now: World.now + .minutes(50)) == World.now + .hours(1))
  }

  @Test func aRateLimitIsKeptOverRestarts() throws {
    let world = World()
    world.ca.refusal = (
      "/new-order", 429,
      ["type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many"],
      [HTTPHeader("Retry-After", "172800")]
    )
    for _ in 0..<2 {
      guard case .tryAgain(let span, _) = Self.failure(world) else {
        Issue.record("no limit")
        return
      }
      #expect(span == .days(2))
    }
    #expect(world.ca.log.filter { $0.contains("new-order") }.count == 1)
  }

  // MARK: profiles and renewal advice

  @Test func theOrderSaysItsProfileAndWhatItReplaces() throws {
    for hasAdvice in [true, false] {
      let world = World()
      if hasAdvice { world.ca.renewalWindow = ("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z") }
      var record = IssuanceRecord(
        directory: "https://ca.test/directory", identifiers: World.names, profile: "short")
      record.replaces = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
      let client = try ACMEClient(
        directoryURL: record.directory, transport: world.ca, signer: world.signer)
      let issuance = ACMEIssuance(
        record: record, client: client, signer: world.signer, request: [1], publisher: world.zone,
        journal: world.disk)
      while world.ca.orders.isEmpty { _ = try issuance.advance(now: World.now) }
      #expect(world.ca.orders[0].profile == "short")
      #expect(world.ca.orders[0].replaces == (hasAdvice ? record.replaces : nil))
    }
  }

  // MARK: CAA

  struct Permission: IssuancePermission {
    let answer: PermissionVerdict
    func verdict(for request: PermissionRequest) -> PermissionVerdict {
      request.account == "https://ca.test/acct/1" && request.method == "dns-01"
        && request.names == ["example.test", "*.example.test"] ? answer : .unknown("wrong question")
    }
  }

  @Test func withoutPermissionNothingIsOrdered() throws {
    for answer in [PermissionVerdict.forbidden("no"), .unknown("?"), .allowed("yes")] {
      let world = World()
      let record = IssuanceRecord(directory: "https://ca.test/directory", identifiers: World.names)
      let client = try ACMEClient(
        directoryURL: record.directory, transport: world.ca, signer: world.signer)
      let issuance = ACMEIssuance(
        record: record, client: client, signer: world.signer, request: [1],
        permission: Permission(answer: answer), publisher: world.zone, journal: world.disk)
      _ = try issuance.advance(now: World.now)
      switch answer {
      case .allowed:
        _ = try issuance.advance(now: World.now)
        #expect(world.ca.orders.count == 1)
      case .forbidden:
        #expect(throws: IssuanceFailure.needsAPerson("nothing was ordered: no")) {
          try issuance.advance(now: World.now)
        }
        #expect(world.ca.orders.isEmpty)
      case .unknown:
        #expect(throws: IssuanceFailure.inconclusive("nothing was ordered: ?")) {
          try issuance.advance(now: World.now)
        }
        #expect(world.ca.orders.isEmpty)
      }
    }
  }
}
