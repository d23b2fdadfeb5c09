import Foundation
import Migration
import Notation
import PlanFiles
import TestSupport
import Testing

/// Each file in Plans/refused is named by its fault, and says in its first line where it lies.
struct RefusedPlansTests {
  static let folder = Programs.root + "/Plans/refused"
  static let now = UTCInstant(parsing: "2026-12-01T00:00:00Z")!
  static let names = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []

  static func zone(_ name: String) -> [UInt8]? {
    FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + name).map { Array($0) }
  }

  @Test(arguments: names)
  func isRefusedForItsOwnReasonAtItsOwnPlace(_ name: String) throws {
    let bytes = try #require(FileManager.default.contents(atPath: "\(Self.folder)/\(name)"))
    let fault = String(name.dropLast(5))
    let text = String(decoding: bytes, as: UTF8.self)
    let heading = text.prefix { $0 != "\n" }.split(separator: " ")
    #expect(
      heading.prefix(4) == ["#", "refused:", Substring(fault), "at"], "\(name): its first line")
    do throws(PlanRejection) {
      _ = try PlanFile.read(Array(bytes), now: Self.now, zoneRules: Self.zone)
      Issue.record("\(name) was accepted")
    } catch {
      #expect(error.problems.map(\.id) == [fault], "\(name): \(error.problems)")
      #expect(
        error.problems.first?.place.description == heading.last.map(String.init),
        "\(name): \(error.problems)")
    }
  }

  @Test func thereAreManyFaultsAndHalfOfThemAreAboutMeaning() {
    let aboutText = ["yaml.", "plan.", "value."]
    let meaning = Self.names.filter { name in !aboutText.contains { name.hasPrefix($0) } }
    #expect(Self.names.count >= 60)
    #expect(meaning.count * 2 >= Self.names.count, "\(meaning.count) of \(Self.names.count)")
  }
}
