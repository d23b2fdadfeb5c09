import DNSModel
import Engine
import Invocation
import Migration
import Notation
import SystemIO

/// What travels over `control.sock`: one JSON object a line each way. The far side is of the same
/// user, and of the same version or another; what it does not know it answers with an error.
enum ControlRequest {
  /// Put a command into a migration's inbox, and wait for the answer.
  case submit(MigrationID, Migration.Command)
  /// Begin a migration from a plan's text.
  case start(source: String, path: String, actor: String)

  var json: JSON {
    switch self {
    case .submit(let id, let command):
      ["operation": "submit", "migration": .string(id.text), "command": command.json]
    case .start(let source, let path, let actor):
      [
        "operation": "start", "source": .string(source), "path": .string(path),
        "actor": .string(actor),
      ]
    }
  }

  init(json: JSON) throws {
    switch json["operation"]?.string {
    case "submit":
      self = .submit(
        MigrationID(json["migration"]?.string ?? ""),
        try Migration.Command(json: json["command"] ?? .null))
    case "start":
      self = .start(
        source: json["source"]?.string ?? "", path: json["path"]?.string ?? "",
        actor: json["actor"]?.string ?? "")
    default:
      throw Complaint("the running engine does not know this request; is it an older version?")
    }
  }
}

enum ControlReply {
  case answered(CommandResult)
  /// It is in the inbox; the engine is busy, and will come to it.
  case queued
  case started(MigrationID)
  case refused(String)

  var json: JSON {
    switch self {
    case .answered(let result): ["result": result.json]
    case .queued: ["queued": true]
    case .started(let id): ["started": .string(id.text)]
    case .refused(let reason): ["refused": .string(reason)]
    }
  }

  init(json: JSON) throws {
    if let result = json["result"] {
      self = .answered(try CommandResult(json: result))
    } else if json["queued"]?.bool == true {
      self = .queued
    } else if let id = json["started"]?.string {
      self = .started(MigrationID(id))
    } else {
      self = .refused(json["refused"]?.string ?? "the engine's answer cannot be understood")
    }
  }
}

extension ControlRequest {
  /// Asks the process that runs the migrations; nil when there is none.
  func send(to path: String) throws -> ControlReply? {
    guard let connection = try? LocalConnection(to: path) else { return nil }
    guard connection.write(line: Array(json.compact.utf8)),
      let line = connection.readLine(within: .seconds(90))
    else {
      throw Complaint(
        "the running engine did not answer; what was asked may still happen: see cutover status",
        .inconclusive)
    }
    return try ControlReply(json: JSON(parsing: line))
  }
}
