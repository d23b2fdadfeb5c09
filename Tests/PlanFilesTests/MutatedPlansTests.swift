import Migration
import Notation
import PlanFiles
import TestSupport
import Testing

/// Plans with bytes changed, cut, doubled and swapped: they are read or refused with a place within the
/// text, and nothing else ever happens.
struct MutatedPlansTests {
  @Test(arguments: PlanFileTests.plans, [UInt64(1), 2, 3])
  func aDamagedPlanIsReadOrRefusedWithAPlace(_ name: String, _ seed: UInt64) throws {
    let original = Array(try PlanFileTests.text(name).utf8)
    var random = SeededRandom(seed: seed)
    var refused = 0
    for round in 0..<150 {
      var text = original
      for _ in 0..<Int.random(in: 1...4, using: &random) { damage(&text, &random) }
      let lines = text.count { $0 == 0x0A } + 2
      do throws(PlanRejection) {
        let file = try PlanFile.read(
          text, now: PlanFileTests.now, zoneRules: RefusedPlansTests.zone)
        // What is accepted must be tellable.
        _ = Forecast(file.plan, start: PlanFileTests.now, timeZone: file.timeZone)
      } catch {
        refused += 1
        #expect(!error.problems.isEmpty)
        for problem in error.problems {
          #expect(
            problem.place.line >= 1 && problem.place.line <= lines && problem.place.column >= 1,
            "seed \(seed), round \(round): \(problem)")
        }
      }
    }
    #expect(refused > 30)
  }

  private func damage(_ text: inout [UInt8], _ random: inout SeededRandom) {
    let bits: [[UInt8]] = [
      "{", "}", "[", "]", "*", "&a ", "? ", "- ", "|", ">", "\"", "'", ": ", "<<: ", "!!", "---\n",
      "\t", "\0", "\u{ff}", "99999999999999999999", "-1", "~", "#", "\n", "  ",
    ].map { Array($0.utf8) }
    let place = Int.random(in: 0..<max(text.count, 1), using: &random)
    let length = min(Int.random(in: 0...12, using: &random), text.count - place)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: text[place] = UInt8.random(in: 0...255, using: &random)
    case 1: text.removeSubrange(place..<(place + length))
    case 2: text.insert(contentsOf: bits.randomElement(using: &random) ?? [], at: place)
    case 3: text.insert(contentsOf: Array(text[place..<(place + length)]), at: place)
    default: text.removeSubrange(place...)
    }
    if text.isEmpty { text = [0x20] }
  }
}
