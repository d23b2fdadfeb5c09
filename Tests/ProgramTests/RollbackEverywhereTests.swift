import DNSModel
import DNSProviders
import DNSTransport
import Foundation
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// One name for each step: its move is turned back when that step is done. All end in the record that was
/// there before, and a client behind a caching resolver, asking each of them every 10 ms, sees no failure.
@Suite struct RollbackEverywhereTests {
  static let steps = [
    "baseline", "audit", "ttl.lower.1", "router.bind", "prove", "cutover", "verify", "soak.1",
    "origin.lock",
  ]
  /// These come after the first soak, which therefore is short for them; the second one is long.
  static let late = ["soak.1", "origin.lock"]

  static func plan(_ world: MoveWorld, _ name: String, _ step: String) throws -> String {
    let doors = late.contains(step) ? world.endpoints.lockLines(for: name) : ""
    let plan = world.plan(name: name, lock: doors)
    var text = try String(contentsOfFile: plan, encoding: .utf8)
    // Long enough for any machine to be turned back in.
    if !late.contains(step) {
      text = text.replacing("after-cutover: 3s", with: "after-cutover: 300s")
    }
    // What is locked must have drained first.
    if late.contains(step) { text = text.replacing("minimum-tail: 0s", with: "minimum-tail: 3s") }
    text = text.replacing("after-lock: 3s", with: "after-lock: 300s")
    try text.write(toFile: plan, atomically: true, encoding: .utf8)
    return plan
  }

  @Test func everyStepCanBeTurnedBackWithTheNameAnsweringThroughout() throws {
    let names = Self.steps.indices.map { "n\($0)" }
    let world = try MoveWorld(.ours, names: names)
    let resolver = try CachingResolver(zone: "example.test", at: world.primary.address)
    for (name, step) in zip(names, Self.steps) {
      let start = try world.cutover(["start", Self.plan(world, name, step)])
      #expect(start.status == 0, "\(start)")
    }
    let last = "\(names[names.count - 1]).example.test"
    let known = try world.cutover(["status", last, "--json"]).stdout
    for step in Self.steps { #expect(known.contains("\"\(step)\""), "no step \(step): \(known)") }
    let clients = try AskingClients(names.map { "\($0).example.test" }, resolver.address)
    let engine = try world.engine()
    var turned: Set<String> = []
    var isLocking = false
    let isAllTurned = try world.waits(seconds: 150) {
      for (name, step) in zip(names, Self.steps) where !turned.contains(name) {
        guard try Self.isDone(world, name, step) else {
          if step == "origin.lock", !isLocking, try Self.isDone(world, name, "soak.1") {
            isLocking = true
            let shown = try world.cutover(["status", last]).stdout
            #expect(shown.contains("lock the old endpoint: runs touch /"), "\(shown)")
            // Nobody measures direct traffic here: a person vouches for it (R7).
            for yes in [["--gate", "lockOrigin"], ["--attest-drained"]] {
              let run = try world.cutover(["approve", last, "--as", "ann"] + yes)
              #expect(run.status == 0, "\(run)")
            }
          }
          continue
        }
        // Giving up is the same way back under another name.
        let verb = step == "ttl.lower.1" ? "abort" : "rollback"
        let run = try world.cutover([verb, "\(name).example.test"])
        #expect(run.status == 0, "\(name) after \(step): \(run)")
        turned.insert(name)
      }
      return turned.count == names.count
    }
    #expect(isAllTurned, "\(turned) \(engine.stderr.suffix(2000))")
    #expect(try engine.waitForEnd(seconds: 120) == 0, "\(engine.stderr.suffix(2000))")
    let seen = clients.stop()
    #expect(seen.failures.isEmpty, "\(seen.failures.prefix(5)) of \(seen.answers)")
    #expect(seen.answers > 500)
    for (name, step) in zip(names, Self.steps) {
      let status = try JSON(
        parsing: world.cutover(["status", "\(name).example.test", "--json"]).stdout)
      #expect(status["standing"]?.string == "rolledBack", "\(name) after \(step)")
      let scope = ProviderScope(
        zone: "example.test", name: try DomainName(parsing: "\(name).example.test"))
      let held = try world.primary.provider(scope).read().content
      #expect(held == MoveTests.alias("old.example.net", 3), "\(name) after \(step)")
      #expect(!world.endpoints.isLocked(name), "\(name) after \(step)")
    }
  }

  static func isDone(_ world: MoveWorld, _ name: String, _ step: String) throws -> Bool {
    let status = try JSON(
      parsing: world.cutover(["status", "\(name).example.test", "--json"]).stdout)
    return status["steps"]?.array?.contains {
      $0["id"]?.string == step && $0["standing"]?.string == "done"
    } ?? false
  }
}

/// Unbound, which believes what our server says of a zone and keeps it as long as the TTL allows.
final class CachingResolver {
  let address: SocketAddress
  private let directory = TemporaryDirectory()
  private let server: ServerProcess

  struct Encryption {
    /// Where `leaf.pem` and `leaf.key` are.
    let folder: TemporaryDirectory
    let tlsPort: UInt16
    let httpsPort: UInt16

    var lines: [String] {
      [
        "interface: 127.0.0.1@\(tlsPort)", "interface: 127.0.0.1@\(httpsPort)",
        "tls-port: \(tlsPort)", "https-port: \(httpsPort)",
        "tls-service-pem: \"\(folder.file("leaf.pem"))\"",
        "tls-service-key: \"\(folder.file("leaf.key"))\"",
      ]
    }
  }

  /// `over`: besides, over TLS and HTTPS.
  init(zone: String, at primary: SocketAddress, over encryption: Encryption? = nil) throws {
    let port = try FreePort.next()
    address = .loopback(port: port)
    directory.write(
      "unbound.conf",
      UnboundText.text(
        port: port, folder: directory.path,
        server: [
          "do-not-query-localhost: no", "module-config: \"iterator\"",
          "local-zone: \"test.\" nodefault",
        ] + (encryption?.lines ?? []),
        clauses: """
          stub-zone:
            name: "\(zone)"
            stub-addr: 127.0.0.1@\(primary.port)

          """))
    server = try ServerProcess("unbound", ["-c", directory.file("unbound.conf")])
    let name = try DomainName(parsing: "api.\(zone)")
    let address = address
    _ = try server.wait(for: "unbound to answer") {
      try? DNSExchange.ask(
        Question(name, .cname), of: address, recursionDesired: true, within: .seconds(1))
    }
  }
}

/// Clients that never stop asking: each name every 10 ms, one question and one answer. Nothing is asked
/// again: silence is a failure.
final class AskingClients: @unchecked Sendable {
  struct Seen {
    var answers = 0
    var failures: [String] = []
  }

  private let lock = NSLock()
  private var seen = Seen()
  private var isStopping = false
  private var threads: [SystemIO.Thread] = []

  init(_ names: [String], _ resolver: SocketAddress) throws {
    for text in names {
      let name = try DomainName(parsing: text)
      threads.append(
        try SystemIO.Thread("client") { [self] in
          while !lock.withLock({ isStopping }) {
            ask(name, resolver)
            usleep(10_000)
          }
        })
    }
  }

  private func ask(_ name: DomainName, _ resolver: SocketAddress) {
    var request = DNSRequest(Question(name, .cname), to: resolver, recursionDesired: true)
    request.attempts = 1
    request.patience = .seconds(10)
    let trouble: String?
    do {
      let message = try DNSExchange.perform(request, within: .seconds(12)).message
      let isGood =
        message.responseCode == .noError && message.answers.contains { $0.data.type == .cname }
      trouble = isGood ? nil : "\(message.responseCode)"
    } catch {
      trouble = "\(error)"
    }
    lock.withLock {
      if let trouble { seen.failures.append("\(name): \(trouble)") } else { seen.answers += 1 }
    }
  }

  func stop() -> Seen {
    lock.withLock { isStopping = true }
    for thread in threads { thread.join() }
    return lock.withLock { seen }
  }
}
