import Notation
import SystemIO

/// Where everything of a sandbox is. Each part has a loopback address of its own, so that address records
/// lead somewhere; what they share is two ports: one for authorities, one for HTTPS.
public struct SandboxPlaces: Hashable, Sendable {
  public static let oldOrigin = "127.0.1.1"
  public static let router = "127.0.1.2"
  public static let root = "127.0.2.1"
  public static let primary = "127.0.2.2"
  public static let secondary = "127.0.2.3"
  public static let platforms = "127.0.2.4"

  public var folder: String
  public var authorityPort: UInt16
  public var webPort: UInt16
  public var authorityOfCertificates: UInt16
  public var itsManagement: UInt16
  /// One for each region, in the order of `SandboxRegion.all`.
  public var regionPorts: [UInt16]
  /// One for each resolver, in the order of `SandboxResolver.all`.
  public var resolverPorts: [UInt16]

  public init(
    folder: String, authorityPort: UInt16, webPort: UInt16, authorityOfCertificates: UInt16,
    itsManagement: UInt16, regionPorts: [UInt16], resolverPorts: [UInt16]
  ) {
    self.folder = folder
    self.authorityPort = authorityPort
    self.webPort = webPort
    self.authorityOfCertificates = authorityOfCertificates
    self.itsManagement = itsManagement
    self.regionPorts = regionPorts
    self.resolverPorts = resolverPorts
  }

  /// Ports that are free now, on every address that will use them.
  public static func free(folder: String) throws(SystemError) -> SandboxPlaces {
    var ports = FreePorts()
    return SandboxPlaces(
      folder: folder,
      authorityPort: try ports.next(on: [root, primary, secondary, platforms]),
      webPort: try ports.next(on: [oldOrigin, router]),
      authorityOfCertificates: try ports.next(), itsManagement: try ports.next(),
      regionPorts: try SandboxRegion.all.map { _ throws(SystemError) in try ports.next() },
      resolverPorts: try SandboxResolver.all.map { _ throws(SystemError) in try ports.next() })
  }

  public func file(_ name: String) -> String { "\(folder)/\(name)" }

  func address(_ host: String, _ port: UInt16) -> SocketAddress {
    SocketAddress(parsing: "\(host):\(port)") ?? .loopback(port: port)
  }

  public func authority(_ host: String) -> SocketAddress { address(host, authorityPort) }

  public var edge: String { "\(Self.router):\(webPort)" }
  public var old: String { "\(Self.oldOrigin):\(webPort)" }
  public func region(_ index: Int) -> SocketAddress { .loopback(port: regionPorts[index]) }
  public func resolver(_ index: Int) -> SocketAddress { .loopback(port: resolverPorts[index]) }
  public var directory: String { "https://127.0.0.1:\(authorityOfCertificates)/dir" }
  public var roots: String { "https://127.0.0.1:\(itsManagement)/roots/0" }
}

/// The regions there are, and who serves in the beginning.
public struct SandboxRegion: Hashable, Sendable {
  public let name: String
  /// In the plan; the others are added while it runs.
  public let isPlanned: Bool

  public static let all = [
    SandboxRegion(name: "west", isPlanned: true), SandboxRegion(name: "east", isPlanned: true),
    SandboxRegion(name: "south", isPlanned: false),
  ]
}

/// Ports that nobody has at this moment, for UDP and TCP, each given once.
struct FreePorts {
  private var given: Set<UInt16> = []

  mutating func next(on hosts: [String] = ["127.0.0.1"]) throws(SystemError) -> UInt16 {
    var failure = SystemError("no port is free on \(hosts.joined(separator: ", "))", 98)
    for _ in 0..<200 {
      do throws(SystemError) {
        let first = try TCPListener(bindingTo: Self.address(hosts[0], 0))
        let port = first.address.port
        guard !given.contains(port) else { continue }
        var held: [TCPListener] = []
        for host in hosts.dropFirst() {
          held.append(try TCPListener(bindingTo: Self.address(host, port)))
        }
        for host in hosts { _ = try UDPSocket(bindingTo: Self.address(host, port)) }
        given.insert(port)
        return port
      } catch {
        failure = error
      }
    }
    throw failure
  }

  private static func address(_ host: String, _ port: UInt16) -> SocketAddress {
    SocketAddress(parsing: "\(host):\(port)") ?? .loopback(port: port)
  }
}
