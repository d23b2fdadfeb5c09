import DNSModel
import Migration
import Notation

/// The kinds of value a plan has. Each returns nil after it has told what is wrong.
extension PlanSection {
  func text(_ key: String) -> String? {
    guard let text = scalar(key, "a text")?.text else { return nil }
    guard text.utf8.count <= 4096 else {
      bad("value.too-long", key, "\"\(full(key))\" has \(text.utf8.count) bytes; 4096 is the limit")
      return nil
    }
    return text
  }

  func flag(_ key: String) -> Bool? {
    guard let (text, isPlain) = scalar(key, "yes or no") else { return nil }
    guard isPlain, let flag = YAMLNode.flag(text) else {
      bad("value.type", key, "\"\(full(key))\" is yes or no, and here stands \"\(safeText(text))\"")
      return nil
    }
    return flag
  }

  func integer(_ key: String, _ range: ClosedRange<Int>) -> Int? {
    guard let (text, isPlain) = scalar(key, "a number") else { return nil }
    guard isPlain, YAMLNode.isNumber(text) else {
      bad("value.type", key, "\"\(full(key))\" is a number, and here stands \"\(safeText(text))\"")
      return nil
    }
    guard let value = Int(text), range.contains(value) else {
      bad(
        "value.range", key,
        "\"\(full(key))\" is \(safeText(text, limit: 30)), and may be "
          + "\(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return value
  }

  /// At most a hundred years: what is longer is a slip.
  func span(_ key: String) -> TimeSpan? {
    guard let text = scalar(key, "a length of time")?.text else { return nil }
    guard let span = TimeSpan(parsing: text), span <= .days(36_525) else {
      bad(
        "value.span", key, "\"\(safeText(text))\" is no length of time",
        remedy: "write 90 (seconds), 90s, 5m, 2h, 1d, 1w or a sum such as 1h30m")
      return nil
    }
    return span
  }

  func ttl(_ key: String) -> TTL? {
    guard let text = scalar(key, "a TTL")?.text else { return nil }
    return ttl(text) { message, remedy in self.bad("value.ttl", key, message, remedy: remedy) }
  }

  func ttls(_ key: String) -> [TTL]? {
    var ttls: [TTL] = []
    let nodes = items(key)
    for (index, node) in nodes.enumerated() {
      let path = "\(full(key))[\(index)]"
      guard case .scalar(let text, _) = node.content else {
        log.note(
          "value.type", node.place, path, "a stage is a TTL, and here stands \(node.kindText)")
        continue
      }
      let value = ttl(text) { message, remedy in
        log.note("value.ttl", node.place, path, message, remedy: remedy)
      }
      if let value { ttls.append(value) }
    }
    return ttls.count == nodes.count && !nodes.isEmpty ? ttls : nil
  }

  private func ttl(_ text: String, _ complain: (String, String) -> Void) -> TTL? {
    guard let span = TimeSpan(parsing: text), let ttl = TTL(span.milliseconds / 1000) else {
      complain(
        "\"\(safeText(text))\" is no TTL",
        "write seconds up to 2147483647 (RFC 2181 §8), or 5m, 2h, 1d")
      return nil
    }
    return ttl
  }

  func name(_ key: String) -> DomainName? {
    guard let text = text(key) else { return nil }
    do {
      return try DomainName(parsing: text)
    } catch {
      bad("value.name", key, "\"\(safeText(text))\" is no domain name: \(error)")
      return nil
    }
  }

  func instant(_ key: String) -> UTCInstant? {
    guard let text = text(key) else { return nil }
    if let instant = UTCInstant(parsing: text) { return instant }
    if let instant = UTCInstant(parsing: text + "T00:00:00Z") { return instant }
    bad(
      "value.instant", key, "\"\(safeText(text))\" is no moment",
      remedy: "write 2026-12-01, 2026-12-01T22:00:00Z or with an offset such as +01:00")
    return nil
  }

  func address(_ key: String, defaultPort: UInt16) -> NetworkAddress? {
    guard let text = text(key) else { return nil }
    if let address = NetworkAddress(parsing: text, defaultPort: defaultPort) { return address }
    bad(
      "value.address", key, "\"\(safeText(text))\" is no IP address",
      remedy: "write 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53")
    return nil
  }

  /// What stands there is never repeated: it may be the secret itself.
  func secret(_ key: String) -> SecretReference? {
    guard let text = text(key) else { return nil }
    if let source = try? SecretReference(parsing: text) { return source }
    bad(
      "value.secret", key,
      "\"\(full(key))\" is a secret and must not stand in a plan; what stands there is no reference",
      remedy: "write file:PATH, credential:NAME or env:NAME, and change the secret if it was one")
    return nil
  }

  func url(_ key: String, schemes: [String] = ["https", "http"]) -> String? {
    guard let text = text(key) else { return nil }
    let scheme = text.prefix { $0 != ":" }.lowercased()
    let rest = text.dropFirst(scheme.count)
    let host = rest.dropFirst(3).prefix { $0 != "/" && $0 != "?" }
    guard schemes.contains(scheme), rest.hasPrefix("://"), !host.isEmpty, !host.contains("@"),
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      let list = schemes.map { "\($0)://" }.joined(separator: " or ")
      // With an @ in it, it may hold a password: then it is not repeated.
      let shown = text.contains("@") ? "what stands there" : "\"\(safeText(text))\""
      bad(
        "value.url", key, "\(shown) is no address that begins with \(list)",
        remedy: "blanks and passwords have no place in it")
      return nil
    }
    return text
  }

  func choice(_ key: String, _ names: [String]) -> String? {
    guard let text = text(key) else { return nil }
    if names.contains(text) { return text }
    let near = nearestWord(to: text, among: names)
    bad(
      "value.choice", key, "\"\(full(key))\" cannot be \"\(safeText(text))\"",
      remedy: near.map { "did you mean \"\($0)\"?" } ?? "it is one of: "
        + names.joined(separator: ", "))
    return nil
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _: Choice.Type
  ) -> Choice? where Choice.RawValue == String {
    choice(key, Choice.allCases.map(\.rawValue)).flatMap(Choice.init(rawValue:))
  }

  /// One text, or a list of texts.
  func texts(_ key: String) -> [String]? {
    guard let node = node(key) else { return nil }
    if case .scalar = node.content { return text(key).map { [$0] } }
    var texts: [String] = []
    for (index, item) in items(key).enumerated() {
      guard case .scalar(let text, _) = item.content, !item.isNothing else {
        log.note(
          "value.type", item.place, "\(full(key))[\(index)]",
          "an item of \"\(full(key))\" is a text, and here stands \(item.kindText)")
        continue
      }
      texts.append(text)
    }
    return texts
  }

  /// A program and its arguments, one list item each: no shell reads them.
  func command(_ key: String) -> [String]? {
    guard let words = texts(key) else { return nil }
    guard let program = words.first, !program.isEmpty else {
      bad("value.command", key, "\"\(full(key))\" names no program")
      return nil
    }
    if words.count == 1, program.contains(" ") {
      bad(
        "value.command", key, "no shell splits \"\(safeText(program))\" into words",
        remedy: "write it as a list: [program, argument, …]")
      return nil
    }
    return words
  }
}
