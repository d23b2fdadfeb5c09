import DNSModel
import Foundation
import TestSupport
import Testing
import ZoneFiles

/// `$GENERATE` is BIND's invention: what it writes is what we write.
@Suite struct GenerateTests {
  private static func ours(_ text: String) -> Set<String>? {
    var lines: Set<String> = []
    var isRefused = false
    var reader = ZoneReader(origin: "example.")
    reader.read(text: text) { entry in
      switch entry {
      case .record(let record, _): lines.insert("\(record.owner) \(record.data)")
      case .refused: isRefused = true
      }
    }
    return isRefused ? nil : lines
  }

  /// Nil where BIND refuses it.
  private static func bind(_ text: String, _ folder: TemporaryDirectory) throws -> Set<String>? {
    let path = folder.write("zone", text)
    let run = try Programs.run(
      "named-compilezone",
      ["-i", "none", "-k", "ignore", "-o", "-", "example", path], directory: folder.path)
    return run.status == 0 ? ours(run.stdout) : nil
  }

  private static func figure(_ random: inout SeededRandom) -> String {
    let offsets = ["0", "1", "-1", "-7", "15", "200", "-2000", "2147483647", "2147483646", "x"]
    let widths = ["", "0", "1", "2", "3", "6", "7", "16", "255"]
    let bases = ["", "d", "o", "x", "X", "n", "N", "b"]
    func pick(_ from: [String]) -> String { from[Int.random(in: 0..<from.count, using: &random)] }
    var parts = [pick(offsets)]
    let (width, base) = (pick(widths), pick(bases))
    if !width.isEmpty { parts.append(width) }
    if !width.isEmpty, !base.isEmpty { parts.append(base) }
    return "${\(parts.joined(separator: ","))}"
  }

  @Test func figuresAreWrittenAsBINDWritesThem() throws {
    let folder = TemporaryDirectory()
    var random = SeededRandom(seed: Soak.seed)
    var refused = 0
    for round in 0..<150 {
      let first = Int.random(in: 0...40, using: &random)
      let range = "\(first)-\(first + Int.random(in: 0...3, using: &random))"
      let text =
        "$TTL 5\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 127.0.0.1\n"
        + "$GENERATE \(range) h$ TXT \"a\(Self.figure(&random))b\"\n"
      let theirs = try Self.bind(text, folder)
      if theirs == nil { refused += 1 }
      #expect(Self.ours(text) == theirs, "round \(round): \(text)")
    }
    #expect((10..<120).contains(refused), "both ways must be met: \(refused)")
  }
}
