import Invocation
import Testing

@Suite struct ParsedInvocationTests {
  static let spec = CommandSpec(
    name: "dns", summary: "serves zones",
    operands: [OperandSpec("FILE", .optional, "a file")],
    options: [
      .list("zone", "ORIGIN=FILE", required: true, "a zone"), .value("at", "TIME", "when"),
      .flag("watch", "go on"),
    ],
    examples: ["cutover dns --zone a=b"])

  @Test func valuesComeBehindASpaceOrAnEqualsSign() throws {
    let parsed = try Self.spec.parse(["--zone", "a=b", "--zone=c=d", "x", "--watch", "--at", "-5"])
    #expect(parsed.values("zone") == ["a=b", "c=d"])
    #expect(parsed.operands == ["x"])
    #expect(parsed.flag("watch"))
    #expect(parsed.value("at") == "-5")
  }

  @Test func aForgottenValueDoesNotSwallowTheNextOption() {
    #expect(throws: UsageError(["--at needs a value: --at TIME"], command: "dns")) {
      try Self.spec.parse(["--zone", "a=b", "--at", "--watch"])
    }
  }

  @Test func whatIsRequiredIsMissedByName() {
    #expect(throws: UsageError(["--zone ORIGIN=FILE is required"], command: "dns")) {
      try Self.spec.parse([])
    }
  }

  @Test func onlyRepeatableOptionsMayRepeat() {
    #expect(throws: UsageError(["--at is given twice"], command: "dns")) {
      try Self.spec.parse(["--zone", "a=b", "--at", "1", "--at", "2"])
    }
  }

  @Test func everythingBehindTwoDashesIsAnOperand() throws {
    #expect(try Self.spec.parse(["--zone", "a=b", "--", "--watch"]).operands == ["--watch"])
    #expect(try Self.spec.parse(["--zone", "a=b", "-"]).operands == ["-"])
  }

  @Test func helpWinsOverEveryComplaint() throws {
    #expect(try Self.spec.parse(["--help", "--nonsense"]).flag("help"))
  }

  @Test func gravestFollowsTheContract() {
    #expect(ExitCode.gravest([.waiting, .inconclusive, .held, .refused]) == .refused)
    #expect(ExitCode.gravest([.waiting, .inconclusive, .held]) == .held)
    #expect(ExitCode.gravest([.waiting, .inconclusive, .done]) == .inconclusive)
    #expect(ExitCode.gravest([ExitCode]()) == .done)
  }

  @Test func helpFitsHundredColumns() {
    for line in Self.spec.help.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
  }
}
