import DNSModel
import Glibc

/// The hot path: a question that is in the table is answered by copying and patching, without
/// allocating. Whatever is not is left to `AnswerBuilder`, with which this agrees byte for byte.
public final class CompiledAnswers: @unchecked Sendable {
  let index: NameIndex
  let arena: AnswerArena
  private let zones: UnsafeMutablePointer<CompiledZone>
  /// How large the zones were, for the status.
  public let nameCount: Int

  init(index: NameIndex, arena: AnswerArena, zones: [CompiledZone]) {
    self.index = index
    self.arena = arena
    self.zones = .allocate(capacity: max(1, zones.count))
    for (number, zone) in zones.enumerated() { (self.zones + number).initialize(to: zone) }
    nameCount = index.count
  }

  deinit { zones.deallocate() }

  /// Memory of the answers.
  public var byteCount: Int { arena.byteCount + (index.mask + 1) * 16 }

  /// The response's length in `reply`; 0 where the slow path is to answer.
  public func respond(
    to request: UnsafeBufferPointer<UInt8>, in reply: UnsafeMutableBufferPointer<UInt8>,
    over transport: Transport, scratch: UnsafeMutablePointer<UInt8>
  ) -> Int {
    guard let query = CompiledQuery(request, transport, scratch) else { return 0 }
    guard let bytes = request.baseAddress, let target = reply.baseAddress else { return 0 }
    let limit = min(query.limit, reply.count)
    let name = bytes + 12
    // From the name itself upwards: the first that is in the table decides.
    var label = 0
    while true {
      let start = query.start(of: label)
      let length = query.nameLength - start
      if let node = index.find(scratch + start, length, query.hash(of: label)) {
        let zone = UnsafePointer(zones + Int(node.pointee.zone))
        if query.dnssecOK, zone.pointee.isSigned { return 0 }
        if label > 0 {
          guard node.pointee.flags.contains(.deniesBelow) else { return 0 }
          return negative(zone, query, name, target, limit, nameError: true)
        }
        if let answer = node.pointee.answer(query.type) {
          return positive(answer, node, query, name, target, limit)
        }
        if node.pointee.flags.contains(.lacksOtherTypes) {
          return negative(zone, query, name, target, limit, nameError: false)
        }
        guard node.pointee.flags.contains(.answersOtherTypes) else { return 0 }
        return withUnsafePointer(to: node.pointee.otherwise) {
          positive($0, node, query, name, target, limit)
        }
      }
      guard label < query.labelCount else { return 0 }
      label += 1
    }
  }

  @inline(__always)
  private func positive(
    _ answer: UnsafePointer<CompiledAnswer>, _ node: UnsafePointer<CompiledNode>,
    _ query: CompiledQuery, _ name: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
    _ limit: Int
  ) -> Int {
    // Names that share letters but not their case are the slow path's: what is compressed against
    // the question depends on it.
    let length = Int(answer.pointee.length)
    guard let bytes = answer.pointee.bytes, length + query.optLength <= limit,
      memcmp(node.pointee.name, name, query.nameLength) == 0
    else { return 0 }
    memcpy(target, bytes, length)
    // The type: one answer may serve many.
    memcpy(target + 12 + query.nameLength, name + query.nameLength, 2)
    if answer.pointee.soaZone >= 0 {
      let zone = zones + Int(answer.pointee.soaZone)
      guard let soa = zone.pointee.soa else { return 0 }
      let soaLength = Int(zone.pointee.soaLength)
      memcpy(target + Int(answer.pointee.soaTTLOffset), soa + Int(zone.pointee.ttlOffset), 4)
      memcpy(target + length - 20, soa + soaLength - 20, 20)
    }
    return query.finish(target, length)
  }

  /// NXDOMAIN or NODATA: the question and the zone's SOA.
  @inline(__always)
  private func negative(
    _ zone: UnsafePointer<CompiledZone>, _ query: CompiledQuery, _ name: UnsafePointer<UInt8>,
    _ target: UnsafeMutablePointer<UInt8>, _ limit: Int, nameError: Bool
  ) -> Int {
    let start = 12 + query.nameLength + 4
    let length = start + Int(zone.pointee.soaLength)
    let apexLength = Int(zone.pointee.apexLength)
    guard let soa = zone.pointee.soa, length + query.optLength <= limit,
      memcmp(zone.pointee.apex, name + (query.nameLength - apexLength), apexLength) == 0
    else { return 0 }
    target[2] = 0x84
    target[3] = nameError ? 3 : 0
    target[4] = 0
    target[5] = 1
    target[6] = 0
    target[7] = 0
    target[8] = 0
    target[9] = 1
    target[10] = 0
    target[11] = 0
    memcpy(target + 12, name, query.nameLength + 4)
    memcpy(target + start, soa, Int(zone.pointee.soaLength))
    let shift = query.nameLength - apexLength
    let pointers = zone.pointee.pointers
    for number in 0..<Int(zone.pointee.pointerCount) {
      let place = start + Int(number == 0 ? pointers.0 : number == 1 ? pointers.1 : pointers.2)
      let value = (Int(target[place]) << 8 | Int(target[place + 1])) + shift
      target[place] = UInt8(truncatingIfNeeded: value >> 8)
      target[place + 1] = UInt8(truncatingIfNeeded: value)
    }
    return query.finish(target, length)
  }
}
