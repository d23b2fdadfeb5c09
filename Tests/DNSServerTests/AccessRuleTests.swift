import DNSModel
import DNSServer
import Testing

private let keys = TSIGKeyring([
  TSIGKey(name: "mig", algorithm: .sha256, secret: [1]),
  TSIGKey(name: "xfr", algorithm: .sha256, secret: [2]),
])
private let zone: DomainName = "contososhoes.com"

private func rule(_ text: String, _ kind: AccessKind = .update) throws -> AccessList {
  let rule = try AccessRule(parsing: text, for: kind, keys: keys) { word in
    ["CNAME": RecordType.cname, "TXT": .txt][word]
  }
  return AccessList([rule])
}

private func requester(_ address: [UInt8], key: DomainName? = nil) -> Requester {
  Requester(address: address, key: key)
}

struct AccessRuleTests {
  @Test func allowsNothingByDefault() {
    #expect(!AccessList().allows(requester([127, 0, 0, 1], key: "mig"), zone: zone))
  }

  @Test func matchesAddressesByPrefix() throws {
    let list = try rule("addr=127.0.0.0/8,addr=2001:db8::/33,addr=192.0.2.7")
    let inside: [[UInt8]] = [
      [127, 255, 0, 9], [192, 0, 2, 7],
      [0x20, 0x01, 0x0D, 0xB8, 0x7F] + [UInt8](repeating: 1, count: 11),
      [UInt8](repeating: 0, count: 10) + [255, 255, 127, 0, 0, 1],
    ]
    let outside: [[UInt8]] = [
      [128, 0, 0, 1], [192, 0, 2, 6],
      [0x20, 0x01, 0x0D, 0xB8, 0x80] + [UInt8](repeating: 1, count: 11),
    ]
    for address in inside { #expect(list.allows(requester(address), zone: zone), "\(address)") }
    for address in outside { #expect(!list.allows(requester(address), zone: zone), "\(address)") }
  }

  @Test func wantsEveryFieldAndAnyOfItsValues() throws {
    let list = try rule(
      "key=mig,name=api.contososhoes.com,name=_fence.api.contososhoes.com,type=CNAME,type=TXT")
    let mig = requester([10, 0, 0, 1], key: "MIG")
    #expect(list.allows(mig, zone: zone, name: "API.contososhoes.com", type: .cname))
    #expect(list.allows(mig, zone: zone, name: "_fence.api.contososhoes.com", type: .txt))
    #expect(!list.allows(mig, zone: zone, name: "api.contososhoes.com", type: .a))
    #expect(!list.allows(mig, zone: zone, name: "x.api.contososhoes.com", type: .cname))
    #expect(!list.allows(requester([10, 0, 0, 1]), zone: zone))
    #expect(!list.allows(requester([10, 0, 0, 1], key: "xfr"), zone: zone))
  }

  @Test func coversSubtreesAndZones() throws {
    let list = try rule("key=mig,zone=contososhoes.com,under=dyn.contososhoes.com")
    let mig = requester([10, 0, 0, 1], key: "mig")
    #expect(list.allows(mig, zone: zone, name: "a.b.dyn.contososhoes.com", type: .a))
    #expect(!list.allows(mig, zone: zone, name: "xdyn.contososhoes.com", type: .a))
    #expect(!list.allows(mig, zone: "other.test"))
  }

  @Test(arguments: [
    ("adr=127.0.0.1", "did you mean addr=?"),
    ("addr=127.0.0.1/8", "bits set beyond its length"),
    ("addr=127.0.0.0/33", "no address or network"),
    ("addr=", "needs a value"),
    ("", "expected FIELD=VALUE"),
    ("key=nobody", "--key nobody:FILE"),
    ("name=api.contososhoes.com", "with addr= or key="),
    ("key=mig,type=CNAM", "no record type"),
    ("key=mig,name=a..b", "empty label"),
  ])
  func saysWhatIsWrong(text: String, reason: String) {
    let error = #expect(throws: AccessRuleError.self) { try rule(text) }
    #expect(error.map { $0.description.contains(reason) } == true, "\(String(describing: error))")
  }

  @Test func takesNamesAndTypesForUpdatesOnly() {
    #expect(throws: AccessRuleError.self) { try rule("key=xfr,type=TXT", .transfer) }
    #expect(throws: AccessRuleError.self) { try rule("key=xfr,name=a.test", .notify) }
  }
}
