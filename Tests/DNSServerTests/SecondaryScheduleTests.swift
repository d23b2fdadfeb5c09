import DNSServer
import Notation
import Testing

private let start = UTCInstant(seconds: 1_790_000_000)
private let timers = SecondarySchedule.Timers(
  refresh: .seconds(3600), retry: .seconds(600), expire: .seconds(86_400))

struct SecondaryScheduleTests {
  @Test func asksAtOnceWhenItStarts() {
    let schedule = SecondarySchedule(startingAt: start)
    #expect(schedule.isDue(at: start))
    #expect(schedule.isExpired(at: start))
  }

  @Test func refreshesThenRetriesThenExpires() {
    var schedule = SecondarySchedule(startingAt: start)
    schedule.confirmed(timers, at: start)
    #expect(!schedule.isDue(at: start + .seconds(3599)))
    #expect(schedule.isDue(at: start + .seconds(3600)))
    schedule.failed(at: start + .seconds(3600))
    #expect(schedule.nextCheck == start + .seconds(4200))
    #expect(!schedule.isExpired(at: start + .seconds(86_399)))
    #expect(schedule.isExpired(at: start + .seconds(86_400)))
  }

  @Test func aFailureDoesNotPostponeTheExpiry() {
    var schedule = SecondarySchedule(startingAt: start)
    schedule.confirmed(timers, at: start)
    for hour in 1...30 { schedule.failed(at: start + .hours(hour)) }
    #expect(schedule.expiry == start + .hours(24))
  }

  @Test func backsOffWhileItHasNoZone() {
    var schedule = SecondarySchedule(startingAt: start)
    var waits: [TimeSpan] = []
    for _ in 0..<12 {
      schedule.failed(at: start)
      waits.append(schedule.nextCheck - start)
    }
    #expect(waits.prefix(4) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
    #expect(waits.last == .minutes(5))
  }

  @Test func aNotifyMakesItAskAtOnce() {
    var schedule = SecondarySchedule(startingAt: start)
    schedule.confirmed(timers, at: start)
    schedule.notified(at: start + .seconds(5))
    #expect(schedule.isDue(at: start + .seconds(5)))
  }

  @Test func aZoneWithoutPatienceDoesNotMakeAFlood() {
    var schedule = SecondarySchedule(startingAt: start)
    schedule.confirmed(.init(refresh: .zero, retry: .zero, expire: .seconds(9)), at: start)
    #expect(schedule.nextCheck == start + .seconds(1))
    schedule.failed(at: start + .seconds(1))
    #expect(schedule.nextCheck == start + .seconds(2))
  }

  @Test func rememberedZonesExpireByWhenThePrimaryWasLastHeard() {
    let schedule = SecondarySchedule(
      startingAt: start + .hours(25), timers: timers, lastConfirmed: start)
    #expect(schedule.isExpired(at: start + .hours(25)))
  }
}
