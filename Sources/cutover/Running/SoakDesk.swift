import Assessment
import HTTP
import Migration
import Notation
import SystemIO

/// The plan's soak gates: each is asked, and all their answers together are the verdict.
final class SoakDesk {
  private let gates: [SoakGate]
  private let baseline: SoakBaseline
  /// One round over a path: what each address of the new endpoint did.
  private let round: (_ path: String) -> [EndpointSight]
  private var windows: [String: ProbeWindow] = [:]
  private static let roundsEachLook = 5

  init(
    gates: [SoakGate], baseline: SoakBaseline, round: @escaping (_ path: String) -> [EndpointSight]
  ) {
    self.gates = gates
    self.baseline = baseline
    self.round = round
  }

  /// Measures, once, how quick the new path is before any client is on it. The same path: another one
  /// would say nothing.
  func takeBaseline() {
    for gate in gates {
      guard case .probes(let path) = gate.source, baseline.median(of: path) == nil else { continue }
      var window = ProbeWindow()
      fill(&window, path, rounds: ProbeSample.fewestAttempts)
      if window.count >= ProbeSample.fewestAttempts, let median = window.median {
        baseline.note(median, of: path)
      }
    }
  }

  func look() -> (Outcome, String) {
    let verdicts = gates.map { SoakVerdict($0, evidence(for: $0)) }
    let text = verdicts.map { "\($0.gate): \($0.reason)" }.joined(separator: "; ")
    return (SoakVerdict.combined(verdicts), text)
  }

  private func evidence(for gate: SoakGate) -> SoakEvidence? {
    switch gate.source {
    case .probes(let path): return .probes(sample(path))
    case .program(let words):
      do {
        let outcome = try ChildProcess.run(words, within: .seconds(60))
        switch outcome.ending {
        case .exited(let status): return .program(.exited(status))
        case .killed: return .program(.exited(-1))
        case .overdue: return .program(.timedOut)
        }
      } catch {
        return .program(.notStarted("\(error)"))
      }
    case .query(let url, _): return .query(perMille: Self.query(url))
    }
  }

  /// The last probes; the first look takes enough of them to judge by.
  private func sample(_ path: String) -> ProbeSample {
    var window = windows[path] ?? ProbeWindow()
    let isNew = window.count < ProbeSample.fewestAttempts
    fill(&window, path, rounds: isNew ? ProbeSample.fewestAttempts : Self.roundsEachLook)
    windows[path] = window
    return ProbeSample(
      attempts: window.count, successes: window.successes, latency: window.median,
      baseline: baseline.median(of: path))
  }

  /// Stops at once where no address is known.
  private func fill(_ window: inout ProbeWindow, _ path: String, rounds: Int) {
    for _ in 0..<rounds {
      let sights = round(path)
      if sights.isEmpty { return }
      for sight in sights { window.note(sight) }
    }
  }

  /// A number alone, or Prometheus's `{"data":{"result":[{"value":[time,"number"]}]}}`.
  private static func query(_ url: String) -> Int64? {
    guard let client = try? HTTPClient(), let response = try? client.send(HTTPRequest("GET", url)),
      response.status == 200
    else { return nil }
    let text = String(decoding: response.body, as: UTF8.self)
    if let number = perMille(text) { return number }
    guard let json = try? JSON(parsing: text),
      let value = json["data"]?["result"]?.array?.first?["value"]?.array?.last?.string
    else { return nil }
    return perMille(value)
  }

  /// `99.95` as 99950 thousandths, without a float: what is finer is dropped.
  static func perMille(_ text: String) -> Int64? {
    let parts = text.split(whereSeparator: \.isWhitespace).first?
      .split(separator: ".", omittingEmptySubsequences: false)
    guard let parts, (1...2).contains(parts.count), let whole = Int64(parts[0]) else { return nil }
    var fraction: Int64 = 0
    if parts.count == 2 {
      let digits = parts[1].prefix(3) + String(repeating: "0", count: max(0, 3 - parts[1].count))
      guard parts[1].allSatisfy(\.isNumber), let value = Int64(digits) else { return nil }
      fraction = value
    }
    let (scaled, overflow) = whole.multipliedReportingOverflow(by: 1000)
    return overflow ? nil : parts[0].hasPrefix("-") ? scaled - fraction : scaled + fraction
  }
}

/// The last probes of one path: what is older has had its say.
struct ProbeWindow {
  private static let limit = 200
  /// Milliseconds of each; nil where it failed. The oldest is overwritten.
  private var probes: [Int?] = []
  private var next = 0

  var count: Int { probes.count }
  var successes: Int { probes.count { $0 != nil } }

  var median: Int? {
    let durations = probes.compactMap { $0 }.sorted()
    return durations.isEmpty ? nil : durations[durations.count / 2]
  }

  mutating func note(_ sight: EndpointSight) {
    let duration = sight.isWell ? Int(clamping: sight.duration.milliseconds) : nil
    if probes.count < Self.limit {
      probes.append(duration)
    } else {
      probes[next] = duration
      next = (next + 1) % Self.limit
    }
  }
}

/// Medians in milliseconds of the new path before the cutover, by path. On disk: the cutover may be days
/// and several processes away.
final class SoakBaseline {
  private let path: String?
  private var medians: [String: Int] = [:]

  /// `path`: the file; nil keeps it in memory.
  init(path: String?) {
    self.path = path
    guard let path, AtomicFile.exists(path), let bytes = try? AtomicFile.read(path, limit: 1 << 16),
      let json = try? JSON(parsing: String(decoding: bytes, as: UTF8.self))
    else { return }
    for entry in json["medians"]?.array ?? [] {
      guard let path = entry["path"]?.string, let median = entry["milliseconds"]?.integer else {
        continue
      }
      medians[path] = Int(clamping: median)
    }
  }

  func median(of path: String) -> Int? { medians[path] }

  /// A baseline that could not be kept is as good as none after a restart, and then holds (R21).
  func note(_ median: Int, of path: String) {
    medians[path] = median
    let entries = medians.keys.sorted().map { key in
      ["path": .string(key), "milliseconds": .integer(medians[key] ?? 0)] as JSON
    }
    guard let file = self.path else { return }
    try? AtomicFile.replace(file, with: Array((["medians": .array(entries)] as JSON).compact.utf8))
  }
}
