/// Finds compiled names by their folded wire form: open addressing in one piece of memory, read by
/// many threads, changed only while it belongs to nobody else.
final class NameIndex: @unchecked Sendable {
  struct Slot {
    var hash: UInt64
    var node: UnsafePointer<CompiledNode>?
  }

  private(set) var slots: UnsafeMutablePointer<Slot>
  private(set) var mask: Int
  private(set) var count = 0

  init(expecting names: Int) {
    var capacity = 64
    while capacity < names * 2 { capacity *= 2 }
    mask = capacity - 1
    slots = .allocate(capacity: capacity)
    slots.initialize(repeating: Slot(hash: 0, node: nil), count: capacity)
  }

  deinit { slots.deallocate() }

  func copy() -> NameIndex {
    let copy = NameIndex(expecting: 0)
    copy.slots.deallocate()
    copy.slots = .allocate(capacity: mask + 1)
    copy.slots.initialize(from: slots, count: mask + 1)
    copy.mask = mask
    copy.count = count
    return copy
  }

  @inline(__always)
  func find(_ name: UnsafePointer<UInt8>, _ length: Int, _ hash: UInt64)
    -> UnsafePointer<CompiledNode>?
  {
    var position = Int(truncatingIfNeeded: hash) & mask
    while let node = slots[position].node {
      if slots[position].hash == hash, node.pointee.isNamed(name, length) { return node }
      position = (position + 1) & mask
    }
    return nil
  }

  /// Puts a node in, in the place of one with the same name.
  func insert(_ node: UnsafePointer<CompiledNode>, _ hash: UInt64) {
    if (count + 1) * 2 > mask + 1 { grow() }
    var position = Int(truncatingIfNeeded: hash) & mask
    while let other = slots[position].node {
      if slots[position].hash == hash,
        other.pointee.isNamed(node.pointee.foldedName, Int(node.pointee.nameLength))
      {
        slots[position].node = node
        return
      }
      position = (position + 1) & mask
    }
    slots[position] = Slot(hash: hash, node: node)
    count += 1
  }

  /// Takes a name out. What stands behind it in the same run moves up, so that no search ends early.
  func remove(_ name: [UInt8], _ hash: UInt64) {
    var hole = Int(truncatingIfNeeded: hash) & mask
    while true {
      guard let node = slots[hole].node else { return }
      if slots[hole].hash == hash, node.pointee.isNamed(name, name.count) { break }
      hole = (hole + 1) & mask
    }
    slots[hole].node = nil
    count -= 1
    var position = (hole + 1) & mask
    while slots[position].node != nil {
      let home = Int(truncatingIfNeeded: slots[position].hash) & mask
      if (position - home) & mask >= (position - hole) & mask {
        slots[hole] = slots[position]
        slots[position].node = nil
        hole = position
      }
      position = (position + 1) & mask
    }
  }

  private func grow() {
    let (old, oldCount) = (slots, mask + 1)
    mask = oldCount * 2 - 1
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: Slot(hash: 0, node: nil), count: mask + 1)
    for slot in UnsafeBufferPointer(start: old, count: oldCount) where slot.node != nil {
      var position = Int(truncatingIfNeeded: slot.hash) & mask
      while slots[position].node != nil { position = (position + 1) & mask }
      slots[position] = slot
    }
    old.deallocate()
  }
}

/// The hash of a folded name grows label by label from the root, so that one pass over a question
/// gives those of all its ancestors too.
enum NameHash {
  static let root: UInt64 = 0x9E37_79B9_7F4A_7C15

  static func of(_ folded: [UInt8]) -> UInt64 {
    folded.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return root }
      var starts: [Int] = []
      var offset = 0
      while base[offset] != 0 {
        starts.append(offset)
        offset += 1 + Int(base[offset])
      }
      return starts.reversed().reduce(root) { adding(base + $1, to: $0) }
    }
  }

  /// `label` points to a length byte.
  @inline(__always)
  static func adding(_ label: UnsafePointer<UInt8>, to hash: UInt64) -> UInt64 {
    var hash = hash
    let count = Int(label[0]) + 1
    let raw = UnsafeRawPointer(label)
    var offset = 0
    while offset + 8 <= count {
      hash = step(hash, raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var tail: UInt64 = 0
    while offset < count {
      tail = tail << 8 | UInt64(label[offset])
      offset += 1
    }
    return step(hash, tail)
  }

  @inline(__always)
  private static func step(_ hash: UInt64, _ chunk: UInt64) -> UInt64 {
    let mixed = (hash ^ chunk) &* 0xD6E8_FEB8_6659_FD93
    return mixed ^ mixed >> 32
  }
}
