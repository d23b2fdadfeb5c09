import Migration
import Testing

struct NetworkAddressTests {
  @Test(arguments: [
    ("192.0.2.53", "192.0.2.53:53"), ("192.0.2.53:5353", "192.0.2.53:5353"),
    ("2001:db8::53", "[2001:db8::53]:53"), ("[2001:DB8:0:0::53]:853", "[2001:db8::53]:853"),
    ("[::1]", "[::1]:53"), ("::", "[::]:53"), ("1:0:0:2:0:0:0:3", "[1:0:0:2::3]:53"),
    ("1:2:3:4:5:6:7:8", "[1:2:3:4:5:6:7:8]:53"), ("1:0:2:3:4:5:6:7", "[1:0:2:3:4:5:6:7]:53"),
  ])
  func readsAddressesAndWritesThemInOneForm(_ text: String, _ canonical: String) throws {
    let address = try #require(NetworkAddress(parsing: text, defaultPort: 53))
    #expect(address.description == canonical)
    #expect(NetworkAddress(parsing: canonical, defaultPort: 1) == address)
  }

  @Test(arguments: [
    "", "localhost", "192.0.2", "192.0.2.256", "192.0.2.01", "192.0.2.1:", "192.0.2.1:0",
    "192.0.2.1:65536", "[::1", "[::1]53", "[::1]:x", ":::", "1:2:3:4:5:6:7:8:9", "1::2::3",
    "12345::", "g::", "192.0.2.1 ", "+1.2.3.4", "1:2:3:4:5:6:7::8:9",
  ])
  func refusesEverythingElse(_ text: String) {
    #expect(NetworkAddress(parsing: text, defaultPort: 53) == nil)
  }

  @Test func knowsWhatNeverLeavesTheMachine() {
    #expect(NetworkAddress(parsing: "127.8.8.8", defaultPort: 1)?.isLoopback == true)
    #expect(NetworkAddress(parsing: "::1", defaultPort: 1)?.isLoopback == true)
    #expect(NetworkAddress(parsing: "::2", defaultPort: 1)?.isLoopback == false)
  }
}
