import Glibc
import Notation
import TestSupport
import Testing

@testable import Store

@Suite struct SchemaStepTests {
  let directory = TemporaryDirectory()
  let first = SchemaStep(number: 1, name: "one", statements: "CREATE TABLE a(i INTEGER) STRICT")
  let second = SchemaStep(number: 2, name: "two", statements: "CREATE TABLE b(i INTEGER) STRICT")

  func bringUp(_ steps: [SchemaStep]) throws -> [Int] {
    let database = try SQLiteConnection(path: directory.file("test.db"), mode: .readWrite)
    return try database.bringUp(to: steps, at: UTCInstant(seconds: 5)) { number in
      directory.file("before-\(number).db")
    }
  }

  @Test func runsEachStepOnceAndCopiesBefore() throws {
    #expect(try bringUp([first]) == [1])
    #expect(access(directory.file("before-1.db"), F_OK) != 0)
    #expect(try bringUp([first, second]) == [2])
    #expect(access(directory.file("before-2.db"), F_OK) == 0)
    #expect(try bringUp([first, second]) == [])
    let copy = try SQLiteConnection(path: directory.file("before-2.db"), mode: .reader)
    #expect(try copy.rows("SELECT number FROM schema_step") { $0.integer(0) } == [1])
  }

  @Test func refusesNewerAndEditedState() throws {
    _ = try bringUp([first, second])
    #expect(throws: SchemaProblem.newer(found: 2, known: 1)) { try bringUp([first]) }
    let edited = SchemaStep(number: 1, name: "one", statements: "CREATE TABLE a(j INTEGER) STRICT")
    #expect(throws: SchemaProblem.edited(step: 1, name: "one")) { try bringUp([edited, second]) }
  }

  @Test func aFailingStepLeavesNothingBehind() throws {
    _ = try bringUp([first])
    let broken = SchemaStep(
      number: 2, name: "two", statements: "CREATE TABLE b(i INTEGER) STRICT; CREATE TABLE a(i)")
    #expect(throws: SQLiteError.self) { try bringUp([first, broken]) }
    unlink(directory.file("before-2.db"))
    #expect(try bringUp([first, second]) == [2])
  }
}
