import DNSModel
import Foundation
import SystemIO
import TestSupport

/// A real server that holds `example.test`: as primary it gives transfers and takes updates, as
/// secondary it copies from an address. With a key everything is signed with it, and nothing is
/// taken unsigned.
final class ZonePeer: Sendable {
  enum Kind: String, Sendable, CaseIterable { case bind, knot, nsd, powerdns }

  enum Role: Sendable {
    case primary(zone: String, notifies: SocketAddress? = nil)
    case secondary(of: SocketAddress)
  }

  static let secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=="
  static let keyName = "mig"
  static let keyText = "hmac-sha256:\(keyName):\(secret)\n"

  static let zone = """
    $TTL 300
    @ IN SOA ns1 hostmaster 7 3600 900 86400 60
    @ IN NS ns1
    @ IN NS ns.other.test.
    ns1 IN A 127.0.0.1
    web IN A 192.0.2.2
    web IN A 192.0.2.3
    web IN TXT "hello"
    api IN CNAME web
    deep.empty IN A 192.0.2.4
    *.wild IN A 192.0.2.5
    sub IN NS ns.sub
    ns.sub IN A 192.0.2.6

    """

  let kind: Kind
  let address: SocketAddress
  let directory = TemporaryDirectory()
  private let server: ServerProcess

  init(_ kind: Kind, _ role: Role, port: UInt16? = nil, isSigned: Bool = false) throws {
    self.kind = kind
    let port = try port ?? FreePort.next()
    address = .loopback(port: port)
    let setup = Setup(kind: kind, role: role, port: port, isSigned: isSigned, directory: directory)
    server = try setup.start()
    _ = try server.wait(for: "\(kind) to answer") { [address] in
      let reply = try? Programs.run(
        "dig",
        ["@127.0.0.1", "-p", "\(address.port)", "+tries=1", "+time=1", "version.bind", "CH", "TXT"])
      return reply?.status == 0 ? true : nil
    }
  }

  var log: String { server.stderr + server.stdout }

  /// Reads another zone file, as an operator would have it done.
  func reload(_ zone: String) {
    directory.write("zone", zone, mode: 0o666)
    server.send(SIGHUP)
  }

  /// What it serves, as sorted lines; empty while it has no zone.
  func content(isSigned: Bool = false) throws -> [String] {
    try Self.content(of: address, isSigned: isSigned)
  }

  static func content(of address: SocketAddress, isSigned: Bool = false) throws -> [String] {
    let key = isSigned ? ["-y", "hmac-sha256:\(keyName):\(secret)"] : []
    let reply = try Programs.run(
      "dig",
      [
        "@127.0.0.1", "-p", "\(address.port)", "example.test", "AXFR", "+nocmd", "+nostats",
        "+nocomments", "+noidnout", "+onesoa", "+tries=1", "+time=5",
      ] + key)
    return reply.stdout.split(separator: "\n").map { line in
      line.split(whereSeparator: { $0 == "\t" || $0 == " " }).joined(separator: " ")
    }.filter { !$0.hasPrefix(";") && !$0.contains(" TSIG ") }.sorted()
  }

  func waitForSerial(_ serial: UInt32, seconds: Double = 20) throws {
    _ = try server.wait(seconds: seconds, for: "\(kind) to have serial \(serial)") { [address] in
      let reply = try Programs.run(
        "dig",
        [
          "@127.0.0.1", "-p", "\(address.port)", "example.test", "SOA", "+short", "+tries=1",
          "+time=1",
        ])
      return reply.stdout.split(separator: " ").dropFirst(2).first == "\(serial)" ? true : nil
    }
  }
}

/// The configuration of each kind.
private struct Setup {
  let kind: ZonePeer.Kind
  let role: ZonePeer.Role
  let port: UInt16
  let isSigned: Bool
  let directory: TemporaryDirectory

  private var path: String { directory.path }
  private var key: String { ZonePeer.keyName }

  func start() throws -> ServerProcess {
    let lifetime = Soak.isOn ? 3600 : 300
    if case .primary(let zone, _) = role { directory.write("zone", zone, mode: 0o666) }
    switch kind {
    case .bind:
      directory.write("named.conf", bind)
      // A secondary tells of the kind of its transfers at this level only.
      let verbosity = if case .secondary = role { "3" } else { "0" }
      return try ServerProcess(
        "named", ["-g", "-d", verbosity, "-c", directory.file("named.conf")], lifetime: lifetime)
    case .knot:
      directory.write("knot.conf", knot)
      return try ServerProcess("knotd", ["-c", directory.file("knot.conf")], lifetime: lifetime)
    case .nsd:
      directory.write("nsd.conf", nsd)
      return try ServerProcess("nsd", ["-d", "-c", directory.file("nsd.conf")])
    case .powerdns: return try startPowerDNS()
    }
  }

  private var bind: String {
    let acl = isSigned ? "key \(key)" : "any"
    let zone: String
    switch role {
    case .primary(_, let notified):
      let also = notified.map { "also-notify { \($0.host) port \($0.port); };" } ?? ""
      zone = """
        type primary; file "\(path)/zone"; allow-update { \(acl); }; check-names ignore;
        check-integrity no; notify \(notified == nil ? "no" : "explicit"); notify-delay 0; \(also)
        """
    case .secondary(let primary):
      zone = """
        type secondary; file "\(path)/copy"; masterfile-format text; notify no;
        primaries { \(primary.host) port \(primary.port)\(isSigned ? " key \(key)" : ""); };
        """
    }
    return """
      key "\(key)" { algorithm hmac-sha256; secret "\(ZonePeer.secret)"; };
      options {
        directory "\(path)"; pid-file none; session-keyfile "\(path)/session.key";
        listen-on port \(port) { 127.0.0.1; }; listen-on-v6 { none; };
        recursion no; dnssec-validation no; allow-transfer { \(acl); };
        min-refresh-time 1; min-retry-time 1; serial-query-rate 100;
      };
      controls { };
      zone "example.test" { \(zone) };
      """
  }

  private var knot: String {
    let signing = isSigned ? "    key: \(key)\n" : "    address: 127.0.0.0/8\n"
    var remote = ""
    var zone = "    acl: all\n"
    switch role {
    case .primary(_, let notified):
      zone += "    file: zone\n    zonefile-sync: -1\n"
      if let notified {
        remote = "remote:\n  - id: peer\n    address: \(notified.host)@\(notified.port)\n"
        zone += "    notify: peer\n"
      }
    case .secondary(let primary):
      remote =
        "remote:\n  - id: peer\n    address: \(primary.host)@\(primary.port)\n"
        + (isSigned ? "    key: \(key)\n" : "")
      zone += "    file: copy\n    master: peer\n"
    }
    return """
      server:
        rundir: "\(path)"
        listen: 127.0.0.1@\(port)
      database:
        storage: "\(path)"
      key:
        - id: \(key)
          algorithm: hmac-sha256
          secret: \(ZonePeer.secret)
      \(remote)
      acl:
        - id: all
      \(signing)    action: [ transfer, update, notify ]
      zone:
        - domain: example.test
          storage: "\(path)"
      \(zone)
      """
  }

  private var nsd: String {
    let signer = isSigned ? key : "NOKEY"
    var zone = "  provide-xfr: 127.0.0.0/8 \(signer)\n"
    switch role {
    case .primary(_, let notified):
      zone += "  zonefile: zone\n"
      if let notified { zone += "  notify: \(notified.host)@\(notified.port) NOKEY\n" }
    case .secondary(let primary):
      zone += """
          zonefile: copy
          allow-notify: 127.0.0.0/8 NOKEY
          allow-notify: 127.0.0.0/8 \(key)
          request-xfr: \(primary.host)@\(primary.port) \(signer)
          min-retry-time: 1
          max-retry-time: 2
        """
    }
    return """
      server:
        ip-address: 127.0.0.1@\(port)
        server-count: 1
        username: ""
        zonesdir: "\(path)"
        database: ""
        pidfile: "\(path)/nsd.pid"
        xfrdfile: "\(path)/xfrd.state"
        xfrdir: "\(path)"
        zonelistfile: "\(path)/zone.list"
        rrl-ratelimit: 0
        xfrd-reload-timeout: 0
        verbosity: 1
      remote-control:
        control-enable: no
      key:
        name: \(key)
        algorithm: hmac-sha256
        secret: "\(ZonePeer.secret)"
      zone:
        name: example.test
      \(zone)
      """
  }

  private func startPowerDNS() throws -> ServerProcess {
    let schema = try Programs.run(
      "sqlite3",
      [directory.file("pdns.db"), ".read /usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql"])
    guard schema.status == 0 else { throw ProgramFailure(description: "\(schema)") }
    let trusted: String
    switch role {
    case .secondary: trusted = "secondary=yes"
    case .primary(_, let notified):
      trusted =
        "primary=yes\ndnsupdate=yes\nallow-dnsupdate-from=127.0.0.0/8"
        + (notified.map { "\nalso-notify=\($0)" } ?? "")
    }
    directory.write(
      "pdns.conf",
      """
      launch=gsqlite3
      gsqlite3-database=\(path)/pdns.db
      local-address=127.0.0.1
      local-port=\(port)
      socket-dir=\(path)
      allow-axfr-ips=\(isSigned ? "192.0.2.1" : "127.0.0.0/8")
      \(trusted)
      xfr-cycle-interval=1
      cache-ttl=0
      query-cache-ttl=0
      negquery-cache-ttl=0
      disable-syslog=yes
      guardian=no
      daemon=no
      """)
    var commands = [
      ["import-tsig-key", key, "hmac-sha256", ZonePeer.secret]
    ]
    switch role {
    case .primary:
      commands += [
        ["load-zone", "example.test", directory.file("zone")],
        ["set-kind", "example.test", "primary"],
      ]
      if isSigned {
        commands += [
          ["activate-tsig-key", "example.test", key, "primary"],
          ["set-meta", "example.test", "TSIG-ALLOW-DNSUPDATE", key],
        ]
      }
    case .secondary(let primary):
      commands.append(["create-secondary-zone", "example.test", "\(primary)"])
      commands.append(["set-meta", "example.test", "IXFR", "1"])
      if isSigned {
        commands += [
          ["activate-tsig-key", "example.test", key, "secondary"],
          ["set-meta", "example.test", "TSIG-ALLOW-AXFR", key],
        ]
      }
    }
    for command in commands {
      let run = try Programs.run("pdnsutil", ["--config-dir=\(path)"] + command)
      guard run.status == 0 else { throw ProgramFailure(description: "\(run)") }
    }
    return try ServerProcess("pdns_server", ["--config-dir=\(path)"])
  }
}
