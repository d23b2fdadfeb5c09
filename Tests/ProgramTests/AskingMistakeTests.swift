import DNSModel
import Foundation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// What people get wrong when they run `verify` and `audit`, and what they are told: everything at once, with
/// its place, before anybody is asked.
@Suite struct AskingMistakeTests {
  private func refused(_ words: [String], says wanted: [String], status: Int32 = 2) throws {
    let run = try Programs.cutover(words + ["--authoritative", "127.0.0.1:1"])
    #expect(run.status == status && run.stdout.isEmpty, "\(run)")
    for text in wanted { #expect(run.stderr.contains(text), "\(run.stderr) lacks \(text)") }
  }

  @Test func aTableOfResolversIsTakenAsItIsWrittenOrNotAtAll() throws {
    let folder = TemporaryDirectory()
    let table = folder.write(
      "table.json",
      """
      [{"label": "a", "addresses": ["127.0.0.1:53"], "required": "yes"},
       {"label": "b", "addresses": ["not an address"]},
       {"label": "c", "addresses": ["127.0.0.1:53"], "requird": true, "cap": -1},
       {"label": "d"},
       7]
      """)
    try refused(
      ["verify", "api.shop.test", "--expect", "new.shop.test", "--resolver-table", table],
      says: [
        "row 1 (a): required must be true or false", "b: not an address is no address",
        "row 3 (c): \"requird\" is nothing that a row has; did you mean required?",
        "row 3 (c): cap must be a TTL in seconds", "row 4 (d): it has neither addresses nor",
        "row 5: it is no object",
      ])
  }

  @Test func optionsThatWouldDoNothingAreRefused() throws {
    let words = ["verify", "api.shop.test", "--expect", "new.shop.test"]
    try refused(
      words + ["--resolver", "none", "--resolver", "127.0.0.1", "--for", "1m", "--interval", "1s"],
      says: ["--resolver none beside others", "--for is about", "--interval is about"])
    try refused(
      ["audit", "api.shop.test", "--resolver", "127.0.0.1/tls"], says: ["over udp or tcp"])
  }

  @Test func whatIsNoHostIsRefused() throws {
    let folder = TemporaryDirectory()
    let empty = folder.write("empty.pem", "")
    try refused(
      [
        "verify", "api.shop.test:443", "--expect", "300.1.1.1", "--old", "a,b", "--ca", empty,
        "--resolver", "127.0.0.1:0",
      ],
      says: [
        "api.shop.test:443 has a port", "300.1.1.1 is no host's name", "a,b is no host's name",
        "empty.pem", "127.0.0.1:0 is no resolver",
      ])
    try refused(
      ["verify", "api.shop.test", "--expect", "new.test", "--old", "NEW.test."],
      says: ["--old and --expect say the same"])
    try refused(
      ["audit", "127.0.0.1", "Plans", "--to", "::1", "--issuer", "x y"],
      says: [
        "127.0.0.1 is an address", "Plans is a file here", "--to ::1 is an address", "--issuer x y",
      ])
  }

  @Test func everyBadLineOfAFleetIsToldWithItsPlace() throws {
    let folder = TemporaryDirectory()
    let broken = folder.write("broken.yaml", "cutover: 1\n")
    let list = folder.write(
      "names",
      "api.shop.test\nweb.shop.test and more # remark\n\na..b\n./absent.yaml\n\(broken)\n")
    try refused(
      ["audit", "--names", list, "--names", folder.file("nowhere")],
      says: [
        "names:2: one name or plan a line", "names:4: a..b is no name", "names:5: ./absent.yaml",
        "names:6: ", "broken.yaml:1:1", "nowhere: cannot be read",
      ])
  }

  @Test func aDrawingReplacesNothingButAFile() throws {
    let authority = try AskingCommandTests.server(authoritative: true) { "new.shop.test" }
    let folder = TemporaryDirectory()
    let pipe = folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let run = try Programs.cutover([
      "verify", "api.shop.test", "--expect", "new.shop.test", "--resolver", "none",
      "--authoritative", authority.address.description, "--svg", pipe, "--state",
      folder.file("none"),
    ])
    #expect(run.status == 1 && run.stderr.contains("is not a regular file"), "\(run)")
    var status = stat()
    #expect(stat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  /// A script that looks at the exit code must not take half a report for all of it.
  @Test func aResultThatCannotBeWrittenIsAFailure() throws {
    let program = try Programs.cutover()
    for (words, output) in [("version", "/dev/full"), ("plan --help", "/dev/full")] {
      let run = try Programs.run("/bin/sh", ["-c", "exec \"\(program)\" \(words) > \(output)"])
      #expect(run.status == 1 && run.stderr.contains("No space left on device"), "\(run)")
    }
    let closed = try Programs.run("/bin/sh", ["-c", "exec \"\(program)\" version >&-"])
    #expect(closed.status == 1 && closed.stderr.contains("Bad file descriptor"), "\(closed)")
    // Whoever has read enough ends nothing badly.
    let enough = try Programs.run(
      "/bin/sh", ["-c", "(\"\(program)\" --help; echo $? >&2) | head -n 1 >/dev/null"])
    #expect(enough.stderr == "0\n", "\(enough)")
  }

  @Test func anAuditSaysThatANameIsNotThere() throws {
    let server = try AskingCommandTests.server(authoritative: true) { "new.shop.test" }
    let words = ["--authoritative", server.address.description, "--brief"]
    let absent = try Programs.cutover(["audit", "nx.shop.test"] + words)
    #expect(absent.status == 3 && absent.stdout.contains("dns.name.empty"), "\(absent)")
    let foreign = try Programs.cutover(["audit", "api.nowhere.test"] + words)
    #expect(foreign.status == 3, "\(foreign)")
  }

  @Test func aResolverThatSaysNothingIsNoAgreement() throws {
    let server = try AskingCommandTests.server(authoritative: true) { "new.shop.test" }
    let deaf = try ScriptedServer { _, _ in [] }
    let words = [
      "audit", "api.shop.test", "--authoritative", server.address.description, "--patience", "50ms",
    ]
    #expect(try Programs.cutover(words).status == 0)
    let run = try Programs.cutover(words + ["--resolver", deaf.address.description])
    #expect(run.status == 5 && run.stdout.contains("dns.views.unknown"), "\(run)")
  }
}
