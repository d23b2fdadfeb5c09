import Notation
import Reports
import Sandbox

/// The live view of the sandbox: a value in, lines out, for any width.
struct SandboxScreen {
  let status: SandboxStatus
  let width: Int
  let height: Int
  let console: Console
  /// The region that a letter was pressed for, or what went wrong.
  let message: String?

  static let keys = [
    "[k]ill west", "[b]ring it back", "[a]dd south", "[l]ag the secondary",
    "break the [c]ertificate",
    "[e]dit the zone", "cut the authorities [o]ff", "[q]uit",
  ]

  var lines: [String] {
    let head = [console.ink(.bold, "cutover sandbox") + "  " + status.folder, "", traffic, bar, ""]
    let body = record + regions + resolvers + troubles + [""]
    let events = status.events.map { "  \($0.clock)  \($0.text)" }
    let foot = ["", message ?? ""] + wrappedKeys
    let room = max(1, height - head.count - body.count - foot.count)
    return (head + body + events.suffix(room) + foot).map { cut($0) }
  }

  private var traffic: String {
    let failed = status.headline
    let isClean = failed.hasSuffix(" 0 failed")
    return console.ink(isClean ? .green : .red, failed) + "  ·  \(status.rate) a second"
  }

  /// Who serves, as a bar as wide as the screen allows.
  private var bar: String {
    let room = max(10, min(60, width - 40))
    var text = ""
    for share in status.shares where share.percent > 0 {
      let ink: Console.Ink =
        share.name == TrafficStory.old ? .yellow : share.name == "west" ? .blue : .green
      let cells = max(1, share.percent * room / 100)
      text += console.ink(
        ink, String(repeating: share.name == TrafficStory.old ? "░" : "█", count: cells))
    }
    let words = status.shares.filter { $0.percent > 0 }.map { "\($0.name) \($0.percent) %" }
    return text + "  " + words.joined(separator: "  ")
  }

  private var isNarrow: Bool { width < 110 }

  private var record: [String] {
    guard isNarrow else { return ["record     " + status.record] }
    let parts = status.record.split(separator: "·", maxSplits: 1).map { String($0) }
    return ["record     " + (parts.first ?? "")] + parts.dropFirst().map { "          " + $0 }
  }

  /// As many beside each other as fit.
  private var regions: [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    let old = ("old " + (status.isOldLocked ? "locked" : "open"), Console.Ink.dim)
    let texts = status.regions.map { region -> (String, Console.Ink) in
      let standing = region.standing ?? "not at the router"
      let isWell = region.isAlive && region.standing != "down"
      return (
        "\(region.name) \(standing)\(region.isAlive ? "" : " (killed)")", isWell ? .green : .red
      )
    }
    for (text, ink) in texts + [old] {
      if used > 0, used + text.count + 16 > width {
        lines.append(line)
        (line, used) = ("", 0)
      }
      line += (used > 0 ? "  ·  " : "") + console.ink(ink, text)
      used += text.count + 5
    }
    lines.append(line)
    return lines.enumerated().map { ($0.offset == 0 ? "regions    " : "           ") + $0.element }
  }

  private var resolvers: [String] {
    status.resolvers.enumerated().map { index, resolver in
      let label = index == 0 ? "resolvers  " : "           "
      let name = resolver.name.padded(to: 13)
      guard !isNarrow else { return label + name + resolver.holds }
      return label + name + resolver.holds.padded(to: 50) + console.ink(.dim, resolver.habit)
    }
  }

  private var troubles: [String] {
    status.troubles.isEmpty
      ? [] : ["broken     " + console.ink(.red, status.troubles.joined(separator: ", "))]
  }

  private var wrappedKeys: [String] {
    var lines = [""]
    for key in Self.keys {
      let last = lines[lines.count - 1]
      if !last.isEmpty, last.count + key.count + 2 > width {
        lines.append(key)
      } else {
        lines[lines.count - 1] = last + (last.isEmpty ? "" : "  ") + key
      }
    }
    return lines
  }

  /// To the width, colours not counted.
  private func cut(_ line: String) -> String {
    var room = width
    var result = ""
    var isInside = false
    for character in line {
      if character == "\u{1b}" { isInside = true }
      if !isInside {
        guard room > 0 else { continue }
        room -= 1
      }
      result.append(character)
      if isInside, character == "m" { isInside = false }
    }
    return result
  }

  /// One line for those who cannot draw.
  static func line(_ status: SandboxStatus) -> String {
    let shares = status.shares.filter { $0.percent > 0 }.map { "\($0.name) \($0.percent) %" }
    return "\(status.headline)  \(status.rate)/s  \(shares.joined(separator: "  "))"
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
