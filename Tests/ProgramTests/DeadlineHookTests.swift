import DNSModel
import DNSProviders
import Foundation
import Notation
import TestBeds
import TestSupport
import Testing

/// Everything that runs out, and everything that stops, reaches a webhook through the real program: each
/// once, the same when it is tried again.
@Suite struct DeadlineHookTests {
  static func plan(_ world: MoveWorld, _ desk: WebDesk) throws -> String {
    let day = DateFormatter()
    day.locale = Locale(identifier: "en_US_POSIX")
    day.timeZone = TimeZone(identifier: "UTC")
    day.dateFormat = "yyyy-MM-dd HH:mm"
    let (opens, closes) = (Date().addingTimeInterval(-3600), Date().addingTimeInterval(3 * 3600))
    let end = ISO8601DateFormatter().string(from: Date().addingTimeInterval(20 * 3600))
    let plan = world.plan(
      needsApproval: true, lock: "end-of-life: \(end)",
      more: """
        certificate:
          issuer: router
          issuance-time: 1s
        change-window:
          time-zone: Etc/UTC
          dates:
            - {from: "\(day.string(from: opens))", to: "\(day.string(from: closes))"}
        notify:
          - webhook: http://\(desk.address)/hook
        """)
    let text = try String(contentsOfFile: plan, encoding: .utf8)
    let patient = text.replacing("cut-over: {count: 1}", with: "cut-over: {count: 2, valid: 10s}")
      .replacing("after-cutover: 3s", with: "after-cutover: 300s")
    #expect(patient.contains("valid: 10s") && patient.contains("300s"))
    try patient.write(toFile: plan, atomically: true, encoding: .utf8)
    return plan
  }

  static func texts(_ desk: WebDesk, _ kind: String) throws -> [String] {
    try desk.requests.map { try JSON(parsing: $0.body) }.filter { $0["kind"]?.string == kind }
      .compactMap { $0["text"]?.string }
  }

  static func hears(_ desk: WebDesk, _ world: MoveWorld, _ kind: String, _ part: String) throws
    -> Bool
  {
    try world.waits(seconds: 40) { try texts(desk, kind).contains { $0.contains(part) } }
  }

  @Test func whatRunsOutAndWhatHoldsIsToldOnceAndTriedAgain() throws {
    let world = try MoveWorld(.ours)
    let desk = try WebDesk()
    let start = try world.cutover(["start", Self.plan(world, desk)])
    #expect(start.status == 0, "\(start)")
    desk.failsNext(2)
    var engine = try world.engine()
    #expect(
      try Self.hears(desk, world, "deadline", "the change window is open"), "\(engine.stderr)")
    #expect(try Self.hears(desk, world, "approval", "approval"), "\(engine.stderr)")
    // One yes of two, which runs out before the other comes.
    let yes = ["approve", "--gate", "cutOver", "--as"]
    #expect(try world.cutover(yes + ["ann"]).status == 0)
    for part in ["ann's approval of cutOver runs out", "ann's approval of cutOver has run out"] {
      #expect(try Self.hears(desk, world, "deadline", part), "\(engine.stderr)")
    }
    for person in ["ann", "ben"] { #expect(try world.cutover(yes + [person]).status == 0) }
    #expect(try Self.hears(desk, world, "cutover", "points to the new"), "\(engine.stderr)")
    #expect(try Self.hears(desk, world, "deadline", "must be decided by"), "\(engine.stderr)")
    #expect(world.waits(seconds: 30) { world.isDone("verify") }, "\(engine.stderr)")
    engine.stop()
    // A stranger's edit, found by the next process, which tells of nothing else again.
    let stranger = world.primary.provider(key: world.primary.broadKey)
    let held = try stranger.read()
    guard case .alias(let record) = held.content else {
      Issue.record("no alias: \(held)")
      return
    }
    let foreign = AliasRecord(target: "foreign.example.org", ttl: record.ttl)
    #expect(
      stranger.change(AliasChange(expected: record, wanted: foreign, fence: held.fence))
        == .applied)
    engine = try world.engine()
    #expect(try Self.hears(desk, world, "held", "drift"), "\(engine.stderr)")
    // Over UDP and TCP it is one stranger.
    let seen = try world.cutover(["status"]).stdout.split(separator: "\n")
      .filter { $0.hasPrefix("seen     ") || $0.hasPrefix("          ns1") }
    #expect(seen.count == 1 && seen[0].contains("foreign.example.org"), "\(seen)")
    var bodies: [String: Set<String>] = [:]
    for request in desk.requests {
      let key = try JSON(parsing: request.body)["deduplication"]?.string ?? ""
      bodies[key, default: []].insert(request.body)
    }
    #expect(bodies.values.allSatisfy { $0.count == 1 }, "\(bodies)")
    // Two were refused and came again; whoever is killed while telling tells once more.
    #expect((2...3).contains(desk.requests.count - bodies.count), "\(desk.requests.map(\.body))")
  }
}
