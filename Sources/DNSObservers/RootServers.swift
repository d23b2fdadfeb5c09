import SystemIO

/// Where the walk begins when nobody says otherwise (the root hints of 2023-11).
public enum RootServers {
  public static let addresses: [SocketAddress] = [
    "198.41.0.4:53", "170.247.170.2:53", "192.33.4.12:53", "199.7.91.13:53", "192.203.230.10:53",
    "192.5.5.241:53", "192.112.36.4:53", "198.97.190.53:53", "192.36.148.17:53",
    "192.58.128.30:53", "193.0.14.129:53", "199.7.83.42:53", "202.12.27.33:53",
  ].compactMap { SocketAddress(parsing: $0) }
}
