import Glibc
import Notation
import SystemIO
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  let directory = TemporaryDirectory()

  @Test func replacesTheContentAndKeepsModeAndLink() throws {
    let file = directory.write("zone", "before", mode: 0o640)
    symlink("zone", directory.file("link"))
    try AtomicFile.replace(directory.file("link"), with: Array("after".utf8))
    #expect(try AtomicFile.read(file) == Array("after".utf8))
    var status = stat()
    lstat(file, &status)
    #expect(status.st_mode & 0o777 == 0o640)
    lstat(directory.file("link"), &status)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
    #expect(try AtomicFile.read(directory.file("link")) == Array("after".utf8))
  }

  @Test func leavesEverythingAsItWasWhereItFails() throws {
    let path = directory.file("none/zone")
    #expect(throws: FileError.self) { try AtomicFile.replace(path, with: [1]) }
    #expect(throws: FileError.self) { try AtomicFile.read(path) }
    #expect(throws: FileError.self) { try AtomicFile.read(directory.path) }
  }

  @Test func locksAgainstOthers() throws {
    var lock = try FileLock(on: directory.path, within: .zero)
    #expect(lock != nil)
    #expect(try FileLock(on: directory.path, within: .milliseconds(20)) == nil)
    lock = nil
    #expect(try FileLock(on: directory.path, within: .zero) != nil)
  }
}
