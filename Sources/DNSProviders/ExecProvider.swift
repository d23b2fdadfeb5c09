import DNSModel
import Notation
import SystemIO

/// Any provider at all, behind a program of the user's: one JSON object on a line in, one out, then it
/// ends. Version 1; unknown members are ignored by both sides.
///
/// ```
/// → {"cutover":1,"operation":"describe","zone":"example.test.","name":"api.example.test."}
/// ← {"cutover":1,"longestWriteSeconds":120}
/// → {"cutover":1,"operation":"read","zone":…,"name":…}
/// ← {"ttl":300,"target":"old.example.net."}     or {"absent":true}   or {"other":["A 192.0.2.1"]}
/// → {"cutover":1,"operation":"replace","zone":…,"name":…,
///    "expected":{"ttl":300,"target":"old.example.net."},"wanted":{"ttl":60,"target":"new.example.net."}}
/// ← {"outcome":"applied"}       or {"outcome":"conflict"|"try-again"|"permanent"|"needs-person"|"unknown",
///                                   "reason":"for people"}
/// ```
///
/// `replace` compares with `expected` and replaces in one step, as atomically as the provider can, and
/// never deletes first. A program that dies, says nothing or takes too long has an unknown outcome.
/// Its credentials are its own affair: they do not pass through here. Two more operations, for those that
/// can publish proofs of control: `ExecChallenges`.
public struct ExecProvider: AliasProvider {
  public let scope: ProviderScope
  public let traits: ProviderTraits
  let program: ExecProgram

  /// `longestWrite`: after how long a change can no longer land (R18: without a fence that is waited
  /// out); what the program declares counts when it is longer.
  public init(
    scope: ProviderScope, words: [String], longestWrite: TimeSpan = .seconds(300),
    patience: TimeSpan = .seconds(60)
  ) {
    self.init(
      scope: scope, ExecProgram(words: words, patience: patience), longestWrite: longestWrite)
  }

  init(
    scope: ProviderScope, _ program: ExecProgram, longestWrite: TimeSpan = .seconds(300)
  ) {
    self.scope = scope
    self.program = program
    traits = ProviderTraits(name: "exec", hasFence: false, longestWrite: longestWrite)
  }

  public func read() throws(ProviderFailure) -> ProviderHolding {
    let answer: JSON
    switch program.ask("read", scope, []) {
    case .answered(let json): answer = json
    case .notStarted(let reason), .failed(let reason): throw ProviderFailure(reason)
    }
    if let error = answer["error"]?.string { throw ProviderFailure(safeText(error)) }
    if answer["absent"]?.bool == true { return ProviderHolding(.absent) }
    if let texts = answer["other"]?.array {
      return ProviderHolding(.other(texts.map { safeText($0.string ?? "?") }))
    }
    guard let record = AliasRecord(answer) else {
      throw ProviderFailure(
        "\(program.name) answers \(safeText(answer.compact, limit: 200)) to \"read\"; wanted is one of "
          + #"{"ttl":300,"target":"old.example.net."}, {"absent":true}, {"other":["…"]}"#)
    }
    return ProviderHolding(.alias(record))
  }

  public func change(_ change: AliasChange) -> ChangeOutcome {
    let members = [("expected", change.expected.json), ("wanted", change.wanted.json)]
    switch program.ask("replace", scope, members) {
    case .notStarted(let reason): return .tryAgain(reason)
    case .failed(let reason): return .unknown(reason)
    case .answered(let answer):
      let reason = "\(program.name): \(safeText(answer["reason"]?.string ?? "no reason given"))"
      switch answer["outcome"]?.string {
      case "applied": return .applied
      case "conflict": return .conflict(reason)
      case "try-again": return .tryAgain(reason)
      case "permanent": return .permanent(reason)
      case "needs-person": return .needsPerson(reason)
      default: return .unknown(reason)
      }
    }
  }

  /// The same program, about another name of the zone.
  func beside(_ name: DomainName) -> ExecProvider {
    ExecProvider(
      scope: ProviderScope(zone: scope.zone, name: name), program,
      longestWrite: traits.longestWrite)
  }

  public func preflight() -> [ProviderFinding] {
    switch program.ask("describe", scope, []) {
    case .notStarted(let reason), .failed(let reason): return [ProviderFinding(.blocker, reason)]
    case .answered(let answer):
      guard answer["cutover"]?.integer == 1 else {
        return [ProviderFinding(.blocker, "\(program.name) does not speak version 1")]
      }
      let declared = TimeSpan.seconds(answer["longestWriteSeconds"]?.integer ?? 0)
      guard declared <= traits.longestWrite else {
        return [
          ProviderFinding(
            .blocker,
            "\(program.name) says that a change may take \(declared); the plan says "
              + "\(traits.longestWrite)")
        ]
      }
    }
    do {
      return [ProviderFinding(.fine, "\(program.name) holds \(try read().content.text)")]
    } catch {
      return [ProviderFinding(.blocker, "\(error)")]
    }
  }
}

extension AliasRecord {
  fileprivate var json: JSON {
    ["ttl": .integer(Int64(ttl.seconds)), "target": .string(target.description)]
  }

  fileprivate init?(_ json: JSON) {
    guard let seconds = json["ttl"]?.integer, let ttl = TTL(seconds),
      let text = json["target"]?.string, let target = try? DomainName(parsing: text)
    else { return nil }
    self.init(target: target, ttl: ttl)
  }
}
