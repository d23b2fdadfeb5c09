import Foundation
import Notation
import TestBeds
import TestSupport
import Testing

/// What becomes of a state directory outside our hands, and of commands said while nobody runs.
@Suite struct StateMishapTests {
  private static func sql(_ world: MoveWorld, _ text: String) throws -> ProgramRun {
    let script = """
      import sqlite3, sys
      base = sqlite3.connect(sys.argv[1])
      for row in base.executescript(sys.argv[2]): print(row)
      base.commit()
      """
    return try Programs.run("python3", ["-c", script, world.state + "/state.db", text])
  }

  @Test func thePlanInTheStateIsPinnedAndCannotBeAltered() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan()]).status == 0)
    let alter = "UPDATE migration SET plan = replace(plan, 'new.example.net', 'evil.example.net');"
    let guarded = try Self.sql(world, alter)
    #expect(guarded.status != 0 && guarded.stderr.contains("a plan is pinned"), "\(guarded)")
    // Whoever takes the guard away is found out, before anything is done by that plan.
    for (what, text) in [
      ("plan", alter), ("source", "UPDATE migration SET source = source || ' ';"),
    ] {
      let undo = try Data(contentsOf: URL(fileURLWithPath: world.state + "/state.db"))
      #expect(try Self.sql(world, "DROP TRIGGER plan_is_pinned;" + text).status == 0)
      let verified = try world.cutover(["history", "--verify"])
      #expect(verified.status == 3 && verified.stderr.contains("its plan"), "\(what): \(verified)")
      for command in [["status"], ["run"], ["explain"]] {
        let run = try world.cutover(command)
        #expect(run.status == 6, "\(what): \(run)")
        #expect(run.stderr.contains("not the one it was started with"), "\(what): \(run)")
      }
      #expect(try "\(world.record())".contains("old.example.net"))
      try undo.write(to: URL(fileURLWithPath: world.state + "/state.db"))
    }
  }

  @Test func aHostNameMeansTheMoveThatGoesOn() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan(needsApproval: true)]).status == 0)
    #expect(try world.cutover(["abort"]).status == 0)
    let ended = try world.cutover(["run", "--wait"])
    #expect(ended.status == 0 && world.standing == "rolledBack", "\(ended)")
    #expect(try world.cutover(["start", world.plan(needsApproval: true)]).status == 0)
    func id(_ words: [String]) throws -> String? {
      try JSON(parsing: world.cutover(["status", "--json"] + words).stdout)["id"]?.string
    }
    #expect(try id(["api.example.test"]) == "api.example.test~2")
    #expect(try id(["api.example.test~1"]) == "api.example.test")
    #expect(try id([]) == "api.example.test~2")
    let paused = try world.cutover(["pause", "api.example.test"])
    #expect(paused.status == 0 && paused.stdout.contains("~2: pause"), "\(paused)")
  }

  /// A command holds the state while it leaves its word; whoever comes at that moment waits for it.
  @Test func commandsAndEnginesThatComeTogetherDoNotTurnEachOtherAway() throws {
    let world = try MoveWorld(.ours, names: ["other"])
    let starts = try CommandDeliveryTests.together(
      world, [["start", world.plan()], ["start", world.plan(name: "other")]])
    #expect(starts.count == 2 && starts.allSatisfy { $0.status == 0 }, "\(starts)")
    let runs = try CommandDeliveryTests.together(
      world,
      (0..<6).map { ["pause", "api.example.test", "--request", "p\($0)"] }
        + [["run", "--until", "baseline"]])
    #expect(runs.count == 7 && runs.dropLast().allSatisfy { $0.status == 0 }, "\(runs)")
    #expect(runs.last?.stderr.contains("another process") == false, "\(runs)")
  }

  @Test func whatWasSaidIsShownUntilItIsTakenUp() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan(needsApproval: true)]).status == 0)
    #expect(try world.cutover(["pause", "--as", "ann"]).status == 0)
    let before = try world.cutover(["status"])
    #expect(before.stdout.contains("said     pause by ann"), "\(before)")
    #expect(
      try JSON(parsing: world.cutover(["status", "--json"]).stdout)["said"]?.array?.count == 1)
    _ = try world.cutover(["run"])
    let after = try world.cutover(["status"])
    #expect(!after.stdout.contains("said ") && after.stdout.contains("paused"), "\(after)")
  }

  @Test func aKeyThatCannotBeReadIsToldBeforeTheStart() throws {
    let world = try MoveWorld()
    let path = world.plan()
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let key = try #require(text.firstMatch(of: /key: (file:)?([^ \n]+)/))
    let other = world.directory.write(
      "other.yaml", text.replacingOccurrences(of: String(key.2), with: "/nowhere/key"))
    let absent = try world.cutover(["start", other])
    #expect(absent.status == 3 && absent.stderr.contains("zone.provider.key"), "\(absent)")
    #expect(absent.stderr.contains("/nowhere/key"), "\(absent)")
    chmod(String(key.2), 0o644)
    let open = try world.cutover(["start", path])
    #expect(open.status == 3 && open.stderr.contains("zone.provider.key"), "\(open)")
  }

  @Test func aStateThatCannotBeReadNamesItsFileAndWhatToDo() throws {
    let world = try MoveWorld(.ours)
    #expect(try world.cutover(["start", world.plan()]).status == 0)
    let path = world.state + "/state.db"
    try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path))
    for command in [["list"], ["status"], ["history"]] {
      let run = try world.cutover(command)
      #expect(run.status == 1 || run.status == 3, "\(run)")
      #expect(run.stderr.contains(path) && run.stderr.contains("backup"), "\(run)")
      #expect(!run.stderr.contains("SELECT") && !run.stderr.contains("stored"), "\(run)")
    }
  }
}
