import DNSModel
import DNSProviders
import Foundation
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

@Suite struct DynamicUpdateProviderTests {
  @Test(arguments: UpdatablePrimary.Kind.peers)
  func conformsAgainst(kind: UpdatablePrimary.Kind) throws {
    var servers: [UpdatablePrimary] = []
    try DNSProviderConformance.check {
      let server = try UpdatablePrimary(kind)
      servers.append(server)
      return server.provider()
    }
  }

  @Test(arguments: UpdatablePrimary.Kind.peers)
  func leastPrivilegeIsEnoughAndMoreIsToldOf(kind: UpdatablePrimary.Kind) throws {
    let server = try UpdatablePrimary(kind)
    #expect(!server.provider().preflight().contains { $0.weight == .warning })
    let broad = server.provider(key: server.broadKey).preflight()
    #expect(broad.contains { $0.weight == .warning && $0.text.contains("update-policy") })
  }

  @Test(arguments: UpdatablePrimary.Kind.peers)
  func saysWhatIsWrongWithAKey(kind: UpdatablePrimary.Kind) throws {
    let server = try UpdatablePrimary(kind)
    let secret = "bm90IHRoZSBzZWNyZXQgYXQgYWxsISEhISEhISEhIQ=="
    let file = server.directory.write("wrong", "hmac-sha256:mover:\(secret)\n")
    let wrong = server.provider(key: try SecretReference(parsing: "file:\(file)"))
    let findings = wrong.preflight()
    #expect(findings.contains { $0.weight == .blocker }, "\(findings)")
    #expect(!"\(findings)".contains(secret))
    // The key may not touch another name.
    let other = ProviderScope(zone: "example.test", name: "www.example.test")
    let refused = server.provider(other).change(
      AliasChange(expected: DNSProviderConformance.old, wanted: DNSProviderConformance.new))
    guard case .applied = refused else { return }
    Issue.record("\(kind) let the key change another name")
  }

  @Test(arguments: UpdatablePrimary.Kind.peers)
  func aNameThatExistsOnlyThroughAWildcardIsLeftAlone(kind: UpdatablePrimary.Kind) throws {
    let scope = ProviderScope(zone: "example.test", name: "a.wild.example.test")
    let server = try UpdatablePrimary(kind, name: scope.name)
    let provider = server.provider(scope)
    let findings = provider.preflight()
    #expect(findings.contains { $0.text.contains("wildcard") }, "\(findings)")
    let change = AliasChange(
      expected: DNSProviderConformance.old, wanted: DNSProviderConformance.new, fence: 0)
    guard case .conflict = provider.change(change) else {
      Issue.record("changed")
      return
    }
    #expect(try provider.read().content == .alias(DNSProviderConformance.old))
  }

  @Test func aServerThatCannotBeReachedChangedNothing() throws {
    let nobody = DynamicUpdateProvider(
      scope: DNSProviderConformance.scope, server: .loopback(port: try FreePort.next()), key: nil)
    let change = AliasChange(
      expected: DNSProviderConformance.old, wanted: DNSProviderConformance.new, fence: 0)
    guard case .tryAgain = nobody.change(change) else {
      Issue.record("not told as certain")
      return
    }
    #expect(throws: ProviderFailure.self) { try nobody.read() }
  }
}
