import DNSModel
import Migration
import SystemIO

/// A resolver of the panel, and how it is asked.
public struct PanelMember: Hashable, Sendable {
  public var label: String
  public var address: SocketAddress
  public var channel: DNSChannel
  public var isRequired: Bool
  /// The name its certificate must bear, for DoT and DoH; its address where there is none.
  public var tlsName: String?
  /// Where DoH is, whole, for members that are known by that alone; else it is made of the address.
  public var httpsURL: String?

  public init(
    label: String, address: SocketAddress, channel: DNSChannel = .udp, isRequired: Bool = true,
    tlsName: String? = nil
  ) {
    self.label = label
    self.address = address
    self.channel = channel
    self.isRequired = isRequired
    self.tlsName = tlsName
  }

  /// Reads `ADDR[:PORT][/udp|tcp|tls|https][#NAME]`; NAME is what its certificate must bear.
  public init?(parsing text: String, isRequired: Bool = true) {
    let halves = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let channel = parts.count == 2 ? DNSChannel(rawValue: String(parts[1])) : .udp else {
      return nil
    }
    let ports: [DNSChannel: UInt16] = [.udp: 53, .tcp: 53, .tls: 853, .https: 443]
    guard let address = SocketAddress(parsing: parts[0], defaultPort: ports[channel]),
      address.port > 0
    else { return nil }
    var name: String?
    if halves.count == 2 {
      guard channel == .tls || channel == .https,
        let host = try? DomainName(parsing: String(halves[1])), !host.isRoot
      else { return nil }
      name = host.host
    }
    self.init(
      label: address.description + (name.map { "#\($0)" } ?? ""), address: address,
      channel: channel, isRequired: isRequired, tlsName: name)
  }

  /// By its URL alone: its own name is looked up like any other server's.
  public init(label: String, httpsURL: String, isRequired: Bool) {
    self.init(label: label, address: .loopback(), channel: .https, isRequired: isRequired)
    self.httpsURL = httpsURL
  }

  public var server: AskedServer {
    AskedServer(label: label, address: httpsURL ?? address.description, channel: channel)
  }
}
