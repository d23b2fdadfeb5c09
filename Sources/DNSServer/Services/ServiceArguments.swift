import DNSModel
import Notation
import SystemIO

/// The options about keys, rules, secondaries and notifications as they were typed.
public struct ServiceArguments: Sendable {
  /// `NAME:FILE`
  public var keys: [String] = []
  public var allowUpdate: [String] = []
  public var allowTransfer: [String] = []
  public var allowNotify: [String] = []
  /// `ZONE=ADDR:PORT[,ADDR:PORT…][,key=NAME]`
  public var secondaries: [String] = []
  /// `[ZONE=]ADDR:PORT[,key=NAME]`
  public var notify: [String] = []
  public var journalDirectory: String?

  public init() {}

  /// Everything that is wrong with them, at once.
  public struct Problems: Error, Hashable, Sendable, CustomStringConvertible {
    public let reasons: [String]
    public var description: String { reasons.joined(separator: "\n") }
  }

  public func options() throws(Problems) -> ZoneServicesOptions {
    var reasons: [String] = []
    var options = ZoneServicesOptions()
    options.journalDirectory = journalDirectory
    for text in keys { collect(&reasons) { options.keys.insert(try Self.key(text)) } }
    let keyring = options.keys
    func list(_ texts: [String], _ kind: AccessKind) -> AccessList {
      var list = AccessList()
      for text in texts {
        collect(&reasons) {
          list.rules.append(
            try AccessRule(parsing: text, for: kind, keys: keyring) { RecordType(parsing: $0) })
        }
      }
      return list
    }
    options.updates = list(allowUpdate, .update)
    options.transfers = list(allowTransfer, .transfer)
    options.notifies = list(allowNotify, .notify)
    for text in secondaries {
      collect(&reasons) {
        let source = try Self.secondary(text, keyring)
        guard !options.secondaries.contains(where: { $0.zone == source.zone }) else {
          throw ArgumentError(
            "--secondary \(text): this zone has a --secondary already; put all "
              + "primaries into one, with commas")
        }
        options.secondaries.append(source)
      }
    }
    for text in notify {
      collect(&reasons) { options.notifyTargets.append(try Self.target(text, keyring)) }
    }
    guard reasons.isEmpty else { throw Problems(reasons: reasons) }
    return options
  }

  private struct ArgumentError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = safeText(description, limit: 600) }
  }

  private func collect(_ reasons: inout [String], _ body: () throws -> Void) {
    do { try body() } catch { reasons.append("\(error)") }
  }

  private static func key(_ text: String) throws -> TSIGKey {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw ArgumentError("--key \(text): expected NAME:FILE; the secret stands in the file")
    }
    let name = try name(parts[0], in: "--key \(text)")
    do {
      return try TSIGKey(parsing: try readPrivateFile(parts[1]), named: name)
    } catch let error as TSIGKeyTextError {
      throw ArgumentError("--key \(text): \(error)")
    } catch {
      throw ArgumentError("--key \(text): \(error)")
    }
  }

  private static func secondary(_ text: String, _ keys: TSIGKeyring) throws -> SecondarySource {
    let option = "--secondary \(text)"
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw ArgumentError("\(option): expected ZONE=ADDR:PORT[,ADDR:PORT…][,key=NAME]")
    }
    var source = SecondarySource(zone: try name(parts[0], in: option), primaries: [])
    for part in parts[1].split(separator: ",").map(String.init) {
      if part.hasPrefix("key=") {
        source.key = try known(part.dropFirst(4), keys, in: option)
      } else {
        source.primaries.append(try address(part, in: option))
      }
    }
    guard !source.primaries.isEmpty else { throw ArgumentError("\(option): names no primary") }
    return source
  }

  private static func target(_ text: String, _ keys: TSIGKeyring) throws -> NotifyTarget {
    let option = "--notify \(text)"
    var rest = text.split(separator: ",").map(String.init)
    guard let first = rest.first else { throw ArgumentError("\(option): names nobody") }
    rest.removeFirst()
    let parts = first.split(separator: "=", maxSplits: 1).map(String.init)
    var target = NotifyTarget(address: try address(parts.last ?? "", in: option))
    if parts.count == 2 { target.zone = try name(parts[0], in: option) }
    for part in rest {
      guard part.hasPrefix("key=") else {
        throw ArgumentError("\(option): expected [ZONE=]ADDR:PORT[,key=NAME]")
      }
      target.key = try known(part.dropFirst(4), keys, in: option)
    }
    return target
  }

  private static func name(_ text: String, in option: String) throws -> DomainName {
    do {
      return try DomainName(parsing: text)
    } catch {
      throw ArgumentError("\(option): \(text) is no domain name: \(error)")
    }
  }

  private static func address(_ text: String, in option: String) throws -> SocketAddress {
    guard let address = SocketAddress(parsing: text, defaultPort: 53), address.port != 0 else {
      throw ArgumentError("\(option): \(text) is no address with a port, such as 127.0.0.1:53")
    }
    return address
  }

  private static func known(
    _ text: Substring, _ keys: TSIGKeyring, in option: String
  ) throws -> DomainName {
    let name = try name(String(text), in: option)
    guard keys.key(named: name) != nil else {
      throw ArgumentError(
        "\(option): there is no key \(name.host); give it with --key \(name.host):FILE")
    }
    return name
  }
}
