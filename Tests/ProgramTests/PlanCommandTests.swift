import Foundation
import Notation
import TestSupport
import Testing

struct PlanCommandTests {
  static let contoso = "Plans/api.contososhoes.com.yaml"
  static let at = ["--at", "2026-11-21T08:00:00Z"]

  @Test func scriptsGetEveryFigureThatIsPromised() throws {
    let run = try Programs.cutover(["plan", Self.contoso, "--json", "--offline"] + Self.at)
    #expect(run.status == 0, "\(run)")
    let json = try JSON(parsing: run.stdout)
    #expect(json["digest"]?.string?.utf8.count == 64)
    #expect((json["secondsFromLastOldTTLToCutover"]?.integer ?? 0) >= 172_800 + 300)
    let steps = try #require(json["steps"]?.array)
    #expect(steps.count > 10)
    for step in steps {
      #expect(step["id"]?.string != nil && step["proof"]?.string?.isEmpty == false)
      #expect(step["earliest"]?.string.flatMap { UTCInstant(parsing: $0) } != nil)
      #expect((step["waitSeconds"]?.integer ?? -1) >= 0)
      #expect(step["undoSeconds"] != nil)
    }
    let findings = json["findings"]?.array?.compactMap { $0["id"]?.string }
    #expect(findings?.contains("router.region-loss") == true)
  }

  @Test func anImpossibleMomentIsRefusedAndAPossibleOneIsPlannedBackwards() throws {
    let early = try Programs.cutover(
      ["plan", Self.contoso, "--cutover-at", "2026-11-22T06:00:00Z"] + Self.at)
    #expect(early.status == 3)
    #expect(early.stderr.contains("timing.cutover-too-early"), "\(early)")
    let late = try Programs.cutover(
      ["plan", Self.contoso, "--cutover-at", "2026-12-01T07:00:00+01:00", "--json"] + Self.at)
    #expect(late.status == 0, "\(late)")
    #expect(try JSON(parsing: late.stdout)["cutover"]?.string == "2026-12-01T06:00:00Z")
  }

  @Test func aRefusedPlanExitsWithThreeAndTellsFileLineAndColumn() throws {
    let file = "Plans/refused/ttl.wait-too-short.yaml"
    let text = try Programs.cutover(["plan", file] + Self.at)
    #expect(text.status == 3)
    #expect(text.stdout.isEmpty)
    #expect(text.stderr.contains("\(file):18:9: "), "\(text)")
    let json = try Programs.cutover(["plan", file, "--json"] + Self.at)
    #expect(json.status == 3)
    let problem = try JSON(parsing: json.stdout)["problems"]?.array?.first
    #expect(problem?["id"]?.string == "ttl.wait-too-short")
    #expect(problem?["line"]?.integer == 18 && problem?["column"]?.integer == 9)
  }

  @Test func thePlanMayComeThroughAPipeAndAsJSON() throws {
    let plan = try JSON(
      parsing: Programs.cutover(["plan", Self.contoso, "--json"] + Self.at).stdout)
    let text = try #require(plan["plan"]).pretty
    let again = try Programs.cutover(["plan", "-", "--json"] + Self.at, stdin: text)
    #expect(try JSON(parsing: again.stdout)["digest"] == plan["digest"], "\(again)")
  }

  @Test func theTimelineIsWrittenWhereItWasAskedFor() throws {
    let folder = TemporaryDirectory()
    let run = try Programs.cutover(
      ["plan", Self.contoso, "--svg", folder.file("plan.svg"), "--markdown"] + Self.at)
    #expect(run.status == 0 && run.stdout.hasPrefix("# Contoso Shoes"), "\(run)")
    let svg = try #require(FileManager.default.contents(atPath: folder.file("plan.svg")))
    #expect(String(decoding: svg, as: UTF8.self).contains("prefers-color-scheme: dark"))
  }

  @Test func whatCannotBeReadIsAFailureAndNoRefusal() throws {
    #expect(try Programs.cutover(["plan", "/nonexistent.yaml"]).status == 1)
    #expect(try Programs.cutover(["plan", Self.contoso, "--at", "soon"]).status == 2)
    #expect(try Programs.cutover(["plan"]).status == 2)
  }

  @Test func aRehearsalAnswersInWordsJSONAndDrawings() throws {
    let folder = TemporaryDirectory()
    let page = folder.path + "/page.html"
    let run = try Programs.cutover(
      ["rehearse", Self.contoso, "--schedules", "3", "--html", page] + Self.at)
    #expect(run.status == 0, "\(run)")
    #expect(run.stdout.contains("It holds: no rule was broken in 3 worlds."))
    #expect(run.stdout.contains("the checker checks"))
    // What people copy stands whole; all else fits a terminal.
    let wide = run.stdout.split(separator: "\n").filter {
      $0.count > 80 && !$0.contains("play it again")
    }
    #expect(wide.isEmpty, "\(wide)")
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.contains("<svg") && html.contains("THE MOST DAMAGING SINGLE FAULTS"))
    let misspelt = try Programs.cutover(["rehearse", Self.contoso, "--only", "crashs"] + Self.at)
    #expect(misspelt.status == 2)
    #expect(misspelt.stderr.contains("did you mean crashes?"), "\(misspelt)")
    let nothing = try Programs.cutover(
      ["rehearse", "--from-state", "x", "--state", folder.path + "/none"])
    #expect(nothing.status == 2, "\(nothing)")
  }

  /// Front Door is understood in plans and audits; running such a plan is refused before anything is done.
  @Test func startingAMoveToFrontDoorSaysThatItsAdapterDoesNotExist() throws {
    let directory = TemporaryDirectory()
    let state = directory.file("state")
    let plan = Programs.root + "/Plans/api.contososhoes.com.yaml"
    let run = try Programs.cutover(["start", plan, "--state", state])
    #expect(run.status == 3, "\(run)")
    #expect(run.stderr.contains("azure-front-door has no adapter yet"), "\(run)")
    let region = try Programs.cutover(
      ["region", "drain", "west", "--plan", plan, "--state", state])
    #expect(region.status == 3 && region.stderr.contains("no adapter"), "\(region)")
    #expect(try Programs.cutover(["plan", plan]).status == 0)
  }
}
