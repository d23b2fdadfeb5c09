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
}
