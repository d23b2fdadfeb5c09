import DNSModel
import Engine
import Notation

/// What every provider must do, tried on one record that nobody needs: for the authors of `exec` providers.
/// It changes that record, and gives it back as it was.
public struct ProviderTrial {
  public struct Check: Hashable, Sendable {
    public let text: String
    /// What was seen instead; nil where it holds.
    public let failure: String?
  }

  private let provider: any AliasProvider
  public private(set) var checks: [Check] = []

  public init(_ provider: any AliasProvider) { self.provider = provider }

  public var holds: Bool { checks.allSatisfy { $0.failure == nil } }

  /// A check that fails ends the trial: what follows would rest on it.
  public mutating func run() {
    let findings = provider.preflight().filter { $0.weight == .blocker }
    note(
      "it describes itself", findings.isEmpty ? nil : findings.map(\.text).joined(separator: "; "))
    guard holds, let before = alias("it reads the record") else { return }
    let low = AliasRecord(
      target: before.target, ttl: TTL(clamping: before.ttl == TTL(clamping: 60) ? 61 : 60))
    guard let other = before.target.prepending("cutover-trial") else {
      return note("the target leaves room for a longer one", "\(before.target)")
    }
    let path = [before, low, AliasRecord(target: other, ttl: low.ttl), low, before]
    let tasks = [
      "it changes the TTL alone", "it changes the target", "it changes the target back",
      "it gives the old TTL back",
    ]
    for (index, task) in tasks.enumerated() where holds {
      move(path[index], path[index + 1], task)
      // In the middle, where something can be lost: what was not expected is left alone.
      if index == 1, holds { refuses(expecting: before, wanting: low, holding: path[2]) }
    }
    if holds { publishesProofs() }
  }

  /// Where the program says that it can: two values at one name, each by itself, and each call repeated.
  private mutating func publishesProofs() {
    guard let program = provider as? ExecProvider,
      let name = provider.scope.name.prepending("_acme-challenge")
    else { return }
    let challenges = ExecChallenges(program)
    do {
      guard try challenges.lack(for: provider.scope.name) == nil else { return }
    } catch {
      return note("it describes itself again", "\(error)")
    }
    let place = program.beside(name)
    let proofs = ["Y3V0b3Zlci10cmlhbC0x", "Y3V0b3Zlci10cmlhbC0y"].map {
      ChallengeProof(
        kind: .dns, domain: provider.scope.name.host, token: "trial", value: $0)
    }
    let (first, second) = (proofs[0], proofs[1])
    let tasks: [(String, isThere: Bool, () throws -> Void)] = [
      ("it publishes a proof", true, { try challenges.publish(first) }),
      ("it publishes another beside it", true, { try challenges.publish(second) }),
      ("it publishes what is there already", true, { try challenges.publish(second) }),
      ("it withdraws one of two", true, { try challenges.remove(first) }),
      ("it withdraws the other", false, { try challenges.remove(second) }),
      ("it withdraws what is not there", false, { try challenges.remove(second) }),
    ]
    for (task, isThere, work) in tasks where holds {
      do {
        try work()
        let held = try place.read().content
        note(
          task,
          (held != .absent) == isThere ? nil : "afterwards \(name) reads \(held.text)")
      } catch {
        note(task, "\(error)")
      }
    }
  }

  private mutating func move(_ from: AliasRecord, _ to: AliasRecord, _ task: String) {
    let outcome = provider.change(AliasChange(expected: from, wanted: to))
    guard outcome == .applied else { return note(task, "\(from) to \(to): \(outcome)") }
    if let held = alias(task + ", and reads that back"), held != to {
      note(task, "\(to) was applied, and then it reads \(held)")
    }
  }

  private mutating func refuses(
    expecting: AliasRecord, wanting: AliasRecord, holding: AliasRecord
  ) {
    let task = "it refuses to replace what is not expected, and changes nothing"
    let outcome = provider.change(AliasChange(expected: expecting, wanted: wanting))
    guard case .conflict = outcome else { return note(task, "not \"conflict\": \(outcome)") }
    if let held = alias(task), held != holding { note(task, "afterwards it reads \(held)") }
  }

  private mutating func alias(_ task: String) -> AliasRecord? {
    do {
      let held = try provider.read()
      guard case .alias(let record) = held.content else {
        note(
          task,
          "the trial needs a record {\"ttl\":…,\"target\":…}, and it holds \(held.content.text)")
        return nil
      }
      note(task, nil)
      return record
    } catch {
      note(task, "\(error)")
      return nil
    }
  }

  private mutating func note(_ text: String, _ failure: String?) {
    checks.append(Check(text: text, failure: failure))
  }
}
