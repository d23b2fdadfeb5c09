import DNSModel
import Foundation
import Glibc
import SystemIO
import TestSupport
import Testing

/// A disk that is full, and one that cannot be relied on: updates are refused and said, what was
/// acknowledged stays, questions are answered all along, and the service goes on when the disk does.
@Suite(.serialized) struct DiskTroubleTests {
  private let state = TemporaryDirectory()
  private let folder = TemporaryDirectory()

  /// A small file system of its own, seen by whoever enters it, and gone with the process that holds it.
  private final class SmallDisk {
    let wrapper: [String]
    /// As this test reaches it.
    let path: String
    private let holder: ServerProcess

    init(at folder: String) throws {
      let rights = getuid() == 0 ? [] : ["--map-root-user"]
      holder = try ServerProcess(
        "unshare",
        rights + [
          "--mount", "sh", "-c",
          "mount -t tmpfs -o size=96k cutover-test \"$1\" && echo mounted && exec sleep 300", "sh",
          folder,
        ])
      _ = try holder.wait(for: "a small disk") { [holder] in
        holder.stdout.contains("mounted") ? true : nil
      }
      let id = holder.processIdentifier
      let user = getuid() == 0 ? [] : ["--user", "--preserve-credentials"]
      wrapper = ["nsenter", "--target", "\(id)", "--mount"] + user
      path = "/proc/\(id)/root\(folder)"
    }

    var filler: String { path + "/filler" }

    /// To the last page.
    func fill() throws {
      let file = open(filler, O_WRONLY | O_CREAT | O_APPEND, 0o600)
      defer { close(file) }
      let page = [UInt8](repeating: 1, count: 4096)
      var pages = 0
      while Glibc.write(file, page, page.count) > 0, pages < 1000 { pages += 1 }
      try #require(errno == ENOSPC && pages < 1000)
    }

    func makeRoom() throws { try #require(unlink(filler) == 0) }
  }

  @Test func aFullDiskRefusesUpdatesAndLosesNone() throws {
    let disk = try SmallDisk(at: folder.path)
    try #require(
      FileManager.default.createFile(
        atPath: disk.path + "/zone", contents: Data(UpdatedServer.zone.utf8)))
    func start() throws -> UpdatedServer {
      try UpdatedServer(zoneIn: folder.path, state: state, wrapper: disk.wrapper)
    }
    var server = try start()
    var acknowledged = try server.acknowledged(of: [1, 2])
    #expect(acknowledged == [1, 2])
    try disk.fill()
    // What is left of the journal's last page takes some more.
    var number = 2
    var refused: [Int] = []
    while refused.count < 5, number < 100 {
      number += 1
      let code = try server.ask(try UpdatedServer.update(number, padding: 700))?.responseCode
      if code == .noError { acknowledged.append(number) } else { refused.append(number) }
      #expect(code == .noError || code == .serverFailure)
    }
    #expect(refused.count == 5 && number < 100)
    #expect(try server.found(of: 1...number, "full") == acknowledged)
    let said = server.process.stderr
    #expect(said.contains("not stored, so not done"), "\(said)")
    #expect(said.contains("No space left on device"), "\(said)")
    try disk.makeRoom()
    #expect(try server.acknowledged(of: [200], padding: 700) == [200])
    acknowledged.append(200)
    // An end that cannot write the zone file leaves it and the journal as they are, and says so.
    try disk.fill()
    #expect(try server.end() == 0)
    #expect(server.process.stderr.contains("its journal goes on"), "\(server.process.stderr)")
    // It starts on the full disk, too: there is nothing to write.
    server = try start()
    #expect(try server.found(of: acknowledged, "again") == acknowledged)
    #expect(try server.found(of: refused, "again") == [])
    try disk.makeRoom()
    #expect(try server.acknowledged(of: [201]) == [201])
    try server.kill()
    server = try start()
    #expect(try server.found(of: acknowledged + [201], "killed") == acknowledged + [201])
    #expect(try server.found(of: refused, "killed") == [])
    #expect(try server.end() == 0)
    server = try start()
    #expect(try server.found(of: acknowledged + [201], "folded") == acknowledged + [201])
  }

  /// With no room for a journal at its start it says so and ends: it could keep no update.
  @Test func aFullDiskAtTheStartIsSaid() throws {
    let disk = try SmallDisk(at: folder.path)
    try #require(
      FileManager.default.createFile(
        atPath: disk.path + "/zone", contents: Data(UpdatedServer.zone.utf8)))
    try disk.fill()
    let run = try Programs.run(
      disk.wrapper[0],
      Array(disk.wrapper.dropFirst()) + [
        try Programs.cutover(), "dns", "--zone", "example.test=\(folder.path)/zone", "--listen",
        "127.0.0.1:0", "--allow-update", "addr=127.0.0.0/8", "--state", state.path,
      ])
    #expect(run.status != 0 && run.status != 137, "\(run)")
    #expect(run.stderr.contains("No space left on device"), "\(run)")
  }

  @Test func aFailingSynchronisationRefusesUpdatesAndLosesNone() throws {
    folder.write("zone", UpdatedServer.zone)
    let tools = TemporaryDirectory()
    let trap = try DiskTrap(in: tools)
    let switchFile = tools.file("broken")
    var server = try UpdatedServer(
      zoneIn: folder.path, state: state,
      environment: trap.failingToSynchronise(under: folder.path, whileThereIs: switchFile))
    #expect(try server.acknowledged(of: [1, 2, 3]) == [1, 2, 3])
    tools.write("broken", "")
    for number in 4...8 {
      let answer = try server.ask(try UpdatedServer.update(number))
      #expect(answer?.responseCode == .serverFailure)
    }
    #expect(try server.found(of: 1...8, "broken") == [1, 2, 3])
    let said = server.process.stderr
    #expect(said.contains("not stored, so not done"), "\(said)")
    #expect(said.contains("cannot be synchronised: Input/output error"), "\(said)")
    #expect(said.contains("could not be cut back"), "\(said)")
    unlink(switchFile)
    #expect(try server.acknowledged(of: [9, 10]) == [9, 10])
    try server.kill()
    server = try UpdatedServer(zoneIn: folder.path, state: state)
    #expect(try server.found(of: 1...10, "killed") == [1, 2, 3, 9, 10])
    #expect(try server.serial() == 6)
  }
}
