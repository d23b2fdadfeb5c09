import DNSObservers
import Engine
import Migration
import Notation
import SystemIO

extension RoundObserver {
  /// The authorities a plan names, or those its environment's root leads to.
  init(
    _ plan: Plan, patience: TimeSpan = .milliseconds(800), clock: any MigrationClock
  ) throws {
    let servers = try plan.zone.authoritatives.map { server in
      (
        authority: Authority(name: server.name, address: server.address.description),
        address: try server.address.socketAddress
      )
    }
    self.init(
      authorities: servers,
      roots: try plan.environment.root.map { [try $0.socketAddress] } ?? RootServers.addresses,
      port: plan.environment.authorityPort, patience: patience, clock: clock)
  }
}

extension PanelSurvey {
  /// The resolvers a plan names.
  init(_ plan: Plan, clock: any MigrationClock) throws {
    self.init(try Self.members(plan), trust: try Self.trust(plan), clock: clock)
  }

  /// Whose certificates count for resolvers over TLS and HTTPS: the plan's anchors where it has some.
  static func trust(_ plan: Plan) throws -> ResolverLook.Trust {
    ResolverLook.Trust(anchors: try plan.environment.trust.map { try InputFile.read($0) })
  }

  static func members(_ plan: Plan) throws -> [PanelMember] {
    var members: [PanelMember] = []
    for (group, isRequired) in [(plan.resolvers.required, true), (plan.resolvers.tolerated, false)]
    {
      for resolver in group {
        switch resolver.endpoint {
        case .plain(let address):
          members.append(
            PanelMember(
              label: resolver.name, address: try address.socketAddress, isRequired: isRequired))
        case .tls(let address, let name):
          members.append(
            PanelMember(
              label: resolver.name, address: try address.socketAddress, channel: .tls,
              isRequired: isRequired, tlsName: name.isEmpty ? nil : name))
        case .https(let url):
          members.append(
            PanelMember(label: resolver.name, httpsURL: url, isRequired: isRequired))
        }
      }
    }
    return members
  }
}
