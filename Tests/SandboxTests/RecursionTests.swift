import DNSModel
import Notation
import Testing

@testable import Sandbox

/// The resolvers of the sandbox do what their habits say, against authorities that a test plays.
@Suite struct RecursionTests {
  static let api: DomainName = "api.contososhoes.com"
  static let root = IPAddress(parsing: "127.0.2.1")

  /// Plays the sandbox's authorities from its own zones; counts, and falls silent on request.
  final class World {
    var questions: [Question] = []
    var isSilent = false
    var ttl: TTL = TTL(clamping: 20)
    var target: DomainName = "apicontososhoes.azurewebsites.net"

    func ask(_ question: Question, _ address: IPAddress) -> Recursion.Answer {
      guard !isSilent else { return .silence }
      questions.append(question)
      var header = MessageHeader()
      header.isResponse = true
      var message = Message(header: header, questions: [question])
      if address.description == "127.0.2.1" { return .message(refer(message, question)) }
      message.header.isAuthoritative = true
      if question.name == RecursionTests.api {
        message.answers = [ResourceRecord(owner: question.name, ttl: ttl, data: .cname(target))]
      } else if question.type == .a, question.name.isWithin("azurewebsites.net"),
        let old = IPAddress(parsing: "127.0.1.1")
      {
        message.answers = [
          ResourceRecord(owner: question.name, ttl: TTL(clamping: 600), data: .address(old))
        ]
      } else {
        message.responseCode = .nameError
        let soa = SOA(
          primary: "ns1.x", mailbox: "h.x", serial: Serial(1), refresh: 1, retry: 1, expire: 1,
          minimum: 3)
        message.authorities = [
          ResourceRecord(owner: "contososhoes.com", ttl: TTL(clamping: 9), data: .soa(soa))
        ]
      }
      return .message(message)
    }

    private func refer(_ message: Message, _ question: Question) -> Message {
      var message = message
      for zone in ["contososhoes.com", "azurewebsites.net"] as [DomainName]
      where question.name.isWithin(zone) {
        guard let host = zone.prepending("ns1"), let address = IPAddress(parsing: "127.0.2.2")
        else {
          continue
        }
        message.authorities = [
          ResourceRecord(owner: zone, ttl: TTL(clamping: 3600), data: .ns(host))
        ]
        message.additionals = [
          ResourceRecord(owner: host, ttl: TTL(clamping: 3600), data: .address(address))
        ]
      }
      return message
    }
  }

  private static func resolver(_ habit: ResolverHabit) throws -> Recursion {
    Recursion(habit: habit, root: try #require(root))
  }

  /// What a client is told at a moment: the alias's target and its TTL.
  private static func told(
    _ resolver: inout Recursion, _ world: World, at seconds: Int
  ) -> (DomainName?, UInt32?) {
    let reply = resolver.resolve(Question(api, .a), at: .seconds(seconds)) { world.ask($0, $1) }
    let alias = reply.records.first { $0.owner == api }
    return (alias?.data.cnameTarget, alias?.ttl.seconds)
  }

  @Test func followsReferralsAndTheAliasFromTheRoot() throws {
    let world = World()
    var resolver = try Self.resolver(.honest)
    let reply = resolver.resolve(Question(Self.api, .a), at: .zero) { world.ask($0, $1) }
    #expect(reply.code == .noError)
    #expect(reply.records.map(\.type) == [.cname, .a])
    #expect(reply.records.last?.data.address?.description == "127.0.1.1")
  }

  @Test func theHonestOneAsksAgainWhenTheTTLIsOverAndNotBefore() throws {
    let world = World()
    var resolver = try Self.resolver(.honest)
    _ = Self.told(&resolver, world, at: 0)
    world.target = "elsewhere.azurewebsites.net"
    #expect(Self.told(&resolver, world, at: 19) == ("apicontososhoes.azurewebsites.net", 1))
    #expect(Self.told(&resolver, world, at: 20).0 == "elsewhere.azurewebsites.net")
  }

  @Test(arguments: [
    (ResolverHabit.caps(TTL(clamping: 5)), 5), (.floors(TTL(clamping: 30)), 30),
    (.overHolds(percent: 40), 28),
  ])
  func keepsAsLongAsItsHabitSays(habit: ResolverHabit, ends: Int) throws {
    let world = World()
    var resolver = try Self.resolver(habit)
    _ = Self.told(&resolver, world, at: 0)
    world.target = "elsewhere.azurewebsites.net"
    #expect(Self.told(&resolver, world, at: ends - 1).0 == "apicontososhoes.azurewebsites.net")
    #expect(Self.told(&resolver, world, at: ends).0 == "elsewhere.azurewebsites.net")
  }

  @Test func servesStaleOnlyWhileNobodyAnswersAndOnlySoLong() throws {
    let world = World()
    var resolver = try Self.resolver(.servesStale(.seconds(60)))
    _ = Self.told(&resolver, world, at: 0)
    world.isSilent = true
    #expect(Self.told(&resolver, world, at: 25) == ("apicontososhoes.azurewebsites.net", 1))
    #expect(Self.told(&resolver, world, at: 81).0 == nil)
    world.isSilent = false
    world.target = "elsewhere.azurewebsites.net"
    #expect(Self.told(&resolver, world, at: 90).0 == "elsewhere.azurewebsites.net")
  }

  @Test func othersFailWhenNobodyAnswers() throws {
    let world = World()
    var resolver = try Self.resolver(.honest)
    _ = Self.told(&resolver, world, at: 0)
    world.isSilent = true
    let reply = resolver.resolve(Question(Self.api, .a), at: .seconds(21)) { world.ask($0, $1) }
    #expect(reply.code == .serverFailure)
  }

  @Test func remembersADenialAsLongAsTheSOAAllows() throws {
    let world = World()
    var resolver = try Self.resolver(.honest)
    let question = Question("none.contososhoes.com", .a)
    for (second, isAsked) in [(0, true), (2, false), (3, true)] {
      let before = world.questions.count
      let reply = resolver.resolve(question, at: .seconds(second)) { world.ask($0, $1) }
      #expect(reply.code == .nameError)
      #expect((world.questions.count > before) == isAsked, "after \(second) s")
    }
  }
}
