import Glibc
import TestSupport
import Testing

@testable import Store

@Suite struct StateDirectoryTests {
  let temporary = TemporaryDirectory()

  @Test func isMadeForItsOwnerAlone() throws {
    let directory = try StateDirectory(creatingAt: temporary.file("state"))
    var status = stat()
    lstat(directory.path, &status)
    #expect(status.st_mode & 0o777 == 0o700)
    let again = try StateDirectory(creatingAt: directory.path)
    #expect(again == directory)
  }

  @Test func refusesWhatOthersCanEnterOrRead() throws {
    let directory = try StateDirectory(creatingAt: temporary.file("state"))
    chmod(directory.path, 0o750)
    #expect(throws: StateDirectoryError.self) { try StateDirectory(directory.path) }
    chmod(directory.path, 0o700)
    temporary.write("state/state.db", "", mode: 0o644)
    do {
      _ = try StateDirectory(directory.path)
      Issue.record("accepted")
    } catch {
      #expect(error.description.contains("chmod 0600"))
    }
  }

  @Test func refusesALinkAndAFile() throws {
    temporary.write("file", "")
    symlink(temporary.path, temporary.file("link"))
    #expect(throws: StateDirectoryError.self) { try StateDirectory(temporary.file("link")) }
    #expect(throws: StateDirectoryError.self) { try StateDirectory(temporary.file("file")) }
    #expect(throws: StateDirectoryError.self) { try StateDirectory(temporary.file("nothing")) }
  }

  @Test func oneProcessHoldsTheLock() throws {
    let directory = try StateDirectory(creatingAt: temporary.file("state"))
    var held = try StateLock(directory)
    #expect(held != nil)
    #expect(try StateLock(directory) == nil)
    held = nil
    #expect(try StateLock(directory) != nil)
  }
}
