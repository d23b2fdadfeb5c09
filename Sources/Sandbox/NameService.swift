import DNSModel
import DNSProviders
import DNSServer
import Digests
import Notation
import SystemIO

/// The sandbox's authorities: a root, the platforms' server, and the moving zone's primary and its
/// secondary, which lags. All of them are our own server.
final class NameService: @unchecked Sendable {
  static let zone: DomainName = "contososhoes.com"
  static let name: DomainName = "api.contososhoes.com"
  static let oldTarget: DomainName = "apicontososhoes.azurewebsites.net"
  static let newTarget: DomainName = "api.contosoedge.net"
  static let otherTarget: DomainName = "elsewhere.azurewebsites.net"
  /// How far the secondary is behind while nobody makes it worse.
  static let usualLag = "stale=1s"

  private let places: SandboxPlaces
  private let primaryShelf = ZoneShelf()
  private let secondaryShelf = ZoneShelf()
  private var servers: [String: NameServer] = [:]
  private var services: [ZoneServices] = []
  private let key: SecretReference

  init(_ places: SandboxPlaces) throws {
    self.places = places
    let keyFile = places.file("mover.key")
    let secret = SystemRandom.bytes(32).base64()
    try AtomicFile.replace(keyFile, with: Array("hmac-sha256:mover:\(secret)\n".utf8))
    key = try SecretReference(parsing: "file:\(keyFile)")
    try add(SandboxPlaces.root, ZoneShelf([SandboxZones.zone(.root)]))
    try add(
      SandboxPlaces.platforms,
      ZoneShelf([SandboxZones.zone("azurewebsites.net"), SandboxZones.zone("contosoedge.net")]))
    try addPrimary(keyFile)
    try addSecondary()
    for server in servers.values { try server.start() }
    for service in services { try service.start() }
    try setFault(SandboxPlaces.secondary, Self.usualLag)
  }

  private func add(
    _ host: String, _ shelf: ZoneShelf, handler: any RequestHandler = RefusingHandler()
  ) throws {
    servers[host] = try NameServer(
      NameServer.Configuration(addresses: [places.authority(host)]), shelf: shelf, handler: handler)
  }

  private func addPrimary(_ keyFile: String) throws {
    var arguments = ServiceArguments()
    arguments.keys = ["mover:\(keyFile)"]
    arguments.allowUpdate = ["key=mover"]
    arguments.allowTransfer = ["addr=127.0.0.0/8"]
    arguments.notify = ["\(Self.zone.host)=\(places.authority(SandboxPlaces.secondary))"]
    let service = try ZoneServices(
      arguments.options(), ZoneServices.Surroundings(primaryShelf, log: { _ in }))
    let path = places.file("contososhoes.com.zone")
    try AtomicFile.replace(path, with: Array(SandboxZones.moving.utf8))
    primaryShelf.publish(try service.takeUp(SandboxZones.zone(Self.zone), zonePath: path))
    try add(SandboxPlaces.primary, primaryShelf, handler: service)
    services.append(service)
  }

  private func addSecondary() throws {
    var arguments = ServiceArguments()
    arguments.secondaries = ["\(Self.zone.host)=\(places.authority(SandboxPlaces.primary))"]
    arguments.allowNotify = ["addr=127.0.0.0/8"]
    let service = try ZoneServices(
      arguments.options(), ZoneServices.Surroundings(secondaryShelf, log: { _ in }))
    try add(SandboxPlaces.secondary, secondaryShelf, handler: service)
    services.append(service)
  }

  func stop() {
    for server in servers.values { server.stop(within: .milliseconds(200)) }
    for service in services { service.stop() }
  }

  /// Replaces what a server does wrong; nil: nothing any more.
  func setFault(_ host: String, _ rule: String?) throws {
    guard let server = servers[host] else { return }
    server.faults.remove()
    if let rule { server.faults.add(try FaultRule(parsing: rule), zones: server.shelf.zones) }
  }

  /// Nobody answers for the moving zone, or all do again.
  func cutOff(_ isOff: Bool) throws {
    try setFault(SandboxPlaces.primary, isOff ? "drop" : nil)
    try setFault(SandboxPlaces.secondary, isOff ? "drop" : Self.usualLag)
  }

  /// What the primary says now.
  var record: AliasRecord? {
    guard let set = primaryShelf.zones[Self.zone]?.rrset(at: Self.name, .cname),
      let target = set.data.first?.cnameTarget
    else { return nil }
    return AliasRecord(target: target, ttl: set.ttl)
  }

  var serials: (primary: String, secondary: String) {
    let texts = [primaryShelf, secondaryShelf].map {
      $0.zones[Self.zone]?.serial.map { "\($0)" } ?? "none"
    }
    return (texts[0], texts[1])
  }

  /// Somebody with rights of their own changes the record, fence and all. What it leads to serves as
  /// well, so that no client fails: it is the move that has to notice.
  func editBehindOurBack() -> ChangeOutcome {
    let provider = DynamicUpdateProvider(
      scope: ProviderScope(zone: Self.zone, name: Self.name),
      server: places.authority(SandboxPlaces.primary), key: key)
    guard let held = try? provider.read(), case .alias(let record) = held.content else {
      return .unknown("the record cannot be read")
    }
    let target = record.target == Self.otherTarget ? Self.oldTarget : Self.otherTarget
    return provider.change(
      AliasChange(
        expected: record, wanted: AliasRecord(target: target, ttl: record.ttl), fence: held.fence))
  }
}
