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
/// Its credentials are its own affair: they do not pass through here.
public struct ExecProvider: AliasProvider {
  public let scope: ProviderScope
  public let traits: ProviderTraits
  private let words: [String]
  private let patience: TimeSpan

  /// `longestWrite`: after how long a change can no longer land (R18: without a fence that is waited
  /// out); what the program declares counts when it is longer.
  public init(
    scope: ProviderScope, words: [String], longestWrite: TimeSpan = .seconds(300),
    patience: TimeSpan = .seconds(60)
  ) {
    self.scope = scope
    self.words = words
    self.patience = patience
    traits = ProviderTraits(name: "exec", hasFence: false, longestWrite: longestWrite)
  }

  public func read() throws(ProviderFailure) -> ProviderHolding {
    let answer: JSON
    switch ask("read", []) {
    case .answered(let json): answer = json
    case .notStarted(let reason), .failed(let reason): throw ProviderFailure(reason)
    }
    if let error = answer["error"]?.string { throw ProviderFailure(safeText(error)) }
    if answer["absent"]?.bool == true { return ProviderHolding(.absent) }
    if let texts = answer["other"]?.array {
      return ProviderHolding(.other(texts.map { safeText($0.string ?? "?") }))
    }
    guard let record = AliasRecord(answer) else {
      throw ProviderFailure("\(program) answers \(safeText(answer.compact, limit: 200))")
    }
    return ProviderHolding(.alias(record))
  }

  public func change(_ change: AliasChange) -> ChangeOutcome {
    let members = [("expected", change.expected.json), ("wanted", change.wanted.json)]
    switch ask("replace", members) {
    case .notStarted(let reason): return .tryAgain(reason)
    case .failed(let reason): return .unknown(reason)
    case .answered(let answer):
      let reason = "\(program): \(safeText(answer["reason"]?.string ?? "no reason given"))"
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

  public func preflight() -> [ProviderFinding] {
    switch ask("describe", []) {
    case .notStarted(let reason), .failed(let reason): return [ProviderFinding(.blocker, reason)]
    case .answered(let answer):
      guard answer["cutover"]?.integer == 1 else {
        return [ProviderFinding(.blocker, "\(program) does not speak version 1")]
      }
      let declared = TimeSpan.seconds(answer["longestWriteSeconds"]?.integer ?? 0)
      guard declared <= traits.longestWrite else {
        return [
          ProviderFinding(
            .blocker,
            "\(program) says that a change may take \(declared); the plan says "
              + "\(traits.longestWrite)")
        ]
      }
    }
    do {
      return [ProviderFinding(.fine, "\(program) holds \(try read().content.text)")]
    } catch {
      return [ProviderFinding(.blocker, "\(error)")]
    }
  }

  private var program: String { safeText(words.first ?? "") }

  private enum Answer {
    case answered(JSON)
    case notStarted(String)
    case failed(String)
  }

  private func ask(_ operation: String, _ members: [(String, JSON)]) -> Answer {
    var request = JSONObject([
      ("cutover", 1), ("operation", .string(operation)),
      ("zone", .string(scope.zone.description)), ("name", .string(scope.name.description)),
    ])
    for (key, value) in members { request[key] = value }
    let line = Array((JSON.object(request).compact + "\n").utf8)
    do {
      let outcome = try ChildProcess.run(words, input: line, within: patience)
      guard outcome.succeeded else { return .failed("\(program): \(outcome.summary)") }
      let lines = outcome.text.split(separator: "\n")
      guard lines.count == 1, let json = try? JSON(parsing: String(lines[0])) else {
        return .failed("\(program) answers \(lines.count) lines; one JSON object is wanted")
      }
      return .answered(json)
    } catch {
      return .notStarted("\(error)")
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
