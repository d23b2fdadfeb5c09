import DNSModel
import DNSProviders
import Foundation
import Notation
import TestBeds
import TestSupport
import Testing

/// `cutover step` as people sit in front of it: a pseudo-terminal, real keys, a real move behind it.
@Suite struct StepScreenTests {
  static func step(_ world: MoveWorld, columns: UInt16 = 80, kind: String = "xterm") throws
    -> PseudoTerminal
  {
    try PseudoTerminal(
      Programs.cutover(), ["step", "--as", "ann", "--state", world.state], columns: columns,
      kind: kind)
  }

  static func text(_ terminal: PseudoTerminal) -> String { terminal.screen.joined(separator: "\n") }

  @Test func aPersonIsTakenThroughTheWholeMove() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan(needsApproval: true)]).status == 0)
    let terminal = try Self.step(world)
    #expect(
      terminal.waits(seconds: 60) { Self.text(terminal).contains("waiting for an approval") },
      "\(terminal.screen)")
    let screen = Self.text(terminal)
    for part in [
      "✓ baseline", "▸ approve.cutOver", "· report",
      "next     - api.example.test. 1 CNAME old.example.net.",
      "         + api.example.test. 1 CNAME new.example.net.",
      "waits    1 approval missing", "undo     ", "watched  ", "[g]o",
    ] { #expect(screen.contains(part), "\(part) is missing in\n\(screen)") }
    // Go asks once more, and any other key is no.
    terminal.press("g")
    #expect(terminal.waits(seconds: 10) { Self.text(terminal).contains("[y] yes") })
    terminal.press("n")
    #expect(terminal.waits(seconds: 10) { !Self.text(terminal).contains("[y] yes") })
    #expect(world.standing == "approval")
    terminal.press("e")
    #expect(
      terminal.waits(seconds: 10) {
        let screen = Self.text(terminal)
        return screen.contains("What may sit in caches") && screen.contains("more lines: cutover e")
      })
    // Fingers are quicker than the screen: nothing typed is lost.
    terminal.press("eg")
    #expect(terminal.waits(seconds: 10) { Self.text(terminal).contains("[y] yes") })
    terminal.press("y")
    #expect(
      terminal.waits(seconds: 90) { Self.text(terminal).contains("it has ended: moved") },
      "\(terminal.screen)")
    terminal.press("q")
    #expect(terminal.ending(seconds: 20) == 0)
    #expect(terminal.output.contains("it has ended; what happened tells: cutover history"))
    #expect(try world.record().content == MoveTests.alias("new.example.net", 2))
  }

  @Test func pausesResumesAndTurnsBackByKeys() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan(needsApproval: true)]).status == 0)
    let terminal = try Self.step(world)
    #expect(
      terminal.waits(seconds: 60) { Self.text(terminal).contains("waiting for an approval") },
      "\(terminal.screen)")
    terminal.press("p")
    #expect(terminal.waits(seconds: 20) { world.standing == "paused" }, "\(terminal.screen)")
    // Of many news the last are those that are shown.
    #expect(terminal.waits(seconds: 10) { Self.text(terminal).contains("  ann: pause: accepted") })
    terminal.press("p")
    #expect(terminal.waits(seconds: 20) { world.standing == "approval" }, "\(terminal.screen)")
    // Turning back is asked twice: first no, then yes.
    terminal.press("r")
    #expect(terminal.waits(seconds: 20) { Self.text(terminal).contains("roll back?") })
    terminal.press("n")
    #expect(terminal.waits(seconds: 20) { !Self.text(terminal).contains("roll back?") })
    #expect(world.standing == "approval")
    terminal.press("r")
    #expect(terminal.waits(seconds: 20) { Self.text(terminal).contains("roll back?") })
    terminal.press("y")
    #expect(
      terminal.waits(seconds: 60) { Self.text(terminal).contains("it has ended: rolled back") },
      "\(terminal.screen)")
    terminal.press("q")
    #expect(terminal.ending(seconds: 20) == 0)
    #expect(try world.record().content == MoveTests.alias("old.example.net", 3))
    let verbs = try CommandDeliveryTests.commands(world).map(\.compact).joined(separator: "\n")
    for verb in ["pause", "resume", "rollback"] { #expect(verbs.contains(verb), "\(verbs)") }
  }

  /// Whoever turns back sees the way back, and not what would have come otherwise.
  @Test func theWayBackIsDrawnAndItsQuestionsAreTold() throws {
    let world = try MoveWorld(.ours)
    let text = try String(contentsOfFile: world.plan(), encoding: .utf8)
    let plan = world.directory.write(
      "asks.yaml", text.replacing("restore-ttl: {count: 0}", with: "restore-ttl: {count: 1}"))
    #expect(try world.cutover(["start", plan]).status == 0)
    #expect(try world.cutover(["run", "--wait", "--until", "verify"]).status == 4)
    let terminal = try Self.step(world)
    #expect(terminal.waits(seconds: 20) { !terminal.screen.isEmpty })
    terminal.press("r")
    #expect(terminal.waits(seconds: 20) { Self.text(terminal).contains("roll back? takes ") })
    terminal.press("y")
    #expect(
      terminal.waits(seconds: 40) { Self.text(terminal).contains("▸ ttl.back") },
      "\(terminal.screen)")
    let screen = Self.text(terminal)
    for part in [
      "back: ✓ old.open ─ ✓ record.back ─ ✓ drain ─ ✓ router.clean ─ ▸ ttl.back",
      "next     - api.example.test. 1 CNAME old.example.net.",
      "         + api.example.test. 3 CNAME old.example.net.", "--decline",
    ] { #expect(screen.contains(part), "\(part) is missing in\n\(screen)") }
    #expect(!screen.contains("▸ soak.1"), "\(screen)")
    let status = try world.cutover(["status"]).stdout
    #expect(status.contains("the way back") && status.contains("▸ the old TTL again"), "\(status)")
    #expect(
      try world.waits(seconds: 10) { try MirrorTests.text(world).contains("step=ttl.back") })
    terminal.press("r")
    #expect(
      terminal.waits(seconds: 10) {
        Self.text(terminal).contains("this cannot be turned back: it")
      },
      "\(terminal.screen)")
    #expect(!Self.text(terminal).contains("roll back?"))
    terminal.press("g")
    #expect(
      terminal.waits(seconds: 10) { Self.text(terminal).contains("old TTL again? next: api") })
    terminal.press("y")
    #expect(
      terminal.waits(seconds: 40) { Self.text(terminal).contains("it has ended: rolled back") },
      "\(terminal.screen)")
    #expect(Self.text(terminal).contains("next     nothing more is changed"))
    terminal.press("q")
    #expect(terminal.ending(seconds: 20) == 0)
    #expect(try world.record().content == MoveTests.alias("old.example.net", 3))
  }

  @Test func ctrlCLosesNothingAndSaysHowToGoOn() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan(needsApproval: true)]).status == 0)
    let terminal = try Self.step(world)
    #expect(terminal.waits(seconds: 60) { !terminal.screen.isEmpty })
    terminal.press("\u{3}")
    #expect(terminal.ending(seconds: 20) == 4)
    let output = terminal.output
    // The screen that was there comes back, with its cursor.
    #expect(output.contains("\u{1b}[?25h") && output.contains("\u{1b}[?1049l"))
    #expect(output.contains("nothing is lost; go on with: cutover step"))
    let engine = try world.engine()
    #expect(world.waits(seconds: 60) { world.standing == "approval" }, "\(engine.stderr)")
  }

  @Test func theScreenFitsWhateverTheWindow() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan(needsApproval: true)]).status == 0)
    let terminal = try Self.step(world, columns: 140)
    #expect(terminal.waits(seconds: 60) { Self.text(terminal).contains("approval missing") })
    for (columns, rows) in [(140, 30), (80, 24), (44, 40), (50, 12), (80, 10)] as [(UInt16, UInt16)]
    {
      terminal.resize(columns: columns, rows: rows)
      #expect(
        terminal.waits(seconds: 10) {
          let screen = terminal.screen
          return screen.count <= Int(rows) && screen.allSatisfy { $0.count <= Int(columns) }
            && screen.contains { $0.contains("[q]uit") }
            && screen.contains { $0.hasPrefix("undo     ") }
        }, "\(columns) × \(rows): \(terminal.screen)")
    }
    terminal.press("q")
    #expect(terminal.ending(seconds: 20) == 4)
  }

  @Test func aDumbTerminalGetsTheScreenOnceAsText() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan()]).status == 0)
    let terminal = try Self.step(world, kind: "dumb")
    #expect(terminal.ending(seconds: 20) == 4)
    let output = terminal.output
    #expect(!output.contains("\u{1b}"), "\(output)")
    #expect(output.contains("next     ") && output.contains("go on with: cutover run"))
    #expect(!output.contains("cutover approve"), "\(output)")
  }

  /// Who has no terminal is told what helps now, and a second run what is new.
  @Test func whatHelpsNowIsSaidAndTheJournalOnlyOnce() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan(needsApproval: true)]).status == 0)
    let listed = try world.cutover(["list"]).stdout
    #expect(listed.contains("waiting") && listed.contains("due now"), "\(listed)")
    #expect(try !world.cutover(["list", "--json"]).stdout.contains("0001-01-01"))
    let first = try world.engine()
    #expect(world.waits(seconds: 60) { world.standing == "approval" }, "\(first.stderr)")
    #expect(first.stderr.contains("started by"))
    #expect(
      try world.cutover(["step"]).stderr.contains("go on with: cutover approve --gate cutOver"))
    first.stop()
    let second = try world.cutover(["run"])
    #expect(
      second.stderr.contains("goes on at approve.cutOver: waiting for an approval"), "\(second)")
    #expect(!second.stderr.contains("started by"), "\(second)")
    #expect(try world.cutover(["rollback"]).status == 0)
    #expect(try world.cutover(["run", "--wait"]).status == 0)
    let ended = try world.cutover(["step"]).stderr
    #expect(ended.contains("cutover history") && !ended.contains("go on with"), "\(ended)")
  }
}
