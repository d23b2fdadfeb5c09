import Notation
import SystemIO

/// A zone file of this machine, and the command that tells its server of a change.
struct ZoneFileOnDisk: Sendable {
  let path: String
  /// The command's words, run without a shell; empty where the server watches the file.
  let reload: [String]

  /// On the file's directory, as the file itself is replaced. Nil: another process of ours writes.
  func lock() throws(FileError) -> FileLock? {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    return try FileLock(on: directory, within: .seconds(10))
  }

  /// What went wrong, if anything. The file is changed by then: where the server could not be told, the
  /// change may show at its next start.
  func tellServer(tries: Int = 3) -> String? {
    guard !reload.isEmpty else { return nil }
    var trouble = ""
    for _ in 0..<tries {
      do {
        let outcome = try ChildProcess.run(reload, within: .seconds(15))
        if outcome.succeeded { return nil }
        trouble = outcome.summary
      } catch {
        trouble = "\(error)"
      }
    }
    return "the zone file is written, but \"\(safeText(reload.joined(separator: " ")))\" failed "
      + "(\(trouble)): run it by hand"
  }
}
