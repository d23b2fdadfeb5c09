import DNSModel
import Notation
import SystemIO

/// One way in which the server misbehaves on request, and for whom.
public struct FaultRule: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case drop
    case delay(TimeSpan)
    case serverFailure
    case refused
    /// TC is set and nothing is in it, over UDP.
    case truncate
    /// As from a server that was never told of the zone: no authority, no data, no referral.
    case lame
    case wrongID
    /// The zone as it was that long ago; nil: as it was when the rule was set.
    case stale(TimeSpan?)
    /// The zone as it was at that serial, once that has been served.
    case frozen(Serial)
    /// The first matching question gets NXDOMAIN, later ones the truth.
    case nameErrorOnce
    case leastTTL(TTL)
    case fixedTTL(TTL)
  }

  public var kind: Kind
  public var zone: DomainName?
  /// This name and all below it.
  public var name: DomainName?
  public var client: AddressPrefix?
  /// Of a million matching questions.
  public var share: UInt32 = 1_000_000
  public var seed: UInt64 = 0

  public init(_ kind: Kind) { self.kind = kind }
}

extension FaultRule {
  /// Reads `KIND[=VALUE][,zone=Z][,name=N][,client=PREFIX][,probability=P][,seed=N]`, P being `0.25`
  /// or `25%`.
  public init(parsing text: String) throws(FaultRuleError) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    }
    guard let first = parts.first, let word = first.first else { throw FaultRuleError(text, "") }
    self.init(try Self.kind(word, first.count > 1 ? first[1] : nil, text))
    for part in parts.dropFirst() {
      guard part.count == 2 else {
        throw FaultRuleError(text, "\"\(safeText(part[0]))\" is not KEY=VALUE")
      }
      switch part[0] {
      case "zone": zone = try Self.name(part[1], text)
      case "name": name = try Self.name(part[1], text)
      case "client":
        guard let prefix = AddressPrefix(parsing: part[1]) else {
          throw FaultRuleError(text, "\"\(safeText(part[1]))\" is no address or ADDRESS/LENGTH")
        }
        client = prefix
      case "probability":
        guard let share = Self.share(part[1]) else {
          throw FaultRuleError(text, "a probability is 0 to 1, or 0% to 100%")
        }
        self.share = share
      case "seed":
        guard let seed = UInt64(part[1]) else { throw FaultRuleError(text, "a seed is a number") }
        self.seed = seed
      default: throw FaultRuleError(text, "nothing is known of \"\(safeText(part[0]))\"")
      }
    }
  }

  private static func kind(
    _ word: String, _ value: String?, _ text: String
  ) throws(FaultRuleError) -> Kind {
    switch (word, value) {
    case ("drop", nil): return .drop
    case ("servfail", nil): return .serverFailure
    case ("refused", nil): return .refused
    case ("truncate", nil): return .truncate
    case ("lame", nil): return .lame
    case ("wrong-id", nil): return .wrongID
    case ("nxdomain-once", nil): return .nameErrorOnce
    case ("stale", nil): return .stale(nil)
    case ("delay", let value?): return .delay(try span(value, text))
    case ("stale", let value?): return .stale(try span(value, text))
    case ("frozen", let value?):
      guard let number = UInt32(value) else { throw FaultRuleError(text, "a serial is a number") }
      return .frozen(Serial(number))
    case ("ttl-floor", let value?): return .leastTTL(try ttl(value, text))
    case ("ttl", let value?): return .fixedTTL(try ttl(value, text))
    default:
      throw FaultRuleError(text, "the faults are \(Self.words.joined(separator: ", "))")
    }
  }

  public static let words = [
    "drop", "delay=SPAN", "servfail", "refused", "truncate", "lame", "wrong-id", "stale[=SPAN]",
    "frozen=SERIAL", "nxdomain-once", "ttl-floor=SECONDS", "ttl=SECONDS",
  ]

  private static func span(_ value: String, _ text: String) throws(FaultRuleError) -> TimeSpan {
    if value.hasSuffix("ms"), let count = UInt32(value.dropLast(2)) { return .milliseconds(count) }
    guard let span = TimeSpan(parsing: value), span >= .zero else {
      throw FaultRuleError(text, "a span is written like 200ms, 30s or 5m")
    }
    return span
  }

  private static func ttl(_ value: String, _ text: String) throws(FaultRuleError) -> TTL {
    guard let number = UInt32(value), let ttl = TTL(number) else {
      throw FaultRuleError(text, "a TTL is a number of seconds up to 2147483647")
    }
    return ttl
  }

  private static func name(_ value: String, _ text: String) throws(FaultRuleError) -> DomainName {
    do {
      return try DomainName(parsing: value)
    } catch {
      throw FaultRuleError(text, error.description)
    }
  }

  /// In millionths, without floating point.
  private static func share(_ text: String) -> UInt32? {
    let isPercent = text.hasSuffix("%")
    let parts = (isPercent ? text.dropLast() : text[...]).split(
      separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let digits = isPercent ? 4 : 6
    guard let whole = UInt32(parts[0]), whole <= 100 else { return nil }
    var fraction = parts.count == 2 ? String(parts[1]) : ""
    guard fraction.count <= digits, fraction.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else {
      return nil
    }
    fraction += String(repeating: "0", count: digits - fraction.count)
    let value = whole * (isPercent ? 10_000 : 1_000_000) + (UInt32(fraction) ?? 0)
    return value <= 1_000_000 ? value : nil
  }
}

/// A fault that cannot be understood.
public struct FaultRuleError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  init(_ text: String, _ reason: String) {
    description = "fault \"\(safeText(text))\": \(reason)"
  }
}

extension FaultRule: CustomStringConvertible {
  private static func text(_ span: TimeSpan) -> String {
    span.milliseconds % 1000 == 0 ? "\(span.milliseconds / 1000)s" : "\(span.milliseconds)ms"
  }

  /// As it is written; it reads back as the same rule.
  public var description: String {
    var text: String
    switch kind {
    case .drop: text = "drop"
    case .delay(let span): text = "delay=\(Self.text(span))"
    case .serverFailure: text = "servfail"
    case .refused: text = "refused"
    case .truncate: text = "truncate"
    case .lame: text = "lame"
    case .wrongID: text = "wrong-id"
    case .stale(let span): text = span.map { "stale=\(Self.text($0))" } ?? "stale"
    case .frozen(let serial): text = "frozen=\(serial)"
    case .nameErrorOnce: text = "nxdomain-once"
    case .leastTTL(let ttl): text = "ttl-floor=\(ttl)"
    case .fixedTTL(let ttl): text = "ttl=\(ttl)"
    }
    if let zone { text += ",zone=\(zone)" }
    if let name { text += ",name=\(name)" }
    if let client { text += ",client=\(client)" }
    if share < 1_000_000 {
      let fraction = String(share)
      text += ",probability=0." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
    if seed != 0 { text += ",seed=\(seed)" }
    return text
  }
}
