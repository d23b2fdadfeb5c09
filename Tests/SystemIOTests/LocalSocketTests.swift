import Glibc
import Notation
import SystemIO
import TestSupport
import Testing

@Suite struct LocalSocketTests {
  let directory = TemporaryDirectory()

  @Test func carriesLinesBothWays() throws {
    let long = String(repeating: "long", count: 40)
    mkdir(directory.file(long), 0o700)
    for name in ["control.sock", long + "/control.sock"] {
      let listener = try LocalListener(replacing: directory.file(name))
      var status = stat()
      lstat(listener.path, &status)
      #expect(status.st_mode & 0o777 == 0o600)
      let client = try LocalConnection(to: listener.path)
      let server = try #require(listener.accept(within: .seconds(20)))
      #expect(client.write(line: Array("one\ntwo".utf8)))
      #expect(server.readLine(within: .seconds(20)) == Array("one".utf8))
      #expect(server.readLine(within: .seconds(20)) == Array("two".utf8))
      #expect(server.readLine(within: .milliseconds(20)) == nil)
      #expect(server.write(line: Array("three".utf8)))
      #expect(client.readLine(within: .seconds(20)) == Array("three".utf8))
    }
  }

  /// Folder and socket were opened to everybody: the kernel still tells whose process it is. (Only root can be
  /// somebody else; run by others, the caller is ourselves and is let in.)
  @Test func anotherUserIsHungUpOn() throws {
    let isRoot = geteuid() == 0
    let listener = try LocalListener(replacing: directory.file("control.sock"))
    chmod(directory.path, 0o755)
    chmod(listener.path, 0o666)
    let script = "$s = IO::Socket::UNIX->new(Peer => shift) or exit 3; exit(defined <$s> ? 0 : 7)"
    let caller = try ServerProcess(
      "setpriv",
      (isRoot ? ["--reuid", "65534", "--clear-groups"] : [])
        + ["perl", "-MIO::Socket::UNIX", "-e", script, listener.path])
    let connection = listener.accept(within: .seconds(20))
    #expect((connection == nil) == isRoot, "\(caller.stderr)")
    if let connection { #expect(connection.write(line: Array("come in".utf8))) }
    // It was connected, and heard nothing.
    let status = try caller.waitForEnd()
    #expect(status == (isRoot ? 7 : 0), "\(caller.stderr)")
  }

  @Test func replacesASocketLeftBehindAndTidiesUp() throws {
    let path = directory.file("control.sock")
    directory.write("control.sock", "left behind")
    #expect(throws: LocalSocketError.self) { try LocalConnection(to: path) }
    do {
      let listener = try LocalListener(replacing: path)
      #expect(listener.accept(within: .milliseconds(10)) == nil)
    }
    #expect(access(path, F_OK) != 0)
  }
}
