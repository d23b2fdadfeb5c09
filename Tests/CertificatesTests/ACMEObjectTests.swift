import Certificates
import Digests
import Notation
import Testing

@Suite struct ACMEObjectTests {
  @Test func theKeyAuthorizationDigestIsTheOneOfTheStandard() throws {
    // RFC 8555 §8.1 shows this token; the thumbprint is any 32 bytes.
    let challenge = try ACMEChallenge([
      "type": "dns-01", "url": "https://ca.test/c", "status": "pending",
      "token": "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA",
    ])
    let thumbprint = [UInt8](repeating: 0, count: 32)
    let text = challenge.keyAuthorization(thumbprint: thumbprint)
    #expect(text == "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA." + thumbprint.base64(.url))
    #expect(
      challenge.dnsValue(thumbprint: thumbprint)
        == HashFunction.sha256.hash(Array(text.utf8)).base64(.url))
  }

  @Test func aTokenThatCouldClimbOutOfItsFolderIsRefused() {
    #expect(throws: ACMEFormatError.self) {
      try ACMEChallenge([
        "type": "http-01", "url": "https://ca.test/c", "status": "pending",
        "token": "../../etc/passwd",
      ])
    }
  }

  @Test func onlyHTTPSURLsAreFollowed() {
    #expect(throws: ACMEFormatError.self) {
      try ACMEDirectory([
        "newNonce": "http://ca.test/n", "newAccount": "https://ca.test/a",
        "newOrder": "https://ca.test/o",
      ])
    }
  }

  @Test func problemsKeepTheirSubproblems() throws {
    let problem = try ACMEProblem([
      "type": "urn:ietf:params:acme:error:malformed", "detail": "some were rejected", "status": 400,
      "subproblems": [
        [
          "type": "urn:ietf:params:acme:error:rejectedIdentifier", "detail": "no such TLD",
          "identifier": ["type": "dns", "value": "a\u{1b}.test"],
        ]
      ],
    ])
    #expect(problem.remedy == .person)
    #expect(problem.description.contains("rejectedIdentifier"))
    #expect(!problem.description.contains("\u{1b}"))
  }

  @Test func aRenewalWindowThatEndsBeforeItStartsIsInvalid() throws {
    let window: JSON = ["start": "2026-01-02T00:00:00Z", "end": "2026-01-03T00:00:00Z"]
    #expect(
      try ACMERenewalInfo(["suggestedWindow": window]).end
        == UTCInstant(parsing: "2026-01-03T00:00:00Z"))
    let backwards: JSON = ["start": "2026-01-03T00:00:00Z", "end": "2026-01-02T00:00:00Z"]
    #expect(throws: ACMEFormatError.self) { try ACMERenewalInfo(["suggestedWindow": backwards]) }
  }

  @Test func theRenewalIdentifierMatchesTheStandardsExample() throws {
    // RFC 9773 §4.1.
    let key = try #require([UInt8](hex: "69885B6B87464041E1B3B847BD6A8FB77B7A2D1C".lowercased()))
    let serial = try #require([UInt8](hex: "008765"))
    #expect(renewalIdentifier(authorityKeyIdentifier: key, serial: serial).hasSuffix(".AIdl"))
  }
}
