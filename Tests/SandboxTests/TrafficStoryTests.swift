import Notation
import Reports
import Testing

/// Sums and verdicts of a crowd's story.
@Suite struct TrafficStoryTests {
  private static func failure(at: Int64) -> TrafficStory.Failure {
    TrafficStory.Failure(at: at, client: "client 1", what: "status 502")
  }

  @Test func countsWhatWasSentAndWhatFailed() {
    var story = TrafficStory()
    story.served(by: "old", at: 10, took: .milliseconds(3))
    story.served(by: "west", at: 1500, took: .milliseconds(9))
    story.fail(Self.failure(at: 1600))
    #expect(story.headline == "requests: 3 sent, 1 failed")
    #expect(story.seconds.map(\.sent) == [1, 2])
    #expect(story.seconds[1].slowestMilliseconds == 9)
  }

  @Test func aFailureIsAnnouncedOnlyInItsTimeAndOnlySoOften() {
    var story = TrafficStory()
    story.foretold = [.init(at: 1000, until: 2000, what: "a region is killed", atMost: 1)]
    for at: Int64 in [999, 1000, 1500, 2001] { story.fail(Self.failure(at: at)) }
    #expect(story.unannounced.map(\.at) == [999, 1500, 2001])
  }

  @Test func readsBackWhatItWrites() {
    var story = TrafficStory()
    story.served(by: "east", at: 2100, took: .milliseconds(12))
    story.fail(Self.failure(at: 2200))
    story.note("a region is killed", at: 2000)
    story.step(.init(at: 0, target: "old.example", ttl: 20, isOld: true))
    story.foretold = [.init(at: 2000, until: 8000, what: "orders", atMost: 4)]
    story.measures = [.init(name: "failover", took: .milliseconds(1800), promised: .seconds(4))]
    #expect(TrafficStory(reading: story.json) == story)
  }

  @Test func theSameRecordIsNoNewStair() {
    var story = TrafficStory()
    for at: Int64 in [0, 100, 200] {
      story.step(.init(at: at, target: "old.example", ttl: at == 200 ? 2 : 20, isOld: true))
    }
    #expect(story.stairs.map(\.at) == [0, 200])
  }

  @Test func theSummaryEndsWithTheLineThatScriptsLookFor() {
    var story = TrafficStory()
    story.served(by: "old", at: 0, took: .zero)
    #expect(TrafficReport(story).lines.last == "requests: 1 sent, 0 failed")
  }
}
