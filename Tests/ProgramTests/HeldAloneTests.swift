import DNSModel
import DNSProviders
import Foundation
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// What one process cannot do, or is told while it starts, through the real program.
@Suite struct HeldAloneTests {
  /// Gives a migration a step that only a newer version would know, as that version would have written it:
  /// with a chain of its own.
  private static let newerVersion = """
    import hashlib, sqlite3, sys
    state = sqlite3.connect(sys.argv[1])
    def digest(fields, previous):
        message = b"cutover journal 1"
        for part in [previous] + [field.encode() for field in fields]:
            message += len(part).to_bytes(8, "big") + part
        return hashlib.sha256(message).digest()
    guards = state.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in guards: state.execute("DROP TRIGGER " + name)
    name = "api.example.test"
    plan, approved, source = state.execute(
        "SELECT plan, plan_digest, source FROM migration WHERE id = ?", (name,)).fetchone()
    assert plan.count('"proveEndpoint"') == 1
    plan = plan.replace('"proveEndpoint"', '"tasteTheWine"')
    link = digest(["genesis", name, approved, source, plan], b"")
    entries = state.execute(
        "SELECT number, safe_at, wall_at, body FROM journal WHERE migration = ? ORDER BY number", (name,))
    for number, safe, wall, body in entries.fetchall():
        link = digest([str(number), str(safe), str(wall), body], link)
        state.execute(
            "UPDATE journal SET digest = ? WHERE migration = ? AND number = ?", (link, name, number))
    state.execute("UPDATE migration SET plan = ?, journal_head = ? WHERE id = ?", (plan, link, name))
    for _, text in guards: state.execute(text)
    state.commit()
    """

  /// A plan that a newer version wrote holds its own migration; the other one goes to its end.
  @Test func anUnknownStepHoldsOnlyItsOwnMigration() throws {
    let world = try MoveWorld(.ours, names: ["other"])
    for name in ["api", "other"] {
      let start = try world.cutover(["start", world.plan(name: name)])
      #expect(start.status == 0, "\(start)")
    }
    let tampered = try Programs.run(
      "python3", ["-c", Self.newerVersion, world.state + "/state.db"])
    #expect(tampered.status == 0, "\(tampered)")
    let run = try world.cutover(["run", "--wait"])
    #expect(run.status == 6 && run.stderr.contains("api.example.test: held"), "\(run)")
    let other = try world.cutover(["status", "other.example.test", "--json"])
    #expect(try JSON(parsing: other.stdout)["standing"]?.string == "moved", "\(run)")
    let list = try world.cutover(["list"]).stdout.split(separator: "\n")
    #expect(
      list.contains {
        $0.hasPrefix("api.example.test") && $0.contains("held") && $0.contains("tasteTheWine")
      }, "\(list)")
    let rows = try JSON(parsing: world.cutover(["list", "--json"]).stdout).array ?? []
    #expect(rows.map { $0["standing"]?.string } == ["held", "moved"])
    let explained = try world.cutover(["explain", "api.example.test"])
    #expect(explained.status == 6 && explained.stderr.contains("tasteTheWine"), "\(explained)")
    #expect(try world.record().content == MoveTests.alias("old.example.net", 3))
  }

  /// A key that may do more than it needs is no obstacle; the rights that would do are printed, to paste.
  @Test(arguments: [true, false]) func aKeyThatMayDoMoreIsToldOf(isBroad: Bool) throws {
    let world = try MoveWorld(.ours)
    let text = try String(contentsOfFile: world.plan(), encoding: .utf8)
    let key = isBroad ? world.primary.broadKey : world.primary.key
    let plan = world.directory.write(
      "key.yaml", text.replacing("key: \(world.primary.key)", with: "key: \(key)"))
    #expect(try world.cutover(["start", plan]).status == 0)
    let run = try world.cutover(["run", "--wait", "--until", "ttl.lower.1"])
    #expect(run.status == 4, "\(run)")
    for part in ["update-policy {", "grant broad name api.example.test. CNAME;", "acl:"] {
      #expect(run.stderr.contains(part) == isBroad, "\(part): \(run.stderr)")
    }
    let history = try world.cutover(["history"]).stdout
    #expect(history.contains("the key may change other names") == isBroad, "\(history)")
  }

  /// Without authorities in the plan they are found through the delegation.
  @Test func startFindsTheAuthoritiesThroughTheDelegation() throws {
    let world = try MoveWorld(.ours)
    let zone = world.directory.write(
      "root.zone",
      """
      $TTL 60
      . SOA ns.root. host.root. 1 3600 600 604800 60
      . NS ns.root.
      ns.root. A 127.0.0.1
      example.test. NS ns1.example.test.
      ns1.example.test. A 127.0.0.1

      """)
    let root = try ServerProcess(
      Programs.cutover(),
      [
        "dns", "--zone", ".=\(zone)", "--listen", "127.0.0.1:0", "--control",
        world.directory.file("root.sock"),
      ])
    let place = try root.wait(for: "the root to listen") {
      root.stdout.split(separator: "\n").first { $0.hasPrefix("listening") }
        .flatMap { $0.split(separator: " ").dropFirst().first }.map(String.init)
    }
    let text = try String(contentsOfFile: world.plan(), encoding: .utf8)
    let named =
      "  authoritatives:\n    - {name: ns1.example.test, address: \"\(world.primary.address)\"}\n"
    #expect(text.contains(named))
    let port = world.primary.address.port
    let plan = world.directory.write(
      "found.yaml",
      text.replacing(named, with: "").replacing(
        "environment:\n",
        with: "environment:\n  root: \"\(place)\"\n  authority-port: \(port)\n"))
    let start = try world.cutover(["start", plan])
    #expect(start.status == 0, "\(start) \(root.stderr)")
    let engine = try world.engine()
    #expect(try engine.waitForEnd(seconds: 90) == 0, "\(engine.stderr)")
    #expect(world.standing == "moved")
    // Nobody there who could be asked: told, and nothing begun.
    root.stop()
    let second = try MoveWorld(.ours)
    second.directory.write("found.yaml", try String(contentsOfFile: plan, encoding: .utf8))
    let refused = try second.cutover(["start", second.directory.file("found.yaml")])
    #expect(
      refused.status == 3 && refused.stderr.contains("no authority of example.test"), "\(refused)")
    #expect(try second.cutover(["list", "--json"]).stdout.contains("[]"))
  }

  /// Whoever started it may have blocked the very signals that shall end it.
  @Test(arguments: [SIGINT, SIGTERM]) func endsThoughItsParentBlockedTheSignal(
    signal: Int32
  ) throws {
    let folder = TemporaryDirectory()
    let program = """
      import os, signal, sys
      signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
      os.execv(sys.argv[1], sys.argv[1:])
      """
    let engine = try ServerProcess(
      "python3",
      ["-c", program, Programs.cutover(), "run", "--serve", "--state", folder.file("state")])
    _ = try engine.wait(for: "the engine to serve") {
      FileManager.default.fileExists(atPath: folder.file("state/control.sock")) ? true : nil
    }
    engine.send(signal)
    _ = try engine.waitForEnd(seconds: 30)
  }
}
