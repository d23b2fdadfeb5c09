import DNSModel
import DNSProviders
import Notation
import Reports
import Routers
import SystemIO

/// Looks all the time at what changes by itself: the record, and what the router thinks of its regions.
final class SandboxWatch: @unchecked Sendable {
  private let names: NameService
  private let router: RouterPeer
  private let crowd: Crowd
  private let stops = Mutex(false)
  private var thread: Thread?
  private var lastUp: [String: Bool] = [:]
  /// Regions that somebody killed, and when.
  private let killed = Mutex<[String: Int64]>([:])
  /// A way back that is being timed: since when, and what was promised.
  private let rollback = Mutex<(since: Int64, promised: TimeSpan?)?>(nil)

  init(names: NameService, router: RouterPeer, crowd: Crowd) {
    self.names = names
    self.router = router
    self.crowd = crowd
  }

  func start() throws {
    thread = try Thread("watch") { [unowned self] in
      while !stops.withLock({ $0 }) {
        look()
        SystemClock.pause(until: SystemClock.sinceBoot() + .milliseconds(100))
      }
    }
  }

  func stop() {
    stops.withLock { $0 = true }
    thread?.join()
  }

  func noteKill(of region: String) { killed.withLock { $0[region] = crowd.now } }

  func timeRollback(promised: TimeSpan?) { rollback.withLock { $0 = (crowd.now, promised) } }

  /// Once every client is back, and the record with them.
  private func finishRollback() {
    guard let timed = rollback.withLock({ $0 }), names.record?.target != NameService.newTarget,
      let everyone = crowd.lastOnNewSide(among: { _ in true }),
      let obedient = crowd.lastOnNewSide(among: \.keepsToTTLs)
    else { return }
    rollback.withLock { $0 = nil }
    func took(_ end: Int64) -> TimeSpan { .milliseconds(max(0, end - timed.since)) }
    crowd.tell {
      $0.measures += [
        TrafficStory.Measure(
          name: "rollback, to the last client that keeps to TTLs", took: took(obedient),
          promised: timed.promised),
        TrafficStory.Measure(
          name: "rollback, to the last client of all (kept connections, over-holding caches)",
          took: took(everyone)),
      ]
    }
  }

  private func look() {
    let now = crowd.now
    finishRollback()
    if let record = names.record {
      let stair = TrafficStory.Stair(
        at: now, target: record.target.host, ttl: Int64(record.ttl.seconds),
        isOld: record.target != NameService.newTarget)
      crowd.tell { $0.step(stair) }
    }
    guard let servers = try? router.runtime.servers() else { return }
    for server in servers {
      let before = lastUp.updateValue(server.isUp, forKey: server.name)
      guard before != server.isUp, before != nil || server.isUp else { continue }
      crowd.note("the router sees \(server.name) \(server.isUp ? "up" : "down")")
      if !server.isUp, let since = killed.withLock({ $0.removeValue(forKey: server.name) }) {
        crowd.tell {
          $0.measures.append(
            TrafficStory.Measure(
              name: "failover of \(server.name): no request goes there any more",
              took: TimeSpan(milliseconds: now - since), promised: Self.promisedFailover))
        }
      }
    }
    for name in lastUp.keys where !servers.contains(where: { $0.name == name }) {
      lastUp[name] = nil
      crowd.note("the router has no region \(name) any more")
    }
  }

  /// Three checks that fail: one in the running interval, two in the fast one, and each may take a
  /// moment.
  static let promisedFailover: TimeSpan = .seconds(4)
}
