/// The nodes of a zone by name, kept in parts of a few hundred: a copy shares every part that is not
/// changed after, so a change to a zone of a million names costs what a change to a small one does.
struct ZoneNodes: Sendable {
  private static let partSize = 256

  private var parts = [ZoneNodePart()]
  private(set) var count = 0

  init(_ first: ZoneNode) { self[first.owner] = first }

  func has(_ name: DomainName) -> Bool {
    let hash = Self.hash(name)
    return parts[part(of: hash)].index(of: name, hash) != nil
  }

  subscript(name: DomainName) -> ZoneNode? {
    get {
      let hash = Self.hash(name)
      return parts[part(of: hash)].node(name, hash)
    }
    // In place: a set of many records must not be copied for each one that is added.
    _modify {
      let hash = Self.hash(name)
      let part = part(of: hash)
      let before = parts[part].count
      yield &parts[part][name, hash]
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
        current = parts[next].nodes.sorted { $0.owner < $1.owner }
        next += 1
        position = 0
      }
      defer { position += 1 }
      return current[position]
    }
  }

  /// All of them, in no order at all: for those who sort themselves, or need none.
  var inAnyOrder: some Sequence<ZoneNode> { parts.lazy.flatMap(\.nodes) }

  private func part(of hash: UInt64) -> Int {
    Int(truncatingIfNeeded: hash >> 20) & (parts.count - 1)
  }

  /// FNV-1a over the folded name: not the standard library's hash, which differs from run to run.
  fileprivate static func hash(_ name: DomainName) -> UInt64 {
    name.wire.withUnsafeBufferPointer { bytes in
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in bytes { hash = (hash ^ UInt64(DomainName.folded(byte))) &* 0x100_0000_01B3 }
      return hash
    }
  }

  private mutating func grow() {
    let old = parts
    parts = Array(repeating: ZoneNodePart(), count: old.count * 4)
    for part in old {
      for node in part.nodes {
        let hash = Self.hash(node.owner)
        parts[self.part(of: hash)][node.owner, hash] = node
      }
    }
  }
}

/// One part: a small hash table with open addressing, since a zone looks up far more than it changes.
private struct ZoneNodePart: Sendable {
  private(set) var nodes: [ZoneNode] = []
  private var hashes: [UInt32] = []
  /// Places in `nodes`, from 1; 0 is free. A power of two, never more than half full.
  private var slots: [UInt16] = []

  var count: Int { nodes.count }

  func index(of name: DomainName, _ hash: UInt64) -> Int? {
    guard !nodes.isEmpty else { return nil }
    let short = UInt32(truncatingIfNeeded: hash >> 32)
    let mask = slots.count - 1
    var slot = Self.home(hash) & mask
    while slots[slot] != 0 {
      let place = Int(slots[slot]) - 1
      if hashes[place] == short, nodes[place].owner == name { return place }
      slot = (slot + 1) & mask
    }
    return nil
  }

  func node(_ name: DomainName, _ hash: UInt64) -> ZoneNode? {
    index(of: name, hash).map { nodes[$0] }
  }

  subscript(name: DomainName, hash: UInt64) -> ZoneNode? {
    get { node(name, hash) }
    _modify {
      let place = index(of: name, hash)
      var node: ZoneNode?
      if let place {
        // Taken out while it is changed, so that nothing in it is held twice and copied.
        var taken = ZoneNode(owner: .root)
        swap(&taken, &nodes[place])
        node = consume taken
      }
      yield &node
      switch (place, node) {
      case (let place?, let node?): nodes[place] = node
      case (let place?, nil): remove(place)
      case (nil, let node?): append(node, hash)
      case (nil, nil): break
      }
    }
  }

  /// The bits that chose the part are the same for all in it.
  private static func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 40 ^ hash) }

  private mutating func append(_ node: ZoneNode, _ hash: UInt64) {
    nodes.append(node)
    hashes.append(UInt32(truncatingIfNeeded: hash >> 32))
    guard nodes.count * 2 > slots.count else { return place(nodes.count, hash) }
    arrange()
  }

  private mutating func remove(_ place: Int) {
    nodes.remove(at: place)
    hashes.remove(at: place)
    arrange()
  }

  private mutating func arrange() {
    var size = 8
    while size < nodes.count * 2 { size *= 2 }
    slots = Array(repeating: 0, count: size)
    for (index, node) in nodes.enumerated() { place(index + 1, ZoneNodes.hash(node.owner)) }
  }

  private mutating func place(_ number: Int, _ hash: UInt64) {
    let mask = slots.count - 1
    var slot = Self.home(hash) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = UInt16(number)
  }
}
