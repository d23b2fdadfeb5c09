import Migration
import Notation
import PlanFiles
@_spi(PlantedMistakes) import Rehearsal
import SystemIO
import TestSupport
import Testing

/// Worlds of the shipped plans that once broke a rule, each with what it was that broke.
struct KnownWorld: Sendable, CustomTestStringConvertible {
  let plan: String
  let day: String
  var hour = "08"
  let seed: UInt64
  let was: String
  var testDescription: String { "\(plan) from \(day), world \(seed): \(was)" }

  static let contoso = "api.contososhoes.com.yaml"
  static let sandbox = "sandbox.yaml"
  static let haproxy = "www.example.org-haproxy.yaml"
  static let raised =
    "a stranger's low TTL, let stand, was raised to the next stair while a server lagged (R14)"
  static let undecidable =
    "written over before the old record was seen: nothing to put there (liveness)"

  static let unheard =
    "people asked for what had been refused, instead of what was offered (false alarm of liveness)"

  static let among = "found among the others; which of their causes it had is not known"

  static let all = [
    KnownWorld(
      plan: contoso, day: "2026-11-21", seed: 1_001_913,
      was: "who withdraws a change has seen what stands in its place (false alarm of R19)"),
    KnownWorld(
      plan: sandbox, day: "2026-12-01", seed: 1_002_930,
      was: "a floored TTL that nobody saw served before a stranger took the record away (R15)"),
    KnownWorld(
      plan: sandbox, day: "2026-12-01", seed: 1_244_846,
      was: "a stranger's TTL taken for the provider's rounding (R19)"),
    KnownWorld(
      plan: sandbox, day: "2026-12-01", seed: 2_054_623,
      was: "a stranger's TTL taken for rounding after the provider showed ours (R19)"),
    KnownWorld(
      plan: sandbox, day: "2026-12-01", seed: 2_314_411,
      was: "the same, where ours was served before it was known to have taken hold (R19)"),
    KnownWorld(
      plan: sandbox, day: "2026-12-01", seed: 2_107_068,
      was: "a cutover that landed, and was undone by a stranger before it was read (R19)"),
    KnownWorld(
      plan: sandbox, day: "2026-12-01", seed: 2_029_585,
      was: "our own rounded write held for drift, decided upon, and waited for for ever (liveness)"),
    KnownWorld(
      plan: sandbox, day: "2026-12-01", seed: 2_274_729,
      was: "a raised TTL that landed under a stranger's record (liveness)"),
    KnownWorld(
      plan: sandbox, day: "2026-12-01", seed: 2_162_615,
      was: "an order of unknown outcome outlasted a bound of minutes (false alarm of liveness)"),
    KnownWorld(plan: haproxy, day: "2026-12-01", seed: 1_015_956, was: raised),
    KnownWorld(plan: haproxy, day: "2026-12-01", seed: 1_052_293, was: raised),
    KnownWorld(plan: haproxy, day: "2026-12-01", seed: 1_113_781, was: raised),
    KnownWorld(plan: haproxy, day: "2026-12-01", seed: 1_124_073, was: raised),
    KnownWorld(plan: sandbox, day: "2026-12-01", seed: 1_349_257, was: raised),
    KnownWorld(plan: sandbox, day: "2026-12-01", seed: 1_161_950, was: undecidable),
    KnownWorld(plan: sandbox, day: "2026-12-01", seed: 1_445_502, was: undecidable),
    KnownWorld(plan: sandbox, day: "2026-12-01", seed: 1_546_637, was: undecidable),
    KnownWorld(plan: sandbox, day: "2026-12-01", seed: 1_627_958, was: undecidable),
    KnownWorld(plan: sandbox, day: "2026-12-01", seed: 2_056_070, was: undecidable),
    KnownWorld(
      plan: sandbox, day: "2026-12-01", seed: 2_615_576,
      was: "a stranger's TTL taken for rounding of a write that another had replaced (R19)"),
    KnownWorld(plan: sandbox, day: "2026-12-01", seed: 2_161_670, was: unheard),
    KnownWorld(plan: sandbox, day: "2026-12-01", seed: 2_684_129, was: unheard),
    KnownWorld(plan: sandbox, day: "2026-12-01", seed: 2_083_040, was: among),
    KnownWorld(plan: sandbox, day: "2026-12-01", seed: 2_104_918, was: among),
    KnownWorld(plan: sandbox, day: "2026-12-01", seed: 2_596_902, was: among),
    KnownWorld(plan: sandbox, day: "2026-12-01", seed: 2_717_051, was: among),
    KnownWorld(
      plan: sandbox, day: "2026-12-01", seed: 2_541_165,
      was: "a write that landed the second time, deleted before it was read (R19)"),
    KnownWorld(
      plan: sandbox, day: "2026-12-01", seed: 1_389_059,
      was: "a TTL that a stranger changed between intent and write (false alarm of R19)"),
    KnownWorld(
      plan: contoso, day: "2026-12-01", seed: 1_118_203,
      was: "a stranger did what a person was told to do (false alarm of R19)"),
    KnownWorld(
      plan: contoso, day: "2026-12-01", hour: "00", seed: 4_705,
      was: "on the way back nobody could answer for what a panel made of the change (liveness)"),
  ]

  func rehearsal() throws -> Rehearsal {
    let start = try #require(UTCInstant(parsing: day + "T\(hour):00:00Z"))
    let bytes = try InputFile.read("\(Programs.root)/Plans/\(plan)")
    let file = try PlanFile.read(bytes, now: start) {
      try? InputFile.read("/usr/share/zoneinfo/\($0)")
    }
    return Rehearsal(
      CompiledPlan(file.plan, start: start, timeZone: file.timeZone), startingAt: start)
  }
}

@Suite struct KnownWorldTests {
  @Test(arguments: KnownWorld.all) func holdsNow(world: KnownWorld) throws {
    let result = try world.rehearsal().run(seed: world.seed)
    #expect(result.violations == [])
    #expect(result.ending != nil)
  }
}
