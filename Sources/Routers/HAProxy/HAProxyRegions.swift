import Migration
import Notation

/// The regions behind an HAProxy: added, drained and removed while it runs.
public struct HAProxyRegions: Sendable {
  private let runtime: HAProxyRuntime

  public init(_ runtime: HAProxyRuntime) { self.runtime = runtime }

  public struct Standing: Hashable, Sendable {
    public let name: String
    public let address: String
    public let isUp: Bool
    public let isDraining: Bool
    /// Put out of service by somebody's order.
    public let isInMaintenance: Bool
    public let weight: Int
  }

  public func list() throws(HAProxyError) -> [Standing] {
    try runtime.servers().map {
      Standing(
        name: $0.name, address: $0.address, isUp: $0.isUp, isDraining: $0.isDraining,
        isInMaintenance: $0.isInMaintenance, weight: $0.weight)
    }
  }

  /// It gets traffic once its health check has passed twice; three failures in a row take it out. What
  /// is asked for its health is the backend's `option httpchk`.
  public func add(_ region: RegionPlan) throws(HAProxyError) {
    guard case .address(let address) = region.origin else {
      throw .refused(
        command: "add server \(region.name)",
        reason: "HAProxy takes regions by address and port at run time, not by name")
    }
    try runtime.add(
      region.name, address: "\(address)", weight: Self.weight(of: region.share),
      options: "check inter 1s fastinter 500ms rise 2 fall 3")
  }

  public func drain(_ name: String) throws(HAProxyError) { try runtime.drain(name) }

  public func remove(_ name: String) throws(HAProxyError) { try runtime.remove(name) }

  /// HAProxy's weights go from 1 to 256; shares are percent.
  static func weight(of share: Int) -> Int { min(max(share, 1), 256) }
}
