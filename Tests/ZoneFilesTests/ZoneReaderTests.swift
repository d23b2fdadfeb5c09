import DNSModel
import Testing
import ZoneFiles

@Suite struct ZoneReaderTests {
  /// One line for each entry: the record's text, or line, column and fault.
  static func read(_ text: String, origin: DomainName = "example.") -> [String] {
    var lines: [String] = []
    var reader = ZoneReader(origin: origin)
    reader.read(text: text) { entry in
      switch entry {
      case .record(let record, _):
        lines.append(record.description.split(separator: "\t").joined(separator: " "))
      case .refused(let refusal):
        lines.append("\(refusal.place.line):\(refusal.place.column) \(refusal.fault.rawValue)")
      }
    }
    return lines
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

  @Test func aStreamInSmallPiecesReadsTheSame() {
    let text = "$TTL 1\na A ( 1.2.3.4 ; c\n )\r\nb TXT \"x\\\"y\"\nc A 1.2.3.5"
    let whole = Self.read(text)
    #expect(whole.count == 3)
    for size in 1...text.utf8.count {
      var scanner = EntryScanner([], isFinal: false)
      var rest = Array(text.utf8)[...]
      var words: [String] = []
      scan: while true {
        switch scanner.next() {
        case .entry:
          for word in scanner.words {
            words.append(String(decoding: scanner.text[word.start..<word.end], as: UTF8.self))
          }
          words.append("\(scanner.entryLine)")
        case .needsMore:
          scanner.feed(rest.prefix(size), isFinal: rest.isEmpty)
          rest = rest.dropFirst(size)
        case .end: break scan
        }
      }
      #expect(
        words == [
          "$TTL", "1", "1", "a", "A", "1.2.3.4", "2", "b", "TXT", "x\\\"y", "4", "c", "A",
          "1.2.3.5", "5",
        ], "in pieces of \(size)")
    }
  }
}
