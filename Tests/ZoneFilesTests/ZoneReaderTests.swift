import DNSModel
import TestSupport
import Testing
import ZoneFiles

@Suite struct ZoneReaderTests {
  /// One line for each entry: the record's text, or line, column and fault.
  static func read(
    _ text: String, origin: DomainName = "example.", entryLimit: Int = EntryScanner.usualLimit
  ) -> [String] {
    var lines: [String] = []
    var reader = ZoneReader(origin: origin, entryLimit: entryLimit)
    reader.read(text: text) { lines.append(line(for: $0)) }
    return lines
  }

  private static func line(for entry: ZoneEntry) -> String {
    switch entry {
    case .record(let record, _):
      record.description.split(separator: "\t").joined(separator: " ")
    case .refused(let refusal):
      "\(refusal.place.line):\(refusal.place.column) \(refusal.fault.rawValue)"
    }
  }

  @Test func omittedFieldsComeFromTheEntriesBefore() {
    let text =
      "a 5 IN A 1.2.3.4\n A 1.2.3.5\nb IN 7 A 1.2.3.8\nc A 1.2.3.6\nd 1h2m IN A 1.2.3.7\n"
    #expect(
      Self.read(text) == [
        "a.example. 5 IN A 1.2.3.4", "a.example. 5 IN A 1.2.3.5", "b.example. 7 IN A 1.2.3.8",
        "c.example. 7 IN A 1.2.3.6", "d.example. 3720 IN A 1.2.3.7",
      ])
    #expect(
      Self.read("b CH 7 TXT x\n TXT y\n") == [
        ##"b.example. 7 CH TXT \# 2 0178"##, ##"b.example. 7 CH TXT \# 2 0179"##,
      ])
  }

  /// As BIND and Knot do; a refused record decides nothing.
  @Test func aFileHasOneClassThatOfItsFirstRecord() {
    let text = "$TTL 5\na CH A 1.2.3\na A 1.2.3.4\na CH TXT x\na IN A 1.2.3.5\n"
    #expect(
      Self.read(text) == [
        "2:8 type-without-text", "a.example. 5 IN A 1.2.3.4", "4:3 bad-class",
        "a.example. 5 IN A 1.2.3.5",
      ])
    #expect(Self.read("a 5 CH TXT x\na 5 IN A 1.2.3.4\n").last == "2:5 bad-class")
  }

  @Test func aRefusedEntryHidesNeitherTheNextNorLendsItWhatWasRefused() {
    let text = """
      $TTL 60
      a A 1.2.3.256
        A 1.2.3.4
      -..b A 1.2.3.4
        A 1.2.3.5
      c TXT "open
      d A ( 1.2.3.4
      e A 1.2.3.6 )
      f A 1.2.3.7 8
      $TTL 99999999999
      g A 1.2.3.8
      $TTL 5
      $ORIGIN a..b
      h A 1.2.3.9
      i.example. CNAME h
      j.example. CNAME k.example.
      """
    #expect(
      Self.read(text) == [
        "2:5 bad-address", "a.example. 60 IN A 1.2.3.4", "4:1 bad-name", "5:1 owner-missing",
        "6:7 unclosed-quote", "8:1 field-surplus", "9:13 field-surplus", "10:6 bad-ttl",
        "11:3 ttl-missing", "13:9 bad-name", "14:1 bad-name", "15:1 bad-name",
        "j.example. 5 IN CNAME k.example.",
      ])
  }

  @Test func aParenthesisThatIsNeverClosedTakesOnlyItsLine() {
    #expect(
      Self.read("$TTL 1\na A ( 1.2.3.4\nb A 1.2.3.5\nc A ( 1.2.3.6\nd A 1.2.3.7") == [
        "2:5 unclosed-parenthesis", "b.example. 1 IN A 1.2.3.5", "4:5 unclosed-parenthesis",
        "d.example. 1 IN A 1.2.3.7",
      ])
  }

  @Test func aDirectiveThatIsBrokenAsARowOfWordsLendsNothing() {
    let text = """
      $TTL 5
      a A 1.2.3.4
      $ORIGIN other. "x
      b A 1.2.3.4
      c.example. A 1.2.3.4
      $ORIGIN example.
      $TTL 9 )
      d A 1.2.3.4
      """
    #expect(
      Self.read(text) == [
        "a.example. 5 IN A 1.2.3.4", "3:16 unclosed-quote", "4:1 bad-name",
        "c.example. 5 IN A 1.2.3.4", "7:8 stray-parenthesis", "8:3 ttl-missing",
      ])
  }

  private static let overlong: String = {
    let (filler, longWord) = (String(repeating: "x ", count: 40), String(repeating: "x", count: 80))
    let lines = [
      "$TTL 5", "a TXT \(filler) b.example. 5 IN A 1.2.3.4", " A 1.2.3.4",
      "c TXT \(longWord) d.example. 5 IN A 1.2.3.4", "e TXT \"\(longWord)\"",
      "f A ( 1.2.3.4 \(filler)", "g A 1.2.3.5", "h A 1.2.3.6 ; \(filler)", ";\(longWord)",
      String(repeating: " ", count: 80) + "A 1.2.3.7",
      String(repeating: " ", count: 50) + ";" + filler, "$ORIGIN \(longWord)", "i A 1.2.3.8",
      "j.example. A 1.2.3.9", "k.example. A 1.2.3.9 \(longWord)",
    ]
    return lines.joined(separator: "\n")
  }()

  /// Whatever makes an entry longer than may be, all of it is refused, and only it: none of what is left
  /// of its line is read. Comments between entries may be of any length.
  @Test func anEntryThatIsTooLongIsRefusedWhole() {
    #expect(
      Self.read(Self.overlong, entryLimit: 60) == [
        "2:1 entry-too-long", "3:1 owner-missing", "4:1 entry-too-long", "5:1 entry-too-long",
        "6:5 unclosed-parenthesis", "g.example. 5 IN A 1.2.3.5", "8:1 entry-too-long",
        "10:1 entry-too-long", "12:1 entry-too-long", "13:1 bad-name",
        "j.example. 5 IN A 1.2.3.9", "15:1 entry-too-long",
      ])
  }

  @Test func aStreamInSmallPiecesRefusesTheSame() {
    let whole = Self.scan(Self.overlong, piecesOf: Self.overlong.utf8.count, entryLimit: 60)
    #expect(whole.count == 13)
    for size in 1...100 {
      #expect(Self.scan(Self.overlong, piecesOf: size, entryLimit: 60) == whole, "\(size)")
    }
  }

  /// From a file too, and with the limit that files have.
  @Test func anEntryOverAMebibyteIsRefusedWhole() throws {
    let longWord = String(repeating: "x", count: 1_100_000)
    let directory = TemporaryDirectory()
    directory.write("zone", "$TTL 5\na TXT \(longWord) b.example. 5 IN A 1.2.3.4\nc A 1.2.3.4\n")
    var found: [String] = []
    var reader = ZoneReader(origin: "example.")
    try reader.read(file: directory.path + "/zone") { found.append(Self.line(for: $0)) }
    #expect(found == ["2:1 entry-too-long", "c.example. 5 IN A 1.2.3.4"])
  }

  @Test func quotesEscapesAndCommentsAreReadAsWritten() {
    let text = ##"""
      $TTL 1
      a\.b TXT "a;b" c\;d ( "e
      f" ) ; comment "
      @ TXT \065\"x "" ; "
      c TXT "x"y
      d TXT x"y"
      e TXT "\256"
      \# A \# 4 01020304
      """##
    #expect(
      Self.read(text) == [
        #"a\.b.example. 1 IN TXT "a;b" "c;d" "e\010f""#, #"example. 1 IN TXT "A\"x" """#,
        "5:10 stray-quote", "6:8 stray-quote", "7:11 bad-escape",
        #"#.example. 1 IN A 1.2.3.4"#,
      ])
  }

  @Test func generatesWhatBINDDoes() {
    let text = """
      $TTL 1
      $GENERATE 0-4/2 h${0,3,d} CNAME $.lab
      $GENERATE 1-1 m\\$ MX "10 x${15,2,x}"
      $GENERATE 31-31 ${0,7,n} PTR a
      $GENERATE 3-1 a A 1.2.3.4
      """
    #expect(
      Self.read(text) == [
        "h000.example. 1 IN CNAME 0.lab.example.", "h002.example. 1 IN CNAME 2.lab.example.",
        "h004.example. 1 IN CNAME 4.lab.example.", "m\\$.example. 1 IN MX 10 x10.example.",
        "f.1.0.0.example. 1 IN PTR a.example.", "5:11 bad-generate",
      ])
  }

  /// One text for each entry: its line, its fault, and its words.
  private static func scan(
    _ text: String, piecesOf size: Int, entryLimit: Int = EntryScanner.usualLimit
  ) -> [String] {
    var scanner = EntryScanner([], isFinal: false, entryLimit: entryLimit)
    var rest = Array(text.utf8)[...]
    var entries: [String] = []
    while true {
      switch scanner.next() {
      case .entry:
        let words = scanner.words.map {
          String(decoding: scanner.text[$0.start..<$0.end], as: UTF8.self)
        }
        let said = scanner.fault.map { [$0.fault.rawValue] } ?? words
        entries.append("\(scanner.entryLine) \(said.joined(separator: " "))")
      case .needsMore:
        scanner.feed(rest.prefix(size), isFinal: rest.isEmpty)
        rest = rest.dropFirst(size)
      case .end: return entries
      }
    }
  }

  @Test func aStreamInSmallPiecesReadsTheSame() {
    let text = "$TTL 1\na A ( 1.2.3.4 ; c\n )\r\nb TXT \"x\\\"y\"\nc A 1.2.3.5"
    #expect(Self.read(text).count == 3)
    for size in 1...text.utf8.count {
      #expect(
        Self.scan(text, piecesOf: size) == [
          "1 $TTL 1", "2 a A 1.2.3.4", "4 b TXT x\\\"y", "5 c A 1.2.3.5",
        ], "in pieces of \(size)")
    }
  }
}
