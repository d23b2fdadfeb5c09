import DNSModel
import Notation
import SystemIO

/// A host's name as people write it, told apart from all else that reads as a name in DNS.
enum HostnameWord {
  struct Problem: Error, CustomStringConvertible {
    let description: String
    init(_ text: String, _ what: String) { description = "\(safeText(text, limit: 80)) \(what)" }
  }

  static func read(_ text: String) throws(Problem) -> DomainName {
    guard IPAddress(parsing: text) == nil else {
      throw Problem(text, "is an address, where a name is wanted")
    }
    if let colon = text.lastIndex(of: ":"), UInt16(text[text.index(after: colon)...]) != nil {
      throw Problem(text, "has a port, where a name alone is wanted")
    }
    let name: DomainName
    do throws(DomainNameError) {
      name = try DomainName(parsing: text)
    } catch {
      throw Problem(text, "is no name: \(error)")
    }
    guard let last = name.labels.last else { throw Problem(text, "is the root, and no host") }
    guard name.labels.allSatisfy({ $0.allSatisfy(isOfHosts) }) else {
      throw Problem(text, "is no host's name: letters, digits, hyphens and underscores make one")
    }
    guard !last.allSatisfy({ (0x30...0x39).contains($0) }) else {
      throw Problem(text, "is no host's name: it ends in a number, as addresses do")
    }
    return name
  }

  private static func isOfHosts(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "*"):
      true
    default: false
    }
  }
}
