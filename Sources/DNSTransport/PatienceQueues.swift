/// What has been sent and not answered, by when its patience ends.
///
/// All questions of one patience end in the order they were sent, so a queue for each length of
/// patience (there are a handful) serves better than a heap of thousands.
struct PatienceQueues {
  struct Entry {
    let due: UInt64
    let slot: Int32
    /// Which sending it was: a later one, or an answer, makes the entry void.
    let stamp: UInt64
  }

  private struct Queue {
    let patience: UInt64
    var entries: [Entry] = []
    var head = 0
  }

  private var queues: [Queue] = []

  mutating func add(slot: Int32, stamp: UInt64, now: UInt64, patience: UInt64) {
    let (sum, overflow) = now.addingReportingOverflow(patience)
    let entry = Entry(due: overflow ? .max : sum, slot: slot, stamp: stamp)
    for index in queues.indices where queues[index].patience == patience {
      queues[index].entries.append(entry)
      return
    }
    queues.append(Queue(patience: patience, entries: [entry]))
  }

  /// The next entry whose time has come, void ones included.
  mutating func popDue(at now: UInt64) -> Entry? {
    for index in queues.indices {
      guard queues[index].head < queues[index].entries.count else { continue }
      let entry = queues[index].entries[queues[index].head]
      guard entry.due <= now else { continue }
      drop(index)
      return entry
    }
    return nil
  }

  /// When the next one that is not void ends.
  mutating func nextDue(isVoid: (Entry) -> Bool) -> UInt64? {
    var earliest: UInt64?
    for index in queues.indices {
      while queues[index].head < queues[index].entries.count {
        let entry = queues[index].entries[queues[index].head]
        guard isVoid(entry) else {
          earliest = min(earliest ?? .max, entry.due)
          break
        }
        drop(index)
      }
    }
    return earliest
  }

  private mutating func drop(_ index: Int) {
    queues[index].head += 1
    let head = queues[index].head
    if head > 4096, head * 2 > queues[index].entries.count {
      queues[index].entries.removeFirst(head)
      queues[index].head = 0
    }
  }
}
