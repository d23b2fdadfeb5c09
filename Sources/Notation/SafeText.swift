/// Text from outside, made fit for a terminal, a report or a log line: control characters, escapes
/// and direction marks are shown as `\u{1b}`, and what is too long ends in `…`.
///
/// DNS answers, HTTP bodies, certificates and provider errors are all hostile until they went
/// through here. (JSON has escapes of its own: see `JSONWriter`.)
public func safeText(_ text: String, limit: Int = 500) -> String {
  var result = ""
  var count = 0
  for scalar in text.unicodeScalars {
    guard count < limit else { return result + "…" }
    count += 1
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
