import SystemIO
import Testing

@Suite struct SocketAddressTests {
  @Test func readsAndPrintsBothFamilies() {
    for text in ["127.0.0.1:53", "0.0.0.0:0", "[::1]:5353", "[2001:db8::7]:65535"] {
      #expect(SocketAddress(parsing: text)?.description == text)
    }
    #expect(SocketAddress(parsing: "192.0.2.1", defaultPort: 53)?.description == "192.0.2.1:53")
    #expect(SocketAddress(parsing: "::1", defaultPort: 53)?.description == "[::1]:53")
    #expect(SocketAddress(parsing: "[::1]", defaultPort: 53)?.port == 53)
  }

  @Test func refusesWhatIsNoAddressOrNoPort() {
    for text in [
      "", ":53", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+5", "localhost:53",
      "[127.0.0.1]:53", "[::1:53", "::1:53", "[::1]53", "1.2.3:53", "127.0.0.1:5 3",
    ] {
      #expect(SocketAddress(parsing: text) == nil, "\(text)")
    }
  }

  @Test func survivesTheKernelsForm() throws {
    for text in ["192.0.2.9:1234", "[fe80::1%1]:99"] {
      let address = try #require(SocketAddress(parsing: text))
      let again = address.withSocketAddress { SocketAddress($0, length: Int($1)) }
      #expect(again == address)
    }
  }
}
