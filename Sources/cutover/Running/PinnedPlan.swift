import Migration
import Notation
import PlanFiles
import SystemIO

/// A plan as it was read once: its text and the moment, so that it reads the same for ever (R24).
/// Nobody looks at the plan file again; the digest of its canonical form is what people approve.
struct PinnedPlan {
  let text: String
  let readAt: UTCInstant
  let file: PlanFile

  var plan: Plan { file.plan }

  init(text: String, readAt: UTCInstant, holdsRules: Bool = true) throws(PlanRejection) {
    self.text = text
    self.readAt = readAt
    file = try PlanFile.read(
      Array(text.utf8), now: readAt, holdsRules: holdsRules, zoneRules: Self.zoneRules)
  }

  /// From what the store holds.
  init(source: String) throws {
    let json = try JSON(parsing: source)
    guard let text = json["text"]?.string, let readAt = json["readAt"]?.integer else {
      throw Complaint("the pinned plan cannot be read; was it written by a newer version?")
    }
    // Pinned under the rules of its day: a later version's rules do not strand it (R24).
    try self.init(text: text, readAt: UTCInstant(milliseconds: readAt), holdsRules: false)
  }

  /// The canonical form with every default written out: later versions may have other defaults.
  var source: String {
    let text = plan.canonical.compact
    return (["text": .string(text), "readAt": .integer(readAt.milliseconds)] as JSON).compact
  }

  /// A file of the time zone database; the reader has seen to it that the name stays inside.
  static func zoneRules(_ name: String) -> [UInt8]? {
    try? AtomicFile.read("/usr/share/zoneinfo/" + name, limit: 1 << 20)
  }

  func compiled() -> CompiledPlan {
    CompiledPlan(plan, start: readAt, timeZone: file.timeZone)
  }
}
