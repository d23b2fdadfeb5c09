import DNSModel

/// How a question travels.
public enum DNSChannel: String, Hashable, Sendable, CaseIterable {
  case udp, tcp, tls, https
}

/// Who was asked: an authority, or a resolver of the panel.
public struct AskedServer: Hashable, Sendable, CustomStringConvertible {
  /// `ns1.example.`, `Cloudflare`, or the address where there is no better name.
  public var label: String
  public var address: String
  public var channel: DNSChannel

  public init(label: String, address: String, channel: DNSChannel = .udp) {
    self.label = label
    self.address = address
    self.channel = channel
  }

  public var description: String {
    let place = channel == .udp ? address : "\(address)/\(channel.rawValue)"
    return label == address || label.isEmpty ? place : "\(label) (\(place))"
  }
}
