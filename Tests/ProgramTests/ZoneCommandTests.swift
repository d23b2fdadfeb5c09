import Foundation
import Notation
import TestSupport
import Testing

/// `zone check` and `zone print` as a person or a script uses them.
@Suite struct ZoneCommandTests {
  let folder = TemporaryDirectory()

  static let sound = "$TTL 1h\n@ SOA ns admin 7 2h 30m 2w 5m\n@ NS ns\nns A 192.0.2.1\n"

  func print(_ text: String, _ more: [String] = ["--wire"]) throws -> ProgramRun {
    try Programs.cutover(["zone", "print", "--origin", "e.", "-"] + more, stdin: text)
  }

  func lines(_ run: ProgramRun) -> [String] {
    run.stdout.split(separator: "\n").map(String.init)
  }

  @Test func wireLinesAreUppercaseHexInTheOrderOfTheFile() throws {
    let run = try print("b 1h2m IN A 192.0.2.171\nA 5 TXT x\n* 7 TYPE65280 \\# 0\n")
    #expect(run.status == 0, "\(run)")
    #expect(run.stderr == "")
    #expect(
      lines(run) == [
        "R 0162016500 0001 00000E88 0001 C00002AB", "R 0141016500 0001 00000005 0010 0178",
        "R 012A016500 0001 00000007 FF00",
      ])
    let chaos = try print("a 5 CH TXT x\n")
    #expect(lines(chaos) == ["R 0161016500 0003 00000005 0010 0178"], "\(chaos)")
  }

  @Test func aRefusedEntryIsOneELineAmongTheOthersAndExit3() throws {
    let run = try print(
      "a 5 A 192.0.2.1\nb 5 A 192.0.2.256\nc 5 MX (\n 10\n x..y )\nd 5 A 192.0.2.2\n")
    #expect(run.status == 3, "\(run)")
    let found = lines(run)
    #expect(found.count == 4)
    #expect(found.first == "R 0161016500 0001 00000005 0001 C0000201")
    #expect(found.dropFirst().first?.hasPrefix("E 2 7 bad-address: ") == true, "\(run)")
    #expect(found.dropFirst(2).first?.hasPrefix("E 5 2 bad-name: ") == true, "\(run)")
    #expect(found.last == "R 0164016500 0001 00000005 0001 C0000202")
  }

  @Test func parenthesesQuotesCommentsAndUnitsMeanWhatTheySay() throws {
    let text = ##"""
      $TTL 1w2d3h4m5s
      @ SOA ns admin ( 7 ; serial
        1h 10m
        1d 300 )
      t TXT "a;b ( c" d\;e "\"" ; comment (
      """##
    let run = try print(text)
    #expect(run.status == 0, "\(run)")
    let head = "R 016500 0001 000C08A5 0006 026E73016500"
    #expect(
      lines(run) == [
        head + "0561646D696E016500" + "00000007" + "00000E10" + "00000258" + "00015180"
          + "0000012C",
        "R 0174016500 0001 000C08A5 0010 07613B62202820630" + "3643B650122",
      ])
    #expect(try print("a 1x A 192.0.2.1\nb 2147483648 A 192.0.2.1\n").status == 3)
  }

  @Test func includedFilesAreFoundBesideTheFileAndBlamedByName() throws {
    folder.write("part", "p A 192.0.2.2\nq A 192.0.2\n")
    let zone = folder.write("zone", "$TTL 5\n$INCLUDE part sub\nz A 192.0.2.3\n$INCLUDE gone\n")
    let run = try Programs.cutover(["zone", "print", "--origin", "e", "--wire", zone])
    #expect(run.status == 3, "\(run)")
    let found = lines(run)
    #expect(found.count == 4, "\(run)")
    #expect(found.first == "R 017003737562016500 0001 00000005 0001 C0000202")
    let inPart = "E 2 5 bad-address: in \(folder.file("part")): "
    #expect(found.dropFirst().first?.hasPrefix(inPart) == true, "\(run)")
    #expect(found.dropFirst(2).first == "R 017A016500 0001 00000005 0001 C0000203")
    #expect(found.last?.hasPrefix("E 4 10 bad-include: ") == true, "\(run)")
  }

  @Test func generatedRecordsAreWrittenOut() throws {
    let run = try print(
      "$TTL 5\n$GENERATE 1-3/2 h${0,2,d} A 192.0.2.$\n$GENERATE 1-2 a A 1.2.3.$.\n")
    #expect(run.status == 3, "\(run)")
    #expect(
      lines(run).prefix(2) == [
        "R 03683031016500 0001 00000005 0001 C0000201",
        "R 03683033016500 0001 00000005 0001 C0000203",
      ])
    #expect(lines(run).last?.hasPrefix("E 3 1 ") == true, "\(run)")
  }

  @Test func textOutReadsBackToTheSameWire() throws {
    let text =
      "a 5 HTTPS 1 . alpn=h2 key3=\\001\\187\nb 5 RRSIG A 8 1 5 21060207062816 1 1 e. AAAA\n"
    let printed = try print(text, [])
    #expect(printed.status == 0, "\(printed)")
    #expect(printed.stdout.contains("1 . alpn=\"h2\" port=443\n"), "\(printed)")
    #expect(printed.stdout.contains(" 19700101000000 19700101000001 "), "\(printed)")
    #expect(try print(printed.stdout).stdout == print(text).stdout)
  }

  @Test func refusalsOfTextGoToStandardErrorAndOfJSONIntoTheReport() throws {
    let text = "a 5 A 192.0.2.1\nb 5 A x\n"
    let run = try print(text, [])
    #expect(run.status == 3)
    #expect(run.stdout == "a.e.\t5\tIN\tA\t192.0.2.1\n")
    #expect(run.stderr.contains("-:2:7: error bad-address: "), "\(run)")
    let report = try JSON(parsing: print(text, ["--json"]).stdout)
    #expect(report["records"]?.array?.first?["wire"]?.string == "C0000201")
    #expect(report["refused"]?.array?.first?["id"]?.string == "bad-address")
  }

  @Test func checkTellsSoundFromUnservable() throws {
    let check = ["zone", "check", "--origin", "e", "-"]
    let sound = try Programs.cutover(check, stdin: Self.sound)
    #expect(sound.status == 0, "\(sound)")
    #expect(sound.stdout == "e. sound: serial 7, 3 records, 0 errors, 0 warnings\n")
    let broken = try Programs.cutover(
      check, stdin: Self.sound + "x A 1\ny CNAME z\ny A 192.0.2.1\n")
    #expect(broken.status == 3, "\(broken)")
    #expect(broken.stdout.contains("-:5:5: error bad-address: "), "\(broken)")
    #expect(broken.stdout.contains("e. must not be served: serial 7, 5 records, "), "\(broken)")
    let report = try JSON(
      parsing: Programs.cutover(check + ["--json"], stdin: "x 5 A 1\n").stdout)
    #expect(report["servable"] == .bool(false))
    #expect(report["problems"]?.array?.first?["line"] == .integer(1))
  }

  @Test func aFileThatIsNotThereIsNoZone() throws {
    for verb in ["check", "print"] {
      let run = try Programs.cutover(["zone", verb, "--origin", "e", folder.file("none")])
      #expect(run.status != 0 && run.status != 3, "\(run)")
      #expect(run.stdout == "" && run.stderr.contains(folder.file("none")), "\(run)")
    }
  }
}
