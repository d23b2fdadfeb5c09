import DNSModel
import Notation
import SystemIO

/// Why a zone and its journal do not go together. Nothing was changed on disk.
struct RecoveryError: Error, Hashable, Sendable, CustomStringConvertible {
  let description: String
}

/// The one writer of a zone: evaluates updates, makes them durable in groups, and only then lets
/// them be seen. Used by one thread at a time.
final class ZoneKeeper {
  struct Request {
    let update: UpdateRequest
    let isAllowed: (DomainName, RecordType) -> Bool
  }

  /// Writes a zone as a zone file, piece by piece.
  typealias ZoneText =
    @Sendable (
      Zone, (_ piece: [UInt8]) throws(FileError) -> Void
    ) throws(FileError) -> Void

  enum Outcome: Hashable {
    case done(changed: Bool)
    case refused(UpdateRefusal)
  }

  /// A group is one write; it is cut so that a frame stays small beside memory.
  static let groupLimit = 256

  private(set) var zone: Zone
  private var fingerprint: ZoneFingerprint
  /// What the zone file holds: the state the journal goes on from.
  private var fileFingerprint: ZoneFingerprint
  private var journal: UpdateJournal
  private let disk: any JournalDisk
  private let zonePath: String
  private let text: ZoneText

  /// How far the journal has grown.
  var journalLength: Int { journal.length }

  /// Takes up `zone`, as the zone file has it, and what the journal holds on top. `notes` says what
  /// was found there.
  init(
    zone: Zone, zonePath: String, journalPath: String, disk: any JournalDisk,
    text: @escaping ZoneText, notes: inout [String]
  ) throws {
    self.zone = zone
    self.text = text
    self.zonePath = zonePath
    self.disk = disk
    fingerprint = ZoneFingerprint(of: zone.streamedRRsets)
    fileFingerprint = fingerprint
    journal = UpdateJournal(path: journalPath, disk: disk)
    guard let (payloads, cutOff) = try journal.open() else {
      try beginJournal()
      return
    }
    if cutOff > 0 {
      notes.append(
        "\(safeText(journalPath)): \(cutOff) bytes of an unfinished write were cut off; "
          + "no acknowledged update was in them")
    }
    try recover(payloads, journalPath: journalPath, notes: &notes)
  }

  /// The zone file was read again while this keeper lives. True: it says what it said, and this
  /// keeper's zone stands. False: it was edited, and may be taken up anew.
  func stands(after reread: Zone) throws(RecoveryError) -> Bool {
    let read = ZoneFingerprint(of: reread.streamedRRsets)
    guard read != fileFingerprint, read != fingerprint else { return true }
    guard fingerprint == fileFingerprint else {
      throw RecoveryError(
        description: "\(safeText(zonePath)): was edited, but acknowledged updates up to serial "
          + "\(zone.serialText) stand in the journal alone; what is served stays as it is")
    }
    guard let new = reread.serial, let served = zone.serial, new.isLater(than: served) else {
      throw RecoveryError(
        description:
          "\(safeText(zonePath)): was edited, but its serial \(reread.serialText) is not "
          + "later than the \(zone.serialText) that is served; raise it")
    }
    return false
  }

  private func beginJournal() throws(JournalError) {
    try journal.restart(with: JournalEntry.payload(baseOf: zone.origin, fingerprint))
  }

  private func recover(
    _ payloads: [[UInt8]], journalPath: String, notes: inout [String]
  ) throws {
    var updates: [(changes: [JournalEntry.RRsetState], after: ZoneFingerprint)] = []
    var position: Int?
    for payload in payloads {
      for entry in try JournalEntry.entries(in: payload) {
        switch entry {
        case .base(let origin, let base):
          guard origin == zone.origin else {
            throw RecoveryError(
              description: "\(safeText(journalPath)): is the journal of \(origin), not of "
                + "\(zone.origin)")
          }
          if base == fingerprint { position = 0 }
        case .update(let changes, let after):
          updates.append((changes, after))
          if after == fingerprint { position = updates.count }
        }
      }
    }
    guard let position else {
      guard updates.isEmpty else { throw edited(updates, journalPath) }
      return try beginJournal()
    }
    let missing = updates[position...]
    for update in missing { take(update.changes) }
    if let last = missing.last, last.after != fingerprint {
      throw RecoveryError(
        description: "\(safeText(journalPath)): does not lead to the content it promises")
    }
    if !missing.isEmpty {
      notes.append(
        "\(safeText(journalPath)): \(missing.count) updates taken up; serial \(zone.serialText)")
    }
  }

  private func take(_ states: [JournalEntry.RRsetState]) {
    let changes = states.map { state in
      RRsetChange(
        owner: state.owner, type: state.type, before: zone.rrset(at: state.owner, state.type),
        after: state.rrset)
    }
    fingerprint.apply(changes)
    zone = zone.applying(changes)
  }

  /// The zone file is none of the states the journal knows: someone edited it.
  private func edited(
    _ updates: [(changes: [JournalEntry.RRsetState], after: ZoneFingerprint)],
    _ journalPath: String
  ) -> RecoveryError {
    let serials = updates.flatMap(\.changes).compactMap { $0.rrset?.data.first?.soa?.serial }
    return RecoveryError(
      description: "\(safeText(zonePath)): was edited while \(updates.count) acknowledged updates "
        + "(up to serial \(serials.last.map(\.description) ?? "?")) stood in \(safeText(journalPath)) "
        + "alone; to keep the updates, undo the edit; to give them up, remove the journal")
  }

  /// Evaluates the requests one after the other, each on what those before it left behind, and
  /// makes what they change durable with one write. `steps` are to be published before anyone is
  /// told.
  func commit(_ requests: [Request]) -> (outcomes: [Outcome], steps: [ZoneStep]) {
    var outcomes: [Outcome] = []
    var steps: [ZoneStep] = []
    var updates: [(changes: [RRsetChange], after: ZoneFingerprint)] = []
    var (draft, sum) = (zone, fingerprint)
    var firstChange: Int?
    for request in requests {
      do throws(UpdateRefusal) {
        let evaluation = UpdateEvaluation(isAllowed: request.isAllowed)
        let changes = try evaluation.changes(request.update, in: draft)
        outcomes.append(.done(changed: !changes.isEmpty))
        guard !changes.isEmpty else { continue }
        firstChange = firstChange ?? outcomes.count - 1
        let before = draft.serial
        draft = draft.applying(changes)
        sum.apply(changes)
        updates.append((changes, sum))
        if let before, let after = draft.serial {
          steps.append(ZoneStep(before: before, after: after, changes: changes))
        }
      } catch {
        outcomes.append(.refused(error))
      }
    }
    guard let firstChange else { return (outcomes, []) }
    do {
      try journal.append(JournalEntry.payload(updates: updates))
    } catch {
      // Whoever came after the first change was judged on a zone that never came to be.
      let refusal = UpdateRefusal(.serverFailure, "not stored, so not done: \(error)")
      for index in firstChange..<outcomes.count { outcomes[index] = .refused(refusal) }
      return (outcomes, [])
    }
    (zone, fingerprint) = (draft, sum)
    return (outcomes, steps)
  }

  /// Writes the zone file anew and begins the journal anew. Interrupted anywhere, it leaves a file
  /// and a journal that go together.
  ///
  /// A zone that updates have made unfit to be read as a file (a name server that lost its address:
  /// RFC 2136 allows that) stays in the journal, from where it is taken up again as it is.
  func fold() throws {
    let errors = zone.problems.filter { $0.severity == .error }
    guard errors.isEmpty else {
      throw RecoveryError(
        description: "updates left it with " + errors.map(\.description).joined(separator: "; "))
    }
    let text = text
    let zone = zone
    try disk.replace(zonePath) { write throws(FileError) in try text(zone, write) }
    fileFingerprint = fingerprint
    try beginJournal()
  }
}
