import Assessment
import DNSModel
import Foundation
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// `verify` and `audit` as people run them.
@Suite struct AskingCommandTests {
  /// Answers for one name with what `target` says, and denies all else; as an authority or as a resolver.
  static func server(
    authoritative: Bool, ttl: Int = 60, _ target: @escaping @Sendable () -> DomainName?
  ) throws -> ScriptedServer {
    try ScriptedServer { query, _ in
      guard let question = query.questions.first else { return nil }
      let soa = ResourceRecord(
        owner: "shop.test", ttl: TTL(clamping: 60),
        data: .soa(
          SOA(
            primary: "ns.shop.test", mailbox: "host.shop.test", serial: Serial(1), refresh: 3600,
            retry: 600, expire: 604_800, minimum: 60)))
      if question == Question("shop.test", .soa) {
        return query.reply(authoritative: authoritative, [soa])
      }
      if question.type == .cname, question.name == "api.shop.test", let target = target() {
        return query.reply(
          authoritative: authoritative,
          [ResourceRecord(owner: question.name, ttl: TTL(clamping: ttl), data: .cname(target))])
      }
      var reply = query.reply(authoritative: authoritative)
      reply.authorities = [soa]
      return reply
    }
  }

  private func verify(
    _ arguments: [String], authority: ScriptedServer, resolvers: [ScriptedServer]
  ) throws -> ProgramRun {
    let state = TemporaryDirectory()
    return try Programs.cutover(
      ["verify", "api.shop.test", "--expect", "new.shop.test"] + arguments
        + ["--authoritative", authority.address.description, "--state", state.file("none")]
        + resolvers.flatMap { ["--resolver", $0.address.description] })
  }

  @Test func theExitCodeIsTheGravestVerdict() throws {
    let authority = try Self.server(authoritative: true) { "new.shop.test" }
    let new = try Self.server(authoritative: false) { "new.shop.test" }
    let old = try Self.server(authoritative: false, ttl: 50) { "old.shop.test" }
    let other = try Self.server(authoritative: false) { "else.shop.test" }
    let broken = try ScriptedServer { query, _ in query.reply(code: .serverFailure) }
    let history = ["--old", "old.shop.test", "--old-ttl", "1h"]
    #expect(try verify([], authority: authority, resolvers: [new]).status == 0)
    let waiting = try verify(history, authority: authority, resolvers: [new, old])
    #expect(
      waiting.status == 4 && waiting.stdout.contains("stale within budget until"), "\(waiting)")
    #expect(waiting.stdout.contains("1 of 2 converged now"))
    #expect(try verify(history, authority: authority, resolvers: [old, broken]).status == 5)
    #expect(try verify(history, authority: authority, resolvers: [broken, other]).status == 3)
    // What is only tolerated is shown, and decides nothing.
    let tolerated = try verify(
      ["--tolerate", other.address.description], authority: authority, resolvers: [new])
    #expect(tolerated.status == 0 && tolerated.stdout.contains("wrong value"), "\(tolerated)")
  }

  @Test func whileAnAuthorityDeniesNobodyElseIsAsked() throws {
    let asked = SystemIO.Mutex(0)
    let authority = try Self.server(authoritative: true) { nil }
    let resolver = try ScriptedServer { query, _ in
      asked.withLock { $0 += 1 }
      return query.reply()
    }
    let run = try verify([], authority: authority, resolvers: [resolver])
    #expect(run.status == 3 && run.stdout.contains("(R5)"), "\(run)")
    #expect(asked.withLock { $0 } == 0)
  }

  @Test func watchingEndsWhenAllAgreeAndLeavesADrawing() throws {
    let rounds = SystemIO.Mutex(0)
    let authority = try Self.server(authoritative: true) { "new.shop.test" }
    let resolver = try Self.server(authoritative: false, ttl: 2) {
      rounds.withLock { rounds in
        rounds += 1
        return rounds < 3 ? "old.shop.test" : "new.shop.test"
      }
    }
    let folder = TemporaryDirectory()
    let run = try verify(
      [
        "--old", "old.shop.test", "--old-ttl", "1h", "--watch", "--interval", "100ms", "--for",
        "30s", "--svg", folder.file("drain.svg"),
      ], authority: authority, resolvers: [resolver])
    #expect(run.status == 0, "\(run)")
    #expect(run.stderr.contains("stale within budget") && run.stderr.contains("converged"))
    #expect(run.stdout.contains("all required agree") && run.stdout.contains("100 % ┤"))
    let svg = try folder.read("drain.svg")
    #expect(svg.hasPrefix("<svg") && svg.contains("100 % converged at"))
  }

  /// The ledger knows what `--old` would have to say, and until when.
  @Test func verifyReadsTheMigrationsLedger() throws {
    let world = try MoveWorld()
    #expect(try world.cutover(["start", world.plan()]).status == 0)
    let engine = try world.engine()
    #expect(world.waits(seconds: 60) { world.isDone("cutover") }, "\(engine.stderr)")
    engine.stop()
    let old = try ScriptedServer { query, _ in
      query.reply(
        authoritative: false,
        query.questions.map {
          ResourceRecord(owner: $0.name, ttl: TTL(clamping: 2), data: .cname("old.example.net"))
        })
    }
    let words = [
      "verify", "api.example.test", "--expect", "new.example.net", "--resolver",
      old.address.description, "--json",
    ]
    // The plan says who the authorities are.
    let known = try JSON(parsing: Programs.cutover(words + ["--state", world.state]).stdout)
    #expect(known["migration"]?.string?.isEmpty == false)
    #expect(known["authorities"]?.array?.first?["verdict"]?.string == "converged")
    let verdict = known["resolvers"]?.array?.first?["verdict"]?.string
    #expect(["staleWithinBudget", "staleBeyondBudget"].contains(verdict))
    let stranger = try JSON(
      parsing: Programs.cutover(
        words + [
          "--state", world.directory.file("none"), "--authoritative",
          world.primary.address.description,
        ]
      ).stdout)
    #expect(stranger["migration"] == nil)
    #expect(stranger["resolvers"]?.array?.first?["verdict"]?.string == "wrongValue")
  }

  @Test func aRunAsksItsPlansResolversOverTLSAndHTTPS() throws {
    let world = try MoveWorld()
    let encryption = CachingResolver.Encryption(
      folder: world.endpoints.directory, tlsPort: try FreePort.next(),
      httpsPort: try FreePort.next())
    let resolver = try CachingResolver(
      zone: "example.test", at: world.primary.address, over: encryption)
    let text = try String(contentsOfFile: world.plan(), encoding: .utf8)
    let plain = "- {name: ns, address: \"\(world.primary.address)\"}"
    try #require(text.contains(plain))
    let plan = world.directory.write(
      "encrypted.yaml",
      text.replacingOccurrences(
        of: plain,
        with: """
          - {name: dot, address: "tls://127.0.0.1:\(encryption.tlsPort)#resolver.example.test"}
              - {name: doh, address: "https://127.0.0.1:\(encryption.httpsPort)/dns-query"}
          """))
    #expect(try world.cutover(["start", plan]).status == 0)
    let engine = try world.engine()
    #expect(try engine.waitForEnd(seconds: 80) == 0, "\(engine.stderr)")
    #expect(world.standing == "moved")
    // They are the only ones of the plan, so their word is what it went on by.
    let reports = try world.facts().map(\.compact).filter { $0.contains("\"resolvers\"") }
    #expect(reports.contains { $0.contains("\"pass\"") }, "\(reports)")
    _ = resolver
  }

  @Test func theTableInPlansIsTheOneThatIsBuiltIn() throws {
    let path = Programs.root + "/Plans/resolvers.json"
    let (rows, problems) = ResolverTable.read(
      try JSON(parsing: String(contentsOfFile: path, encoding: .utf8)))
    #expect(problems.isEmpty)
    #expect(rows == ResolverTable.publicResolvers)
    #expect(rows.allSatisfy { !$0.source.isEmpty })
  }

  // MARK: Audit

  private func audit(
    _ arguments: [String], _ server: ScriptedServer, stdin: String = ""
  ) throws -> ProgramRun {
    try Programs.cutover(
      ["audit"] + arguments + ["--authoritative", server.address.description], stdin: stdin)
  }

  @Test func aFleetOfNamesAndPlansIsAuditedInOnePanel() throws {
    let server = try Self.server(authoritative: true, ttl: 3600) { "old.shop.test" }
    let folder = TemporaryDirectory()
    let plan = folder.write(
      "plan.yaml",
      """
      cutover: 1
      hostname: api.shop.test
      zone:
        origin: shop.test
        provider: {kind: manual, instructions: "the registrar's page"}
      from: {cname: former.shop.test, ttl: 7200}
      to: {cname: new.shop.test}
      """)
    let list =
      (0..<300).map { "n\($0).shop.test" }.joined(separator: "\n") + "\n# a remark\n\(plan)\n"
    let run = try audit(["-", "--json", "--fail-on", "never"], server, stdin: list)
    #expect(run.status == 0, "\(run.stderr)")
    let reports = try #require(JSON(parsing: run.stdout).array)
    #expect(reports.count == 301)
    #expect(run.stderr.contains("301 of 301 names"))
    let planned = try #require(reports.last?["findings"]?.array).compactMap { $0["id"]?.string }
    // Only a plan knows these.
    #expect(
      planned.contains("dns.target.drift") && planned.contains("dns.ttl.served"), "\(planned)")
    let brief = try audit([plan, "--brief"], server)
    #expect(brief.status == 3 && brief.stdout.split(separator: "\n").count == 1, "\(brief)")
  }

  /// A pace only ever makes a round longer, so a busy machine does not break this.
  @Test func theRateIsKeptForEachServer() throws {
    let arrivals = SystemIO.Mutex<[UInt64]>([])
    let server = try ScriptedServer { query, _ in
      arrivals.withLock { $0.append(SystemClock.nanoseconds()) }
      return query.reply(code: .refused)
    }
    let run = try audit(["api.shop.test", "--rate", "20", "--fail-on", "never"], server)
    #expect(run.status == 0, "\(run)")
    let seen = arrivals.withLock { $0 }.sorted()
    #expect(seen.count > 20)
    // Twenty a second: the 20th stands 950 ms behind the first, but for a tenth of that.
    for place in 0..<max(0, seen.count - 19) {
      #expect(seen[place + 19] - seen[place] > 850_000_000)
    }
    for wrong in ["0", "many", "1000001"] {
      let refused = try audit(["api.shop.test", "--rate", wrong], server)
      #expect(refused.status == 2 && refused.stderr.contains("--rate takes"), "\(refused)")
    }
  }

  @Test func withinEndsTheRoundHoweverPatientItIs() throws {
    let deaf = try ScriptedServer { _, _ in [] }
    let authority = try Self.server(authoritative: true) { "new.shop.test" }
    let begin = SystemClock.nanoseconds()
    let run = try verify(
      ["--patience", "60s", "--within", "500ms"], authority: authority, resolvers: [deaf])
    // Three attempts of a minute and more would take seven.
    #expect(SystemClock.nanoseconds() - begin < 30_000_000_000)
    #expect(run.status == 5 && run.stdout.contains("unreachable"), "\(run)")
    let refused = try verify(["--within", "soon"], authority: authority, resolvers: [deaf])
    #expect(refused.status == 2 && refused.stderr.contains("--within"), "\(refused)")
  }

  @Test func failOnSaysWhatIsGrave() throws {
    let server = try Self.server(authoritative: true, ttl: 3600) { "old.shop.test" }
    let name = ["api.shop.test"]
    // The alias leads to a name that the zone denies: a warning, with notes beside it.
    #expect(try audit(name, server).status == 0)
    #expect(try audit(name + ["--fail-on", "warning"], server).status == 3)
    #expect(try audit(name + ["--fail-on", "never"], server).status == 0)
    #expect(try audit(name + ["--fail-on", "unknown"], server).status == 2)
    // What could not be looked up is no pass.
    let unknown = try audit(name + ["--to", "new.elsewhere.example", "--patience", "50ms"], server)
    #expect(unknown.status != 0, "\(unknown)")
    let markdown = try audit(name + ["--markdown"], server)
    #expect(markdown.stdout.hasPrefix("# Audit\n\n## api.shop.test"), "\(markdown.stdout)")
  }

  @Test func anAnchorMustBeOne() throws {
    let server = try Self.server(authoritative: true) { "old.shop.test" }
    let folder = TemporaryDirectory()
    let bad = folder.write("bad", "shop.test. A 192.0.2.1\n")
    let run = try audit(["api.shop.test", "--anchor", bad], server)
    #expect(run.status == 2 && run.stderr.contains("no trust anchor"), "\(run)")
    let digest = String(repeating: "AB", count: 32)
    let other = folder.write("other", "else.test. IN DS 4711 13 2 \(digest)\n")
    let unproven = try audit(["api.shop.test", "--anchor", other], server)
    #expect(unproven.status == 5 && unproven.stdout.contains("dns.dnssec.unproven"), "\(unproven)")
    // A zone without keys under an anchor for itself: validators refuse it.
    let own = folder.write("own", "shop.test. IN DS 4711 13 2 \(digest)\n")
    let bogus = try audit(["api.shop.test", "--anchor", own], server)
    #expect(bogus.status == 3 && bogus.stdout.contains("dns.dnssec.bogus"), "\(bogus)")
  }
}
