import Foundation
import Notation
import TestSupport
import Testing

/// A sandbox of one test's own, steered by the program as people steer it.
final class SandboxBed {
  let directory = TemporaryDirectory()
  let up: ServerProcess
  private var engine: ServerProcess?

  init() throws {
    let folder = directory.file("box")
    up = try ServerProcess(
      Programs.cutover(), ["sandbox", "up", "--folder", folder, "--for", "280s"])
    let up = up
    _ = try up.wait(seconds: 60, for: "the sandbox") { up.stdout.contains("\nready") ? true : nil }
  }

  deinit { _ = try? box(["down"]) }

  var folder: String { directory.file("box") }
  var state: String { directory.file("state") }
  var plan: String { folder + "/plan.yaml" }

  @discardableResult
  func box(_ words: [String]) throws -> ProgramRun {
    try Programs.cutover(["sandbox"] + words + ["--folder", folder])
  }

  func act(_ verb: String, _ argument: String? = nil) throws {
    let run = try box(["do", verb] + (argument.map { [$0] } ?? []))
    #expect(run.status == 0, "\(run)")
  }

  func status() throws -> JSON { try JSON(parsing: box(["status", "--json"]).stdout) }

  func share(of server: String) throws -> Int64 { try status()["shares"]?[server]?.integer ?? -1 }

  func region(_ name: String) throws -> String? {
    try status()["regions"]?.array?.first { $0["name"]?.string == name }?["router"]?.string
  }

  @discardableResult
  func cutover(_ words: [String], seconds: Int = 90) throws -> ProgramRun {
    try Programs.cutover(words + ["--state", state], seconds: seconds)
  }

  /// Begins the move, with an engine beside it.
  func begin(_ plan: String? = nil) throws {
    let start = try cutover(["start", plan ?? self.plan])
    #expect(start.status == 0, "\(start)")
    try run()
  }

  func run() throws {
    engine?.stop()
    engine = try ServerProcess(Programs.cutover(), ["run", "--wait", "--state", state])
  }

  func stopEngine() { engine?.stop() }

  func move() throws -> JSON? { try JSON(parsing: cutover(["status", "--json"]).stdout) }

  var standing: String? { (try? move())?["standing"]?.string }

  func isDone(_ step: String) -> Bool {
    ((try? move())?["steps"]?.array ?? []).contains {
      $0["id"]?.string == step && $0["standing"]?.string == "done"
    }
  }

  func approve(_ gate: String) throws {
    let run = try cutover(["approve", "--gate", gate])
    #expect(run.status == 0, "\(run)")
  }

  /// Bounded; says what the engine said when it was in vain.
  func waitUntil(_ what: String, seconds: Double = 90, _ condition: () throws -> Bool) throws {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if try condition() { return }
      usleep(200_000)
    }
    let explained = try cutover(["explain"]).stdout
    throw ProgramFailure(
      description: "waited in vain for \(what)\n\(engine?.stderr ?? "")\n\(explained)")
  }

  /// What the clients met: the story, which must hold no failure that nothing announced.
  @discardableResult
  func story(atLeast requests: Int64 = 100) throws -> JSON {
    let run = try box(["report", "--json"])
    let story = try JSON(parsing: run.stdout)
    #expect(run.status == 0 && story["unannounced"]?.integer == 0, "\(run.stdout.suffix(4000))")
    #expect((story["sent"]?.integer ?? 0) > requests)
    return story
  }
}
