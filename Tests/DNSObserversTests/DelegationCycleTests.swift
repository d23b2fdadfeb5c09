import DNSModel
import DNSObservers
import DNSTransport
import Migration
import Notation
import SystemIO
import TestSupport
import Testing

/// Delegations without glue may lead back to themselves: each ends with a word why, whoever else is asking.
@Suite struct DelegationCycleTests {
  /// A root that delegates these zones to these names, without an address for any.
  private static func root(_ zones: [DomainName: DomainName]) throws -> ScriptedServer {
    try ScriptedServer { query, _ in
      guard let question = query.questions.first else { return nil }
      var reply = query.reply(authoritative: false)
      guard let cut = zones.keys.first(where: { question.name.isWithin($0) }),
        let server = zones[cut]
      else { return query.reply(code: .nameError) }
      reply.authorities = [
        ResourceRecord(
          owner: cut, ttl: TTL(clamping: 60), data: RecordData(type: .ns, wire: server.wire))
      ]
      return reply
    }
  }

  @Test(
    arguments: [
      ["x": "ns.x"], ["l1": "ns.l2", "l2": "ns.l1"], ["a": "ns.b", "b": "ns.c", "c": "ns.a"],
      ["l6": "ns.api.l6"],
    ] as [[DomainName: DomainName]])
  func everyNameGetsItsAnswer(zones: [DomainName: DomainName]) throws {
    let root = try Self.root(zones)
    for names in [Array(zones.keys), Array(zones.keys.reversed())] {
      let observing = try Observing(patience: .milliseconds(300))
      let finder = DelegationFinder(
        observing, roots: [root.address], port: root.address.port)
      var found: [DomainName: [String]] = [:]
      for name in names {
        let host = try #require(name.prepending("api"))
        finder.find(host) { found[host] = $0.troubles }
      }
      observing.loop.run(for: .seconds(60))
      #expect(found.count == names.count, "\(found)")
      for (name, troubles) in found { #expect(!troubles.isEmpty, "\(name)") }
    }
  }
}
