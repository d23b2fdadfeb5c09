import Notation
import SystemIO
import Testing

@Suite struct SystemClockTests {
  @Test func readsPlausibleClocks() throws {
    let year2020 = try #require(UTCInstant(parsing: "2020-01-01T00:00:00Z"))
    #expect(SystemClock.wall() > year2020)
    let before = SystemClock.sinceBoot()
    #expect(before > .zero && SystemClock.sinceBoot() >= before)
    #expect(SystemClock.bootID().count == 36 && SystemClock.bootID() == SystemClock.bootID())
  }

  @Test func randomNumbersDiffer() {
    #expect(SystemRandom.bytes(16).count == 16 && SystemRandom.bytes(16) != SystemRandom.bytes(16))
  }
}
