/// SVCB's parameters (RFC 9460 §2.1 and §7): keys in ascending order, each once, and the values of
/// the registered keys of their form.
extension RecordDataCheck {
  mutating func skipServiceParameters() throws(RecordDataError) {
    var last = -1
    var keys: [Int] = []
    var mandatory: [Int] = []
    while remaining > 0 {
      try take(4, "the parameter")
      let key = number16(at: offset - 4)
      let count = number16(at: offset - 2)
      guard key > last else { throw wrong("the keys are out of order or one comes twice") }
      last = key
      keys.append(key)
      let start = offset
      try take(count, "the parameter's value")
      if key == 0 { mandatory = try mandatoryKeys(start..<offset) }
      try checkValue(of: key, start..<offset)
    }
    for key in mandatory where !keys.contains(key) {
      throw wrong("key \(key) is mandatory and missing (RFC 9460 §8)")
    }
    if keys.contains(2), !keys.contains(1) {
      throw wrong("no-default-alpn needs alpn (RFC 9460 §7.1.1)")
    }
  }

  func number16(at offset: Int) -> Int { Int(wire[offset]) << 8 | Int(wire[offset + 1]) }

  private func mandatoryKeys(_ range: Range<Int>) throws(RecordDataError) -> [Int] {
    guard !range.isEmpty, range.count % 2 == 0 else { throw wrong("mandatory is no list of keys") }
    let keys = stride(from: range.lowerBound, to: range.upperBound, by: 2).map(number16)
    for (index, key) in keys.enumerated() {
      guard key > (index == 0 ? 0 : keys[index - 1]) else {
        throw wrong("mandatory's keys are out of order, twice or itself (RFC 9460 §8)")
      }
    }
    return keys
  }

  private func checkValue(of key: Int, _ range: Range<Int>) throws(RecordDataError) {
    switch key {
    case 1:
      var offset = range.lowerBound
      while offset < range.upperBound {
        guard wire[offset] > 0 else { throw wrong("alpn has an empty protocol") }
        offset += 1 + Int(wire[offset])
      }
      guard !range.isEmpty, offset == range.upperBound else { throw wrong("alpn is cut short") }
    case 2, 8:
      guard range.isEmpty else { throw wrong("\(ServiceParameterKey.name(key)) has no value") }
    case 3: guard range.count == 2 else { throw wrong("port has two bytes") }
    case 4: try checkAddresses(range, of: 4, "ipv4hint")
    case 6: try checkAddresses(range, of: 16, "ipv6hint")
    default: break
    }
  }

  private func checkAddresses(
    _ range: Range<Int>, of size: Int, _ key: String
  ) throws(RecordDataError) {
    guard !range.isEmpty, range.count % size == 0 else {
      throw wrong("\(key) is no list of addresses")
    }
  }
}
