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

  /// Why it was not taken; nil when it was.
  func trouble(sending body: JSON, to target: NotificationHook.Target) -> String? {
    let bytes = Array(body.compact.utf8)
    do {
      switch target {
      case .program(let words):
        let outcome = try ChildProcess.run(words, input: bytes + [0x0A], within: .seconds(30))
        return outcome.succeeded ? nil : "\(safeText(words[0])): \(outcome.summary)"
      case .webhook(let url, let secret): return try post(bytes, to: url, secret: secret)
      }
    } catch {
      return "\(error)"
    }
  }

  private func post(
    _ bytes: [UInt8], to url: String, secret: SecretReference?
  ) throws -> String? {
    var headers = [HTTPHeader("Content-Type", "application/json")]
    if let secret {
      // The body and its time are signed, so that a hook can tell a replay (HMAC-SHA256, hex).
      let time = String(clock.now().wall.seconds)
      let signature = try secret.resolve().reveal { key in
        HashFunction.sha256.authenticationCode(
          for: Array((time + ".").utf8) + bytes, key: key
        ).hex
      }
      headers += [
        HTTPHeader("Cutover-Time", time), HTTPHeader("Cutover-Signature", "sha256=" + signature),
      ]
    }
    let response = try HTTPClient().send(HTTPRequest("POST", url, headers: headers, body: bytes))
    return (200..<300).contains(response.status) ? nil : "the webhook answers \(response.status)"
  }
}
