/// The nodes of a zone by name, kept in parts of a few hundred: a copy shares every part that is not
/// changed after, so a change to a zone of a million names costs what a change to a small one does.
struct ZoneNodes: Sendable {
  private static let partSize = 256

  private var parts: [[DomainName: ZoneNode]] = [[:]]
  private(set) var count = 0

  init(_ first: ZoneNode) { self[first.owner] = first }

  subscript(name: DomainName) -> ZoneNode? {
    get { parts[part(of: name)][name] }
    // In place: a set of many records must not be copied for each one that is added.
    _modify {
      let part = part(of: name)
      let before = parts[part].count
      yield &parts[part][name]
      count += parts[part].count - before
      if count > parts.count * Self.partSize { grow() }
    }
  }

  /// All of them, one part after the other; within a part in canonical order. The same names put in
  /// in the same order come out in the same order.
  func partByPart() -> AnyIterator<ZoneNode> {
    var next = 0
    var current: [ZoneNode] = []
    var position = 0
    return AnyIterator {
      while position == current.count {
        guard next < parts.count else { return nil }
        current = parts[next].values.sorted { $0.owner < $1.owner }
        next += 1
        position = 0
      }
      defer { position += 1 }
      return current[position]
    }
  }

  /// All of them, in no order at all: for those who sort themselves, or need none.
  var inAnyOrder: some Sequence<ZoneNode> { parts.lazy.flatMap(\.values) }

  private func part(of name: DomainName) -> Int {
    // FNV-1a over the folded name: not the standard library's hash, which differs from run to run.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.wire { hash = (hash ^ UInt64(DomainName.folded(byte))) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash >> 20) & (parts.count - 1)
  }

  private mutating func grow() {
    let old = parts
    parts = Array(repeating: [:], count: old.count * 4)
    for (name, node) in old.joined() { parts[part(of: name)][name] = node }
  }
}
