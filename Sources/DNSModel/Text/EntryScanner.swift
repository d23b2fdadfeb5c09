/// Cuts zone text into entries, and an entry into words (RFC 1035 §5.1): blanks, comments, quotes,
/// escapes, and parentheses that let an entry run over lines.
///
/// It works on a window of the text that the caller moves along (`feed`), so that files of any size
/// stream through. A fault never takes more with it than its own entry.
public struct EntryScanner: Sendable {
  public enum Outcome: Hashable, Sendable {
    case entry
    case end
    /// The window ends inside an entry, and the text goes on.
    case needsMore
  }

  public private(set) var text: [UInt8]
  /// The current entry's words.
  public private(set) var words: [TextWord] = []
  /// Whether its line begins with a blank: the owner is the one before it.
  public private(set) var beginsBlank = false
  public private(set) var entryStart = 0
  public private(set) var entryLine = 1
  /// What is wrong with the entry as a row of words.
  public private(set) var fault: RecordTextError?

  private var offset = 0
  private var line = 1
  private var isFinal: Bool
  /// The rest of this line belongs to an entry that was given up: nothing of it is read.
  private var isInLostLine = false
  /// What may still be read a second time because a parenthesis was never closed.
  private var patience = 64 << 20

  /// More than the longest record written byte by byte as \DDD, with room for comments.
  public static let usualLimit = 1 << 20
  /// Bytes that an entry may have; a longer one is refused whole.
  private let entryLimit: Int

  public init(_ text: [UInt8] = [], isFinal: Bool = true, entryLimit: Int = usualLimit) {
    self.text = text
    self.isFinal = isFinal
    self.entryLimit = entryLimit
  }

  /// Drops what has been read and appends what comes next.
  public mutating func feed(_ more: some Collection<UInt8>, isFinal: Bool) {
    text.removeSubrange(..<offset)
    text += more
    offset = 0
    self.isFinal = isFinal
  }

  /// Bytes of the window that are still to be read.
  public var pending: Int { text.count - offset }

  /// Line and column of a byte of the current entry.
  public func position(of place: Int) -> (line: Int, column: Int) {
    let place = max(entryStart, min(place, text.count))
    var line = entryLine
    var lineStart = entryStart
    for index in entryStart..<place where text[index] == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    return (line, place - lineStart + 1)
  }

  /// Moves to the next entry.
  public mutating func next() -> Outcome {
    fault = nil
    words.removeAll(keepingCapacity: true)
    guard skipBlankLines() else { return isFinal ? .end : .needsMore }
    entryStart = offset
    entryLine = line
    beginsBlank = text[offset] == UInt8(ascii: " ") || text[offset] == UInt8(ascii: "\t")
    var walk = Walk(at: offset)
    while step(&walk) {}
    let isTooLong = walk.at - entryStart > entryLimit
    guard !walk.ranOut || isFinal || isTooLong else { return .needsMore }
    if let opened = walk.opened, walk.ranOut || isTooLong {
      giveUp(openedAt: opened)
      return .entry
    }
    if isTooLong {
      let message = "the entry is over \(entryLimit) bytes long"
      fault = RecordTextError(.tooLong, at: entryStart, message)
    }
    offset = walk.at
    line += walk.lines
    isInLostLine = !walk.isWhole
    return .entry
  }

  private struct Walk {
    var at: Int
    var lines = 0
    var depth = 0
    var opened: Int?
    var ranOut = false
    /// Up to the end of its last line.
    var isWhole = false
  }

  private mutating func complain(_ fault: TextFault, at place: Int, _ message: String) {
    if self.fault == nil { self.fault = RecordTextError(fault, at: place, message) }
  }

  /// A parenthesis that is never closed would swallow everything behind it: only the line it stands
  /// on is refused, and reading goes on with the next.
  private mutating func giveUp(openedAt place: Int) {
    fault = nil
    complain(.unclosedParenthesis, at: place, "the parenthesis is never closed")
    words.removeAll(keepingCapacity: true)
    patience -= text.count - entryStart
    while offset < text.count, offset <= place || text[offset - 1] != UInt8(ascii: "\n") {
      if text[offset] == UInt8(ascii: "\n") { line += 1 }
      offset += 1
    }
    isInLostLine = text[offset - 1] != UInt8(ascii: "\n")
    guard patience < 0 else { return }
    complain(.unclosedParenthesis, at: place, "too many parentheses are never closed")
    offset = text.count
    isFinal = true
  }

  /// False where the window ends inside the line.
  private mutating func skipLostLine() -> Bool {
    var at = offset
    skipComment(&at)
    offset = at
    guard at < text.count else { return false }
    isInLostLine = false
    return true
  }

  /// False where nothing but blank lines and comments is left of the window.
  private mutating func skipBlankLines() -> Bool {
    guard !isInLostLine || skipLostLine() else { return false }
    var at = offset
    while at < text.count {
      switch text[at] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"): at += 1
      case UInt8(ascii: "\r") where at + 1 < text.count && text[at + 1] == UInt8(ascii: "\n"):
        at += 1
      case UInt8(ascii: "\n"):
        at += 1
        line += 1
        offset = at
      case UInt8(ascii: ";"):
        // However long it is, none of it need be kept.
        skipComment(&at)
        offset = at
        isInLostLine = at == text.count
      default: return true
      }
      // Blanks without end are an entry that is too long.
      guard at - offset <= entryLimit else { return true }
    }
    return false
  }

  private func skipComment(_ at: inout Int) {
    while at < text.count, text[at] != UInt8(ascii: "\n") { at += 1 }
  }

  /// One word or mark; false at the end of the entry.
  private mutating func step(_ walk: inout Walk) -> Bool {
    guard walk.at < text.count else {
      walk.ranOut = true
      return false
    }
    guard walk.at - entryStart <= entryLimit else { return false }
    switch text[walk.at] {
    case UInt8(ascii: " "), UInt8(ascii: "\t"): walk.at += 1
    case UInt8(ascii: "\r") where walk.at + 1 < text.count && text[walk.at + 1] == 0x0A:
      walk.at += 1
    case UInt8(ascii: "\n"):
      walk.at += 1
      walk.lines += 1
      walk.isWhole = walk.depth == 0
      return !walk.isWhole
    case UInt8(ascii: ";"): skipComment(&walk.at)
    case UInt8(ascii: "("):
      if walk.depth == 0 { walk.opened = walk.at }
      walk.depth += 1
      walk.at += 1
    case UInt8(ascii: ")"):
      if walk.depth == 0 {
        complain(.strayParenthesis, at: walk.at, "this parenthesis closes none")
      } else {
        walk.depth -= 1
        if walk.depth == 0 { walk.opened = nil }
      }
      walk.at += 1
    case UInt8(ascii: "\""):
      let start = walk.at
      if takeQuoted(&walk) {
        words.append(TextWord(start: start + 1, end: walk.at - 1, isQuoted: true))
      }
      expectGap(walk.at)
    default: takeWord(&walk)
    }
    return true
  }

  private mutating func expectGap(_ at: Int) {
    guard at < text.count else { return }
    switch text[at] {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"),
      UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"):
      break
    default: complain(.strayQuote, at: at, "a blank is missing behind the closing quote")
    }
  }

  /// From an opening quote to behind its closing one. Any character may stand inside (RFC 1035
  /// §5.1), but a line's end only within parentheses: elsewhere the quote was forgotten.
  private mutating func takeQuoted(_ walk: inout Walk) -> Bool {
    let start = walk.at
    walk.at += 1
    while walk.at < text.count {
      let byte = text[walk.at]
      if byte == UInt8(ascii: "\"") {
        walk.at += 1
        return true
      }
      if byte == UInt8(ascii: "\n") {
        guard walk.depth > 0, fault == nil else { break }
        walk.lines += 1
      }
      let isEscape =
        byte == UInt8(ascii: "\\") && walk.at + 1 < text.count
        && text[walk.at + 1] != UInt8(ascii: "\n")
      walk.at += isEscape ? 2 : 1
      if walk.at - entryStart > entryLimit { break }
    }
    complain(.unclosedQuote, at: start, "the quote is not closed on its line")
    walk.at = min(walk.at, text.count)
    return false
  }

  private mutating func takeWord(_ walk: inout Walk) {
    let start = walk.at
    var at = start
    var hasInnerQuotes = false
    scan: while at < text.count {
      let byte = text[at]
      if byte >= 0x2A, byte != UInt8(ascii: ";"), byte != UInt8(ascii: "\\") {
        at += 1
        continue
      }
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: ";"),
        UInt8(ascii: "("), UInt8(ascii: ")"):
        break scan
      case UInt8(ascii: "\r") where at + 1 < text.count && text[at + 1] == UInt8(ascii: "\n"):
        break scan
      case UInt8(ascii: "\\"):
        guard at + 1 < text.count, text[at + 1] != UInt8(ascii: "\n") else {
          complain(.escape, at: at, "a backslash must not be the last character of a line")
          at += 1
          break scan
        }
        at += 2
      case UInt8(ascii: "\""):
        guard text[at - 1] == UInt8(ascii: "="), !hasInnerQuotes else {
          complain(.strayQuote, at: at, "a quote stands inside a word")
          break scan
        }
        hasInnerQuotes = true
        walk.at = at
        let isClosed = takeQuoted(&walk)
        at = walk.at
        guard isClosed else { break scan }
        expectGap(at)
      default: at += 1
      }
    }
    walk.at = at
    words.append(TextWord(start: start, end: at, hasInnerQuotes: hasInnerQuotes))
  }
}

extension EntryScanner {
  /// The words of a text that holds one entry.
  mutating func onlyEntry() throws(RecordTextError) -> [TextWord] {
    guard next() == .entry else { return [] }
    if let fault { throw fault }
    let found = words
    guard next() == .end else {
      throw RecordTextError(.fieldSurplus, at: entryStart, "the text goes on behind the data")
    }
    return found
  }
}
