import Assessment
import DNSModel
import Foundation
import Migration
import Notation
import PlanFiles
import TestSupport
import Testing

/// What Front Door needs, right and wrong by one detail each.
@Suite struct FrontDoorQuestionTests {
  static let now = UTCInstant(parsing: "2026-12-01T00:00:00Z")!

  private static func plan(
    _ name: String, _ changes: [(String, String)], holdsRules: Bool = true
  ) throws -> Plan {
    let path = "\(Programs.root)/Plans/refused/\(name).yaml"
    var text = try String(contentsOfFile: path, encoding: .utf8)
    for (old, new) in changes {
      #expect(text.contains(old), "\(old)")
      text = text.replacing(old, with: new)
    }
    return try PlanFile.read(
      Array(text.utf8), now: now, holdsRules: holdsRules,
      zoneRules: {
        FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + $0).map(Array.init)
      }
    ).plan
  }

  private static func refusals(_ name: String, _ changes: [(String, String)]) throws -> [String] {
    do throws(PlanRejection) {
      do { _ = try plan(name, changes) } catch let error as PlanRejection { throw error } catch {
        Issue.record("\(error)")
      }
      return []
    } catch { return error.problems.map(\.id) }
  }

  @Test(
    arguments: [
      ("[digicert.com]", []), ("[letsencrypt.org, DigiCert.com]", []),
      ("[digicert.org]", ["router.front-door-caa"]), ("[]", ["router.front-door-caa"]),
    ] as [(String, [String])])
  func itsManagedCertificateNeedsDigiCertInCAA(allowed: String, refused: [String]) throws {
    let found = try Self.refusals(
      "router.front-door-caa", [("caa: [letsencrypt.org]", "caa: \(allowed)")])
    #expect(found == refused)
  }

  @Test(
    arguments: [
      ("2026-11-24T00:00:00Z", []), ("2026-11-23T23:59:59Z", ["router.token-expired"]),
    ] as [(String, [String])])
  func aValidationTokenLivesSevenDays(issued: String, refused: [String]) throws {
    let found = try Self.refusals(
      "router.token-expired", [("2026-11-01T00:00:00Z", issued)])
    #expect(found == refused)
  }

  private static let managed = ("caa: [letsencrypt.org]", "caa: [digicert.com]")
  private static let token = ("endpoint: e\n", "endpoint: e\n  validation-token: abc\n")
  private static let dated = (
    "endpoint: e\n",
    "endpoint: e\n  validation-token: abc\n  token-issued-at: 2026-11-30T00:00:00Z\n"
  )

  private static func finding(_ id: String, _ changes: [(String, String)]) throws -> Finding? {
    let plan = try plan("router.front-door-caa", [managed] + changes)
    return TargetQuestions.findings(in: plan).first { $0.id == id }
  }

  @Test func aManagedCertificateComesThroughADatedTokenBeforeTheSwap() throws {
    let id = "target.managed-certificate"
    let whole = try #require(try Self.finding(id, [Self.dated]))
    #expect(!whole.detail.hasPrefix("open:"), "\(whole)")
    for fact in ["_dnsauth.api.example.com", "2026-12-07", "digicert.com", "CNAME to stay"] {
      #expect(whole.detail.contains(fact), "\(fact): \(whole)")
    }
    for changes in [[], [Self.token]] {
      let open = try #require(try Self.finding(id, changes))
      #expect(open.detail.hasPrefix("open:"), "\(open)")
      #expect(open.wayOut?.contains("_dnsauth.api.example.com") == true, "\(open)")
    }
  }

  @Test func originsMustAskWhichFrontDoorIsSpeaking() throws {
    let choice = (
      "endpoint: e\n",
      "endpoint: e\n  choices:\n"
        + "    - {subject: origin-identifier, choice: checked, reason: addresses are shared}\n"
    )
    let open = try #require(try Self.finding("target.origin-identifier", []))
    #expect(open.detail.hasPrefix("open:") && open.detail.contains("X-Azure-FDID"), "\(open)")
    let attested = try #require(try Self.finding("target.origin-identifier", [choice]))
    #expect(!attested.detail.hasPrefix("open:") && attested.detail.contains("checked"))
  }

  @Test func anotherRouterIsAskedNothingOfThat() throws {
    let lines =
      "kind: azure-front-door\n  subscription: s\n  resource-group: g\n  profile: p\n  endpoint: e\n"
    let plan = try Self.plan("router.front-door-caa", [(lines, "kind: manual\n")])
    let found = TargetQuestions.findings(in: plan).map(\.id)
    #expect(!found.contains("target.managed-certificate") && !found.isEmpty)
    #expect(plan.issuingAuthority == nil)
  }

  /// So that an audit of such a plan looks for it in CAA although the plan names no CA.
  @Test func itsCAIsKnownWithoutBeingNamed() throws {
    let door = try Self.plan("router.front-door-caa", [Self.managed])
    #expect(door.issuingAuthority == "digicert.com")
    let brought = try Self.plan("router.token-expired", [], holdsRules: false)
    #expect(brought.issuingAuthority == "letsencrypt.org")
  }
}
