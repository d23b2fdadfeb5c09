import SystemIO
import TestSupport

@testable import DNSServer

/// A disk in memory that fails or loses power at a chosen operation. What was not synchronised is
/// afterwards there in part, as zeros, or not at all.
final class SimulatedDisk: JournalDisk {
  enum Fault { case error, powerCut }

  private struct File {
    var durable: [UInt8]
    var current: [UInt8]
    /// After a failed synchronisation the system forgets which pages were dirty: those written
    /// before it do not reach the disk with the next one either.
    var forgotten: Range<Int>?
  }

  private var files: [String: File] = [:]
  private var random: SeededRandom
  private(set) var operations = 0
  private(set) var hasPower = true
  /// What goes wrong at which operation, counted from 0.
  var faults: [Int: Fault] = [:]

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  func put(_ bytes: [UInt8], at path: String) {
    files[path] = File(durable: bytes, current: bytes, forgotten: nil)
  }

  func content(_ path: String) -> [UInt8]? { files[path]?.current }

  /// The power comes back: what each file holds now.
  func restart() {
    for path in files.keys.sorted() {
      guard let file = files[path] else { continue }
      put(survivor(of: file), at: path)
    }
    hasPower = true
    faults = [:]
  }

  private func survivor(of file: File) -> [UInt8] {
    let (durable, current) = (file.durable, file.current)
    if Bool.random(using: &random) { return durable }
    guard current.count > durable.count else { return current }
    let cut = Int.random(in: durable.count...current.count, using: &random)
    var result = Array(current[..<cut])
    if Bool.random(using: &random) {
      // The length reached the disk before the data did.
      for index in durable.count..<cut where Bool.random(using: &random) { result[index] = 0 }
    }
    return result
  }

  /// True when the operation goes wrong: then `partly` has been done.
  private func step(_ what: String, _ path: String, partly: () -> Void = {}) throws(FileError) {
    guard hasPower else { throw FileError(path, "\(what): no power") }
    defer { operations += 1 }
    guard let fault = faults[operations] else { return }
    partly()
    if fault == .powerCut { hasPower = false }
    throw FileError(path, "\(what): simulated fault")
  }

  func read(_ path: String) throws(FileError) -> [UInt8]? {
    try step("read", path)
    return files[path]?.current
  }

  func append(_ bytes: [UInt8], to path: String) throws(FileError) {
    try step("append", path) {
      let part = Int.random(in: 0...bytes.count, using: &random)
      files[path]?.current += bytes[..<part]
    }
    guard files[path] != nil else { throw FileError(path, "is not there") }
    files[path]?.current += bytes
  }

  func sync(_ path: String) throws(FileError) {
    try step("sync", path) {
      guard var file = files[path] else { return }
      if file.current.count > file.durable.count {
        file.forgotten = file.durable.count..<file.current.count
      }
      files[path] = file
    }
    guard var file = files[path] else { throw FileError(path, "is not there") }
    file.durable = file.current
    if let forgotten = file.forgotten {
      for index in forgotten where index < file.durable.count { file.durable[index] = 0 }
    }
    files[path] = file
  }

  func truncate(_ path: String, to length: Int) throws(FileError) {
    try step("truncate", path)
    guard var file = files[path] else { throw FileError(path, "is not there") }
    file.current = Array(file.current.prefix(length))
    if let forgotten = file.forgotten {
      file.forgotten = forgotten.lowerBound < length ? forgotten.clamped(to: 0..<length) : nil
    }
    files[path] = file
  }

  func replace(
    _ path: String,
    producing: ((_ write: ([UInt8]) throws(FileError) -> Void) throws(FileError) -> Void)
  ) throws(FileError) {
    // Writing beside, synchronising, renaming, synchronising the directory.
    try step("write beside", path)
    var bytes: [UInt8] = []
    try producing { piece throws(FileError) in bytes += piece }
    try step("rename", path)
    let before = files[path]
    files[path] = File(durable: bytes, current: bytes, forgotten: nil)
    // Without the last step the rename may be undone by a power cut; a mere error leaves it done.
    do throws(FileError) {
      try step("synchronise directory", path)
    } catch {
      if !hasPower, Bool.random(using: &random) { files[path] = before }
      throw error
    }
  }
}
