import Foundation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// Canary secrets through every command, those that fail included: none turns up in a file, on a stream, in
/// JSON or in what is exported.
@Suite struct TaintTests {
  static let hookSecret = "canary-hook-4b1d55c7"
  static let password = "canary-password-9e02aa13"
  static let spoiltKey = "canary/spoilt+key*b64="

  let world: MoveWorld
  let ca: PebbleCA
  let router: HAProxyBed
  let region: Region
  let plan: String
  /// What must be seen nowhere, each in every form it can be written in.
  private let canaries: [[UInt8]]
  private var said: [Said] = []

  init() throws {
    world = try MoveWorld(.ours)
    ca = try PebbleCA(dns: "\(world.primary.address)")
    router = try HAProxyBed(defaultName: "router.example.test")
    region = try Region("west")
    let account = world.directory.file("account.pem")
    let made = try Programs.run(
      "openssl",
      [
        "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", account,
      ])
    guard made.status == 0 else { throw ProgramFailure(description: "\(made)") }
    let lines = try world.directory.read("account.pem").split(separator: "\n").map(String.init)
    let texts =
      [UpdatablePrimary.secret, Self.hookSecret, Self.password, Self.spoiltKey]
      + lines.filter { !$0.hasPrefix("-----") && $0.count > 20 }
    var forms =
      texts.map { Array($0.utf8) } + texts.map { Array(Data($0.utf8).base64EncodedData()) }
    for text in texts {
      guard let raw = Data(base64Encoded: text), raw.count > 12 else { continue }
      forms += [Array(raw), Array(raw.map { String(format: "%02x", $0) }.joined().utf8)]
    }
    canaries = forms
    let driven = try world.plan(router: router, regions: [("west", region.address)], ca: ca)
    let hook = world.directory.write("hook-key", Self.hookSecret)
    let text = try String(contentsOfFile: driven, encoding: .utf8)
    plan = world.directory.write(
      "tainted.yaml",
      text
        + "notify:\n  - webhook: http://127.0.0.1:\(try FreePort.next())/hook\n    secret: file:\(hook)\n"
    )
  }

  private struct Said {
    let command: String
    let status: Int32
    let stdout: String
    let stderr: String

    init(_ run: ProgramRun) {
      (command, status, stdout, stderr) = (run.command, run.status, run.stdout, run.stderr)
    }

    init(_ command: String, _ process: ServerProcess, status: Int32) {
      (self.command, self.status) = (command, status)
      (stdout, stderr) = (process.stdout, process.stderr)
    }
  }

  private mutating func run(_ words: [String]) throws {
    said.append(Said(try world.cutover(words)))
    said.append(Said(try world.cutover(words + ["--json"])))
  }

  @Test mutating func canariesTurnUpNowhere() throws {
    try beforeTheMove()
    try duringTheMove()
    try besideTheMove()
    // Every command that the help names was among them.
    let help = try world.cutover(["--help"]).stdout
    let used = said.map { $0.command }
    for command in Self.commands(help) {
      #expect(used.contains { $0.contains(" \(command)") }, "\(command) was not run")
    }
    #expect(said.contains { $0.status == 0 } && said.contains { $0.status > 0 })
    for run in said {
      for stream in [run.stdout, run.stderr] {
        #expect(!Self.holds(Array(stream.utf8), canaries), "\(run.command) tells a secret")
      }
    }
    let secretFiles: Set = [
      "account.pem", "hook-key", "spoilt", "password.yaml", "password-gate.yaml",
    ]
    var searched = 0
    for case let name as String in FileManager.default.enumerator(atPath: world.directory.path)
      ?? FileManager.DirectoryEnumerator()
    {
      let path = world.directory.file(name)
      guard !secretFiles.contains(name), let bytes = FileManager.default.contents(atPath: path)
      else { continue }
      searched += 1
      #expect(!Self.holds(Array(bytes), canaries), "\(name) holds a secret")
    }
    #expect(searched >= 4)
    // The search itself finds what is there.
    #expect(Self.holds(Array("x\(Self.hookSecret)y".utf8), canaries))
  }

  private mutating func beforeTheMove() throws {
    let good = try String(contentsOfFile: plan, encoding: .utf8)
    let spoilt = world.directory.write("spoilt", "hmac-sha256:mover:\(Self.spoiltKey)\n")
    let wrong = [
      world.directory.write(
        "spoilt.yaml", good.replacing("\(world.primary.broadKey)", with: "file:\(spoilt)")),
      world.directory.write(
        "spoilt-account.yaml",
        good.replacing("file:\(world.directory.file("account.pem"))", with: "file:\(spoilt)")),
      world.directory.write(
        "password.yaml",
        good.replacing("webhook: http://", with: "webhook: http://u:\(Self.password)@")),
      world.directory.write(
        "password-gate.yaml",
        good.replacing(
          "{name: probes, probes: /, success: 90, latency: 10000, on-failure: hold}",
          with: "{name: errors, query: \"http://u:\(Self.password)@127.0.0.1:1/\", below: 1}")),
    ]
    for file in wrong + [plan] {
      try run(["plan", file])
      try run(["rehearse", file, "--schedules", "2"])
    }
    // Those that the plan's reader refuses, and one that fails when the key is used.
    for file in wrong.suffix(2) + wrong.prefix(1) {
      try run(["start", file, "--state", world.directory.file("other")])
    }
    let fails = try Programs.cutover(
      ["run", "--until", "audit", "--state", world.directory.file("other")], seconds: 20)
    said.append(Said(fails))
  }

  private mutating func duringTheMove() throws {
    try run(["start", plan])
    let engine = try world.engine()
    for words in [
      ["pause"], ["list"], ["status"], ["explain"], ["step"], ["approve"], ["resume"],
      ["run", "--wait"],
    ] { try run(words) }
    _ = world.waits(seconds: 30) { world.isDone("ttl.lower.1") }
    for words in [["rollback"], ["abort"]] { try run(words) }
    let end = try? engine.waitForEnd(seconds: 90)
    #expect(end != nil, "\(engine.stderr)")
    said.append(Said("cutover run --wait", engine, status: end ?? 1))
    for words in [
      ["history"], ["history", "--verify"],
      ["history", "--export", world.directory.file("bundle.json")],
      ["status", "nobody.example.test"], ["explain", "api.example.test"],
    ] { try run(words) }
  }

  private mutating func besideTheMove() throws {
    let key = world.primary.directory.file("broad")
    let zone = world.directory.write("some.zone", UpdatablePrimary.zone)
    let control = world.directory.file("dns.sock")
    let server = try ServerProcess(
      Programs.cutover(),
      [
        "dns", "--zone", "example.test=\(zone)", "--listen", "127.0.0.1:0", "--key", "broad:\(key)",
        "--control", control, "--state", world.directory.file("dns"),
      ])
    _ = try server.wait(for: "the server to listen") {
      server.stdout.contains("ready") ? true : nil
    }
    try run(["dns", "ctl", "status", "--control", control])
    let words = ["dns", "--zone", "example.test=\(zone)"]
    let spoilt = ["--key", "x:\(world.directory.file("spoilt"))"]
    said.append(Said(try world.cutover(words + spoilt, seconds: 10)))
    server.stop()
    said.append(Said("cutover dns", server, status: 0))
    let shelf = world.directory.file("shelf")
    for words in [
      [
        "certificate", "issue", "--name", "api.example.test", "--directory", ca.directory,
        "--provider", "dynamic-update", "--server", "\(world.primary.address)", "--key",
        "broad:\(world.directory.file("spoilt"))", "--out", shelf,
      ],
      ["certificate", "show", shelf], ["certificate", "renew", shelf],
      ["zone", "check", "--origin", "example.test", zone],
      ["zone", "print", "--origin", "example.test", zone],
      ["tls", "--chain", world.directory.file("spoilt"), "--name", "api.example.test"], ["version"],
      [
        "verify", "api.example.test", "--expect", "old.example.net", "--resolver",
        "\(world.primary.address)",
      ],
      [
        "audit", "api.example.test", "--authoritative", "\(world.primary.address)", "--resolver",
        "\(world.primary.address)",
      ],
      ["provider", "check", "--zone", "example.test", "--name", "api.example.test", "/bin/cat"],
      ["region", "list", "--plan", plan], ["region", "add", "x", "--plan", plan],
      ["region", "drain", "west", "--plan", plan], ["region", "remove", "x", "--plan", plan],
      ["drill", plan, "--region", "nowhere"], ["sandbox", "up", "--nonsense"],
      ["sandbox", "status"], ["sandbox", "do", "x"], ["sandbox", "report"], ["sandbox", "down"],
    ] { try run(words) }
  }

  /// The commands of the help page: two blanks, the name, blanks.
  static func commands(_ help: String) -> [String] {
    help.split(separator: "\n").compactMap { line in
      guard line.hasPrefix("  "),
        let name = line.dropFirst(2).firstMatch(of: /^[a-z]+( [a-z]+)?(?=  )/)
      else { return nil }
      return String(name.output.0)
    }
  }

  static func holds(_ bytes: [UInt8], _ canaries: [[UInt8]]) -> Bool {
    let data = Data(bytes)
    return canaries.contains { data.range(of: Data($0)) != nil }
  }
}
