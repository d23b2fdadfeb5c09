import DNSModel

/// A question as the hot path takes it: plain, of class IN, with an OPT record at most. Everything
/// else is nil, and the slow path's.
struct CompiledQuery {
  let type: UInt16
  let nameLength: Int
  let labelCount: Int
  let dnssecOK: Bool
  let optLength: Int
  let limit: Int
  private let id: (UInt8, UInt8)
  private let flags: (UInt8, UInt8)
  private let starts: UnsafePointer<UInt8>
  private let hashes: UnsafePointer<UInt64>

  /// Bytes of scratch memory, aligned to eight: the folded name (and eight to read past it), where
  /// its labels start, and the hash from each of them on.
  static let scratchSize = 272 + 128 + 128 * 8

  @inline(__always) func start(of label: Int) -> Int { Int(starts[label]) }
  @inline(__always) func hash(of label: Int) -> UInt64 { hashes[label] }

  @inline(__always)
  init?(
    _ request: UnsafeBufferPointer<UInt8>, _ transport: Transport,
    _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    let count = request.count
    guard count >= 17, let bytes = request.baseAddress else { return nil }
    // QR and opcode zero; one question, no records but one that may be OPT.
    guard bytes[2] & 0xF8 == 0, bytes[4] == 0, bytes[5] == 1, bytes[6] | bytes[7] == 0,
      bytes[8] | bytes[9] == 0, bytes[10] == 0, bytes[11] <= 1
    else { return nil }
    let starts = scratch + 272
    let hashes = UnsafeMutableRawPointer(scratch + 400).assumingMemoryBound(to: UInt64.self)
    let name = bytes + 12
    let room = min(count - 16, 255)
    var offset = 0
    var labels = 0
    while true {
      guard offset < room else { return nil }
      let length = Int(name[offset])
      starts[labels] = UInt8(truncatingIfNeeded: offset)
      guard length > 0 else { break }
      guard length < 64, offset + length < room else { return nil }
      labels += 1
      offset += 1 + length
    }
    nameLength = offset + 1
    labelCount = labels
    for position in 0...offset {
      let byte = name[position]
      scratch[position] = byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
    var hash = NameHash.root
    hashes[labels] = hash
    while labels > 0 {
      labels -= 1
      hash = NameHash.adding(scratch + Int(starts[labels]), to: hash)
      hashes[labels] = hash
    }
    self.starts = UnsafePointer(starts)
    self.hashes = UnsafePointer(hashes)
    let fields = name + offset + 1
    type = UInt16(fields[0]) << 8 | UInt16(fields[1])
    // Meta types, and DS, which is the parent's.
    guard fields[2] == 0, fields[3] == 1, type != 0, type != 41, type != 43,
      !(128...255).contains(type)
    else { return nil }
    id = (bytes[0], bytes[1])
    flags = (bytes[2] & 0x01, bytes[3] & 0x10)
    let end = 12 + nameLength + 4
    if bytes[11] == 0 {
      guard count == end else { return nil }
      (dnssecOK, optLength) = (false, 0)
      limit = transport == .udp ? ResponseFitting.plainLimit : 65535
      return
    }
    let opt = bytes + end
    // Root owner, type 41, version 0, and options that can be passed over.
    guard count >= end + 11, opt[0] == 0, opt[1] == 0, opt[2] == 41, opt[6] == 0,
      Self.haveNoMeaning(opt + 9, count - end - 9)
    else { return nil }
    dnssecOK = opt[7] & 0x80 != 0
    optLength = 11
    let size = Int(opt[3]) << 8 | Int(opt[4])
    limit =
      transport == .udp
      ? min(max(size, ResponseFitting.plainLimit), ResponseFitting.udpLimit) : 65535
  }

  /// Whether options (RFC 6891 §6.1.2), with their length in front and `count` bytes in all, are in order
  /// and none of them is answered: keepalive alone would be.
  @inline(__always)
  private static func haveNoMeaning(_ options: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let size = Int(options[0]) << 8 | Int(options[1])
    guard count == 2 + size else { return false }
    var offset = 2
    while offset < count {
      guard offset + 4 <= count else { return false }
      let code = UInt16(options[offset]) << 8 | UInt16(options[offset + 1])
      guard code != EDNSOption.keepalive else { return false }
      offset += 4 + (Int(options[offset + 2]) << 8 | Int(options[offset + 3]))
    }
    return offset == count
  }

  /// Puts in what is the asker's own, and the OPT record.
  @inline(__always)
  func finish(_ target: UnsafeMutablePointer<UInt8>, _ length: Int) -> Int {
    target[0] = id.0
    target[1] = id.1
    target[2] |= flags.0
    target[3] |= flags.1
    guard optLength > 0 else { return length }
    let count = UInt16(target[10]) << 8 | UInt16(target[11]) &+ 1
    target[10] = UInt8(truncatingIfNeeded: count >> 8)
    target[11] = UInt8(truncatingIfNeeded: count)
    let opt = target + length
    opt[0] = 0
    opt[1] = 0
    opt[2] = 41
    opt[3] = UInt8(truncatingIfNeeded: ResponseFitting.udpLimit >> 8)
    opt[4] = UInt8(truncatingIfNeeded: ResponseFitting.udpLimit)
    opt[5] = 0
    opt[6] = 0
    opt[7] = dnssecOK ? 0x80 : 0
    opt[8] = 0
    opt[9] = 0
    opt[10] = 0
    return length + 11
  }
}
