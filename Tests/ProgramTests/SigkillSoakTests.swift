import DNSModel
import DNSProviders
import Foundation
import Glibc
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// Whole moves in real time, one for each moment at which the engine can be killed: before and after every
/// commit, before every effect and after it. Started again, each comes to the same end.
@Suite(.enabled(if: Soak.isOn), .serialized) struct SigkillSoakTests {
  /// Several moves wait beside each other.
  private static let lanes = 6

  enum Death: Hashable, CustomStringConvertible {
    case commit(DeathTrap.Moment, Int)
    case effect(DeathTrap.Moment, Int)
    var description: String {
      switch self {
      case .commit(let moment, let number): "\(moment) commit \(number)"
      case .effect(let moment, let number): "\(moment) effect \(number)"
      }
    }
  }

  @Test(arguments: [false, true]) func killedAtEveryCommitAndEffect(turnsBack: Bool) throws {
    let usual = try KilledMove.all([nil], turnsBack: turnsBack, lanes: 1)[0]
    #expect(usual.trouble == nil, "\(usual)")
    let writes = turnsBack ? 4 : 3
    // Some more than there were: what a machine of another mood commits is met as well.
    var deaths: [Death] = []
    for moment in DeathTrap.Moment.allCases {
      deaths += (1...(usual.commits + 3)).map { .commit(moment, $0) }
      deaths += (1...writes).map { .effect(moment, $0) }
    }
    let ends = try KilledMove.all(deaths, turnsBack: turnsBack, lanes: Self.lanes)
    var killed: [Death] = []
    for (death, end) in zip(deaths, ends) {
      #expect(end.trouble == nil, "killed \(death): \(end)")
      if end.wasKilled { killed.append(death) }
    }
    for moment in DeathTrap.Moment.allCases {
      for number in 1...writes { #expect(killed.contains(.effect(moment, number))) }
      // A run may be a commit or two shorter than the first one was.
      for number in 1...(usual.commits - 3) {
        #expect(killed.contains(.commit(moment, number)), "\(moment) commit \(number)")
      }
    }
    let effects = killed.count { if case .effect = $0 { true } else { false } }
    print(
      "\(turnsBack ? "turned back" : "moved"): killed at \(killed.count - effects) commits "
        + "(\(usual.commits) each, before and after) and at \(effects) effects")
  }
}

/// One move of a name of its own, whose engine dies once.
final class KilledMove: @unchecked Sendable {
  struct End {
    var wasKilled = false
    var commits = 0
    /// Nil: it ended as it should.
    var trouble: String?
  }

  private let world: MoveWorld
  private let trap: DeathTrap
  private let name: String
  private let turnsBack: Bool
  private let death: SigkillSoakTests.Death?
  private let lock = NSLock()
  private var engine: ServerProcess?
  private var updates = 0

  private init(
    _ world: MoveWorld, _ trap: DeathTrap, _ name: String, _ death: SigkillSoakTests.Death?,
    turnsBack: Bool
  ) {
    self.world = world
    self.trap = trap
    self.name = name
    self.death = death
    self.turnsBack = turnsBack
  }

  /// All of them in one world, so many at a time.
  static func all(
    _ deaths: [SigkillSoakTests.Death?], turnsBack: Bool, lanes: Int
  ) throws -> [End] {
    let names = deaths.indices.map { "n\($0)" }
    let world = try MoveWorld(.ours, names: names)
    let trap = try DeathTrap(in: world.directory)
    let ends = Mutex<[End?]>(Array(repeating: nil, count: deaths.count))
    let next = Mutex(0)
    let threads = try (0..<lanes).map { lane in
      try SystemIO.Thread("lane \(lane)") { @Sendable in
        while true {
          let index = next.withLock { next in
            defer { next += 1 }
            return next
          }
          guard index < deaths.count else { return }
          let move = KilledMove(world, trap, names[index], deaths[index], turnsBack: turnsBack)
          let end: End
          do { end = try move.run() } catch { end = End(trouble: "\(error)") }
          ends.withLock { $0[index] = end }
        }
      }
    }
    for thread in threads { thread.join() }
    return ends.withLock { $0 }.map { $0 ?? End(trouble: "it was never run") }
  }

  private var state: String { world.directory.file("state-\(name)") }

  private func run() throws -> End {
    let path = try UpdatePath(
      to: world.primary.address,
      afterwards: { [unowned self] in if Self.isChange($0) { strike(.after) } },
      { [unowned self] in Self.isChange($0) ? fate() : .delivered })
    defer { path.stop() }
    let plan = try writePlan(at: path.address)
    let start = try Programs.cutover(["start", plan, "--state", state], seconds: 90)
    guard start.status == 0 else { return End(trouble: "\(start)") }
    if turnsBack { world.directory.write("verdict-\(name)", "exit 1") }
    var end = End()
    let count = world.directory.file("commits-\(name)")
    if case .commit(let moment, let number)? = death {
      try begin(trap.environment(moment, at: number, count: count))
    } else {
      try begin(trap.environment(nil, count: count))
    }
    var status = try lifeEnd()
    if status == 128 + SIGKILL {
      end.wasKilled = true
      try begin([:])
      status = try lifeEnd()
    }
    end.commits = Int((try? world.directory.read("commits-\(name)")) ?? "") ?? 0
    end.trouble = try judgeEnd(status)
    return end
  }

  private func begin(_ environment: [String: String]) throws {
    let process = try ServerProcess(
      Programs.cutover(), ["run", "--wait", "--state", state], environment: environment)
    lock.withLock { engine = process }
  }

  private func lifeEnd() throws -> Int32 {
    guard let engine = lock.withLock({ engine }) else { return -1 }
    return try engine.waitForEnd(seconds: 200)
  }

  private func writePlan(at address: SocketAddress?) throws -> String {
    let verdict = world.directory.write("verdict-\(name)", "exit 0")
    let plan = world.plan(
      rollbackWindow: "60s", name: name,
      gates: ["{name: shop, exec: [/bin/sh, \(verdict)], on-failure: roll-back}"])
    let text = try String(contentsOfFile: plan, encoding: .utf8).replacing(
      "server: \(world.primary.address)", with: "server: \(address ?? world.primary.address)")
    try text.write(toFile: plan, atomically: true, encoding: .utf8)
    return plan
  }

  // MARK: Effects

  /// The audit tries its key with updates that change nothing: only a real one moves the fence.
  private static func isChange(_ bytes: [UInt8]) -> Bool {
    guard let message = try? Message(parsing: bytes) else { return false }
    return message.authorities.contains { $0.data.type == .txt && $0.recordClass == .internet }
  }

  private func fate() -> UpdatePath.Fate {
    lock.withLock { updates += 1 }
    return strike(.before) ? .swallowed : .delivered
  }

  @discardableResult private func strike(_ moment: DeathTrap.Moment) -> Bool {
    lock.withLock {
      guard case .effect(moment, updates)? = death else { return false }
      engine?.send(SIGKILL)
      return true
    }
  }

  // MARK: The end

  /// Those that took hold, as the journal has it.
  private func recordWrites() throws -> UInt64 {
    var writes: Set<Int64> = []
    var count: UInt64 = 0
    let run = try Programs.cutover(["history", "--json", "--state", state])
    for line in run.stdout.split(separator: "\n") {
      guard let kind = try JSON(parsing: String(line))["kind"] else { continue }
      if let effect = kind["effect"], effect["action"]?["write"] != nil,
        let number = effect["number"]?.integer
      {
        writes.insert(number)
      }
      let tookHold = kind["outcome"]?.string == "applied" || kind["tookHold"]?.bool == true
      if tookHold, let number = kind["number"]?.integer, writes.contains(number) { count += 1 }
    }
    return count
  }

  private func judgeEnd(_ status: Int32) throws -> String? {
    let run = try Programs.cutover(["status", "--json", "--state", state])
    let standing = try JSON(parsing: run.stdout)["standing"]?.string
    let wanted = turnsBack ? "rolledBack" : "moved"
    if status != 0 || standing != wanted { return "exit \(status), \(standing ?? "nowhere")" }
    let scope = ProviderScope(
      zone: "example.test", name: try .init(parsing: "\(name).example.test"))
    let held = try world.primary.provider(scope).read()
    let content =
      turnsBack ? MoveTests.alias("old.example.net", 3) : MoveTests.alias("new.example.net", 2)
    if held.content != content { return "the zone holds \(held)" }
    let writes = try recordWrites()
    if held.fence != writes { return "not each effect once: \(held), \(writes) in the journal" }
    // A cutover that died before it was sent is turned back without ever having been seen.
    if !(turnsBack ? 3...4 : 3...3).contains(writes) { return "\(writes) changes of the record" }
    let history = try Programs.cutover(["history", "--verify", "--state", state])
    return history.status == 0 ? nil : "\(history)"
  }
}
