import DNSModel
import Testing

private let base64 = "//8AAQIDBAUGBwgJCgsMDQ4P"
private let secret: [UInt8] = [255, 255] + (0...15)

struct TSIGKeyTextTests {
  @Test(arguments: [
    "key \"mig.example\" {\n\talgorithm hmac-sha256;\n\tsecret \"\(base64)\";\n};\n",
    "// a comment\nkey mig.example. { secret \(base64); algorithm HMAC-SHA256.; }; # more",
    "# hmac-sha256:mig.example:\(base64)\nkey:\n  - id: mig.example\n    algorithm: hmac-sha256\n"
      + "    secret: \(base64)\n",
    "key:\n- id: other\n  algorithm: hmac-sha1\n  secret: AAAA\n- id: mig.example\n"
      + "  algorithm: hmac-sha256\n  secret: \(base64)",
    "hmac-sha256:mig.example:\(base64)\n",
    "\(base64)\n",
  ])
  func readsTheFormsThatPeopleHave(text: String) throws {
    let key = try TSIGKey(parsing: text, named: "mig.example")
    #expect(key == TSIGKey(name: "mig.example", algorithm: .sha256, secret: secret))
  }

  @Test func readsTruncatedLengthsAsBINDWritesThem() throws {
    #expect(try TSIGKey(parsing: "hmac-sha512-256:k:\(base64)").macByteCount == 32)
    for text in ["hmac-sha512-128:k:\(base64)", "hmac-sha256-1000:k:\(base64)"] {
      #expect(throws: TSIGKeyTextError.self) { try TSIGKey(parsing: text) }
    }
  }

  @Test func saysWhatIsWrongWithoutQuotingTheFile() {
    let cases: [(text: String, reason: String)] = [
      ("", "empty"),
      ("hmac-md5:k:\(base64)", "RFC 8945 §6 forbids HMAC-MD5"),
      ("hmac-sha256:k:\(base64)=", "not base64"),
      (base64, "name must be given"),
      ("key \"a\" { algorithm hmac-sha256; };", "the key a. has no secret"),
      ("key \"a\" { secret \"\(base64)\"; };", "has no algorithm"),
      ("secret \(base64) what", "no known form"),
      (
        "key:\n- id: a\n  algorithm: hmac-sha1\n  secret: AAAA\n- id: b\n  algorithm: hmac-sha1\n"
          + "  secret: AAAA", "several keys"
      ),
      ("hmac-sha256:a..b:\(base64)", "empty label"),
    ]
    for (text, reason) in cases {
      let error = #expect(throws: TSIGKeyTextError.self) { try TSIGKey(parsing: text) }
      #expect(error.map { $0.description.contains(reason) } == true, "\(String(describing: error))")
      #expect(error.map { !$0.description.contains(base64) } == true)
    }
    let other = #expect(throws: TSIGKeyTextError.self) {
      try TSIGKey(parsing: "hmac-sha1:a:AAAA", named: "b")
    }
    #expect(other?.description == "the key file has no key b.; it has a.")
  }
}
