import HTTP

/// URLs that a CA gives in header fields. They may be relative to the URL that was asked (RFC 9110
/// §10.2.2, RFC 8288 §3), and only HTTPS is ever followed (RFC 8555 §6.1).
enum ACMELink {
  /// `reference` as seen from `base` (RFC 3986 §5.2); nil when what comes out is no https URL.
  static func resolve(_ reference: String, against base: String) -> String? {
    let reference = String(reference.prefix { $0 != "#" })
    let isClean = reference.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    guard isClean, !reference.isEmpty, isHTTPS(base) else { return nil }
    if isHTTPS(reference) { return reference }
    if let colon = reference.firstIndex(of: ":"),
      !reference[..<colon].contains(where: { "/?".contains($0) })
    {
      return nil
    }
    if reference.hasPrefix("//") { return "https:\(reference)" }
    let afterScheme = base.dropFirst("https://".count)
    let authority = afterScheme.prefix { !"/?#".contains($0) }
    let path = afterScheme.dropFirst(authority.count).prefix { !"?#".contains($0) }
    if reference.hasPrefix("/") { return "https://\(authority)\(withoutDots(reference))" }
    if reference.hasPrefix("?") { return "https://\(authority)\(path)\(reference)" }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
    return "https://\(authority)\(withoutDots(folder + reference))"
  }

  static func isHTTPS(_ url: String) -> Bool {
    url.count > 8 && url.prefix(8).lowercased() == "https://"
  }

  /// RFC 3986 §5.2.4; the query is left as it stands.
  private static func withoutDots(_ text: some StringProtocol) -> String {
    let path = text.prefix { $0 != "?" }
    var kept: [Substring] = []
    let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      switch part {
      case ".": if isLast { kept.append("") }
      case "..":
        _ = kept.popLast()
        if isLast { kept.append("") }
      default: kept.append(Substring(part))
      }
    }
    return "/" + kept.joined(separator: "/") + text.dropFirst(path.count)
  }

  /// The targets of one relation in a response's Link fields: several links may stand in one field, and
  /// a relation with or without quotes (RFC 8288 §3).
  static func targets(_ relation: String, in response: HTTPResponse, of base: String) -> [String] {
    var found: [String] = []
    for value in response.headerValues("Link") {
      var rest = value[...]
      while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
        let target = rest[rest.index(after: start)..<end]
        let (names, after) = relations(rest[rest.index(after: end)...])
        if names.contains(relation), let url = resolve(String(target), against: base) {
          found.append(url)
        }
        rest = after
      }
    }
    return found
  }

  /// The `rel` parameter of the link whose parameters `text` begins with, and what follows that link.
  private static func relations(_ text: Substring) -> (names: [String], rest: Substring) {
    var parameters: [String] = []
    var current = ""
    var isQuoted = false
    var index = text.startIndex
    while index < text.endIndex {
      let character = text[index]
      index = text.index(after: index)
      if character == "\"" {
        isQuoted.toggle()
      } else if !isQuoted, character == ";" {
        parameters.append(current)
        current = ""
      } else if !isQuoted, character == "," {
        break
      } else {
        current.append(character)
      }
    }
    parameters.append(current)
    for parameter in parameters {
      let parts = parameter.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0].filter({ $0 != " " }).lowercased() == "rel" else { continue }
      return (parts[1].lowercased().split(separator: " ").map(String.init), text[index...])
    }
    return ([], text[index...])
  }
}
