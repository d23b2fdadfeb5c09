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
    let page = Page(
      target: target, name: bytes + 12, query: query, limit: min(query.limit, reply.count))
    // From the name itself upwards: the first that is in the table decides.
    var label = 0
    while true {
      let start = query.start(of: label)
      let length = query.nameLength - start
      if let node = index.find(scratch + start, length, query.hash(of: label)) {
        let zone = UnsafePointer(zones + Int(node.pointee.zone))
        if query.dnssecOK, zone.pointee.isAnySigned { return 0 }
        guard let isSpelled = node.pointee.isSpelled(page.name, query.nameLength) else { return 0 }
        if label == 0 {
          return withUnsafePointer(to: node.pointee.here) { look($0, page, zone, isSpelled) }
        }
        guard let below = node.pointee.below else { return 0 }
        return look(below, page, zone, isSpelled)
      }
      guard label < query.labelCount else { return 0 }
      label += 1
    }
  }

  /// A reply in the making.
  private struct Page {
    let target: UnsafeMutablePointer<UInt8>
    let name: UnsafePointer<UInt8>
    let query: CompiledQuery
    let limit: Int
  }

  @inline(__always)
  private func look(
    _ table: UnsafePointer<CompiledTable>, _ page: Page, _ zone: UnsafePointer<CompiledZone>,
    _ isSpelled: Bool
  ) -> Int {
    if let answer = table.pointee.answer(page.query.type) {
      return write(answer.pointee, page, isSpelled)
    }
    switch table.pointee.rest {
    case .slow: return 0
    case .same: return write(table.pointee.otherwise, page, isSpelled)
    case .noData: return deny(zone, page, isSpelled, code: 0)
    case .nameError: return deny(zone, page, isSpelled, code: 3)
    }
  }

  /// NXDOMAIN or NODATA: the question and the zone's SOA.
  @inline(__always)
  private func deny(
    _ zone: UnsafePointer<CompiledZone>, _ page: Page, _ isSpelled: Bool, code: UInt8
  ) -> Int {
    // A name may be spelled as the zone has it and still end otherwise than the apex.
    let apexLength = Int(zone.pointee.apexLength)
    if isSpelled,
      memcmp(zone.pointee.apex, page.name + (page.query.nameLength - apexLength), apexLength) != 0
    {
      return 0
    }
    let length = write(zone.pointee.negative, page, isSpelled)
    if length > 0 { page.target[3] = page.target[3] & 0xF0 | code }
    return length
  }

  @inline(__always)
  private func write(_ answer: CompiledAnswer, _ page: Page, _ isSpelled: Bool) -> Int {
    guard let message = isSpelled ? answer.asSpelled : answer.otherwise else { return 0 }
    let (target, query) = (page.target, page.query)
    let start = 12 + query.nameLength + 4
    let size = Int(message.pointee.length)
    guard start + size + query.optLength <= page.limit else { return 0 }
    let head = UnsafeMutableRawPointer(target)
    head.storeBytes(of: message.pointee.flags, toByteOffset: 2, as: UInt16.self)
    head.storeBytes(of: UInt16(1).bigEndian, toByteOffset: 4, as: UInt16.self)
    head.storeBytes(of: message.pointee.counts.0, toByteOffset: 6, as: UInt16.self)
    head.storeBytes(of: message.pointee.counts.1, toByteOffset: 8, as: UInt16.self)
    head.storeBytes(of: message.pointee.counts.2, toByteOffset: 10, as: UInt16.self)
    memcpy(target + 12, page.name, query.nameLength + 4)
    let pointers = UnsafeRawPointer(message + 1).assumingMemoryBound(to: UInt16.self)
    let pointerCount = Int(message.pointee.pointerCount)
    let body = target + start
    memcpy(body, pointers + pointerCount, size)
    if pointerCount > 0 {
      let shift = query.nameLength - Int(message.pointee.nameLength)
      for number in 0..<pointerCount {
        let place = body + Int(pointers[number])
        let value = (Int(place[0]) << 8 | Int(place[1])) + shift
        place[0] = UInt8(truncatingIfNeeded: value >> 8)
        place[1] = UInt8(truncatingIfNeeded: value)
      }
    }
    if answer.soaZone >= 0 {
      let figures = zones[Int(answer.soaZone)].figures
      memcpy(body + Int(message.pointee.soaTTLOffset), figures, 4)
      memcpy(body + (size - 20), figures + 4, 20)
    }
    return query.finish(target, start + size)
  }
}
