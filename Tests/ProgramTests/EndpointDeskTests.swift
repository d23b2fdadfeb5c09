import DNSModel
import Engine
import Foundation
import HTTP
import Migration
import Notation
import PlanFiles
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport
import Testing

@testable import cutover

/// What a run makes of the two endpoints: served, locked, ill, silent, or not to be known from here. The
/// new one is nginx; the old one does as the test says.
@Suite struct EndpointDeskTests {
  let endpoints: TwoEndpoints

  init() throws { endpoints = try TwoEndpoints() }

  struct Clock: MigrationClock {
    func now() -> Now { Now(SystemClock.wall()) }
  }

  /// An old endpoint that answers with one status, or holds every answer back.
  final class Server {
    let port: UInt16
    private let server: HTTPServer
    private let status: Mutex<Int>
    private let isHeld = Mutex(false)
    private let finished = DispatchSemaphore(value: 0)

    init(_ endpoints: TwoEndpoints, _ code: Int) throws {
      let folder = endpoints.directory
      let bag = KeyBag(
        key: try PrivateKey.read(Array(folder.read("leaf.key").utf8)),
        certificate: try Certificate.readAll(Array(folder.read("leaf.pem").utf8))[0])
      let status = Mutex(code)
      self.status = status
      let isHeld = isHeld
      server = try HTTPServer(tls: TLSContext.server(TLSServerSettings(certificate: bag))) { _ in
        while isHeld.withLock({ $0 }) { usleep(20_000) }
        return .send(HTTPResponse(status: status.withLock { $0 }, headers: [], body: []))
      }
      port = server.port
      let (server, finished) = (server, finished)
      Foundation.Thread.detachNewThread {
        server.run()
        finished.signal()
      }
    }

    func holdsBack(_ wanted: Bool) { isHeld.withLock { $0 = wanted } }
    func answers(_ code: Int) { status.withLock { $0 = code } }

    deinit {
      holdsBack(false)
      server.stop()
      finished.wait()
    }
  }

  /// `old` and `new`: ports on loopback; none: the plan names no address, and its resolver knows none.
  func desk(
    old: [UInt16], new: [UInt16]? = nil, oldEnds: String? = nil
  ) throws -> EndpointDesk {
    EndpointDesk(try plan(old: old, new: new, oldEnds: oldEnds), clock: Clock())
  }

  func plan(
    old: [UInt16], new: [UInt16]? = nil, oldEnds: String? = nil
  ) throws -> Plan {
    func list(_ ports: [UInt16]) -> String {
      ports.map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", ")
    }
    let nobody = try FreePort.next()
    let text = """
      cutover: 1
      hostname: api.example.test
      zone:
        origin: example.test
        provider: {kind: manual, instructions: by hand}
        authoritatives:
          - {name: ns1.example.test, address: "127.0.0.1:\(nobody)"}
      from: {cname: old.example.net, ttl: 3}
      to: {cname: new.example.net}
      ttl:
        ladder: {stages: 1, floor: 1}
        final: 2
      timing: {lag: 1s, margin: 1s, clean-rounds: 2, propagation: 1s, freshness: 10s}
      router:
        kind: manual
        instructions: bound already
        addresses: [\(list(new ?? [endpoints.new]))]
        regions:
          - {name: one, origin: "127.0.0.1:\(endpoints.new)", health-path: /, share: 100}
      old-endpoint:
        addresses: [\(list(old))]
        minimum-tail: 0s
        certificate: {\(oldEnds.map { "ends: \($0)" } ?? "")}
      rollback: {window: 30s, minimum-stay: 1s}
      resolvers:
        required:
          - {name: ns, address: "127.0.0.1:\(nobody)"}
      soak:
        after-cutover: 3s
        gates:
          - {name: probes, probes: /, success: 90}
      environment: {trust: \(endpoints.trust)}
      """
    do throws(PlanRejection) {
      return try PlanFile.read(
        Array(text.utf8), now: SystemClock.wall(), zoneRules: PinnedPlan.zoneRules
      ).plan
    } catch { throw ProgramFailure(description: "\(error.problems)") }
  }

  // MARK: the lock

  @Test func anOldEndpointThatServesIsNotLocked() throws {
    let server = try Server(endpoints, 200)
    let verdict = try desk(old: [server.port]).originLock()
    #expect(
      verdict.outcome == .fail && verdict.summary.contains("takes direct clients"), "\(verdict)")
    server.answers(302)
    #expect(try desk(old: [server.port]).originLock().outcome == .fail)
  }

  @Test func refusingClientsIsTheLock() throws {
    let server = try Server(endpoints, 403)
    let verdict = try desk(old: [server.port]).originLock()
    #expect(verdict.outcome == .pass && verdict.summary.contains("answers 403"), "\(verdict)")
  }

  @Test func anIllEndpointIsNotKnownToBeLocked() throws {
    let server = try Server(endpoints, 503)
    let verdict = try desk(old: [server.port]).originLock()
    #expect(
      verdict.outcome == .inconclusive && verdict.summary.contains("ill, or locked"), "\(verdict)")
  }

  @Test func oneAddressThatServesIsEnoughToBeOpen() throws {
    let (locked, open) = (try Server(endpoints, 403), try Server(endpoints, 200))
    let verdict = try desk(old: [locked.port, open.port]).originLock()
    #expect(verdict.outcome == .fail, "\(verdict)")
  }

  @Test func silenceIsTheLockOnlyWhileTheNewEndpointCanBeReached() throws {
    let closed = try FreePort.next()
    let verdict = try desk(old: [closed]).originLock()
    #expect(verdict.outcome == .pass, "\(verdict)")
    let blind = try desk(old: [closed], new: [FreePort.next()]).originLock()
    #expect(blind.outcome == .inconclusive, "\(blind)")
    #expect(blind.summary.contains("nor can the new endpoint be reached"), "\(blind)")
  }

  @Test func withoutAnAddressNothingIsKnown() throws {
    let desk = try desk(old: [])
    #expect(desk.originLock().outcome == .inconclusive)
    #expect(desk.oldEndpoint().outcome == .inconclusive)
    #expect(desk.oldEndpoint().summary.contains("no address of it is known"))
  }

  // MARK: the old endpoint

  @Test func anOldEndpointThatServesAsItDidIsWell() throws {
    let server = try Server(endpoints, 200)
    let desk = try desk(old: [server.port])
    let verdict = desk.oldEndpoint()
    #expect(verdict.outcome == .pass, "\(verdict)")
    let leaf = try Certificate.readAll(Array(endpoints.directory.read("leaf.pem").utf8))[0]
    #expect(verdict.certificateEnds == leaf.facts.notAfter)
    // An answer that is wrong is a failure, not ignorance.
    server.answers(500)
    let ill = desk.oldEndpoint()
    #expect(ill.outcome == .fail && ill.summary.contains("answers 500"), "\(ill)")
    #expect(ill.certificateEnds == leaf.facts.notAfter)
  }

  @Test func oneThatCannotBeReachedIsInconclusiveAndKeepsTheEndThatWasSeen() throws {
    let port = try FreePort.next()
    let declared = try desk(old: [port], oldEnds: "2090-01-01T00:00:00Z").oldEndpoint()
    #expect(declared.outcome == .inconclusive, "\(declared)")
    #expect(declared.certificateEnds == UTCInstant(parsing: "2090-01-01T00:00:00Z"))
    var server: Server? = try Server(endpoints, 200)
    let served = try #require(server).port
    let desk = try desk(old: [served], oldEnds: "2090-01-01T00:00:00Z")
    let seen = try #require(desk.oldEndpoint().certificateEnds)
    server = nil
    let unheard = try UnheardPort(served)
    defer { unheard.release() }
    let gone = desk.oldEndpoint()
    #expect(gone.outcome == .inconclusive, "\(gone)")
    #expect(gone.certificateEnds == seen, "what was seen counts, not what was declared")
  }

  @Test func oneThatNeverAnswersIsInconclusiveAndInTime() throws {
    let silent = try TCPListener(bindingTo: .loopback())
    let began = SystemClock.sinceBoot()
    let verdict = try desk(old: [silent.address.port]).oldEndpoint()
    #expect(verdict.outcome == .inconclusive, "\(verdict)")
    #expect(SystemClock.sinceBoot() - began < .seconds(40))
  }

  @Test func aChainThatClientsRefuseFailsIt() throws {
    // nginx of another CA: nobody who trusts ours goes on.
    let other = try TwoEndpoints()
    let verdict = try desk(old: [other.old]).oldEndpoint()
    #expect(verdict.outcome == .fail, "\(verdict)")
    withExtendedLifetime(other) {}
  }

  // MARK: parity

  @Test func aSlowEndpointHoldsNoTurnUp() throws {
    let server = try Server(endpoints, 200)
    let plan = try plan(old: [server.port])
    let folder = TemporaryDirectory()
    let desk = EvidenceDesk(
      plan: plan, provider: try Assembly.provider(plan), clock: Clock(),
      soak: SoakDesk(gates: [], baseline: SoakBaseline(path: folder.file("baseline"))) { _ in [] },
      tell: { _ in })
    let compiled = CompiledPlan(plan, start: SystemClock.wall(), timeZone: .utc)
    server.holdsBack(true)
    let asked = SystemClock.wall()
    #expect(desk.examine(.parity, compiled) == nil)
    #expect(desk.isLooking(at: .parity) && !desk.isLooking(at: .newEndpoint))
    // Other evidence comes meanwhile.
    #expect(desk.examine(.newEndpoint, compiled)?.outcome == .pass)
    server.holdsBack(false)
    let begun = SystemClock.wall()
    var report: EvidenceReport?
    let end = SystemClock.sinceBoot() + .seconds(60)
    while report == nil, SystemClock.sinceBoot() < end {
      report = desk.examine(.parity, compiled)
    }
    let seen = try #require(report)
    #expect(!desk.isLooking(at: .parity))
    // As old as the moment at which it began to look.
    #expect(seen.at >= asked && seen.at <= begun)
    // The next one looks anew.
    while desk.examine(.parity, compiled) == nil, SystemClock.sinceBoot() < end {}
  }
}

/// A port that nobody listens on, and that nobody else gets meanwhile: tests run side by side.
private struct UnheardPort {
  private let descriptor: Int32

  init(_ port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var reuse: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(bound == 0, "somebody else took port \(port)")
  }

  func release() { close(descriptor) }
}
