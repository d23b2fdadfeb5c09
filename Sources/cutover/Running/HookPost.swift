import Digests
import Engine
import HTTP
import Migration
import Notation
import SystemIO

/// Brings one message to one hook of a plan: to a program's standard input, or by POST, signed where the
/// plan names a secret.
struct HookPost {
  let clock: any MigrationClock

  func send(_ body: JSON, to target: NotificationHook.Target) -> Bool {
    let bytes = Array(body.compact.utf8)
    switch target {
    case .program(let words):
      let outcome = try? ChildProcess.run(words, input: bytes + [0x0A], within: .seconds(30))
      return outcome?.succeeded ?? false
    case .webhook(let url, let secret):
      return post(bytes, to: url, secret: secret)
    }
  }

  private func post(_ bytes: [UInt8], to url: String, secret: SecretReference?) -> Bool {
    var headers = [HTTPHeader("Content-Type", "application/json")]
    if let secret {
      // The body and its time are signed, so that a hook can tell a replay (HMAC-SHA256, hex).
      let time = String(clock.now().wall.seconds)
      guard
        let signature = try? secret.resolve().reveal({ key in
          HashFunction.sha256.authenticationCode(
            for: Array((time + ".").utf8) + bytes, key: key
          ).hex
        })
      else { return false }
      headers += [
        HTTPHeader("Cutover-Time", time), HTTPHeader("Cutover-Signature", "sha256=" + signature),
      ]
    }
    guard let client = try? HTTPClient(),
      let response = try? client.send(HTTPRequest("POST", url, headers: headers, body: bytes))
    else { return false }
    return (200..<300).contains(response.status)
  }
}
