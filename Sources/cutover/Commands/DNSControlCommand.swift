import Invocation
import Notation
import SystemIO

enum DNSControlCommand: Command {
  static let spec = CommandSpec(
    name: "dns ctl", summary: "look into a running cutover dns, and switch faults on and off",
    operands: [
      OperandSpec("VERB", .one, "status, metrics, faults, fault, clear, reload or stop"),
      OperandSpec("ARGUMENT", .optional, "fault: the rule; clear: its number, or all"),
    ],
    options: [
      .value("control", "FILE", "the server's control socket"),
      .value("port", "PORT", "or the port it listens on (socket dns-PORT.sock in --state)"),
    ],
    examples: [
      "cutover dns ctl status --port 5353",
      "cutover dns ctl fault servfail,name=api.example.test,probability=50% --port 5353",
      "cutover dns ctl clear all --port 5353", "cutover dns ctl metrics --port 5353",
    ])

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let port = invocation.value("port").flatMap { UInt16($0) }
    guard port != nil || invocation.value("control") != nil else {
      throw UsageError("--port PORT or --control FILE is required", command: "dns ctl")
    }
    let path = try DNSControlPlace.path(
      given: invocation.value("control"), state: invocation.value("state"), port: port ?? 0)
    let connection = try LocalConnection(to: path)
    let request = JSON.record([
      ("command", .string(invocation.operands[0])),
      ("argument", invocation.operands.count > 1 ? .string(invocation.operands[1]) : nil),
    ])
    guard connection.write(line: Array(request.compact.utf8)),
      let line = connection.readLine(within: .seconds(60)), let answer = try? JSON(parsing: line)
    else {
      console.complain("the server at \(safeText(path)) gave no answer")
      return .failed
    }
    let text = answer["text"]?.string ?? ""
    guard answer["ok"]?.bool == true else {
      console.complain(text)
      return .refused
    }
    if console.wantsJSON, let result = answer["result"] {
      console.result(result)
    } else if !text.isEmpty {
      console.result(text)
    }
    return .done
  }
}
