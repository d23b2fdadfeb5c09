import DNSModel
import Notation
import Testing

@testable import DNSProviders

/// One value into a zone file and out again.
@Suite struct ZoneFileValueEditTests {
  static let file = """
    $TTL 2d
    @   IN SOA ns1 hostmaster 7 7200 900 1209600 300
        IN NS  ns1
    ns1     A   192.0.2.1
    api 172800 IN CNAME old.example.net.   ; ticket 4711
    """

  func edit(_ value: String, _ owner: DomainName = "_acme-challenge.api.example.test")
    -> ZoneFileValueEdit
  {
    ZoneFileValueEdit(owner: owner, type: "TXT", ttl: TTL(clamping: 60), value: "\"\(value)\"")
  }

  func added(_ value: String, to text: String) throws -> String? {
    try edit(value).added(to: Array(text.utf8), origin: "example.test") { $0.next }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  func removed(_ value: String, from text: String) throws -> String? {
    try edit(value).removed(from: Array(text.utf8), origin: "example.test") { $0.next }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func twoValuesComeAndGoEachByItself() throws {
    let one = try #require(try added("one", to: Self.file))
    #expect(
      one == Self.file.replacing("hostmaster 7", with: "hostmaster 8")
        + "\n_acme-challenge.api.example.test. 60 IN TXT \"one\"\n")
    let both = try #require(try added("two", to: one))
    #expect(try added("two", to: both) == nil, "it is there already")
    let second = try #require(try removed("one", from: both))
    #expect(second.contains("TXT \"two\"") && !second.contains("TXT \"one\""))
    #expect(try removed("one", from: second) == nil, "it is gone already")
    let none = try #require(try removed("two", from: second))
    #expect(none == Self.file.replacing("hostmaster 7", with: "hostmaster 11") + "\n")
  }

  @Test func aSetKeepsItsTTLAndOthersTheirValues() throws {
    let text = Self.file + "\n_acme-challenge.api 300 TXT theirs ; of another machine\n"
    let both = try #require(try added("ours", to: text))
    #expect(both.hasSuffix("_acme-challenge.api.example.test. 300 IN TXT \"ours\"\n"))
    let theirs = try #require(try removed("ours", from: both))
    #expect(theirs == text.replacing("hostmaster 7", with: "hostmaster 9"))
    // Quotes or none, it is the same value.
    #expect(try added("theirs", to: text) == nil)
  }

  /// Each record that leaned on an owner that goes has it written out, whatever stands between.
  @Test func whatLeanedOnTheOwnerKeepsIt() throws {
    let soa = "@ SOA ns1 h 7 1 1 1 1\n"
    let cases = [
      (
        "_acme-challenge.api TXT \"x\"\n    TXT \"y\"\n", "_acme-challenge.api    TXT \"y\"\n"
      ),
      (
        "_acme-challenge.api TXT \"x\"\n\tTXT x\n\tTXT y\n", "_acme-challenge.api\tTXT y\n"
      ),
      (
        "_acme-challenge.api TXT \"x\"\n$ORIGIN sub\n TXT y\n",
        "$ORIGIN sub\n_acme-challenge.api.example.test. TXT y\n"
      ),
      (
        "_acme-challenge.api A 192.0.2.1\n TXT x\n TXT y\n",
        "_acme-challenge.api A 192.0.2.1\n TXT y\n"
      ),
    ]
    for (before, after) in cases {
      let found = try removed("x", from: soa + before)
      #expect(found == soa.replacing("7", with: "8") + after)
    }
  }

  @Test func anAliasAtTheChallengeIsNotJoined() {
    do {
      _ = try added("x", to: Self.file + "\n_acme-challenge.api CNAME elsewhere.example.net.\n")
      Issue.record("a value beside an alias")
    } catch {
      #expect("\(error)".contains("is an alias") && "\(error)".contains("line 6"), "\(error)")
    }
  }

  @Test func namesThatOnlyAWildcardMakesExistAreKnown() throws {
    let text = """
      @ SOA ns1 h 7 1 1 1 1
      *.wild CNAME old
      *.both CNAME old
      own.both A 192.0.2.1
      deep.below.both A 192.0.2.1
      """
    let layout = try ZoneFileLayout(Array(text.utf8), origin: "example.test")
    let cases: [(DomainName, Bool)] = [
      ("a.wild.example.test", true), ("a.b.wild.example.test", true), ("wild.example.test", false),
      ("own.both.example.test", false), ("a.own.both.example.test", false),
      ("below.both.example.test", false), ("a.both.example.test", true),
      ("none.example.test", false), ("example.test", false),
    ]
    for (name, isWild) in cases {
      #expect(layout.livesByWildcard(name, in: "example.test") == isWild, "\(name)")
    }
  }
}
