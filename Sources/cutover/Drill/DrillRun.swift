import Assessment
import DNSModel
import Engine
import HTTP
import Invocation
import Migration
import Notation
import Routers
import SystemIO

/// Fails one region on the new path and brings it back, while clients of ours ask by SNI all the time. The
/// name in DNS is not touched, and whoever still uses the old path meets nothing of it.
final class DrillRun {
  struct Commands {
    var fail: [String]?
    var restore: [String]?
    var breakDependency: [String]?
    var mendDependency: [String]?
  }

  private let plan: Plan
  private let commands: Commands
  private let path: String
  private let logs: [(name: String, path: String)]
  private let patience: TimeSpan
  private let runtime: HAProxyRuntime?
  private let fresh: HTTPClient
  private let kept: HTTPClient
  private let tell: (String) -> Void
  private var evidence: DrillEvidence
  private var turn = 0
  /// Each drill's notices have keys of their own.
  private let began = SystemClock.wall()
  private static let calmRequests = 40
  private static let pause: TimeSpan = .milliseconds(40)

  init(
    _ plan: Plan, region: String, _ commands: Commands, path: String,
    logs: [(name: String, path: String)] = [], patience: TimeSpan, tell: @escaping (String) -> Void
  ) throws {
    self.plan = plan
    self.commands = commands
    self.path = path
    self.logs = logs
    self.patience = patience
    self.tell = tell
    if case .haproxy(let haproxy) = plan.router.kind {
      runtime = HAProxyRuntime(
        socket: HAProxySocket(path: haproxy.socket), backend: haproxy.backend)
    } else {
      runtime = nil
    }
    fresh = try Self.client(plan, isFresh: true)
    kept = try Self.client(plan, isFresh: false)
    evidence = DrillEvidence(region: region)
    evidence.isRealFailure = commands.fail != nil
  }

  private static func client(_ plan: Plan, isFresh: Bool) throws -> HTTPClient {
    var options = HTTPClient.Options()
    options.connectTimeout = .seconds(5)
    options.timeout = .seconds(10)
    options.isFreshEachTime = isFresh
    if let file = plan.environment.trust {
      options.trust = .anchors(pem: try AtomicFile.read(file, limit: 1 << 20))
    }
    return try HTTPClient(options)
  }

  // MARK: the course

  func run() throws -> DrillEvidence {
    for _ in 0..<Self.calmRequests { ask(\.calm) }
    guard evidence.calm.failed == 0 else {
      throw Complaint(
        "the new path does not serve even now (\(evidence.calm.failures.first ?? "")): no region was failed"
      )
    }
    let before = doors()
    try failAndRestore()
    try breakAndMend()
    let after = doors()
    knockAtFilter()
    evidence.logs = joinLogs()
    evidence.doors = zip(plan.router.regions, zip(before, after)).map { region, stands in
      DrillEvidence.Door(region: region.name, before: stands.0, after: stands.1)
    }
    return evidence
  }

  private func failAndRestore() throws {
    tell("failing \(evidence.region)")
    let begin = SystemClock.sinceBoot()
    evidence.keptConnectionServed = askKept()
    do {
      try perform(commands.fail) { try $0.maintain(evidence.region) }
    } catch {
      // It may have done half of it.
      try? perform(commands.restore) { try $0.ready(evidence.region) }
      throw error
    }
    evidence.seenDown = watch(\.loss, isUp: false)
    notify("down", evidence.seenDown)
    evidence.failover = max(evidence.failover, evidence.seenDown.span ?? .zero)
    let end = SystemClock.sinceBoot() + .seconds(2)
    while SystemClock.sinceBoot() < end {
      if !ask(\.loss) { evidence.failover = SystemClock.sinceBoot() - begin }
    }
    // Whatever was seen, and whoever wants us to stop: it is brought back first.
    tell("bringing \(evidence.region) back")
    try perform(commands.restore) { try $0.ready(evidence.region) }
    evidence.seenUp = watch(\.back, isUp: true)
    notify("up", evidence.seenUp)
  }

  private func breakAndMend() throws {
    guard let breaking = commands.breakDependency, let mending = commands.mendDependency else {
      return
    }
    tell("breaking what \(evidence.region) depends on")
    try perform(breaking) { _ in }
    evidence.dependencyDown = watch(\.ailing, isUp: false)
    try perform(mending) { _ in }
    evidence.dependencyUp = watch(\.ailing, isUp: true)
  }

  private func perform(_ words: [String]?, atRouter: (HAProxyRuntime) throws -> Void) throws {
    if let words {
      let outcome = try ChildProcess.run(words, within: .minutes(1))
      guard outcome.succeeded else {
        throw Complaint("\(words.joined(separator: " ")): \(outcome.summary)", .failed)
      }
    } else if let runtime {
      try atRouter(runtime)
    } else {
      throw Complaint(
        "a router of kind \(plan.router.kind.name) takes no orders from us: give --fail-with and --restore-with",
        .usage)
    }
  }

  /// Asks on while the router makes up its mind.
  private func watch(
    _ phase: WritableKeyPath<DrillEvidence, DrillEvidence.Phase>, isUp: Bool
  ) -> DrillEvidence.Notice {
    let begin = SystemClock.sinceBoot()
    guard runtime != nil else {
      while SystemClock.sinceBoot() - begin < .seconds(5) { ask(phase) }
      return .notTried
    }
    while SystemClock.sinceBoot() - begin < patience {
      ask(phase)
      if phase != \.ailing, !askKept() { evidence.keptConnectionServed = false }
      if (try? runtime?.server(evidence.region)?.isUp) == isUp {
        return .seen(after: SystemClock.sinceBoot() - begin)
      }
    }
    return .notSeen(within: patience)
  }

  // MARK: one request

  /// One address of the router after the other, by SNI; never a look-up of the name.
  private func request() -> HTTPRequest? {
    guard !plan.router.addresses.isEmpty else { return nil }
    turn += 1
    return HTTPRequest(
      "GET", "https://\(plan.hostname.host)\(path)",
      connectTo: plan.router.addresses[turn % plan.router.addresses.count].description)
  }

  @discardableResult
  private func ask(_ phase: WritableKeyPath<DrillEvidence, DrillEvidence.Phase>) -> Bool {
    guard let request = request() else { return false }
    SystemClock.pause(until: SystemClock.sinceBoot() + Self.pause)
    evidence[keyPath: phase].sent += 1
    do throws(HTTPError) {
      let response = try fresh.send(request)
      let slowest = evidence[keyPath: phase].slowest
      evidence[keyPath: phase].slowest = max(slowest, response.duration)
      for cookie in response.headerValues("Set-Cookie") {
        let name = safeText(String(cookie.prefix { $0 != "=" }), limit: 60)
        if !evidence.cookies.contains(name) { evidence.cookies.append(name) }
      }
      DrillSigns.note(response, in: &evidence)
      guard !(200..<400).contains(response.status) else { return true }
      fail("status \(response.status)", phase)
    } catch {
      fail(error.description, phase)
    }
    return false
  }

  private func fail(
    _ what: String, _ phase: WritableKeyPath<DrillEvidence, DrillEvidence.Phase>
  ) {
    evidence[keyPath: phase].failed += 1
    if evidence[keyPath: phase].failures.count < 5 {
      evidence[keyPath: phase].failures.append(what)
    }
  }

  /// Something that every filter knows for an attack, and that does nothing.
  private func knockAtFilter() {
    guard !plan.router.addresses.isEmpty else { return }
    let request = HTTPRequest(
      "GET", "https://\(plan.hostname.host)\(path)?q=%3Cscript%3Ealert(1)%3C/script%3E",
      connectTo: plan.router.addresses[0].description)
    guard let status = (try? fresh.send(request))?.status else { return }
    evidence.guards["filter-rules"] =
      [400, 403, 406].contains(status)
      ? .met("a script in the query is refused with \(status)")
      : .notMet("a script in the query is answered \(status)")
  }

  private func joinLogs() -> [DrillEvidence.Log] {
    logs.map { log in
      let bytes = (try? AtomicFile.read(log.path, limit: 256 << 20)) ?? []
      var found: Set<String> = []
      for line in bytes.split(separator: 0x0A) {
        for word in line.split(whereSeparator: { $0 == 0x20 || $0 == 0x22 || $0 == 0x09 }) {
          let word = String(decoding: word, as: UTF8.self)
          if evidence.requestIDs.contains(word) { found.insert(word) }
        }
      }
      return DrillEvidence.Log(name: log.name, isRouter: log.name == "router", found: found)
    }
  }

  private func askKept() -> Bool {
    guard let request = request(), let response = try? kept.send(request) else { return false }
    return (200..<400).contains(response.status)
  }

  // MARK: the doors, and who is told

  private func doors() -> [DrillEvidence.DoorStand] {
    plan.router.regions.map { region in
      RegionProbe.knock(at: region, of: plan, path, through: fresh)
    }
  }

  /// Once for each direction, with a key by which the far side can drop a repeat.
  private func notify(_ direction: String, _ notice: DrillEvidence.Notice) {
    guard case .seen(let span) = notice else { return }
    for hook in plan.notifications where hook.occasions.contains(.region) {
      let body: JSON = [
        "kind": .string("region-\(direction)"), "hostname": .string(plan.hostname.host),
        "text": .string(
          "drill: \(evidence.region) is \(direction) (seen after \(span.milliseconds) ms)"),
        "deduplication": .string(
          "drill \(began.seconds) \(plan.hostname.host) \(evidence.region) \(direction)"),
      ]
      let name =
        switch hook.target {
        case .program(let words): words.first ?? ""
        case .webhook(let url, _): url
        }
      let isTaken = HookPost(clock: WallClock()).trouble(sending: body, to: hook.target) == nil
      let text = safeText(isTaken ? name : "\(name), which did not take it")
      if !evidence.hooks.contains(text) { evidence.hooks.append(text) }
    }
  }
}

/// For signatures of hooks: a drill has no stored clock.
private struct WallClock: MigrationClock {
  func now() -> Now {
    let wall = SystemClock.wall()
    return Now(safe: wall, wall: wall)
  }
}

extension DrillEvidence.Notice {
  fileprivate var span: TimeSpan? {
    if case .seen(let span) = self { span } else { nil }
  }
}
