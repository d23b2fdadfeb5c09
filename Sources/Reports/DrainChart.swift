import Assessment
import DNSModel
import Notation

/// The drain of the former value in lines of a terminal: blocks for what was seen, shade for what is
/// to come.
public struct DrainChart: Sendable {
  private let record: DrainRecord
  private let columns: Int
  private let rows: Int
  private static let eighths: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  public init(_ record: DrainRecord, width: Int, rows: Int = 6) {
    self.record = record
    columns = min(max(width - 8, 16), 120)
    self.rows = max(2, rows)
  }

  public var lines: [String] {
    var lines: [String] = []
    for row in 0..<rows {
      let label = row == 0 ? "100 %" : row == rows / 2 ? " 50 %" : "     "
      var line = label + " ┤"
      for column in 0..<columns { line.append(cell(column, row)) }
      lines.append(line)
    }
    lines.append("  0 % └" + axis)
    lines.append("       " + clocks)
    return lines
  }

  private func moment(_ column: Int) -> UTCInstant {
    let length = (record.end - record.start).milliseconds
    return record.start
      + TimeSpan(milliseconds: length * Int64(column) / Int64(max(1, columns - 1)))
  }

  /// The column of the last round.
  private var nowColumn: Int {
    let length = max(1, (record.end - record.start).milliseconds)
    let passed = max(.zero, record.now - record.start).milliseconds
    return Int(passed * Int64(columns - 1) / length)
  }

  private func cell(_ column: Int, _ row: Int) -> Character {
    let isSeen = column <= nowColumn
    let instant = column == nowColumn ? record.now : moment(column)
    guard let share = record.permille(at: instant) else { return " " }
    // Eighths of a row that stand in this row, counted from below.
    let full = share * rows * 8 / 1000
    let inRow = min(8, max(0, full - (rows - 1 - row) * 8))
    if isSeen { return Self.eighths[inRow] }
    return inRow >= 4 ? "░" : " "
  }

  private var axis: String {
    var line = Array(repeating: Character("─"), count: columns)
    line[nowColumn] = "┴"
    return String(line)
  }

  /// The beginning, now, and the end, as far as there is room for them.
  private var clocks: String {
    let day: (UTCInstant) -> String = { CivilDateTime($0).dateText }
    let isOneDay = day(record.start) == day(record.end)
    let text: (UTCInstant) -> String = { instant in
      let clock = CivilDateTime(instant).timeText
      return isOneDay ? clock : "\(day(instant).suffix(5)) \(clock.prefix(5))"
    }
    let (start, now, end) = (text(record.start), text(record.now) + " now", text(record.end))
    var line = start
    let place = max(nowColumn - now.count / 2, line.count + 2)
    if place + now.count + 2 + end.count <= columns {
      line += String(repeating: " ", count: place - line.count) + now
    }
    let gap = columns - line.count - end.count
    return gap > 0 ? line + String(repeating: " ", count: gap) + end : line
  }
}
