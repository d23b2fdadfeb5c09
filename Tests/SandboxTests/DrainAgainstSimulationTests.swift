import DNSModel
import DNSProviders
import DNSTransport
import Notation
import SystemIO
import TestSupport
import Testing

@testable import Rehearsal
@testable import Sandbox

/// Reality check of the drain model: what it says of caches that keep an answer for so long is what the
/// sandbox's resolvers do, over real sockets, with its primary and its lagging secondary.
@Suite struct DrainAgainstSimulationTests {
  static let ttl = TTL(clamping: 6)
  /// So many caches of each habit, filled at moments that lie evenly apart.
  static let cachesPerHabit = 6
  /// The secondary's usual lag.
  static let lag = TimeSpan.seconds(1)

  /// The sandbox's authorities, and resolvers of every habit that is ours.
  private final class Bed {
    let folder = TemporaryDirectory()
    let names: NameService
    let provider: DynamicUpdateProvider
    var caches: [(habit: ResolverHabit, resolver: HabitResolver)] = []

    init() throws {
      let places = try SandboxPlaces.free(folder: folder.path)
      names = try NameService(places)
      provider = DynamicUpdateProvider(
        scope: ProviderScope(zone: NameService.zone, name: NameService.name),
        server: places.authority(SandboxPlaces.primary),
        key: try SecretReference(parsing: "file:\(places.file("mover.key"))"))
      let root = try #require(IPAddress(parsing: SandboxPlaces.root))
      for _ in 0..<cachesPerHabit {
        for habit in SandboxResolver.all.compactMap(\.habit) {
          caches.append(
            (
              habit,
              try HabitResolver(
                habit, at: .loopback(port: 0), root: root, authorityPort: places.authorityPort)
            ))
        }
      }
    }

    deinit {
      for cache in caches { cache.resolver.stop() }
      names.stop()
    }

    func change(to target: DomainName) throws {
      let held = try provider.read()
      guard case .alias(let record) = held.content else { throw Unexpected(what: "no alias") }
      let outcome = provider.change(
        AliasChange(
          expected: record, wanted: AliasRecord(target: target, ttl: ttl), fence: held.fence))
      guard outcome == .applied else { throw Unexpected(what: "\(outcome)") }
    }

    func asks(_ index: Int) -> DomainName? {
      let question = Question(NameService.name, .cname)
      var request = DNSRequest(question, to: caches[index].resolver.address)
      request.attempts = 2
      let answer = try? DNSExchange.perform(request, within: .milliseconds(2000))
      return answer?.message.answers.first?.data.cnameTarget
    }
  }

  private struct Unexpected: Error { let what: String }

  /// Asks every cache again and again until all have let go of the old target; when each did, after the
  /// change, and the longest that any was left unasked.
  private static func drain(_ bed: Bed) throws -> (gone: [TimeSpan], stall: TimeSpan) {
    let count = bed.caches.count
    var gone = [TimeSpan?](repeating: nil, count: count)
    var askedAt = [TimeSpan?](repeating: nil, count: count)
    var stall = TimeSpan.zero
    let begun = SystemClock.sinceBoot()
    // Every cache has been filled by then, and most once more.
    let filled = (bed.caches.map { $0.habit.lifetime(of: ttl) }.max() ?? .zero) * 2
    var changedAt: TimeSpan?
    while gone.contains(where: { $0 == nil }), SystemClock.sinceBoot() - begun < .minutes(1) {
      for index in 0..<count {
        let now = SystemClock.sinceBoot()
        let rank = Int64(index / (count / cachesPerHabit))
        let hold = bed.caches[index].habit.lifetime(of: ttl)
        let first = TimeSpan(milliseconds: hold.milliseconds * rank / Int64(cachesPerHabit))
        if now - begun < first { continue }
        if let last = askedAt[index] { stall = max(stall, now - last) }
        askedAt[index] = now
        let target = bed.asks(index)
        if let changedAt, gone[index] == nil, target == NameService.newTarget {
          gone[index] = SystemClock.sinceBoot() - changedAt
        }
      }
      if changedAt == nil, SystemClock.sinceBoot() - begun >= filled {
        try bed.change(to: NameService.newTarget)
        changedAt = SystemClock.sinceBoot()
      }
      SystemClock.pause(until: SystemClock.sinceBoot() + .milliseconds(20))
    }
    return (gone.map { $0 ?? .minutes(1) }, stall)
  }

  @Test(.timeLimit(.minutes(3))) func theSandboxAndTheSimulationDrainAlike() throws {
    let bed = try Bed()
    try bed.change(to: NameService.oldTarget)
    // Until the secondary serves it, too.
    SystemClock.pause(until: SystemClock.sinceBoot() + Self.lag + .milliseconds(500))
    let (gone, stall) = try Self.drain(bed)
    for habit in SandboxResolver.all.compactMap(\.habit) {
      let real = gone.indices.filter { bed.caches[$0].habit == habit }.map { gone[$0] }.sorted()
      var chance = Chance(seed: 1)
      let modelled = DrainStudy.departures(
        holding: habit.lifetime(of: Self.ttl), lag: Self.lag, &chance)
      for (rank, seen) in real.enumerated() {
        let foretold = modelled[modelled.count * (2 * rank + 1) / (2 * real.count)]
        let allowed = TimeSpan.seconds(1) + TimeSpan(milliseconds: foretold.milliseconds / 20)
        let off = max(seen - foretold, foretold - seen)
        // What this machine kept us from seeing in time is nobody's drain.
        #expect(
          off <= allowed + stall,
          "\(habit.text): \(rank + 1) of \(real.count) gone after \(seen), foretold \(foretold)")
      }
    }
    print("drained within \(gone.max() ?? .zero), caches left unasked for \(stall) at most")
  }
}
