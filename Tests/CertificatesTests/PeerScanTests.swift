import Certificates
import DNSModel
import Foundation
import Migration
import Notation
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// What sslscan and testssl.sh see of a server, we see; and nothing they do not see.
struct PeerScan {
  static let name: DomainName = "api.contososhoes.test"

  /// Servers that differ in what they accept.
  static let servers: [(title: String, lines: String)] = [
    (
      "everything", "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;"
    ),
    (
      "a usual one",
      "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers HIGH:!aNULL:!MD5; ssl_prefer_server_ciphers on;"
    ),
    ("one suite", "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256;"),
    ("TLS 1.0 alone", "ssl_protocols TLSv1; ssl_ciphers AES128-SHA:@SECLEVEL=0;"),
    ("one curve", "ssl_protocols TLSv1.3; ssl_ecdh_curve secp384r1;"),
  ]

  let bed: NginxBed
  let facts: EndpointFacts

  init(_ lines: String) throws {
    let workshop = try CertificateWorkshop(around: UTCInstant(seconds: Int64(time(nil))))
    let key = try PrivateKey.generate(.rsa(bits: 2048))
    let now = UTCInstant(seconds: Int64(time(nil)))
    let leaf = try workshop.intermediate.issue(
      CertificateWorkshop.template(around: now), for: key)
    bed = try NginxBed(
      chain: [leaf, workshop.intermediate.certificate], key: key,
      anchor: workshop.root.certificate, lines + " location / { return 200 ok; }")
    var probe = EndpointProbe(
      .host(Self.name), anchors: try .of([workshop.root.certificate]), at: now)
    probe.patience = .seconds(30)
    facts = try #require(probe.look(at: [bed.address]).first)
  }

  /// `TLS 1.2` as we call it, by the numbers of its suites.
  var ours: [String: Set<UInt16>] {
    var suites: [String: Set<UInt16>] = [:]
    let all = CipherSuite.modern + CipherSuite.older
    for item in facts.protocols where item.answer == .accepted {
      suites[item.version] = Set(
        item.suites.compactMap { text in all.first { $0.description == text }?.number })
    }
    return suites
  }

  var ourGroups: Set<String> { Set(facts.groups ?? []) }

  // MARK: sslscan

  func sslscan() throws -> (suites: [String: Set<UInt16>], groups: Set<String>, xml: String) {
    let run = try Programs.run(
      "sslscan", ["--sni-name=\(Self.name.host)", "--xml=-", "\(bed.address)"], seconds: 60)
    var suites: [String: Set<UInt16>] = [:]
    var groups: Set<String> = []
    let newest = ["TLSv1.3", "TLSv1.2"].first { run.stdout.contains("<group sslversion=\"\($0)\"") }
    for line in run.stdout.split(separator: "\n") {
      guard let version = Self.field("sslversion", line),
        let number = Self.field("id", line).flatMap({ UInt16($0.dropFirst(2), radix: 16) })
      else { continue }
      if line.contains("<cipher status") {
        suites[Self.ourName(version), default: []].insert(number)
      } else if line.contains("<group "), version == newest {
        groups.insert(NamedGroup(number).description)
      }
    }
    return (suites, groups, run.stdout)
  }

  private static func field(_ name: String, _ line: Substring) -> String? {
    guard let start = line.range(of: " \(name)=\"")?.upperBound,
      let end = line[start...].firstIndex(of: "\"")
    else { return nil }
    return String(line[start..<end])
  }

  static func ourName(_ peers: String) -> String {
    peers == "TLSv1" ? "TLS 1.0" : peers.replacingOccurrences(of: "TLSv", with: "TLS ")
  }

  // MARK: testssl.sh

  /// Its findings by id.
  func foundByTestssl(_ options: [String], seconds: Int) throws -> [String: String] {
    let report = bed.folder.file("testssl.json")
    let run = try Programs.run(
      "testssl",
      ["--quiet", "--color", "0", "--ip", "127.0.0.1"] + options
        + ["--jsonfile", report, "\(bed.address)"], seconds: seconds)
    let text = try String(contentsOfFile: report, encoding: .utf8)
    var found: [String: String] = [:]
    // Flat objects, one field a line.
    var id = ""
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "\"").map(String.init)
      if parts.count >= 4, parts[1] == "id" { id = parts[3] }
      if parts.count >= 4, parts[1] == "finding" { found[id] = parts[3] }
    }
    #expect(!found.isEmpty, "\(run)")
    return found
  }

  /// OpenSSL's own client, twice: the second time with what the first was given.
  func opensslResumes() throws -> Bool {
    let session = bed.folder.file("session.pem")
    func talk(_ option: String) throws -> String {
      try Programs.run(
        "openssl",
        [
          "s_client", "-connect", "\(bed.address)", "-servername", Self.name.host, "-ign_eof",
          option,
          session, "-legacy_server_connect", "-cipher", "ALL:@SECLEVEL=0",
        ], stdin: "GET / HTTP/1.0\r\n\r\n", seconds: 30
      ).stdout
    }
    _ = try talk("-sess_out")
    return try talk("-sess_in").contains("Reused, ")
  }

  static func suites(_ found: [String: String]) -> [String: Set<UInt16>] {
    var suites: [String: Set<UInt16>] = [:]
    let versions = [
      "tls1": "TLS 1.0", "tls1_1": "TLS 1.1", "tls1_2": "TLS 1.2", "tls1_3": "TLS 1.3",
    ]
    for id in found.keys where id.hasPrefix("cipher-") {
      let parts = id.dropFirst(7).split(separator: "_").map(String.init)
      guard let last = parts.last, let number = UInt16(last.dropFirst(), radix: 16),
        let version = versions[parts.dropLast().joined(separator: "_")]
      else { continue }
      suites[version, default: []].insert(number)
    }
    return suites
  }
}

@Suite struct PeerScanTests {
  @Test(arguments: PeerScan.servers.map(\.title))
  func sslscanSeesTheSameVersionsSuitesAndGroups(title: String) throws {
    let lines = try #require(PeerScan.servers.first { $0.title == title }?.lines)
    let scan = try PeerScan(lines)
    let theirs = try scan.sslscan()
    #expect(scan.ours == theirs.suites, "\(title)")
    if !theirs.groups.isEmpty { #expect(scan.ourGroups == theirs.groups, "\(title)") }
    // The certificate.
    let leaf = try #require(scan.facts.shown?.leaf)
    #expect(theirs.xml.contains("<signature-algorithm>\(leaf.signatureAlgorithm)<"))
    #expect(theirs.xml.contains("type=\"RSA\" bits=\"2048\""))
    #expect(theirs.xml.contains("DNS:api.contososhoes.test"))
    #expect(theirs.xml.contains("<expired>false<"))
  }

  @Test func testsslSeesTheSameVersionsAndALPN() throws {
    let scan = try PeerScan(PeerScan.servers[1].lines)
    let found = try scan.foundByTestssl(["-p"], seconds: 240)
    for (id, version) in [
      ("SSLv3", "SSL 3.0"), ("TLS1", "TLS 1.0"), ("TLS1_1", "TLS 1.1"), ("TLS1_2", "TLS 1.2"),
      ("TLS1_3", "TLS 1.3"),
    ] {
      let isOffered = found[id].map { $0.hasPrefix("offered") }
      #expect(isOffered == (scan.ours[version] != nil), "\(version): \(found[id] ?? "")")
    }
    #expect(found["ALPN_HTTP2"] == "h2" && scan.facts.preferredApplication == "h2")
  }
}

/// One after the other: testssl.sh gives its own questions up where the machine is busy.
@Suite(.serialized, .enabled(if: Soak.isOn)) struct PeerScanSoakTests {
  @Test(arguments: PeerScan.servers.map(\.title))
  func testsslSeesTheSameSuitesAndResumption(title: String) throws {
    let lines = try #require(PeerScan.servers.first { $0.title == title }?.lines)
    let scan = try PeerScan(lines)
    let found = try scan.foundByTestssl(["-p", "-E", "-S"], seconds: 900)
    #expect(scan.ours == PeerScan.suites(found), "\(title)")
    // It tells "not supported" where its second connection came too late; OpenSSL's own client does not.
    let isResumed = try found["sessionresumption_ticket"] == "supported" || scan.opensslResumes()
    #expect(scan.facts.resumes == isResumed, "\(title): \(found["sessionresumption_ticket"] ?? "")")
    #expect(found["OCSP_stapling"] == "not offered" && scan.facts.shown?.staple == .absent)
  }
}
