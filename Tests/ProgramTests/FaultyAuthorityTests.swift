import Assessment
import DNSModel
import DNSObservers
import DNSTransport
import Migration
import Notation
import SystemIO
import TestSupport
import Testing

/// Our own server, told to misbehave name by name: the verdict is what it was told.
@Suite struct FaultyAuthorityTests {
  /// A rule of `--fault`, and what an authority that keeps it must be judged to be.
  static let stories: [(rule: String?, verdicts: Set<Verdict.Kind>)] = [
    (nil, [.converged]), ("ttl=7", [.converged]), ("delay=50ms", [.converged]),
    ("truncate", [.converged]), ("drop", [.unreachable]), ("servfail", [.serverFailure]),
    ("refused", [.refused]), ("lame", [.lame]), ("wrong-id", [.unreachable, .untrusted]),
    // The zone changes after these were set.
    ("stale", [.notYet]), ("frozen=1", [.notYet]),
    // One of UDP and TCP meets the one wrong answer.
    ("nxdomain-once", [.denied]),
  ]

  @Test func theVerdictIsTheFault() throws {
    var random = SeededRandom(seed: 11)
    let told = (0..<120).map { _ in Int(random.next() % UInt64(Self.stories.count)) }
    let folder = TemporaryDirectory()
    let names = told.indices.map { "n\($0)" }
    func write(serial: Int, target: String) -> String {
      folder.write(
        "bed.zone",
        "$TTL 60\n@ SOA ns host \(serial) 3600 600 604800 60\n@ NS ns\nns A 127.0.0.1\n"
          + names.map { "\($0) CNAME \(target).bed.test.\n" }.joined() + "new A 192.0.2.1\n")
    }
    let zone = write(serial: 1, target: "old")
    var arguments = [
      "dns", "--zone", "bed.test=\(zone)", "--listen", "127.0.0.1:0", "--control", folder.file("s"),
    ]
    for (name, story) in zip(names, told) {
      guard let rule = Self.stories[story].rule else { continue }
      arguments += ["--fault", "\(rule),name=\(name).bed.test"]
    }
    let server = try ServerProcess(Programs.cutover(), arguments)
    let place = try server.wait(for: "the server to listen") {
      server.stdout.split(separator: "\n").first { $0.hasPrefix("listening") }
        .flatMap { $0.split(separator: " ").dropFirst().first }
        .flatMap { SocketAddress(parsing: $0) }
    }
    _ = write(serial: 2, target: "new")
    let reload = try Programs.cutover(["dns", "ctl", "reload", "--control", folder.file("s")])
    #expect(reload.status == 0, "\(reload)")
    let observing = try Observing(patience: .milliseconds(400))
    let delegation = Delegation(
      zone: "bed.test", authorities: [.init(name: "ns.bed.test", address: place.description)])
    var verdicts = [Verdict?](repeating: nil, count: names.count)
    for (index, name) in names.enumerated() {
      let owner = try #require(DomainName("bed.test").prepending(name))
      let expectation = Assessment.Expectation(
        name: owner, type: .cname, expected: [.cname("new.bed.test")],
        former: [
          .init(
            data: [.cname("old.bed.test")], ttl: TTL(clamping: 60), lastPossible: .distantFuture)
        ])
      AuthoritativeLook.ask(owner, .cname, of: delegation, on: observing) { looks in
        verdicts[index] = looks.first.map { Verdict.judging($0, by: expectation) }
      }
    }
    observing.loop.run(for: .seconds(60))
    for (index, story) in told.enumerated() {
      let verdict = try #require(verdicts[index])
      #expect(
        Self.stories[story].verdicts.contains(verdict.kind),
        "\(names[index]) was told \(Self.stories[story].rule ?? "nothing"): \(verdict)")
    }
  }
}
