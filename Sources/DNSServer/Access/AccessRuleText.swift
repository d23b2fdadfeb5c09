import DNSModel
import Notation

/// Why an `--allow-…` is not understood.
public struct AccessRuleError: Error, Hashable, Sendable, CustomStringConvertible {
  public let option: String
  public let text: String
  public let reason: String

  public var description: String { "\(option) \(safeText(text, limit: 200)): \(reason)" }
}

extension AccessRule {
  private static let fields = ["addr", "key", "zone", "name", "under", "type"]

  /// `typeNamed` reads a type's mnemonic (or `TYPE123`); `keys` are those that `--key` gave.
  public init(
    parsing text: String, for kind: AccessKind, keys: TSIGKeyring,
    typeNamed: (String) -> RecordType?
  ) throws(AccessRuleError) {
    func failure(_ reason: String) -> AccessRuleError {
      AccessRuleError(option: kind.option, text: text, reason: reason)
    }
    self.init()
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      let field = pair.first ?? ""
      guard Self.fields.contains(field) else {
        let near = nearestWord(to: field, among: Self.fields).map { "; did you mean \($0)=?" } ?? ""
        throw failure(
          "expected FIELD=VALUE[,FIELD=VALUE…] with the fields "
            + Self.fields.joined(separator: ", ") + near)
      }
      guard pair.count == 2, let value = pair.last, !value.isEmpty else {
        throw failure("\(field)= needs a value")
      }
      switch field {
      case "addr":
        guard let prefix = AddressPrefix(parsing: value) else {
          throw failure(
            "\(safeText(value)) is no address or network (such as 127.0.0.0/8 or ::1), "
              + "or has bits set beyond its length")
        }
        addresses.append(prefix)
      case "type":
        guard kind == .update else { throw failure("type= only makes sense for updates") }
        guard let type = typeNamed(value) else {
          throw failure("\(safeText(value)) is no record type")
        }
        types.append(type)
      default:
        let name: DomainName
        do {
          name = try DomainName(parsing: value)
        } catch {
          throw failure("\(safeText(value)) is no domain name: \(error)")
        }
        try add(name, to: field, for: kind, keys: keys, failure: failure)
      }
    }
    guard !addresses.isEmpty || !self.keys.isEmpty else {
      throw failure("name who is allowed, with addr= or key=")
    }
  }

  private mutating func add(
    _ name: DomainName, to field: String, for kind: AccessKind, keys: TSIGKeyring,
    failure: (String) -> AccessRuleError
  ) throws(AccessRuleError) {
    switch field {
    case "key":
      guard keys.key(named: name) != nil else {
        throw failure("there is no key \(name.host); give it with --key \(name.host):FILE")
      }
      self.keys.append(name)
    case "zone": zones.append(name)
    default:
      guard kind == .update else { throw failure("\(field)= only makes sense for updates") }
      if field == "name" { names.append(name) } else { subtrees.append(name) }
    }
  }
}
