import DNSModel
import Notation
import ZoneFiles

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
    let file: ZoneFile
    do {
      file = try ZoneFile(reading: path, origin: origin)
    } catch {
      throw ZoneSourceError(["zone \(origin): \(error)"])
    }
    guard file.isServable else { throw ZoneSourceError(file.reasons) }
    return file.zone
  }
}

/// Everything that keeps zones from being served.
struct ZoneSourceError: Error, Hashable, Sendable {
  let reasons: [String]
  init(_ reasons: [String]) { self.reasons = reasons }
}
