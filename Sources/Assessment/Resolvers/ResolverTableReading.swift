import DNSModel
import Notation

extension ResolverTable {
  /// A table as `[row, …]` in JSON, and everything that is wrong with it: a row is taken as it is written
  /// or not at all.
  public static func read(_ json: JSON) -> (rows: [ResolverProfile], problems: [String]) {
    guard let array = json.array else { return ([], ["a resolver table is a list of rows"]) }
    guard !array.isEmpty else { return ([], ["the table has no rows: nobody would be asked"]) }
    var rows: [ResolverProfile] = []
    var problems: [String] = []
    for (index, row) in array.enumerated() {
      var reader = ResolverRow(row, number: index + 1)
      if let profile = reader.profile() { rows.append(profile) }
      problems += reader.problems
    }
    return (rows, problems)
  }
}

/// Reads one row as `ResolverProfile.json` writes it.
private struct ResolverRow {
  private static let keys = [
    "label", "addresses", "tlsName", "httpsURL", "cap", "floor", "negativeCap", "staleHabit",
    "required", "source",
  ]

  private let row: JSON
  private let number: Int
  private(set) var problems: [String] = []

  init(_ row: JSON, number: Int) {
    self.row = row
    self.number = number
  }

  mutating func profile() -> ResolverProfile? {
    guard let object = row.object else {
      complain("it is no object")
      return nil
    }
    for key in object.keys where !Self.keys.contains(key) {
      let hint = nearestWord(to: key, among: Self.keys).map { "; did you mean \($0)?" } ?? ""
      complain("\"\(safeText(key, limit: 40))\" is nothing that a row has\(hint)")
    }
    let label = value("label", "a text", \.string)
    if (label ?? "").isEmpty { complain("label is missing: reports call the resolver by it") }
    let texts = value("addresses", "a list of addresses", \.array)
    let addresses = (texts ?? []).compactMap(\.string)
    if addresses.count != texts?.count ?? 0 { complain("addresses must be a list of texts") }
    let url = value("httpsURL", "a text", \.string)
    if addresses.isEmpty, url == nil { complain("it has neither addresses nor httpsURL to ask") }
    let profile = ResolverProfile(
      label ?? "", addresses: addresses, tlsName: value("tlsName", "a text", \.string),
      httpsURL: url, cap: ttl("cap"), floor: ttl("floor") ?? .zero,
      negativeCap: ttl("negativeCap"), staleHabit: value("staleHabit", "a text", \.string),
      isRequired: value("required", "true or false", \.bool) ?? false,
      source: value("source", "a text", \.string) ?? "")
    return problems.isEmpty ? profile : nil
  }

  private mutating func complain(_ what: String) {
    let label = row["label"]?.string.map { " (\(safeText($0, limit: 40)))" } ?? ""
    problems.append("row \(number)\(label): \(what)")
  }

  private mutating func value<Value>(
    _ key: String, _ kind: String, _ read: (JSON) -> Value?
  ) -> Value? {
    guard let json = row[key] else { return nil }
    let value = read(json)
    if value == nil { complain("\(key) must be \(kind)") }
    return value
  }

  private mutating func ttl(_ key: String) -> TTL? {
    let kind = "a TTL in seconds, 0 to \(TTL.ceiling.seconds)"
    return value(key, kind) { $0.integer.flatMap { TTL($0) } }
  }
}
