import Foundation
import Notation
import TestSupport
import Testing

/// Who is told that a region went down or came up while a move runs: the plan's hooks, once each time.
@Suite struct RegionWatchTests {
  @Test func aRegionThatGoesAndComesBackIsToldOnceEachWayAcrossRestarts() throws {
    let bed = try SandboxBed()
    let heard = bed.directory.file("heard")
    let script = bed.directory.write("hook.sh", "#!/bin/sh\ncat >> \(heard)\n", mode: 0o700)
    let text = try String(contentsOfFile: bed.plan, encoding: .utf8)
    let plan = bed.folder + "/watched.yaml"
    let hook = "notify:\n  - exec: [\(script)]\n    on: [region]\n"
    #expect(text.contains("\nnotify:\n"))
    try text.replacing("notify:\n", with: hook).write(
      toFile: plan, atomically: true, encoding: .utf8)
    try bed.begin(plan)
    try bed.waitUntil("the regions to be known") {
      try Self.seen(bed).filter { $0.hasPrefix("up") } == ["up east", "up west"]
    }
    try bed.act("kill", "west")
    try bed.waitUntil("the hook to hear of it") { Self.lines(heard) == ["region-down"] }
    try bed.run()
    // Gone on for some looks: what was told is told.
    usleep(3_000_000)
    #expect(Self.lines(heard) == ["region-down"])
    bed.stopEngine()
    try bed.act("revive", "west")
    try bed.waitUntil("the router to see it") { try bed.region("west") == "up" }
    try bed.run()
    try bed.waitUntil("the hook to hear of it") {
      Self.lines(heard) == ["region-down", "region-up"]
    }
    #expect(
      try Self.seen(bed).filter { $0.hasSuffix("west") } == ["up west", "down west", "up west"])
    // Somebody's own order is no news.
    let removed = try bed.cutover(["region", "remove", "west", "--accept-loss", "--plan", plan])
    #expect(removed.status == 0, "\(removed)")
    usleep(2_500_000)
    #expect(Self.lines(heard) == ["region-down", "region-up"])
  }

  /// Kinds of what was heard, in order. An engine that is killed between telling and noting it tells again
  /// under the same key; another key would be another occasion.
  private static func lines(_ heard: String) -> [String] {
    var keys: Set<String> = []
    return ((try? String(contentsOfFile: heard, encoding: .utf8)) ?? "").split(separator: "\n")
      .compactMap { try? JSON(parsing: String($0)) }
      .filter { keys.insert($0["deduplication"]?.string ?? "").inserted }
      .compactMap { $0["kind"]?.string }
  }

  private static func seen(_ bed: SandboxBed) throws -> [String] {
    let file = bed.state + "/regions.jsonl"
    return ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: "\n")
      .compactMap { try? JSON(parsing: String($0)) }.filter { $0["stage"]?.string == "seen" }
      .map { "\($0["order"]?.string ?? "") \($0["region"]?.string ?? "")" }
  }
}
