import DNSModel
import Migration
import Testing

/// What a wrong target says about how it came to be.
@Suite struct ManualSlipTests {
  static let wanted: [DomainName] = ["new.example.net", "old.example.net"]

  static func slip(_ served: DomainName) -> ManualSlip? {
    ManualSlip(served: served, wanted: wanted, zone: "example.test")
  }

  @Test func tellsSlipsApart() {
    #expect(Self.slip("new.example.net.example.test") == .doubledSuffixInValue)
    #expect(Self.slip("old.example.net.example.test") == .doubledSuffixInValue)
    #expect(
      Self.slip("new.exmaple.net")
        == .misspelt(served: "new.exmaple.net", wanted: "new.example.net"))
    #expect(
      Self.slip("old.example.ne") == .misspelt(served: "old.example.ne", wanted: "old.example.net"))
  }

  @Test func whatIsRightOrSomethingElseIsNoSlip() {
    #expect(Self.slip("else.where.org") == nil)
    #expect(Self.slip("new.example.net") == nil)
    #expect(Self.slip("OLD.example.net") == nil)
  }
}
