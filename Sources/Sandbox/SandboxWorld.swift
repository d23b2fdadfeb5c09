import DNSModel
import Digests
import Migration
import Notation
import Reports
import Routers
import SystemIO

/// The whole world on loopback, running. Make it on the thread that stays to the end: the programs beside
/// us are tied to it.
public final class SandboxWorld: @unchecked Sendable {
  public let places: SandboxPlaces
  let names: NameService
  let router: RouterPeer
  let old: Origin
  let regions: [Origin]
  let house: CertificateHouse
  let crowd: Crowd
  private let resolvers: [HabitResolver]
  private let unbound: UnboundPeer
  let watch: SandboxWatch
  /// Whether what can be broken is broken.
  let switches = Mutex(Switches())

  struct Switches {
    var isLagging = false
    var isCutOff = false
    var isCertificateBroken = false
  }

  public init(_ places: SandboxPlaces, program: String) throws {
    self.places = places
    let token = Secret(Array(SystemRandom.bytes(16).hex.utf8))
    house = try CertificateHouse(places)
    try house.startPebble()
    router = try RouterPeer(places, certificate: house.router(), token: token)
    names = try NameService(places)
    var resolvers: [HabitResolver] = []
    var unbound: UnboundPeer?
    for (index, resolver) in SandboxResolver.all.enumerated() {
      if let habit = resolver.habit {
        resolvers.append(try Self.resolver(habit, index, places))
      } else {
        unbound = try UnboundPeer(places, at: places.resolver(index))
      }
    }
    guard let unbound else { throw SandboxError("Unbound has no place in the sandbox") }
    self.resolvers = resolvers
    self.unbound = unbound
    old = Origin(
      Origin.Settings(
        name: TrafficStory.old, address: SandboxPlaces.oldOrigin, port: places.webPort,
        tls: try house.oldEndpoint(), edgeToken: token, isLocked: false))
    regions = SandboxRegion.all.enumerated().map { index, region in
      Origin(
        Origin.Settings(
          name: region.name, address: "127.0.0.1", port: places.regionPorts[index], tls: nil,
          edgeToken: token, isLocked: true, log: places.file("\(region.name).log")))
    }
    for origin in [old] + regions { try origin.start() }
    try AtomicFile.replace(
      places.file("plan.yaml"),
      with: Array(SandboxPlan.text(places, program: program).utf8))
    try router.awaitReady(within: .seconds(10))
    let trust = try house.finish(within: .seconds(10))
    crowd = Crowd(places, trust: trust)
    watch = SandboxWatch(names: names, router: router, crowd: crowd)
    try watch.start()
    try crowd.start()
  }

  private static func resolver(
    _ habit: ResolverHabit, _ index: Int, _ places: SandboxPlaces
  ) throws -> HabitResolver {
    guard let root = IPAddress(parsing: SandboxPlaces.root) else {
      throw SandboxError("\(SandboxPlaces.root) is no address")
    }
    return try HabitResolver(
      habit, at: places.resolver(index), root: root, authorityPort: places.authorityPort)
  }

  /// Everything ends, and no port is held any more when this returns.
  public func stop() {
    crowd.stop()
    watch.stop()
    for origin in [old] + regions { origin.kill() }
    for resolver in resolvers { resolver.stop() }
    unbound.stop()
    router.stop()
    house.stop()
    names.stop()
  }

  // MARK: looking

  public var story: TrafficStory { crowd.story }

  public struct RegionView: Hashable, Sendable {
    public let name: String
    /// As the router has it; nil where it does not know it.
    public let standing: String?
    public let isAlive: Bool
  }

  public var regionViews: [RegionView] {
    let servers = (try? HAProxyRegions(router.runtime).list()) ?? []
    return regions.map { region in
      let known = servers.first { $0.name == region.name }
      let standing = known.map { $0.isDraining ? "draining" : $0.isUp ? "up" : "down" }
      return RegionView(name: region.name, standing: standing, isAlive: region.isAlive)
    }
  }

  public struct ResolverView: Hashable, Sendable {
    public let name: String
    public let habit: String
    public let holds: String
  }

  public var resolverViews: [ResolverView] {
    var ours = resolvers.makeIterator()
    return SandboxResolver.all.map { resolver in
      guard let habit = resolver.habit, let running = ours.next() else {
        return ResolverView(
          name: resolver.name, habit: "a program of its own",
          holds: unbound.isRunning ? "(does not tell)" : "has ended: \(unbound.lastWords)")
      }
      let held = running.holds(NameService.name).map { "\($0.target.host), \($0.left) s left" }
      return ResolverView(name: resolver.name, habit: habit.text, holds: held ?? "nothing")
    }
  }

  public var recordText: String {
    let serials = names.serials
    return (names.record.map { "\($0)" } ?? "no alias")
      + " · serial \(serials.primary), secondary \(serials.secondary)"
  }

  public var isOldLocked: Bool { old.isLocked }
}

extension SandboxWorld {
  /// A line in the story.
  public func note(_ text: String) { crowd.note(text) }
}
