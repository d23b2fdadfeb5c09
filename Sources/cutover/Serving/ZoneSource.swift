import DNSModel
import Notation
import SystemIO

/// A zone on the command line: `ORIGIN=FILE`.
struct ZoneSource: Sendable {
  let origin: DomainName
  let path: String

  init(parsing text: String) throws(ZoneSourceError) {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw ZoneSourceError(["--zone \(safeText(text)): expected ORIGIN=FILE"])
    }
    do {
      origin = try DomainName(parsing: parts[0])
    } catch {
      throw ZoneSourceError(["--zone \(safeText(text)): \(error)"])
    }
    path = parts[1]
  }

  /// The zone, or everything that keeps it from being served.
  func read() throws(ZoneSourceError) -> Zone {
    let bytes: [UInt8]
    do {
      bytes = try AtomicFile.read(path)
    } catch {
      throw ZoneSourceError(["zone \(origin): \(error)"])
    }
    var check = ZoneCheck(origin: origin)
    var reasons: [String] = []
    for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      .enumerated()
    {
      let place = TextPlace(file: path, line: number + 1)
      guard let fields = Self.fields(line) else { continue }
      guard let record = Self.record(fields) else {
        reasons.append("\(place): is no record of the form OWNER TTL IN TYPE \\# LENGTH HEX")
        continue
      }
      check.add(record, at: place)
    }
    reasons += check.finish().filter { $0.severity == .error }.map(\.description)
    guard reasons.isEmpty else { throw ZoneSourceError(reasons) }
    return check.zone
  }

  private static func fields(_ line: ArraySlice<UInt8>) -> [String]? {
    let fields = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    guard let first = fields.first?.first, first != UInt8(ascii: ";") else { return nil }
    return fields.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func record(_ fields: [String]) -> ResourceRecord? {
    guard fields.count >= 6, fields[2] == "IN", fields[4] == "\\#",
      let owner = try? DomainName(parsing: fields[0]),
      let ttl = UInt32(fields[1]).flatMap({ TTL($0) }),
      let type = RecordType(parsing: fields[3]), let length = Int(fields[5]),
      let wire = Self.bytes(fields.dropFirst(6).joined()), wire.count == length,
      let data = try? RecordData(checking: type, wire: wire)
    else { return nil }
    return ResourceRecord(owner: owner, ttl: ttl, data: data)
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return bytes
  }
}

struct ZoneSourceError: Error, Hashable, Sendable {
  let reasons: [String]
  init(_ reasons: [String]) { self.reasons = reasons }
}
