extension UTCInstant {
  /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form of date that HTTP senders may write (RFC 9110
  /// §5.6.7). The day of the week is not held against the date.
  public init?(httpDate text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT", words[1].count == 2,
      words[3].count == 4, let month = months.firstIndex(of: String(words[2]))
    else { return nil }
    let monthText = month < 9 ? "0\(month + 1)" : "\(month + 1)"
    self.init(parsing: "\(words[3])-\(monthText)-\(words[1])T\(words[4])Z")
  }
}
