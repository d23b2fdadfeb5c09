import Notation
import Testing

@Suite struct JSONTests {
  @Test func readsBackWhatItWrote() throws {
    let value: JSON = [
      "text": "a\"\\\n\u{1b}é😀", "list": [1, -2, true, .null, .decimal("1.5e3")],
      "empty": .object(JSONObject()),
    ]
    #expect(try JSON(parsing: value.compact) == value)
    #expect(try JSON(parsing: value.pretty) == value)
  }

  @Test func keepsTheOrderOfMembers() throws {
    #expect(try JSON(parsing: #"{"b":1,"a":2}"#).compact == #"{"b":1,"a":2}"#)
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "01", "1.", "\"\u{01}\"", "\"\\ud800\"", "nul", "1 2",
    "{\"a\":1,\"a\":2}", "\"abc",
    "-", "[", "\"\\x\"", "\"\\u12g4\"",
  ])
  func refusesWhatIsNoJSON(text: String) {
    #expect(throws: JSONError.self) { try JSON(parsing: text) }
  }

  @Test func boundsNesting() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError.self) { try JSON(parsing: deep) }
  }
}
