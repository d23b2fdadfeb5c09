import DNSProviders
import Foundation
import Notation
import TestBeds
import TestSupport
import Testing

/// Commands from several terminals, each journaled once; and what can be proven of them afterwards.
@Suite struct CommandDeliveryTests {
  static func commands(_ world: MoveWorld) throws -> [JSON] {
    try world.facts().filter { $0["kind"]?["name"]?.string == "commanded" }
  }

  /// Runs all at once.
  static func together(_ world: MoveWorld, _ runs: [[String]]) throws -> [ProgramRun] {
    let lock = NSLock()
    nonisolated(unsafe) var results = [ProgramRun?](repeating: nil, count: runs.count)
    DispatchQueue.concurrentPerform(iterations: runs.count) { index in
      let run = try? world.cutover(runs[index])
      lock.withLock { results[index] = run }
    }
    return results.compactMap { $0 }
  }

  @Test func twoTerminalsAtOnceAreEachHeardOnce() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan(needsApproval: true)]).status == 0)
    let engine = try world.engine()
    #expect(world.waits(seconds: 60) { world.standing == "approval" }, "\(engine.stderr)")
    // The same request from two terminals, and two different ones at the same time.
    let runs = try Self.together(
      world,
      [
        ["pause", "--request", "p", "--as", "ann", "--reason", "lunch"],
        ["pause", "--request", "p", "--as", "ann", "--reason", "lunch"],
        ["approve", "--gate", "cutOver", "--request", "a", "--as", "ann"],
        ["approve", "--gate", "cutOver", "--request", "b", "--as", "bob"],
      ])
    #expect(runs.count == 4 && runs.allSatisfy { $0.status == 0 }, "\(runs)")
    let commands = try Self.commands(world)
    let requests = commands.compactMap { $0["kind"]?["command"]?["request"]?.string }
    #expect(requests.sorted() == ["a", "b", "p"], "\(commands.map(\.compact))")
    // And with nobody running: into the inbox, once.
    engine.stop()
    let queued = try Self.together(
      world, [["resume", "--request", "r"], ["resume", "--request", "r"]])
    #expect(queued.contains { $0.status == 0 }, "\(queued)")
    let again = try world.engine()
    #expect(
      try world.waits(seconds: 30) { try Self.commands(world).count == 4 }, "\(again.stderr)")
    #expect(!(try world.waits(seconds: 1) { try Self.commands(world).count > 4 }))
  }

  @Test func runUntilAStepStopsThereAndTheHostNameServesAsID() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan()]).status == 0)
    let run = try world.cutover(["run", "API.example.test.", "--wait", "--until", "ttl.lower.1"])
    #expect(run.status == 4 && run.stderr.contains("ttl.lower.1 is done"), "\(run)")
    #expect(world.isDone("ttl.lower.1") && !world.isDone("cutover"))
    let wrong = try world.cutover(["run", "--until", "ttl.lower.9"])
    #expect(wrong.status == 2 && wrong.stderr.contains("did you mean ttl.lower.1"), "\(wrong)")
    #expect(try world.cutover(["abort"]).status == 0)
    let missed = try world.cutover(["run", "--wait", "--until", "cutover"])
    #expect(missed.status == 3 && missed.stderr.contains("cutover is not done"), "\(missed)")
    let unknown = try world.cutover(["status", "apu.example.test"])
    #expect(unknown.status == 2 && unknown.stderr.contains("did you mean"), "\(unknown)")
  }

  /// The bundle is enough: somebody with nothing but Python recomputes the chain from it, and notices a
  /// changed word.
  @Test func theEvidenceBundleProvesItselfWithoutUs() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan()]).status == 0)
    #expect(try world.cutover(["run", "--wait", "--until", "ttl.lower.1"]).status == 4)
    let bundle = world.directory.file("evidence.json")
    #expect(try world.cutover(["history", "--export", bundle]).status == 0)
    let script = world.directory.write("verify.py", Self.verifier)
    let good = try Programs.run("python3", [script, bundle])
    #expect(good.status == 0 && good.stdout.contains("intact"), "\(good)")
    let text = try String(contentsOfFile: bundle, encoding: .utf8)
    #expect(!text.contains(UpdatablePrimary.secret))
    world.directory.write("altered.json", text.replacing("baseline", with: "baselime"))
    let line = text.replacingOccurrences(
      of: "\\\"name\\\":\\\"stepDone\\\"", with: "\\\"name\\\":\\\"stepGone\\\"")
    #expect(line != text)
    world.directory.write("altered.json", line)
    let bad = try Programs.run("python3", [script, world.directory.file("altered.json")])
    #expect(bad.status == 1, "\(bad)")
    let json = try world.cutover(["history", "--json"]).stdout.split(separator: "\n")
    #expect(try json.allSatisfy { try JSON(parsing: String($0))["kind"] != nil })
    let verified = try world.cutover(["history", "--verify", "--json"])
    #expect(try JSON(parsing: verified.stdout)["intact"]?.bool == true)
  }

  static let verifier = """
    import hashlib, json, sys
    bundle = json.load(open(sys.argv[1]))
    def digest(fields, previous):
        message = b"cutover journal 1"
        for part in [previous] + [field.encode() for field in fields]:
            message += len(part).to_bytes(8, "big") + part
        return hashlib.sha256(message).digest()
    pinned = [bundle["planDigest"], bundle["source"], bundle["plan"]]
    link = digest(["genesis", bundle["migration"]] + pinned, b"")
    assert link.hex() == bundle["genesis"]
    for number, entry in enumerate(bundle["entries"], 1):
        assert entry["number"] == number
        fields = [str(entry["number"]), str(entry["safeAt"]), str(entry["wallAt"]), entry["body"]]
        link = digest(fields, link)
        if link.hex() != entry["digest"]: sys.exit(1)
    print("intact")
    """

  /// The engine's files may not grow: it says so, loses nothing, and goes on when they may.
  @Test func aFileThatMayNotGrowStopsTheEngineAndLosesNothing() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan()]).status == 0)
    let size = try FileManager.default.attributesOfItem(atPath: world.state + "/state.db")[.size]
    let limit = (size as? Int ?? 0) + 8192
    let starved = try Programs.run(
      "prlimit",
      ["--fsize=\(limit)", Programs.cutover(), "run", "--wait", "--state", world.state], seconds: 15
    )
    #expect(starved.status != 0 && world.standing != "moved", "\(starved)")
    #expect(starved.stderr.contains("stored") || starved.stderr.contains("SQLite"), "\(starved)")
    #expect(try world.cutover(["history", "--verify"]).status == 0)
    let run = try world.cutover(["run", "--wait"])
    #expect(run.status == 0 && world.standing == "moved", "\(run)")
    #expect(try world.record().fence == 3)
  }
}
