import DNSModel
import DNSObservers
import DNSTransport
import Digests
import Foundation
import Migration
import Notation
import SystemIO
import TestSupport

/// A small Internet of signed zones: the root, `test`, and below it `shop.test` (signed) and `plain.test`
/// (not), signed by BIND's tools and served by NSD.
final class SignedWorld {
  enum Signer: String, CaseIterable, Sendable { case bind, ldns }

  struct Options: Sendable {
    var algorithm = "ECDSAP256SHA256"
    var usesNSEC3 = false
    /// Whether NSEC3 spans leave unsigned delegations out.
    var optsOut = true
    var rounds = 3
    /// Who signs: BIND's tools or ldns's.
    var signer = Signer.bind
    /// For `shop.test`; seconds from now.
    var signatureStart = -3600
    var signatureEnd = 30 * 86400
    /// Done to the text of the signed zone before it is served.
    var tamper: @Sendable (String) -> String = { $0 }
    /// Done to the DS of `shop.test` before its parent is signed.
    var changeDS: @Sendable (String) -> String = { $0 }
  }

  let root: SocketAddress
  let port: UInt16
  /// The root's key, as a zone file has it.
  let anchor: [ResourceRecord]
  /// The same for delv.
  let anchorPath: String
  private let folder: TemporaryDirectory
  private let server: ServerProcess

  init(_ options: Options = Options()) throws {
    let folder = TemporaryDirectory()
    port = try FreePort.next()
    let head = { (zone: String) in
      "$TTL 300\n\(zone) SOA ns.test. host.test. 1 3600 600 86400 300\n\(zone) NS ns.test.\n"
    }
    let shop = try Self.sign(
      "shop.test.",
      head("shop.test.") + "api.shop.test. 60 CNAME old.shop.test.\n"
        + "gone.shop.test. CNAME none.shop.test.\nhalf.shop.test. CNAME one.shop.test.\n"
        + "*.star.shop.test. CNAME hollow.shop.test.\nout.shop.test. CNAME one.plain.test.\n"
        + "far.shop.test. CNAME half.shop.test.\n"
        + "old.shop.test. A 192.0.2.1\nold.shop.test. AAAA 2001:db8::1\n"
        + "one.shop.test. A 192.0.2.2\ndeep.hollow.shop.test. A 192.0.2.3\n"
        + "*.wild.shop.test. A 192.0.2.4\nreal.wild.shop.test. A 192.0.2.5\n", options, in: folder,
      start: options.signatureStart, end: options.signatureEnd)
    let signedShop = try folder.read("shop.test.signed")
    folder.write("shop.test.signed", options.tamper(signedShop))
    folder.write(
      "plain.test.signed", head("plain.test.") + "api.plain.test. 60 CNAME old.plain.test.\n")
    let delegations = "shop.test. NS ns.test.\nplain.test. NS ns.test.\n"
    let test = try Self.sign(
      "test.",
      head("test.") + "ns.test. A 127.0.0.1\n" + delegations + options.changeDS(shop.signer),
      options, in: folder)
    let top = try Self.sign(
      ".", head(".") + "test. NS ns.test.\nns.test. A 127.0.0.1\n" + test.signer, options,
      in: folder)
    root = .loopback(port: port)
    anchor = Self.records(top.key)
    let words = top.key.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" })
    let start = words.firstIndex(of: "DNSKEY").map { words[($0 + 1)...] } ?? []
    let key = start.dropFirst(3).joined()
    let numbers = start.prefix(3).joined(separator: " ")
    anchorPath = folder.write(
      "anchors", "trust-anchors { \".\" static-key \(numbers) \"\(key)\"; };\n")
    let zones = [".", "test.", "shop.test.", "plain.test."].map { zone in
      "zone:\n  name: \"\(zone)\"\n  zonefile: \"\(folder.file(Self.file(zone) + ".signed"))\"\n"
    }
    let configuration = folder.write(
      "nsd.conf",
      """
      server:
        ip-address: 127.0.0.1@\(port)
        username: ""
        chroot: ""
        database: ""
        rrl-ratelimit: 0
        pidfile: "\(folder.file("pid"))"
        xfrdfile: "\(folder.file("xfrd"))"
        zonelistfile: "\(folder.file("list"))"
        xfrdir: "\(folder.path)"
      remote-control:
        control-enable: no

      """ + zones.joined())
    self.folder = folder
    server = try ServerProcess("nsd", ["-d", "-c", configuration])
    let place = root
    _ = try server.wait(for: "NSD to answer") {
      try? DNSExchange.ask(Question("test", .soa), of: place, within: .seconds(1))
    }
  }

  private static func file(_ zone: String) -> String {
    zone == "." ? "root" : String(zone.dropLast())
  }

  static func records(_ text: String) -> [ResourceRecord] {
    ZoneText.records(text)
  }

  /// Gives the zone's DS for its parent, and its key.
  private static func sign(
    _ zone: String, _ text: String, _ options: Options, in folder: TemporaryDirectory,
    start: Int = -3600, end: Int = 30 * 86400
  ) throws -> (signer: String, key: String) {
    func run(_ program: String, _ arguments: [String]) throws -> String {
      let run = try Programs.run(program, arguments, directory: folder.path)
      guard run.status == 0 else { throw ProgramFailure(description: run.description) }
      return run.stdout
    }
    let key = try run(
      "dnssec-keygen",
      ["-a", options.algorithm] + (options.algorithm.hasPrefix("RSA") ? ["-b", "2048"] : [])
        + ["-f", "KSK", zone]
    ).trimmingCharacters(in: .whitespacesAndNewlines)
    let path = folder.write(file(zone), text + "$INCLUDE \(folder.file(key)).key\n")
    let moment = { (seconds: Int) in
      let date = CivilDateTime(SystemClock.wall() + .seconds(Int64(seconds)))
      return (date.dateText + date.timeText).filter(\.isNumber)
    }
    switch options.signer {
    case .bind:
      let hashing = ["-3", "AB", "-H", "\(options.rounds)"] + (options.optsOut ? ["-A"] : [])
      _ = try run(
        "dnssec-signzone",
        ["-z", "-P", "-o", zone, "-s", moment(start), "-e", moment(end), "-f", path + ".signed"]
          + (options.usesNSEC3 ? hashing : []) + [path, folder.file(key) + ".key"])
    case .ldns:
      let hashing = ["-n", "-s", "AB", "-t", "\(options.rounds)"] + (options.optsOut ? ["-p"] : [])
      // It takes the key's record from its file; a second one in the zone it refuses.
      let bare = folder.write(file(zone) + ".bare", text)
      _ = try run(
        "ldns-signzone",
        ["-o", zone, "-i", moment(start), "-e", moment(end), "-f", path + ".signed"]
          + (options.usesNSEC3 ? hashing : []) + [bare, folder.file(key)])
    }
    return (
      try run("dnssec-dsfromkey", ["-2", folder.file(key) + ".key"]),
      try folder.read(key + ".key").split(separator: "\n").filter { !$0.hasPrefix(";") }
        .joined(separator: "\n") + "\n"
    )
  }

  /// What the audit gathers for `name`, with or without the world's own anchor.
  func evidence(
    _ name: DomainName, anchors: [ResourceRecord]? = nil
  ) throws -> NameEvidence {
    let observing = try Observing()
    let look = NameLook(
      observing, finder: DelegationFinder(observing, roots: [root], port: port),
      anchors: anchors ?? anchor)
    var found: NameEvidence?
    look.gather(name, NameEvidence.Move()) { found = $0 }
    observing.loop.run(for: .seconds(30))
    guard let found else { throw ProgramFailure(description: "no evidence of \(name)") }
    return found
  }

  /// BIND's validator on the same question: secure, unsigned, or refused.
  func delv(_ name: String, _ type: RecordType = .cname) throws -> String {
    let run = try Programs.run(
      "delv", ["@127.0.0.1", "-p", "\(port)", "-a", anchorPath, "+root=.", name, "\(type)"])
    if run.stdout.contains("fully validated") { return "secure" }
    if run.stdout.contains("unsigned answer") { return "insecure" }
    return "bogus"
  }
}

/// Records in zone text, by a reader that needs no zone around them.
enum ZoneText {
  static func records(_ text: String) -> [ResourceRecord] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
      guard let place = words.firstIndex(where: { $0 == "DNSKEY" || $0 == "DS" }),
        let owner = try? DomainName(parsing: words[0])
      else { return nil }
      let fields = Array(words[(place + 1)...])
      guard fields.count >= 4, let first = UInt16(fields[0]), let second = UInt8(fields[1]),
        let third = UInt8(fields[2])
      else { return nil }
      let head = [UInt8(first >> 8), UInt8(first & 0xFF), second, third]
      let rest = fields[3...].joined()
      let body = words[place] == "DS" ? [UInt8](hex: rest) : [UInt8](base64: rest)
      guard let body else { return nil }
      return ResourceRecord(
        owner: owner, ttl: TTL(clamping: 300),
        data: RecordData(type: words[place] == "DS" ? .ds : .dnskey, wire: head + body))
    }
  }
}
