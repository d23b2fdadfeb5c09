import Digests
import Migration
import Notation

/// The TLS half: what decides whether a client can connect at all, and trust what it finds.
struct TLSParity {
  let old: ParitySide
  let new: ParitySide

  var rows: [Parity.Row] {
    [
      minimumVersion, maximumVersion, lostSuites, lostGroups,
      row("tls:client-certificate", .blocker, "clients are asked for a certificate, or no longer") {
        $0.shown.map { $0.asksForClientCertificate ? "asked for" : "not asked for" }
      },
      row("tls:key-type", .warning, "devices that know one kind of key only") {
        $0.shown?.leaf.map { Self.kind($0.key) }
      },
      row("tls:issuer", .warning, "clients with a trust store of their own, or an issuer pinned") {
        $0.shown?.leaf.map { safeText($0.issuer) }
      },
      row("tls:pin", .warning, "clients that pin the public key refuse another") {
        $0.shown?.leaf.map { "sha256/" + $0.publicKeyHash.base64() }
      },
      row("tls:intermediates", .note, "clients that cannot fetch what is not sent") {
        $0.shown.map { shown in
          shown.sent.count < 2
            ? "none" : shown.sent.dropFirst().map { safeText($0.subject) }.joined(separator: " < ")
        }
      },
      application,
      row("tls:staple", .note) { $0.shown.map { $0.staple == .absent ? "none" : "stapled" } },
      row("tls:resumption", .note) { $0.resumes.map { $0 ? "yes" : "no" } },
      families,
    ]
  }

  private func row(
    _ aspect: String, _ severity: Finding.Severity, _ remark: String = "",
    _ read: (EndpointFacts) -> String?
  ) -> Parity.Row {
    Parity.Row(aspect, old.agreed(read), new.agreed(read), severity, remark)
  }

  // MARK: versions

  private static let versions = ["TLS 1.3", "TLS 1.2", "TLS 1.1", "TLS 1.0", "SSL 3.0"]

  /// The newest first, as they were asked.
  private func accepted(_ facts: EndpointFacts) -> [String] {
    facts.protocols.filter { $0.answer == .accepted }.map(\.version)
  }

  private var minimumVersion: Parity.Row {
    var row = row("tls:minimum-version", .blocker, "clients that know nothing newer stay outside") {
      accepted($0).last
    }
    if let isNewer = Self.isNewer(row.new, than: row.old), !isNewer {
      row.severity = .note
      row.remark = "older versions are spoken again"
    }
    return row
  }

  private var maximumVersion: Parity.Row {
    var row = row("tls:maximum-version", .warning) { accepted($0).first }
    if Self.isNewer(row.new, than: row.old) == true { row.severity = .note }
    return row
  }

  /// Nil where one of them is not one version: addresses that disagree, or nothing seen.
  private static func isNewer(_ one: String, than other: String) -> Bool? {
    guard let mine = versions.firstIndex(of: one), let theirs = versions.firstIndex(of: other)
    else { return nil }
    return mine < theirs
  }

  // MARK: suites and groups

  private static func kind(_ key: KeyAlgorithm) -> String {
    switch key {
    case .rsa: "RSA"
    case .ellipticCurve: "ECDSA"
    default: key.description
    }
  }

  /// More suites hurt nobody; a client may depend on one that is lost.
  private var lostSuites: Parity.Row {
    var row = lost("tls:suites", "suites") { facts in
      facts.protocols.isEmpty ? nil : facts.protocols.flatMap(\.suites)
    }
    guard row.standing == .different else { return row }
    // A version that both speak, without a suite in common, shuts its clients out.
    let isShutOut = Self.versions.contains { version in
      func suites(_ side: ParitySide) -> Set<String> {
        Set(
          side.addresses.flatMap(\.protocols).filter { $0.version == version }.flatMap(\.suites)
            .map(withoutSigner))
      }
      let (before, after) = (suites(old), suites(new))
      return !before.isEmpty && !after.isEmpty && before.isDisjoint(with: after)
    }
    row.severity = isShutOut ? .blocker : .warning
    return row
  }

  /// Suites differ by the kind of key anyway, which has a line of its own.
  private func withoutSigner(_ suite: String) -> String {
    suite.replacing("_ECDSA_", with: "_RSA_")
  }

  private var lostGroups: Parity.Row {
    lost("tls:groups", "groups") { $0.groups }
  }

  private func lost(
    _ aspect: String, _ noun: String, _ read: (EndpointFacts) -> [String]?
  ) -> Parity.Row {
    func all(_ side: ParitySide) -> [String]? {
      let lists = side.addresses.compactMap(read)
      guard !lists.isEmpty else { return nil }
      var all: [String] = []
      for item in lists.joined() where !all.contains(item) { all.append(item) }
      return all
    }
    guard let before = all(old), let after = all(new) else {
      func text(_ list: [String]?) -> String {
        list.map { "\($0.count) \(noun)" } ?? ParitySide.unseen
      }
      return Parity.Row(aspect, text(all(old)), text(all(new)), .warning)
    }
    let lost = before.filter { !after.contains($0) }
    guard !lost.isEmpty else {
      return Parity.Row(aspect, "all of the old", "all of the old", .note)
    }
    return Parity.Row(
      aspect, lost.joined(separator: " "), "no longer",
      lost.count == before.count ? .blocker : .warning,
      "clients that know nothing else stay outside")
  }

  // MARK: the rest

  private var application: Parity.Row {
    var row = row("tls:alpn", .note) { $0.shown == nil ? nil : $0.preferredApplication ?? "none" }
    if row.old.contains("h2"), !row.new.contains("h2") {
      row.severity = .warning
      row.remark = "HTTP/2 is lost; gRPC clients cannot do without"
    }
    return row
  }

  private var families: Parity.Row {
    func text(_ side: ParitySide) -> String {
      guard !side.addresses.isEmpty else { return ParitySide.unseen }
      let hasNew = side.addresses.contains { $0.address.hasPrefix("[") }
      let hasOld = side.addresses.contains { !$0.address.hasPrefix("[") }
      return hasNew && hasOld ? "IPv4 and IPv6" : hasNew ? "IPv6" : "IPv4"
    }
    let (before, after) = (text(old), text(new))
    let isLost = before.contains("IPv4") && !after.contains("IPv4")
    return Parity.Row(
      "address-families", before, after, isLost ? .blocker : .warning,
      isLost
        ? "clients without IPv6 stay outside"
        : "allow-lists, logs and rate limits that know one family")
  }
}
