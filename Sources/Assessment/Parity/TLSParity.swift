import Digests
import Migration
import Notation

/// The TLS half: what decides whether a client can connect at all, and trust what it finds.
struct TLSParity {
  let old: ParitySide
  let new: ParitySide

  var rows: [Parity.Row] {
    [
      row("tls:minimum-version", "older clients stay outside when it rises") { facts in
        accepted(facts).last
      },
      row("tls:maximum-version", "") { accepted($0).first },
      lostSuites,
      row("tls:client-certificate", "clients are asked for a certificate, or no longer") {
        $0.shown.map { $0.asksForClientCertificate ? "asked for" : "not asked for" }
      },
      row("tls:key-type", "devices that know one kind of key only") {
        $0.shown?.leaf.map { Self.kind($0.key) }
      },
      row("tls:issuer", "clients with a trust store of their own, or an issuer pinned") {
        $0.shown?.leaf.map { safeText($0.issuer) }
      },
      row("tls:pin", "clients that pin the public key refuse another") {
        $0.shown?.leaf.map { "sha256/" + $0.publicKeyHash.base64() }
      },
      row("tls:intermediates", "clients that cannot fetch what is not sent") {
        $0.shown.map { shown in
          shown.sent.dropFirst().map { safeText($0.subject) }.joined(separator: " < ")
        }
      },
      row("tls:alpn", "HTTP/2 gained or lost") {
        $0.shown == nil ? nil : $0.preferredApplication ?? "none"
      },
      row("tls:staple", "") {
        $0.shown.map { if case .absent = $0.staple { "none" } else { "stapled" } }
      },
      families,
    ]
  }

  private func row(
    _ aspect: String, _ remark: String, _ read: (EndpointFacts) -> String?
  ) -> Parity.Row {
    Parity.Row(aspect, old.agreed(read), new.agreed(read), remark)
  }

  /// The newest first, as they were asked.
  private func accepted(_ facts: EndpointFacts) -> [String] {
    facts.protocols.filter { $0.answer == .accepted }.map(\.version)
  }

  private static func kind(_ key: KeyAlgorithm) -> String {
    switch key {
    case .rsa: "RSA"
    case .ellipticCurve: "ECDSA"
    default: key.description
    }
  }

  /// More suites hurt nobody; a client may depend on one that is lost.
  private var lostSuites: Parity.Row {
    func suites(_ side: ParitySide) -> [String] {
      var all: [String] = []
      for suite in side.addresses.flatMap({ $0.protocols.flatMap(\.suites) })
      where !all.contains(suite) {
        all.append(suite)
      }
      return all
    }
    let (before, after) = (suites(old), suites(new))
    guard !before.isEmpty, !after.isEmpty else {
      return Parity.Row(
        "tls:suites", before.isEmpty ? ParitySide.unseen : "\(before.count) suites",
        after.isEmpty ? ParitySide.unseen : "\(after.count) suites", "")
    }
    let lost = before.filter { !after.contains($0) }
    guard !lost.isEmpty else {
      return Parity.Row("tls:suites", "all of the old", "all of the old", "")
    }
    return Parity.Row(
      "tls:suites", lost.joined(separator: " "), "no longer",
      "clients that know nothing newer stay outside")
  }

  private var families: Parity.Row {
    func text(_ side: ParitySide) -> String {
      guard !side.addresses.isEmpty else { return ParitySide.unseen }
      let hasNew = side.addresses.contains { $0.address.hasPrefix("[") }
      let hasOld = side.addresses.contains { !$0.address.hasPrefix("[") }
      return hasNew && hasOld ? "IPv4 and IPv6" : hasNew ? "IPv6" : "IPv4"
    }
    return Parity.Row(
      "address-families", text(old), text(new),
      "allow-lists, logs and rate limits that know one family")
  }
}
