import HTTP
import Migration
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

@testable import cutover

/// The soak gates against real servers and real programs. No data is never a pass.
@Suite struct SoakGateTests {
  let directory = TemporaryDirectory()

  static func sight(_ address: String, _ path: String) -> EndpointSight {
    var options = HTTPClient.Options()
    options.timeout = .seconds(5)
    do {
      let client = try HTTPClient(options)
      let response = try client.send(HTTPRequest("GET", "http://\(address)\(path)"))
      return EndpointSight(
        isWell: response.status == 200, status: response.status, duration: response.duration,
        summary: "")
    } catch {
      return EndpointSight(isWell: false, status: nil, duration: .zero, summary: "\(error)")
    }
  }

  func desk(_ gate: SoakGate, at address: String?) -> SoakDesk {
    let baseline = SoakBaseline(path: directory.file("baseline.json"))
    return SoakDesk(gates: [gate], baseline: baseline) { path in
      address.map { [Self.sight($0, path)] } ?? []
    }
  }

  static let policies: [(SoakGate.Policy, Outcome)] = [
    (.hold, .fail), (.rollBack, .failAndRollBack),
  ]

  @Test(arguments: policies)
  func latencyIsHeldAgainstTheSamePathBeforeTheCutover(
    policy: SoakGate.Policy, outcome: Outcome
  ) throws {
    let web = try WebDesk()
    let gate = SoakGate(name: "probes", source: .probes(path: "/cart"), onFailure: policy)
    let before = desk(gate, at: web.address)
    web.answers(after: .milliseconds(20))
    before.takeBaseline()
    #expect(web.requests.allSatisfy { $0.path == "/cart" } && web.requests.count == 20)
    // Another process, days later. The new path has become slow: had the baseline been taken now, this
    // would pass.
    web.answers(after: .milliseconds(200))
    let after = desk(gate, at: web.address)
    #expect(after.look().0 == outcome, "\(after.look().1)")
  }

  @Test func aPathAsQuickAsBeforePasses() throws {
    let web = try WebDesk()
    let gate = SoakGate(name: "probes", source: .probes(path: "/"), latencyPercent: 5000)
    desk(gate, at: web.address).takeBaseline()
    let after = desk(gate, at: web.address)
    #expect(after.look().0 == .pass, "\(after.look().1)")
    // A baseline stays the one from before the cutover.
    let asked = web.requests.count
    after.takeBaseline()
    #expect(web.requests.count == asked)
  }

  @Test(arguments: policies)
  func failingRequestsFailTheGate(policy: SoakGate.Policy, outcome: Outcome) throws {
    let web = try WebDesk()
    let gate = SoakGate(name: "probes", source: .probes(path: "/"), onFailure: policy)
    let desk = desk(gate, at: web.address)
    desk.takeBaseline()
    web.answers(500)
    #expect(desk.look().0 == outcome)
  }

  @Test func probesWithoutABaselineOrWithoutAnAddressAreInconclusive() throws {
    let web = try WebDesk()
    let gate = SoakGate(name: "probes", source: .probes(path: "/"))
    #expect(desk(gate, at: web.address).look().0 == .inconclusive)
    #expect(desk(gate, at: nil).look().0 == .inconclusive)
  }

  @Test(
    arguments: [
      ("exit 0", .hold, .pass), ("exit 1", .hold, .fail), ("exit 1", .rollBack, .failAndRollBack),
      ("exit 1", .pass, .pass), ("exit 2", .hold, .inconclusive),
      ("kill -9 $$", .hold, .inconclusive),
    ] as [(String, SoakGate.Policy, Outcome)])
  func aCommandSaysYesNoOrCannotTell(
    script: String, policy: SoakGate.Policy, outcome: Outcome
  ) {
    let gate = SoakGate(
      name: "command", source: .program(command: ["/bin/sh", "-c", script]), onFailure: policy)
    #expect(desk(gate, at: nil).look().0 == outcome)
  }

  @Test func aCommandThatIsNotThereIsNoPass() {
    var gate = SoakGate(name: "command", source: .program(command: ["/nowhere/at-all"]))
    #expect(desk(gate, at: nil).look().0 == .inconclusive)
    gate.onInconclusive = .pass
    #expect(desk(gate, at: nil).look().0 == .inconclusive)
    gate.onInconclusive = .rollBack
    #expect(desk(gate, at: nil).look().0 == .failAndRollBack)
  }

  static func prometheus(_ result: String) -> String {
    #"{"status":"success","data":{"resultType":"vector","result":[\#(result)]}}"#
  }

  @Test(
    arguments: [
      (200, "0.5", .pass), (200, "1.001", .fail), (200, "1.000\n", .pass),
      (200, "many", .inconclusive),
      (200, "", .inconclusive), (500, "0.5", .inconclusive), (200, "NaN", .inconclusive),
      (200, prometheus(#"{"metric":{},"value":[1700000000.1,"0.25"]}"#), .pass),
      (200, prometheus(#"{"metric":{},"value":[1700000000.1,"7"]}"#), .fail),
      (200, prometheus(""), .inconclusive),
    ] as [(Int, String, Outcome)])
  func aQueryGivesANumberOrNothing(status: Int, body: String, outcome: Outcome) throws {
    let web = try WebDesk()
    web.answers(status, body)
    let gate = SoakGate(
      name: "errors",
      source: .query(
        url: "http://\(web.address)/api/v1/query?query=errors",
        threshold: SoakGate.Threshold(isUpper: true, perMille: 1000)))
    #expect(desk(gate, at: nil).look().0 == outcome)
  }

  @Test func aQueryThatNobodyAnswersIsInconclusive() throws {
    let port = try FreePort.next()
    let gate = SoakGate(
      name: "errors",
      source: .query(
        url: "http://127.0.0.1:\(port)/", threshold: SoakGate.Threshold(isUpper: false, perMille: 0)
      ))
    #expect(desk(gate, at: nil).look().0 == .inconclusive)
  }

  /// Whatever fell out of the window has had its say; one failure in it is noticed.
  @Test func theWindowForgetsWhatIsOld() {
    var window = ProbeWindow()
    let good = EndpointSight(isWell: true, status: 200, duration: .milliseconds(9), summary: "")
    let bad = EndpointSight(isWell: false, status: nil, duration: .zero, summary: "")
    window.note(bad)
    for _ in 0..<199 { window.note(good) }
    #expect(window.count == 200 && window.successes == 199)
    window.note(good)
    #expect(window.count == 200 && window.successes == 200 && window.median == 9)
  }
}
