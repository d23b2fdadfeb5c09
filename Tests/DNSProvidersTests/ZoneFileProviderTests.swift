import DNSModel
import DNSProviders
import Foundation
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

@Suite struct ZoneFileProviderTests {
  let scope = DNSProviderConformance.scope

  @Test func conforms() throws {
    var directories: [TemporaryDirectory] = []
    try DNSProviderConformance.check {
      let directory = TemporaryDirectory()
      directories.append(directory)
      let file = directory.write("zone", UpdatablePrimary.zone)
      return ZoneFileProvider(
        scope: scope, path: file, reload: ["touch", directory.file("reloaded")])
    }
    #expect(FileManager.default.fileExists(atPath: directories[0].file("reloaded")))
  }

  @Test func tellsWhenTheServerCouldNotBeTold() throws {
    let directory = TemporaryDirectory()
    let file = directory.write("zone", UpdatablePrimary.zone)
    let provider = ZoneFileProvider(scope: scope, path: file, reload: ["false"])
    let change = AliasChange(
      expected: DNSProviderConformance.old, wanted: DNSProviderConformance.new)
    guard case .unknown(let reason) = provider.change(change) else {
      Issue.record("not told")
      return
    }
    #expect(reason.contains("false") && reason.contains("by hand"))
    #expect(try provider.read().content == .alias(DNSProviderConformance.new))
  }

  /// What failed is noted for whoever looks, and tried again with each reading until it works.
  @Test func aServerThatWasNotToldIsToldLater() throws {
    let directory = TemporaryDirectory()
    let file = directory.write("zone", UpdatablePrimary.zone)
    let switched = directory.file("works")
    let note = TroubleNote(directory.file("note"))
    let provider = ZoneFileProvider(
      scope: scope, path: file, reload: ["test", "-e", switched], untold: note)
    _ = try provider.read()
    #expect(note.text == nil)
    let change = AliasChange(
      expected: DNSProviderConformance.old, wanted: DNSProviderConformance.new)
    guard case .unknown = provider.change(change) else {
      Issue.record("not told")
      return
    }
    let again = ZoneFileProvider(
      scope: scope, path: file, reload: ["test", "-e", switched], untold: note)
    #expect(try again.read().content == .alias(DNSProviderConformance.new))
    #expect(note.text?.contains("exit status 1") == true, "\(note.text ?? "nothing")")
    directory.write("works", "")
    _ = try again.read()
    #expect(note.text == nil)
  }

  /// A server that runs is told, and answers with what was written.
  @Test func theRunningServerServesTheChangeAfterItsReload() throws {
    let directory = TemporaryDirectory()
    let file = directory.write("zone", UpdatablePrimary.zone)
    let control = directory.file("control")
    let server = try ServerProcess(
      Programs.cutover(),
      [
        "dns", "--zone", "example.test=\(file)", "--listen", "127.0.0.1:0", "--control", control,
      ])
    let address = try server.wait(for: "the server to listen") { () -> SocketAddress? in
      guard server.stdout.contains("ready") else { return nil }
      return server.stdout.split(separator: "\n").first { $0.hasPrefix("listening ") }
        .flatMap { SocketAddress(parsing: String($0.dropFirst(10))) }
    }
    let provider = ZoneFileProvider(
      scope: scope, path: file,
      reload: [try Programs.cutover(), "dns", "ctl", "reload", "--control", control])
    let served = DynamicUpdateProvider(scope: scope, server: address, key: nil)
    #expect(try served.read().content == .alias(DNSProviderConformance.old))
    let change = AliasChange(
      expected: DNSProviderConformance.old, wanted: DNSProviderConformance.new)
    #expect(provider.change(change) == .applied)
    #expect(try served.read().content == .alias(DNSProviderConformance.new))
  }

  /// The real server reads what was written.
  @Test func bindLoadsWhatWasWritten() throws {
    let directory = TemporaryDirectory()
    let file = directory.write("zone", UpdatablePrimary.zone)
    let check = ["named-checkzone", "example.test", file]
    let provider = ZoneFileProvider(scope: scope, path: file, reload: check)
    let change = AliasChange(
      expected: DNSProviderConformance.old, wanted: DNSProviderConformance.new)
    #expect(provider.change(change) == .applied)
  }
}

@Suite struct ExecProviderTests {
  /// A provider that is forty lines of shell and a file: also the example in the documentation.
  static let program = """
    #!/bin/sh
    # $1: the file that holds "TTL TARGET".
    read -r line
    field() { printf '%s' "$line" | sed -n "s/.*\\"$1\\":{\\"ttl\\":\\([0-9]*\\),\\"target\\":\\"\\([^\\"]*\\)\\"}.*/\\1 \\2/p"; }
    case $line in
      *'"operation":"describe"'*) echo '{"cutover":1,"longestWriteSeconds":5}' ;;
      *'"operation":"read"'*)
        read -r ttl target < "$1"
        echo "{\\"ttl\\":$ttl,\\"target\\":\\"$target\\"}" ;;
      *'"operation":"replace"'*)
        if [ "$(cat "$1")" = "$(field expected)" ]; then
          field wanted > "$1.new" && mv "$1.new" "$1" && echo '{"outcome":"applied"}'
        else
          echo '{"outcome":"conflict","reason":"it is not what you think"}'
        fi ;;
    esac
    """

  func provider(_ directory: TemporaryDirectory, _ program: String = program) -> ExecProvider {
    directory.write("record", "300 old.example.net.\n")
    let file = directory.write("provider.sh", program, mode: 0o700)
    return ExecProvider(
      scope: DNSProviderConformance.scope, words: [file, directory.file("record")],
      patience: .seconds(10))
  }

  @Test func conforms() throws {
    var directories: [TemporaryDirectory] = []
    try DNSProviderConformance.check {
      directories.append(TemporaryDirectory())
      return provider(directories[directories.count - 1])
    }
  }

  @Test func whatCannotBeUnderstoodIsUnknown() throws {
    let directory = TemporaryDirectory()
    let programs = ["exit 0", "echo nonsense", "echo '{}'; echo '{}'", "echo '{}'", "exit 3"]
    let change = AliasChange(
      expected: DNSProviderConformance.old, wanted: DNSProviderConformance.new)
    for program in programs {
      let provider = provider(directory, "#!/bin/sh\n" + program)
      guard case .unknown = provider.change(change) else {
        Issue.record("\(program) was understood")
        continue
      }
      #expect(throws: ProviderFailure.self) { try provider.read() }
      #expect(provider.preflight().contains { $0.weight == .blocker })
    }
  }
}
