import DNSModel
import DNSProviders
import Foundation
import Notation
import Routers
import TestSupport

/// A small real world to move a name in: BIND, two HTTPS endpoints, a plan with waits of seconds, and
/// a state directory.
public final class MoveWorld: Sendable {
  public let primary: UpdatablePrimary
  public let endpoints: TwoEndpoints
  public let directory = TemporaryDirectory()

  /// `names`: more names that move, with `kind` ours.
  public init(_ kind: UpdatablePrimary.Kind = .bind, names: [String] = []) throws {
    primary = try UpdatablePrimary(
      kind, ttl: 3, names: names, follow: directory.file("state"))
    endpoints = try TwoEndpoints()
  }

  public var state: String { directory.file("state") }

  /// The plan's file. `needsApproval`: at the cutover, of one person.
  /// `more`: further sections. `gates`: the soak's, a line of YAML each.
  public func plan(
    needsApproval: Bool = false, rollbackWindow: String = "30s", name: String = "api",
    gates: [String] = [
      "{name: probes, probes: /, success: 90, latency: 10000, on-failure: hold}"
    ], lock: String = "", more: String = ""
  ) -> String {
    directory.write(
      name == "api" ? "plan.yaml" : "plan-\(name).yaml",
      """
      cutover: 1
      hostname: \(name).example.test
      zone:
        origin: example.test
        provider:
          kind: dynamic-update
          server: \(primary.address)
          key: \(primary.key)
          fence: yes
          longest-write: 2s
        authoritatives:
          - {name: ns1.example.test, address: "\(primary.address)"}
      from: {cname: old.example.net, ttl: 3}
      to: {cname: new.example.net}
      ttl:
        ladder: {stages: 1, floor: 1}
        final: 2
      timing: {lag: 1s, margin: 1s, clean-rounds: 2, propagation: 1s, freshness: 10s}
      router:
        kind: manual
        instructions: "bound already"
        addresses: ["127.0.0.1:\(endpoints.new)"]
        regions:
          - {name: one, origin: "127.0.0.1:\(endpoints.new)", health-path: /, share: 100}
      old-endpoint:
        addresses: ["127.0.0.1:\(endpoints.old)"]
        minimum-tail: 0s\(lock.isEmpty ? "" : "\n  " + lock)
      rollback: {window: \(rollbackWindow), minimum-stay: 1s}
      resolvers:
        required:
          - {name: ns, address: "\(primary.address)"}
      soak:
        after-cutover: 3s
        after-lock: 3s
        gates:
          \(gates.map { "- " + $0 }.joined(separator: "\n    "))
      approvals:
        cut-over: {count: \(needsApproval ? 1 : 0)}
        restore-ttl: {count: 0}
      environment:
        trust: \(endpoints.trust)
      \(more)
      """)
  }

  /// The same move with everything real on the new side: HAProxy as the router, two regions behind it,
  /// and a certificate that `ca` issues on the way, proven through the zone itself.
  /// `life`: how long a certificate of it lasts, if it is to be declared.
  public func plan(
    router: HAProxyBed, regions: [(name: String, address: String)], ca: PebbleCA,
    needsApproval: Bool = false, rollbackWindow: String = "30s", life: String = ""
  ) throws -> String {
    let trust = try [
      Data(contentsOf: URL(fileURLWithPath: endpoints.trust)), Data(ca.anchors), Data(ca.root()),
    ]
    directory.write(
      "trust.pem", trust.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n"))
    let regionLines = regions.map {
      "      - {name: \($0.name), origin: \"\($0.address)\", health-path: /health, share: 50, capacity: 100}"
    }
    let manual = """
        kind: manual
        instructions: "bound already"
        addresses: ["127.0.0.1:\(endpoints.new)"]
        regions:
          - {name: one, origin: "127.0.0.1:\(endpoints.new)", health-path: /, share: 100}
      """
    let driven = """
        kind: haproxy
        socket: \(router.runtime.socket.path)
        backend: regions
        certificate-list: \(router.certificateList)
        addresses: ["127.0.0.1:\(router.port)"]
        regions:
      """
    let certificate = """
      certificate:
        issuer: acme
        directory: \(ca.directory)
        account-key: file:\(directory.file("account.pem"))
        authority: pebble.test
        issuance-time: 5s\(life.isEmpty ? "" : "\n  life: " + life)
      """
    let base = plan(needsApproval: needsApproval, rollbackWindow: rollbackWindow)
    let text = try String(contentsOfFile: base, encoding: .utf8)
      .replacingOccurrences(of: manual, with: driven + "\n" + regionLines.joined(separator: "\n"))
      .replacingOccurrences(of: endpoints.trust, with: directory.file("trust.pem"))
      .replacingOccurrences(of: "\(primary.key)", with: "\(primary.broadKey)")
    return directory.write("driven.yaml", text + "\n" + certificate + "\n")
  }

  @discardableResult
  public func cutover(_ arguments: [String], seconds: Int = 90) throws -> ProgramRun {
    try Programs.cutover(arguments + ["--state", state], seconds: seconds)
  }

  /// An engine that runs beside the test.
  public func engine(_ arguments: [String] = ["--wait"]) throws -> ServerProcess {
    try ServerProcess(Programs.cutover(), ["run"] + arguments + ["--state", state])
  }

  public func status() throws -> JSON {
    try JSON(parsing: cutover(["status", "--json"]).stdout)
  }

  public func record() throws -> ProviderHolding { try primary.provider().read() }

  public var standing: String? { (try? status())?["standing"]?.string }

  public func isDone(_ step: String) -> Bool {
    let steps = (try? status())?["steps"]?.array ?? []
    return steps.contains { $0["id"]?.string == step && $0["standing"]?.string == "done" }
  }

  public func waits(seconds: Double, for condition: () throws -> Bool) rethrows -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if try condition() { return true }
      usleep(100_000)
    }
    return false
  }

  /// How often each effect was told to have taken hold, or was begun, from the journal itself.
  public func facts() throws -> [JSON] {
    try cutover(["history", "--json"]).stdout.split(separator: "\n")
      .map { try JSON(parsing: String($0)) }
  }
}
