import DNSModel
import Migration
import Notation
import SystemIO
import TLSToolkit

/// Finds out which versions, cipher suites and groups an address accepts, by ClientHellos alone.
///
/// Suites are asked for in small groups side by side; whatever a group yields is left out of its next
/// question until it yields nothing. That takes as many rounds as one group has hits, not as many as
/// there are suites.
struct SuiteSurvey {
  let address: SocketAddress
  let serverName: DomainName?
  let deadline: Deadline
  private static let groupSize = 6

  struct Result {
    var protocols: [ProtocolFacts] = []
    var groups: [String]?
  }

  func run() -> Result {
    let versions: [TLSVersion] = [.tls13, .tls12, .tls11, .tls10, .ssl3]
    let first = ask(versions.map { hello($0, Self.candidates($0)) })
    var accepted: [TLSVersion: CipherSuite] = [:]
    var result = Result()
    for (version, reply) in zip(versions, first) {
      let answer = Self.answer(reply, to: version)
      if case .accepted(let choice) = reply, choice.version == version {
        accepted[version] = choice.suite
      }
      result.protocols.append(ProtocolFacts(version: version.description, answer: answer))
    }
    var unanswered: Set<TLSVersion> = []
    let found = suites(accepted, &unanswered)
    for index in versions.indices {
      guard let preferred = accepted[versions[index]] else { continue }
      let rest = (found[versions[index]] ?? []).filter { $0 != preferred }
      result.protocols[index].suites = ([preferred] + rest).map(\.description)
      result.protocols[index].isComplete = !unanswered.contains(versions[index])
      result.protocols[index].serverChooses = serverChooses(versions[index], [preferred] + rest)
    }
    if let newest = accepted.keys.max() { result.groups = groups(newest, found[newest] ?? []) }
    return result
  }

  private static func candidates(_ version: TLSVersion) -> [CipherSuite] {
    version == .tls13 ? CipherSuite.modern : CipherSuite.older
  }

  private static func answer(_ reply: HelloReply, to version: TLSVersion) -> ProtocolFacts.Answer {
    switch reply {
    // A server may answer with an older version than it was asked for: that is a refusal.
    case .accepted(let choice): choice.version == version ? .accepted : .refused
    case .alert, .closed: .refused
    case .silent: .unknown("it did not answer")
    case .notTLS: .unknown("what it answered is not TLS")
    case .unreachable(let text): .unknown(text)
    }
  }

  private func hello(_ version: TLSVersion, _ suites: [CipherSuite]) -> ClientHello {
    ClientHello(version, suites, serverName: serverName, random: SystemRandom.bytes(32))
  }

  private func ask(_ hellos: [ClientHello]) -> [HelloReply] {
    HelloSweep().ask(hellos.map { (address, $0.record) }, until: deadline)
  }

  private func suites(
    _ accepted: [TLSVersion: CipherSuite], _ unanswered: inout Set<TLSVersion>
  ) -> [TLSVersion: [CipherSuite]] {
    struct Group {
      let version: TLSVersion
      var rest: [CipherSuite]
    }
    var found: [TLSVersion: [CipherSuite]] = [:]
    var groups: [Group] = []
    for (version, preferred) in accepted.sorted(by: { $0.key > $1.key }) {
      found[version] = [preferred]
      let rest = Self.candidates(version).filter { $0 != preferred }
      for start in stride(from: 0, to: rest.count, by: Self.groupSize) {
        groups.append(Group(version: version, rest: Array(rest[start...].prefix(Self.groupSize))))
      }
    }
    while !groups.isEmpty {
      let replies = ask(groups.map { hello($0.version, $0.rest) })
      var next: [Group] = []
      for (group, reply) in zip(groups, replies) {
        switch reply {
        case .silent, .unreachable, .notTLS: unanswered.insert(group.version)
        case .accepted, .alert, .closed: break
        }
        // A server that picks what was not offered would keep us busy for ever.
        guard case .accepted(let choice) = reply, choice.version == group.version,
          group.rest.contains(choice.suite)
        else { continue }
        found[group.version, default: []].append(choice.suite)
        let rest = group.rest.filter { $0 != choice.suite }
        if !rest.isEmpty { next.append(Group(version: group.version, rest: rest)) }
      }
      groups = next
    }
    let order = CipherSuite.modern + CipherSuite.older
    return found.mapValues { list in order.filter(list.contains) }
  }

  /// Offered the other way round, a server that chooses by its own order picks the same.
  private func serverChooses(_ version: TLSVersion, _ suites: [CipherSuite]) -> Bool? {
    guard suites.count > 1 else { return nil }
    let replies = ask([hello(version, suites), hello(version, suites.reversed())])
    guard case .accepted(let one) = replies[0], case .accepted(let other) = replies[1] else {
      return nil
    }
    return one.suite == other.suite
  }

  private func groups(_ version: TLSVersion, _ suites: [CipherSuite]) -> [String] {
    let offered = version == .tls13 ? suites : suites.filter(\.usesCurves)
    guard !offered.isEmpty else { return [] }
    let all = NamedGroup.all
    let replies = ask(
      all.map { group in
        var question = hello(version, offered)
        question.groups = [group]
        return question
      })
    return zip(all, replies).compactMap { group, reply in
      guard case .accepted(let choice) = reply, choice.version == version,
        choice.group == nil || choice.group == group
      else { return nil }
      return group.description
    }
  }
}
