import DNSModel
import Glibc
import Notation
import SystemIO

/// Thousands of questions on their way at once, on one thread: UDP from random ports with random ids,
/// TCP where a datagram does not do, each server at the pace it can stand, one deadline for all.
///
/// What is asked from within an answer's closure joins the same run: that is how delegations are
/// followed. Use it from one thread.
public final class AskingLoop {
  public struct Options: Sendable {
    /// Sockets, each with a random port of its own, for each family of addresses.
    public var sockets = 4
    /// Questions on their way to one server, to begin with and at most.
    public var width = 64
    public var widest = 1024
    /// Questions per second for one server at most; 0 for as many as it answers.
    public var ratePerServer = 0

    public init() {}
  }

  let options: Options
  let events: EventLoop
  var slots: [OpenQuestion?] = []
  private var free: [Int32] = []
  private(set) var live = 0
  var byKey: [UInt32: Int32] = [:]
  var lanes: [ServerLane] = []
  private var laneIndex: [SocketAddress: Int] = [:]
  private var dirtyLanes: [Int] = []
  private var failures: [(slot: Int32, stamp: UInt64, reason: DNSFailure.Reason)] = []
  private var patience = PatienceQueues()
  var lastStamp: UInt64 = 0
  var random = RandomPool()
  var datagrams: DatagramPorts

  public init(_ options: Options = Options()) throws(SystemError) {
    self.options = options
    events = try EventLoop()
    datagrams = DatagramPorts(count: max(1, options.sockets))
  }

  /// Messages that left, repeats included.
  public private(set) var sentCount = 0

  /// Questions that have no result yet.
  public var unanswered: Int { live }

  /// Has `request` sent when `run` runs (it may be running), and its result given to `completion`, on
  /// the same thread, never from within this call.
  public func ask(_ request: DNSRequest, then completion: @escaping (DNSResult) -> Void) {
    let lane = lane(for: request.server)
    let slot = OpenQuestion(request, lane: lane, completion)
    let index: Int32
    if let reused = free.popLast() {
      index = reused
      slots[Int(index)] = slot
    } else {
      index = Int32(slots.count)
      slots.append(slot)
    }
    live += 1
    lanes[lane].enqueue(index)
    dirtyLanes.append(lane)
  }

  /// Works until every question has its result, at most `span`; what is open then fails with
  /// `.deadline`.
  public func run(for span: TimeSpan) {
    let begin = SystemClock.nanoseconds()
    let (sum, overflow) = begin.addingReportingOverflow(Self.nanoseconds(span))
    let end = overflow ? UInt64.max : sum
    while live > 0 {
      pump()
      tellFailures()
      let now = SystemClock.nanoseconds()
      expire(at: now)
      if now >= end { giveUp() }
      guard live > 0 else { break }
      guard dirtyLanes.isEmpty, failures.isEmpty else { continue }
      events.runOnce(within: pause(from: now, until: end))
    }
  }

  static func nanoseconds(_ span: TimeSpan) -> UInt64 {
    let (product, overflow) = UInt64(max(0, span.milliseconds)).multipliedReportingOverflow(
      by: 1_000_000)
    return overflow ? .max : product
  }

  private func pause(from now: UInt64, until end: UInt64) -> TimeSpan {
    var due = end
    let next = patience.nextDue { entry in self.slots[Int(entry.slot)]?.stamp != entry.stamp }
    if let next { due = min(due, next) }
    if options.ratePerServer > 0 {
      for lane in lanes where lane.waitsForClock { due = min(due, lane.notBefore) }
    }
    return due > now ? .milliseconds((due - now) / 1_000_000 + 1) : .zero
  }

  // MARK: Lanes

  private func lane(for server: SocketAddress) -> Int {
    if let known = laneIndex[server] { return known }
    let gap = options.ratePerServer > 0 ? 1_000_000_000 / UInt64(options.ratePerServer) : 0
    lanes.append(
      ServerLane(server, width: options.width, widest: options.widest, gap: gap))
    laneIndex[server] = lanes.count - 1
    return lanes.count - 1
  }

  private func pump() {
    let now = SystemClock.nanoseconds()
    let dirty = dirtyLanes
    dirtyLanes.removeAll(keepingCapacity: true)
    for lane in dirty { pump(lane, now) }
    guard options.ratePerServer > 0 else { return }
    for lane in lanes.indices where lanes[lane].waitsForClock { pump(lane, now) }
  }

  func noteSent() { sentCount += 1 }

  private func pump(_ lane: Int, _ now: UInt64) {
    while let index = lanes[lane].next(at: now) {
      lanes[lane].inFlight += 1
      slots[Int(index)]?.holdsLane = true
      transmit(index)
    }
    guard lanes[lane].isSilent else { return }
    for index in lanes[lane].takeWaiting() {
      // A server that is deaf to datagrams may still hear a stream.
      if slots[Int(index)]?.usesStream == true {
        transmit(index)
      } else {
        fail(index, lanes[lane].silence)
      }
    }
  }

  // MARK: Ends of questions

  func wait(for index: Int32, now: UInt64, patience span: UInt64) {
    guard let stamp = slots[Int(index)]?.stamp else { return }
    patience.add(slot: index, stamp: stamp, now: now, patience: span)
  }

  /// From places where the completion must not run at once.
  func fail(_ index: Int32, _ reason: DNSFailure.Reason) {
    guard let stamp = slots[Int(index)]?.stamp else { return }
    failures.append((index, stamp, reason))
  }

  private func tellFailures() {
    while !failures.isEmpty {
      let batch = failures
      failures = []
      for (index, stamp, reason) in batch where slots[Int(index)]?.stamp == stamp {
        retry(index, after: reason)
      }
    }
  }

  private func expire(at now: UInt64) {
    while let entry = patience.popDue(at: now) {
      guard let slot = slots[Int(entry.slot)], slot.stamp == entry.stamp else { continue }
      lanes[slot.lane].fellSilent()
      retry(entry.slot, after: slot.trouble ?? .timedOut)
    }
  }

  /// Once more, if it may; else `reason` is the result. A stream is not tried again: it has seen to
  /// losses itself.
  func retry(_ index: Int32, after reason: DNSFailure.Reason) {
    guard let slot = slots[Int(index)] else { return }
    let name = slot.request.question.name
    guard slot.attempt < slot.request.attempts, !slot.usesStream,
      lanes[slot.lane].isWorthAskingAgain(about: name)
    else {
      if slot.mayHaveArrived, !slot.usesStream, reason.isSilence {
        lanes[slot.lane].endedUnheard(reason, about: name)
      }
      finish(
        index, .failure(DNSFailure(reason: reason, mayHaveArrived: slot.mayHaveArrived)))
      return
    }
    if reason != .timedOut { slot.trouble = reason }
    transmit(index)
  }

  /// What comes in answer to the datagrams sent so far is not listened to any more.
  func forgetDatagrams(of slot: OpenQuestion) {
    if let key = slot.latest?.key { byKey[key] = nil }
    for sending in slot.earlier { byKey[sending.key] = nil }
    slot.latest = nil
    slot.earlier.removeAll()
  }

  func finish(_ index: Int32, _ result: DNSResult) {
    guard let slot = slots[Int(index)] else { return }
    slot.stream?.cancel()
    forgetDatagrams(of: slot)
    slots[Int(index)] = nil
    free.append(index)
    live -= 1
    if slot.holdsLane {
      lanes[slot.lane].inFlight -= 1
      if lanes[slot.lane].isWaiting { dirtyLanes.append(slot.lane) }
    }
    slot.completion(result)
  }

  /// The deadline: everything open ends. What completions ask for now ends as well.
  private func giveUp() {
    while live > 0 {
      for index in slots.indices where slots[index] != nil {
        let mayHaveArrived = slots[index]?.mayHaveArrived ?? false
        finish(
          Int32(index),
          .failure(DNSFailure(reason: .deadline, mayHaveArrived: mayHaveArrived)))
      }
      // Nothing queued refers to a living question any more.
      for lane in lanes.indices { lanes[lane].forgetWaiting() }
    }
  }
}
