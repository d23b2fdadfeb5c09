import Digests
import Notation

/// A plan as the store keeps it, letter for letter.
struct PinnedText: Hashable {
  /// What the engine follows.
  let plan: String
  let digest: String
  let source: String
}

/// The chain that makes the journal evidence: each entry's digest covers its content and the digest
/// before it, so an entry cannot be changed, dropped, added or moved without breaking every later one.
///
/// It convicts someone who edits the file, not someone who rewrites all of it: for that, keep a
/// head elsewhere (`history --export` and the notifications carry it).
enum JournalChain {
  private static let domain = "cutover journal 1"

  /// Where a migration's chain begins: bound to the migration and to the plan it was started with, as people
  /// approve it (its digest and source) and as the engine follows it.
  static func genesis(migration: String, _ pinned: PinnedText) -> [UInt8] {
    digest(of: ["genesis", migration, pinned.digest, pinned.source, pinned.plan], after: [])
  }

  /// Fields are counted before they are joined, so no two entries read alike.
  static func digest(of fields: [String], after previous: [UInt8]) -> [UInt8] {
    var message = Array(domain.utf8)
    append(previous, to: &message)
    for field in fields { append(Array(field.utf8), to: &message) }
    return HashFunction.sha256.hash(message)
  }

  private static func append(_ bytes: [UInt8], to message: inout [UInt8]) {
    let count = UInt64(bytes.count)
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      message.append(UInt8(truncatingIfNeeded: count >> shift))
    }
    message += bytes
  }
}
