import Engine
import SystemIO

/// Group commit: whoever comes while a commit is under way waits, and goes with the next one. The
/// first of those waiting carries all of them to the disk.
final class CommitQueue: @unchecked Sendable {
  private final class Ticket {
    let transition: Transition
    var fate: StoreError??
    init(_ transition: Transition) { self.transition = transition }
  }

  private let monitor = Monitor()
  private var waiting: [Ticket] = []
  private var isCarrying = false
  private static let groupLimit = 256

  func commit(
    _ transition: Transition, carry: ([Transition]) -> [StoreError?]
  ) throws(StoreError) {
    let ticket = Ticket(transition)
    monitor.locked { waiting.append(ticket) }
    while true {
      let group: [Ticket] = monitor.locked {
        while isCarrying, ticket.fate == nil { monitor.wait() }
        guard ticket.fate == nil else { return [] }
        isCarrying = true
        let group = Array(waiting.prefix(Self.groupLimit))
        waiting.removeFirst(group.count)
        return group
      }
      guard !group.isEmpty else { break }
      let fates = carry(group.map(\.transition))
      monitor.locked {
        for (ticket, fate) in zip(group, fates) { ticket.fate = .some(fate) }
        isCarrying = false
        monitor.wakeAll()
      }
    }
    if let fate = ticket.fate, let error = fate { throw error }
  }
}
