import Foundation
import Glibc
import Notation
import TestSupport
import Testing

/// The whole story on loopback, and that nothing of it stays.
@Suite struct SandboxTests {
  /// Forward, a region dies and returns, back: no client meets a failure that was not foretold.
  @Test func movesForwardAndBackWhileARegionDiesAndNoClientNotices() throws {
    let bed = try SandboxBed()
    try bed.begin()
    try bed.waitUntil("the approval") { bed.standing == "approval" }
    try bed.approve("cutOver")
    try bed.waitUntil("the soak") { bed.isDone("soak.1") }
    #expect(try bed.share(of: "old") == 0)
    try bed.act("kill", "west")
    try bed.waitUntil("west to be seen down") { try bed.region("west") == "down" }
    try bed.waitUntil("east to carry everything") { try bed.share(of: "west") == 0 }
    try bed.act("revive", "west")
    try bed.waitUntil("west to be seen up") { try bed.region("west") == "up" }
    try bed.waitUntil("west to serve") { try bed.share(of: "west") > 10 }
    try bed.act("time-rollback", "5000")
    #expect(try bed.cutover(["rollback"]).status == 0)
    try bed.waitUntil("everybody to be back") { try bed.share(of: "old") == 100 }
    try bed.waitUntil("the question about the TTL") { bed.standing == "approval" }
    #expect(try bed.cutover(["approve", "--gate", "restoreTTL", "--decline"]).status == 0)
    try bed.waitUntil("the end") { bed.standing == "rolledBack" }
    let story = try bed.story()
    let names = (story["measures"]?.array ?? []).compactMap { $0["name"]?.string }
    #expect(names.contains { $0.hasPrefix("failover") }, "\(names)")
    #expect(names.contains { $0.hasPrefix("rollback") }, "\(names)")
    // The plan's hook writes what it is told into the report.
    let said = (story["events"]?.array ?? []).compactMap { $0["text"]?.string }
    for message in ["told: region west is down", "told: region west is up"] {
      #expect(said.contains { $0.hasPrefix(message) }, "\(said)")
    }
    #expect(try bed.cutover(["history", "--verify"]).status == 0)
    let id = try #require(try bed.move()?["id"]?.string)
    let replay = try JournalReplay(of: id, in: bed.state).check()
    #expect(replay.differences.isEmpty && replay.decided > 20, "\(replay)")
    let pages = bed.directory.file("report")
    #expect(try bed.box(["report", "--into", pages]).stdout.contains("\nrequests: "))
    for name in ["story.json", "report.svg", "report.html"] {
      #expect(FileManager.default.fileExists(atPath: "\(pages)/\(name)"))
    }
  }

  /// Before the cutover, on the new path alone; then regions are added, drained and removed.
  @Test func drillsARegionBeforeTheCutoverAndOrdersRegions() throws {
    let bed = try SandboxBed()
    try bed.begin()
    try bed.waitUntil("the new path to be proven") { bed.isDone("prove") }
    let box = "\(try Programs.cutover()) sandbox do"
    func words(_ verb: String) -> String { "\(box) \(verb) west --folder \(bed.folder)" }
    let drill = try Programs.cutover(
      [
        "drill", bed.plan, "--region", "west", "--json", "--fail-with", words("kill"),
        "--restore-with", words("revive"), "--break-with", words("break-dependency"),
        "--mend-with", words("mend-dependency"), "--log", "router=\(bed.folder)/haproxy.log",
        "--log", "west=\(bed.folder)/west.log", "--log", "east=\(bed.folder)/east.log",
      ], seconds: 120)
    let answers = try JSON(parsing: drill.stdout)["answers"]?.array ?? []
    for answer in answers { #expect(answer["verdict"]?.string == "well", "\(answer.compact)") }
    #expect(answers.count > 10 && drill.status == 0, "\(drill)")
    #expect(try bed.share(of: "old") == 100, "DNS was not touched")

    let south = try String(contentsOfFile: bed.plan, encoding: .utf8)
    #expect(!south.contains("south"))
    #expect(try bed.cutover(["region", "drain", "west"]).status == 0)
    let last = try bed.cutover(["region", "remove", "east"])
    #expect(last.status == 3 && last.stderr.contains("nothing is left"), "\(last)")
    #expect(try bed.cutover(["region", "remove", "west"]).status == 0)
    let unknown = try bed.cutover(["region", "drain", "west"])
    #expect(unknown.status == 3 && unknown.stderr.contains("no region west"), "\(unknown)")
    #expect(try bed.cutover(["region", "add", "west"]).status == 0)
    try bed.waitUntil("west to be back") { try bed.region("west") == "up" }
    let history = try bed.cutover(["region", "list", "--history"]).stdout
    let lines = history.split(separator: "\n")
    let orders = lines.filter { $0.contains(": intended") || $0.contains(": applied") }
    #expect(orders.count == 6, "\(history)")
    // What the drill did was seen by the run that goes on beside it.
    for turn in ["down west: seen", "up west: seen"] {
      #expect(lines.contains { $0.contains(turn) }, "\(history)")
    }
    try bed.story()
  }

  @Test func aHooksMessageMustBeOne() throws {
    for input in ["", "west is down", "[]", "{\"kind\": \"region-down\"}"] {
      let run = try Programs.cutover(["sandbox", "do", "note", "-"], stdin: input)
      #expect(run.status == 2 && run.stderr.contains("no message of a hook"), "\(run)")
    }
  }

  enum End: String, CaseIterable { case down, interrupt, crash }

  @Test(arguments: End.allCases) func leavesNothingBehindHoweverItEnds(end: End) throws {
    let bed = try SandboxBed()
    #expect(try Self.processes(of: bed.folder).count >= 4, "HAProxy, Pebble and Unbound run")
    let plan = try String(contentsOfFile: bed.plan, encoding: .utf8)
    let second = try Programs.cutover(["sandbox", "up", "--folder", bed.folder, "--for", "1s"])
    #expect(second.status == 1 && second.stderr.contains("already"), "\(second)")
    switch end {
    case .down: #expect(try bed.box(["down"]).status == 0)
    case .interrupt: bed.up.send(SIGINT)
    case .crash: bed.up.send(SIGKILL)
    }
    try bed.waitUntil("every process to be gone", seconds: 20) {
      try Self.processes(of: bed.folder).isEmpty
        && !FileManager.default.fileExists(atPath: bed.folder)
    }
    for match in plan.matches(of: /(127\.0\.\d\.\d):(\d+)/) {
      #expect(!Self.isListening(String(match.1), UInt16(match.2) ?? 0), "\(match.0)")
    }
  }

  @Test func touchesNoFolderThatIsNotItsOwn() throws {
    let directory = TemporaryDirectory()
    directory.write("letters.txt", "mine")
    let run = try Programs.cutover(["sandbox", "up", "--folder", directory.path, "--for", "1s"])
    #expect(run.status == 1 && run.stderr.contains("nothing was touched"), "\(run)")
    #expect(try directory.read("letters.txt") == "mine")
  }

  /// Whose command line names the folder, the test itself and its watcher left out.
  private static func processes(of folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
      guard let number = Int32(name), number != getpid(),
        let bytes = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
      else { return false }
      let words = String(decoding: bytes, as: UTF8.self)
      return words.contains(folder) && !words.contains("tied-server")
    }
  }

  private static func isListening(_ host: String, _ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
