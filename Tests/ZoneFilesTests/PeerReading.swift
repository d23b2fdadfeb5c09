import DNSModel
import Foundation
import TestSupport

/// What another reader of zone text makes of entries. Nil is a refusal.
protocol PeerReader {
  /// The lines it complains about; empty where it takes the whole file, nil where it refuses the file
  /// and does not say for which line.
  func refusedLines(_ path: String) throws -> Set<Int>?
  func records(_ path: String) throws -> [ResourceRecord]
}

extension PeerReader {
  /// Entries whose owners are `nINDEX` or below, index by index. Refused ones are taken out until the
  /// peer loads the rest.
  func read(_ wanted: [Int], of entries: [String]) throws -> [Int: ResourceRecord] {
    let folder = TemporaryDirectory()
    var readings: [Int: ResourceRecord] = [:]
    var rest = wanted
    for _ in 0..<80 {
      let path = folder.write("zone", Self.file(rest, of: entries).text)
      guard let refused = try refused(rest, of: entries, in: folder) else {
        for record in try records(path) {
          if let index = Self.index(of: record.owner) { readings[index] = record }
        }
        return readings
      }
      rest.removeAll(where: refused.contains)
    }
    throw ProgramFailure(description: "\(self) finds something new with each look")
  }

  /// Nil where all are taken.
  private func refused(
    _ wanted: [Int], of entries: [String], in folder: TemporaryDirectory
  ) throws -> Set<Int>? {
    let (text, entryOfLine) = Self.file(wanted, of: entries)
    let path = folder.write("zone", text)
    guard let lines = try refusedLines(path) else {
      guard wanted.count > 1 else { return Set(wanted) }
      // Half by half until it can only be one.
      let half = wanted.count / 2
      let first = try refused(Array(wanted[..<half]), of: entries, in: folder)
      let second = try first ?? refused(Array(wanted[half...]), of: entries, in: folder)
      if second != nil { return second }
      throw ProgramFailure(
        description: "\(self) takes each half of it, and not the whole:\n\(text)")
    }
    guard !lines.isEmpty else { return nil }
    // A complaint may name the line behind the entry's last.
    let refused = Set(lines.compactMap { entryOfLine[$0] ?? entryOfLine[$0 - 1] })
    guard refused.isEmpty else { return refused }
    throw ProgramFailure(description: "\(self) complains about lines \(lines.sorted()) of\n\(text)")
  }

  private static func file(
    _ wanted: [Int], of entries: [String]
  ) -> (text: String, entryOfLine: [Int: Int]) {
    var text = "$TTL 77\n@ 60 IN SOA ns admin 1 2 3 4 5\n@ 60 IN NS ns.elsewhere.\n"
    var entryOfLine: [Int: Int] = [:]
    var line = 4
    for index in wanted {
      let count = entries[index].utf8.count { $0 == UInt8(ascii: "\n") }
      for offset in 0..<count { entryOfLine[line + offset] = index }
      line += count
      text += entries[index]
    }
    return (text, entryOfLine)
  }

  private static func index(of owner: DomainName) -> Int? {
    let labels = owner.labels
    guard labels.count >= 2 else { return nil }
    let label = String(decoding: labels[labels.count - 2], as: UTF8.self).lowercased()
    return label.hasPrefix("n") ? Int(label.dropFirst()) : nil
  }
}

/// `named-compilezone`, whose raw form is the wire form of everything it took.
struct BINDReader: PeerReader {
  private static let lenient =
    ["-i", "none"]
    + ["k", "n", "m", "r", "S", "T", "W", "M"].flatMap {
      ["-\($0)", "ignore"]
    }

  private func run(_ path: String) throws -> ProgramRun {
    try Programs.run(
      "named-compilezone",
      Self.lenient + ["-F", "raw", "-o", path + ".raw", "example.", path], seconds: 120)
  }

  func refusedLines(_ path: String) throws -> Set<Int>? {
    let run = try run(path)
    guard run.status != 0 else { return [] }
    var lines: Set<Int> = []
    for line in run.stdout.split(separator: "\n") {
      // What it only warns about it takes.
      guard !line.contains("signature has expired"), !line.contains("setting $TTL to 0"),
        let place = line.range(of: path + ":")
      else { continue }
      let digits = line[place.upperBound...].prefix { $0.isNumber }
      if let number = Int(digits) { lines.insert(number) }
    }
    guard !lines.isEmpty else { throw ProgramFailure(description: "\(run)") }
    return lines
  }

  func records(_ path: String) throws -> [ResourceRecord] {
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path + ".raw")))
    var offset = 0
    func number(_ size: Int) -> Int {
      defer { offset += size }
      return bytes[offset..<(offset + size)].reduce(0) { $0 << 8 | Int($1) }
    }
    // Format, version, time of the dump; version 1 has flags, a serial and a time more.
    guard bytes.count > 24, number(4) == 2, number(4) == 1 else {
      throw ProgramFailure(description: "\(path).raw is in no raw form we know")
    }
    offset += 4 + 12
    var records: [ResourceRecord] = []
    while offset < bytes.count {
      offset += 4
      let recordClass = RecordClass(rawValue: UInt16(number(2)))
      let type = RecordType(rawValue: UInt16(number(2)))
      offset += 2
      let ttl = TTL(clamping: number(4))
      let count = number(4)
      let nameEnd = number(2) + offset
      let owner = DomainName(wire: Array(bytes[offset..<nameEnd])) ?? .root
      offset = nameEnd
      for _ in 0..<count {
        let end = number(2) + offset
        let data = RecordData(type: type, wire: Array(bytes[offset..<end]))
        records.append(ResourceRecord(owner: owner, recordClass: recordClass, ttl: ttl, data: data))
        offset = end
      }
    }
    return records
  }
}

/// `kzonecheck` for what Knot refuses, and a transfer from `knotd` for what it took.
struct KnotReader: PeerReader {
  func refusedLines(_ path: String) throws -> Set<Int>? {
    let run = try Programs.run("kzonecheck", ["-v", "-o", "example.", path], seconds: 120)
    var lines: Set<Int> = []
    for line in (run.stdout + run.stderr).split(separator: "\n") {
      guard let place = line.range(of: "error in zone, file '\(path)', line ") else { continue }
      if let number = Int(line[place.upperBound...].prefix { $0.isNumber }) { lines.insert(number) }
    }
    // It may find only later that what it read is no data of its type.
    if lines.isEmpty, (run.stdout + run.stderr).contains("failed to load zone") { return nil }
    return lines
  }

  func records(_ path: String) throws -> [ResourceRecord] {
    let folder = TemporaryDirectory()
    let port = try FreePort.next()
    folder.write(
      "knot.conf",
      """
      server:
        rundir: "\(folder.path)"
        listen: 127.0.0.1@\(port)
      database:
        storage: "\(folder.path)"
      acl:
        - id: all
          address: 127.0.0.0/8
          action: transfer
      zone:
        - domain: example
          file: "\(path)"
          zonefile-sync: -1
          zonefile-load: whole
          acl: all
          semantic-checks: off
      """)
    let server = try ServerProcess("knotd", ["-c", folder.file("knot.conf")])
    defer { server.stop() }
    return try server.wait(seconds: 60, for: "knotd to give the zone") {
      WholeTransfer.records(of: "example.", from: port)
    }
  }
}
