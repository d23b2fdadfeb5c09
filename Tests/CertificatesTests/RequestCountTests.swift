import Certificates
import DNSModel
import DNSProviders
import Foundation
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// How many HTTP requests an issuance for an apex and its wildcard takes, counted by the same proxy for
/// us, lego and certbot: a CA's rate limits count them too.
@Suite struct RequestCountTests {
  let bed: ProxiedCA
  var primary: UpdatablePrimary { bed.primary }
  var proxy: ACMEProxy { bed.proxy }
  var folder: TemporaryDirectory { bed.folder }

  init() throws { bed = try ProxiedCA(.bind) }

  /// What `work` cost.
  private func counted(_ work: () throws -> Void) rethrows -> [String] {
    let before = proxy.log.requests.count
    try work()
    return Array(proxy.log.requests.dropFirst(before))
  }

  @Test func ourIssuanceTakesNoMoreRequestsThanThePeers() throws {
    let ours = try counted {
      let wish = bed.wish(["example.test", "*.example.test"])
      _ = try ACMEIssuer(wish: wish, shelf: bed.shelf("ours"), publisher: bed.publisher).issue()
    }
    #expect(ours.count <= 13, "\(ours)")
    let certbot = try counted { try runCertbot() }
    let lego = try counted { try runLego() }
    // A peer that did not get as far is no measure.
    for peer in [certbot, lego] {
      #expect(peer.contains { $0.contains("/certZ/") }, "\(peer)")
      #expect(ours.count <= peer.count, "ours \(ours)\npeer \(peer)")
    }
  }

  private func runLego() throws {
    let run = try Programs.run(
      "lego",
      [
        "--accept-tos", "--server", proxy.directory, "--email", "ops@example.test", "--domains",
        "example.test", "--domains", "*.example.test", "--dns", "rfc2136", "--dns.disable-cp",
        "--dns.resolvers", "\(primary.address)", "--path", folder.file("lego"), "run",
      ],
      environment: [
        "LEGO_CA_CERTIFICATES": folder.file("ca.pem"), "RFC2136_NAMESERVER": "\(primary.address)",
        "RFC2136_TSIG_ALGORITHM": "hmac-sha256.", "RFC2136_TSIG_KEY": "broad.",
        "RFC2136_TSIG_SECRET": UpdatablePrimary.secret, "HOME": folder.path,
      ], seconds: 120)
    #expect(run.status == 0, "\(run)")
  }

  private func runCertbot() throws {
    let hook = folder.write(
      "hook.sh",
      """
      #!/bin/sh
      printf 'server 127.0.0.1 %s\\nzone example.test\\nupdate add _acme-challenge.example.test 60 TXT "%s"\\nsend\\n' \
        \(primary.address.port) "$CERTBOT_VALIDATION" \
        | nsupdate -y 'hmac-sha256:broad:\(UpdatablePrimary.secret)'

      """, mode: 0o700)
    let run = try Programs.run(
      "certbot",
      [
        "certonly", "--non-interactive", "--agree-tos", "--email", "ops@example.test",
        "--no-eff-email", "--server", proxy.directory, "--manual", "--preferred-challenges", "dns",
        "--manual-auth-hook", hook, "-d", "example.test", "-d", "*.example.test", "--config-dir",
        folder.file("certbot"), "--work-dir", folder.file("certbot-work"), "--logs-dir",
        folder.file("certbot-logs"),
      ],
      environment: ["REQUESTS_CA_BUNDLE": folder.file("ca.pem"), "HOME": folder.path],
      seconds: 120)
    #expect(run.status == 0, "\(run)")
  }
}
