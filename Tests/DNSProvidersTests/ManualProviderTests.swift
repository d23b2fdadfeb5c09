import DNSModel
import DNSProviders
import TestBeds
import TestSupport
import Testing

@Suite struct ManualProviderTests {
  @Test func printsExactlyWhatToEnter() {
    let provider = ManualProvider(scope: DNSProviderConformance.scope, place: "https://dns.example")
    let change = AliasChange(
      expected: DNSProviderConformance.low, wanted: DNSProviderConformance.new)
    guard case .handedOver(let text) = provider.change(change) else {
      Issue.record("nothing handed over")
      return
    }
    for part in [
      "https://dns.example", "api      ", "api.example.test.", "new.example.net.", "TTL     60",
      "Only the value changes", "do not delete",
    ] {
      #expect(text.contains(part), "\(part) is missing in:\n\(text)")
    }
  }

  @Test func noticesSlipsAndSaysWhich() {
    let wanted: DomainName = "new.example.net"
    let zone: DomainName = "example.test"
    #expect(
      ManualSlip(served: "new.example.net.example.test", wanted: wanted, zone: zone)
        == .doubledSuffixInValue)
    #expect(
      ManualSlip(served: "new.exmaple.net", wanted: wanted, zone: zone)
        == .misspelt(served: "new.exmaple.net", wanted: wanted))
    #expect(ManualSlip(served: "else.where.org", wanted: wanted, zone: zone) == nil)
    #expect(ManualSlip(served: wanted, wanted: wanted, zone: zone) == nil)
    #expect(
      ManualSlip.doubled("api.example.test", zone) == "api.example.test.example.test")
  }
}
