/// An IP address and a port as a plan gives them: `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::1]:53`.
public struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
  /// 4 or 16 bytes.
  public let bytes: [UInt8]
  public let port: UInt16

  /// For callers that have the bytes, 4 or 16, already.
  public init(bytes: [UInt8], port: UInt16) {
    self.bytes = bytes
    self.port = port
  }

  /// Nil for anything but an address literal; a name would have to be looked up, and by whom?
  public init?(parsing text: String, defaultPort: UInt16) {
    var host = Substring(text)
    var portText: Substring?
    if host.hasPrefix("[") {
      guard let close = host.firstIndex(of: "]") else { return nil }
      let rest = host[host.index(after: close)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
      portText = rest.isEmpty ? nil : rest.dropFirst()
      host = host[host.index(after: host.startIndex)..<close]
      guard let bytes = Self.version6(host) else { return nil }
      self.bytes = bytes
    } else if host.filter({ $0 == ":" }).count > 1 {
      guard let bytes = Self.version6(host) else { return nil }
      self.bytes = bytes
    } else {
      if let colon = host.firstIndex(of: ":") {
        portText = host[host.index(after: colon)...]
        host = host[..<colon]
      }
      guard let bytes = Self.version4(host) else { return nil }
      self.bytes = bytes
    }
    guard let portText else {
      port = defaultPort
      return
    }
    guard let number = Self.number(portText, upTo: 65535), number > 0 else { return nil }
    port = UInt16(number)
  }

  /// Whether the address can only be reached from this machine.
  public var isLoopback: Bool {
    bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
  }

  public var description: String {
    guard bytes.count == 16 else {
      return bytes.map { String($0) }.joined(separator: ".") + ":\(port)"
    }
    return "[\(version6Text)]:\(port)"
  }

  /// RFC 5952: the longest run of two or more zero groups is left out, the first one on a tie.
  private var version6Text: String {
    let groups = stride(from: 0, to: 16, by: 2).map {
      UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
    }
    var longest = 0..<0
    var index = 0
    while index < groups.count {
      var end = index
      while end < groups.count, groups[end] == 0 { end += 1 }
      if end - index > max(1, longest.count) { longest = index..<end }
      index = max(end, index + 1)
    }
    let head = groups[..<longest.lowerBound].map { String($0, radix: 16) }.joined(separator: ":")
    guard !longest.isEmpty else {
      return groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
    let tail = groups[longest.upperBound...].map { String($0, radix: 16) }.joined(separator: ":")
    return head + "::" + tail
  }

  private static func number(_ text: Substring, upTo limit: Int) -> Int? {
    guard (1...5).contains(text.utf8.count),
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let value = Int(text), value <= limit
    else { return nil }
    return value
  }

  private static func version4(_ text: Substring) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      // A leading zero would be octal to some readers.
      guard part == "0" || !part.hasPrefix("0"), let value = number(part, upTo: 255) else {
        return nil
      }
      bytes.append(UInt8(value))
    }
    return bytes
  }

  private static func version6(_ text: Substring) -> [UInt8]? {
    let halves = halves(of: text)
    guard let halves, let head = groups(halves.head) else { return nil }
    guard let tailText = halves.tail else { return head.count == 16 ? head : nil }
    guard let tail = groups(tailText), head.count + tail.count <= 14 else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }

  private static func halves(of text: Substring) -> (head: Substring, tail: Substring?)? {
    var index = text.startIndex
    while index < text.endIndex {
      let next = text.index(after: index)
      if text[index] == ":", next < text.endIndex, text[next] == ":" {
        let tail = text[text.index(after: next)...]
        return tail.hasPrefix(":") ? nil : (text[..<index], tail)
      }
      index = next
    }
    return (text, nil)
  }

  private static func groups(_ text: Substring) -> [UInt8]? {
    guard !text.isEmpty else { return [] }
    var bytes: [UInt8] = []
    for part in text.split(separator: ":", omittingEmptySubsequences: false) {
      guard (1...4).contains(part.utf8.count), let value = UInt16(part, radix: 16),
        !part.hasPrefix("+"), bytes.count < 16
      else { return nil }
      bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
    }
    return bytes
  }
}
