import Glibc
import Notation
import SystemIO
import TestSupport
import Testing

@Suite struct SecretReferenceTests {
  let directory = TemporaryDirectory()

  @Test func readsAFileAndTakesOffOneLineEnd() throws {
    let file = directory.write("key", "canary\n")
    let secret = try SecretReference(parsing: "file:\(file)").resolve()
    #expect(secret.reveal { $0 } == Array("canary".utf8))
  }

  @Test func readsTheEnvironmentAndCredentials() throws {
    setenv("CUTOVER_TEST_SECRET", "from-env", 1)
    #expect(
      try SecretReference(parsing: "env:CUTOVER_TEST_SECRET").resolve().reveal { $0 }
        == Array("from-env".utf8))
    directory.write("token", "from-credential")
    setenv("CREDENTIALS_DIRECTORY", directory.path, 1)
    #expect(
      try SecretReference(parsing: "credential:token").resolve().reveal { $0 }
        == Array("from-credential".utf8))
    unsetenv("CREDENTIALS_DIRECTORY")
    #expect(throws: SecretError.self) {
      try SecretReference(parsing: "credential:token").resolve()
    }
  }

  @Test func refusesWhatOthersMayReadAndEmptiness() throws {
    let open = directory.write("open", "canary", mode: 0o640)
    #expect(throws: SecretError.self) { try SecretReference(parsing: "file:\(open)").resolve() }
    let empty = directory.write("empty", "\n")
    #expect(throws: SecretError.self) { try SecretReference(parsing: "file:\(empty)").resolve() }
    #expect(throws: SecretError.self) {
      try SecretReference(parsing: "file:\(directory.path)").resolve()
    }
  }

  @Test func doesNotRepeatAPastedSecret() {
    for text in ["canary-pasted", "canary:pasted", "credential:../canary", ""] {
      do {
        _ = try SecretReference(parsing: text)
        Issue.record("\(text) was taken")
      } catch {
        #expect(!"\(error)".contains("canary-pasted") && !"\(error)".contains("canary:pasted"))
      }
    }
  }

  @Test func hasNoText() {
    let secret = Secret(Array("canary".utf8))
    var dumped = ""
    dump(secret, to: &dumped)
    let texts = ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped]
    for text in texts {
      #expect(!text.contains("canary") && !text.contains("99"))
    }
  }
}
