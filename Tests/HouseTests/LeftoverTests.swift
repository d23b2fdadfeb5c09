import Foundation
import Testing

@testable import TestSupport

/// A test leaves no process behind, even when it is killed in the middle.
@Suite struct LeftoverTests {
  /// A server that starts another of its own, as NSD and nginx do, and says which.
  private static func family(lifetime: Int = 60) throws -> (server: ServerProcess, child: Int32) {
    let server = try ServerProcess(
      "sh", ["-c", "trap '' TERM; sleep 50 & echo $!; wait"], lifetime: lifetime)
    let child = try server.wait(for: "its child") {
      server.stdout.hasSuffix("\n") ? Int32(server.stdout.dropLast()) : nil
    }
    return (server, child)
  }

  /// The living members of a process group. (A zombie is dead, and waits for init alone.)
  private static func living(in group: Int32) throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter {
      let status = Programs.lossy("/proc/\($0)/stat").split(separator: ")").last ?? ""
      let words = status.split(separator: " ")  // state, parent, group
      return words.count > 2 && words[2] == "\(group)" && words[0] != "Z"
    }
  }

  private static func becomesEmpty(_ group: Int32) throws -> Bool {
    for _ in 0..<1_000 where try !living(in: group).isEmpty { usleep(20_000) }
    return try living(in: group).isEmpty
  }

  @Test func aServerAndItsChildrenEndWithTheTestThatIsKilled() throws {
    let (server, child) = try Self.family()
    #expect(try Self.living(in: server.processIdentifier).contains(child))
    server.tear()
    #expect(try server.waitForEnd() == 128 + SIGKILL)
    #expect(try Self.becomesEmpty(server.processIdentifier))
  }

  @Test func aServerAndItsChildrenEndWhenTheTestLetsGo() throws {
    let (server, _) = try Self.family()
    server.stop()
    #expect(try !server.isRunning && Self.becomesEmpty(server.processIdentifier))
  }

  @Test func aServerEndsWithItsLifetime() throws {
    let (server, _) = try Self.family(lifetime: 1)
    #expect(try server.waitForEnd() == 128 + SIGKILL)
    #expect(try Self.becomesEmpty(server.processIdentifier))
  }

  @Test func nothingWatchesAServerThatEndedByItself() throws {
    let server = try ServerProcess("sh", ["-c", "exit 3"])
    #expect(try server.waitForEnd() == 3)
    server.stop()
    #expect(try Self.becomesEmpty(server.processIdentifier))
  }
}
