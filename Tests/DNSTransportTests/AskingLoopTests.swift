import DNSModel
import DNSTransport
import Notation
import SystemIO
import TestSupport
import Testing

@Suite struct AskingLoopTests {
  static let silentPatience = TimeSpan.milliseconds(150)

  @Test func thousandsOfQuestionsAreAnsweredEachWithItsOwn() throws {
    let server = try ScriptedServer { query, _ in
      let label = query.questions[0].name.labels[0]
      let text = [UInt8(label.count)] + label.map(DomainName.folded)
      return query.reply([
        ResourceRecord(
          owner: query.questions[0].name, ttl: .zero, data: RecordData(type: .txt, wire: text))
      ])
    }
    let loop = try AskingLoop()
    var right = 0
    for number in 0..<5000 {
      let name = try #require(DomainName("test").prepending("n\(number)"))
      loop.ask(DNSRequest(Question(name, .txt), to: server.address)) { result in
        let expected = Array("n\(number)".utf8)
        if case .success(let answer) = result,
          answer.message.answers.first?.data.wire == [UInt8(expected.count)] + expected
        {
          right += 1
        }
      }
    }
    loop.run(for: .seconds(60))
    #expect(right == 5000)
  }

  @Test func silentServersAreWaitedForTogether() throws {
    let servers = try (0..<20).map { _ in try ScriptedServer { _, _ in [] } }
    let loop = try AskingLoop()
    var timeOuts = 0
    let begin = SystemClock.nanoseconds()
    for server in servers {
      var request = DNSRequest(Question("a.test", .a), to: server.address)
      request.patience = Self.silentPatience
      request.attempts = 2
      loop.ask(request) { result in
        if case .failure(let failure) = result, failure.reason == .timedOut { timeOuts += 1 }
      }
    }
    loop.run(for: .seconds(60))
    let elapsed = SystemClock.nanoseconds() - begin
    #expect(timeOuts == 20)
    // One after the other they would take 20 × 450 ms = 9 s.
    #expect(elapsed < 5_000_000_000)
  }

  /// Thousands of questions for a server that is not there take no longer than a few.
  @Test func aSilentServerIsGivenUpAndFoundAgain() throws {
    let speaks = SystemIO.Mutex(false)
    let server = try ScriptedServer { query, _ in
      speaks.withLock { $0 ? query.reply([]) : nil }
    }
    let loop = try AskingLoop()
    var (answered, timedOut, unsent) = (0, 0, 0)
    func ask(_ count: Int) {
      for _ in 0..<count {
        var request = DNSRequest(Question("a.test", .a), to: server.address)
        request.patience = Self.silentPatience
        request.attempts = 2
        loop.ask(request) { result in
          switch result {
          case .success: answered += 1
          case .failure(let failure) where !failure.mayHaveArrived: unsent += 1
          case .failure: timedOut += 1
          }
        }
      }
    }
    ask(5000)
    let begin = SystemClock.nanoseconds()
    loop.run(for: .seconds(120))
    // All of them at the width of a silent server, 4, would take 1250 × 450 ms.
    #expect(SystemClock.nanoseconds() - begin < 60_000_000_000)
    #expect(answered == 0 && unsent > 4000)
    #expect(timedOut + unsent == 5000)
    // Back again: one question finds out, and the next ones are asked as ever.
    speaks.withLock { $0 = true }
    ask(1)
    loop.run(for: .seconds(60))
    #expect(answered == 1)
    ask(50)
    loop.run(for: .seconds(60))
    #expect(answered == 51)
  }

  /// Looks ask in several rounds: a server that never said a word costs one whole patience, not one a round,
  /// and so does a name that a server says nothing about.
  @Test(arguments: [true, false]) func whatIsSilentCostsItsPatienceOnce(hears: Bool) throws {
    let (asked, attempts) = (SystemIO.Mutex(0), 3)
    let server = try ScriptedServer { query, _ in
      if hears, query.questions.first?.name == "heard.test" { return query.reply([]) }
      asked.withLock { $0 += 1 }
      return nil
    }
    let loop = try AskingLoop()
    for round in 0..<4 {
      var answered = 0
      for name in ["heard.test", "deaf.test"] as [DomainName] {
        var request = DNSRequest(Question(name, .a), to: server.address)
        request.patience = Self.silentPatience
        request.attempts = attempts
        loop.ask(request) { if case .success = $0 { answered += 1 } }
      }
      loop.run(for: .seconds(60))
      #expect(answered == (hears ? 1 : 0), "round \(round)")
    }
    let sent = asked.withLock { $0 }
    // Whole attempts in the first round, then one a round.
    #expect(sent <= (hears ? 1 : 2) * attempts + 3, "\(sent)")
    #expect(sent >= attempts + 3, "\(sent)")
  }

  /// It is mute on TCP, and still it is no silent server.
  @Test func aServerThatFoldsNamesAndHasNoStreamIsNotUnreachable() throws {
    let server = try ScriptedServer { query, isStream in
      guard !isStream, var reply = try? Message(parsing: query).reply().encoded() else {
        return []
      }
      for place in 12..<(12 + Question("folding.names.test", .a).name.wire.count)
      where (0x41...0x5A).contains(reply[place]) {
        reply[place] |= 0x20
      }
      return [.init(reply)]
    }
    let loop = try AskingLoop()
    var request = DNSRequest(Question("folding.names.test", .a), to: server.address)
    request.patience = Self.silentPatience
    var failure: DNSFailure?
    for _ in 0..<20 where failure == nil {
      // A spelling that is all lower case by chance is kept.
      loop.ask(request) { if case .failure(let reason) = $0 { failure = reason } }
      loop.run(for: .seconds(60))
    }
    guard case .otherQuestion(let why) = failure?.reason else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(why.contains("spell"), "\(why)")
  }

  @Test func aLateAnswerToAnEarlierAttemptCounts() throws {
    // The first attempt is answered when the second arrives, and nothing else ever is.
    let kept = SystemIO.Mutex<[UInt8]?>(nil)
    let server = try ScriptedServer { query, _ in
      let first = kept.withLock { kept in
        defer { if kept == nil { kept = query } }
        return kept
      }
      guard let first, let message = try? Message(parsing: first) else { return [] }
      return [.init(message.reply().encoded())]
    }
    // One port: the answer goes where the second question came from, as the first one's.
    var options = AskingLoop.Options()
    options.sockets = 1
    let loop = try AskingLoop(options)
    var request = DNSRequest(Question("late.test", .a), to: server.address)
    request.patience = Self.silentPatience
    request.attempts = 6
    var answer: DNSAnswer?
    loop.ask(request) { answer = try? $0.get() }
    loop.run(for: .seconds(20))
    let late = try #require(answer)
    #expect(late.attempts >= 2)
    // From the attempt it answers, not from the last one.
    #expect(late.roundTrip >= Self.silentPatience)
  }

  @Test func aLateAnswerFromSomeoneElseDoesNotCount() throws {
    let kept = SystemIO.Mutex<[UInt8]?>(nil)
    let server = try ScriptedServer { query, _ in
      let first = kept.withLock { kept in
        defer { if kept == nil { kept = query } }
        return kept
      }
      guard let first, let message = try? Message(parsing: first) else { return [] }
      return [.init(message.reply().encoded(), fromElsewhere: true)]
    }
    // One port: the answer goes where the second question came from, as the first one's.
    var options = AskingLoop.Options()
    options.sockets = 1
    let loop = try AskingLoop(options)
    var request = DNSRequest(Question("late.test", .a), to: server.address)
    request.patience = Self.silentPatience
    request.attempts = 6
    var failure: DNSFailure?
    loop.ask(request) { if case .failure(let reason) = $0 { failure = reason } }
    loop.run(for: .seconds(20))
    guard case .answeredBySomeoneElse = failure?.reason else {
      Issue.record("\(String(describing: failure))")
      return
    }
  }

  @Test func theDeadlineEndsEverything() throws {
    let server = try ScriptedServer { _, _ in [] }
    let loop = try AskingLoop()
    var reasons: [DNSFailure.Reason] = []
    for _ in 0..<300 {
      var request = DNSRequest(Question("a.test", .a), to: server.address)
      request.patience = .seconds(100)
      loop.ask(request) { result in
        if case .failure(let failure) = result { reasons.append(failure.reason) }
      }
    }
    loop.run(for: .milliseconds(100))
    #expect(reasons.count == 300)
    #expect(reasons.allSatisfy { $0 == .deadline })
    #expect(loop.unanswered == 0)
  }

  @Test func whatAnAnswerAsksForJoinsTheRun() throws {
    let server = try ScriptedServer { query, _ in query.reply() }
    let loop = try AskingLoop()
    var depth = 0
    func next() {
      loop.ask(DNSRequest(Question("a.test", .a), to: server.address)) { _ in
        depth += 1
        if depth < 50 { next() }
      }
    }
    next()
    loop.run(for: .seconds(30))
    #expect(depth == 50)
  }

  @Test func aServersPaceIsKept() throws {
    let server = try ScriptedServer { query, _ in query.reply() }
    var options = AskingLoop.Options()
    options.ratePerServer = 100
    let loop = try AskingLoop(options)
    let begin = SystemClock.nanoseconds()
    for _ in 0..<50 {
      loop.ask(DNSRequest(Question("a.test", .a), to: server.address)) { _ in }
    }
    loop.run(for: .seconds(30))
    #expect(SystemClock.nanoseconds() - begin > 400_000_000)
  }
}
