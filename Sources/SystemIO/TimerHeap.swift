/// Names one timer of an `EventLoop`.
public struct TimerToken: Hashable, Sendable {
  fileprivate let number: UInt64
}

/// Deadlines in order. Cancelled ones are forgotten when their time comes, or when they outnumber the
/// rest.
struct TimerHeap {
  private struct Entry {
    let due: UInt64
    let number: UInt64

    /// Equal deadlines fire in the order they were set.
    func isBefore(_ other: Entry) -> Bool { (due, number) < (other.due, other.number) }
  }

  private var heap: [Entry] = []
  private var actions: [UInt64: () -> Void] = [:]
  private var lastNumber: UInt64 = 0

  mutating func insert(due: UInt64, _ action: @escaping () -> Void) -> TimerToken {
    lastNumber += 1
    actions[lastNumber] = action
    heap.append(Entry(due: due, number: lastNumber))
    siftUp(heap.count - 1)
    return TimerToken(number: lastNumber)
  }

  mutating func cancel(_ token: TimerToken) {
    actions[token.number] = nil
    guard heap.count > 64, heap.count > 2 * actions.count else { return }
    heap = heap.filter { actions[$0.number] != nil }.sorted { $0.isBefore($1) }
  }

  var nextDue: UInt64? { heap.first?.due }

  /// The next action whose time has come.
  mutating func popDue(_ now: UInt64) -> (() -> Void)? {
    while let first = heap.first, first.due <= now {
      let last = heap.removeLast()
      if !heap.isEmpty {
        heap[0] = last
        siftDown(0)
      }
      if let action = actions.removeValue(forKey: first.number) { return action }
    }
    return nil
  }

  private mutating func siftUp(_ start: Int) {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      guard heap[index].isBefore(heap[parent]) else { return }
      heap.swapAt(index, parent)
      index = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var index = start
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < heap.count && heap[child].isBefore(heap[least]) {
        least = child
      }
      guard least != index else { return }
      heap.swapAt(index, least)
      index = least
    }
  }
}
