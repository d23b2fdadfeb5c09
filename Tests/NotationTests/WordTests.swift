import Notation
import Testing

@Suite struct WordTests {
  @Test func theNearestWordIsFound() {
    let known = ["resolver", "required", "region", "zone"]
    #expect(nearestWord(to: "resovler", among: known) == "resolver")
    #expect(nearestWord(to: "Zone", among: known) == "zone")
    #expect(nearestWord(to: "zoen", among: known) == "zone")
    #expect(nearestWord(to: "banana", among: known) == nil)
    #expect(nearestWord(to: "", among: known) == nil)
  }

  @Test func hostileTextIsShownNotObeyed() {
    #expect(safeText("a\u{1b}[2Jb\u{202e}c\n") == "a\\u{1b}[2Jb\\u{202e}c\\u{a}")
    #expect(safeText("häßlich ✓") == "häßlich ✓")
    #expect(safeText(String(repeating: "x", count: 600)).count == 501)
  }
}
