import Notation

/// One line of `show servers state`: what HAProxy thinks of one server of a backend.
public struct HAProxyServer: Hashable, Sendable {
  /// `srv_op_state` (HAProxy management guide, "show servers state").
  public enum Operation: Int, Sendable {
    case stopped = 0
    case starting = 1
    case running = 2
    case stopping = 3
  }

  public let backend: String
  public let name: String
  /// Its `id` within the backend.
  public let number: Int
  /// `127.0.0.1:8080`, `[::1]:8080`.
  public let address: String
  public let operation: Operation
  /// Put out of service by order: maintenance of any kind.
  public let isInMaintenance: Bool
  /// Takes no new connections, keeps the ones it has.
  public let isDraining: Bool
  public let weight: Int
  /// Whether a check runs on it at all: without one "running" means nothing.
  public let isChecked: Bool

  public var isUp: Bool { operation == .running && !isInMaintenance }

  /// Reads the whole table. Its columns are found by their names in the header line, so that versions
  /// with more of them are understood too.
  static func table(_ text: String, command: String) throws(HAProxyError) -> [HAProxyServer] {
    var columns: [Substring: Int] = [:]
    var servers: [HAProxyServer] = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# ") {
        for (index, name) in line.dropFirst(2).split(separator: " ").enumerated() {
          columns[name] = index
        }
        continue
      }
      let fields = line.split(separator: " ")
      guard !columns.isEmpty, fields.count > 1 else { continue }
      servers.append(try server(fields, columns, command))
    }
    return servers
  }

  private static func server(
    _ fields: [Substring], _ columns: [Substring: Int], _ command: String
  ) throws(HAProxyError) -> HAProxyServer {
    func field(_ name: Substring) throws(HAProxyError) -> Substring {
      guard let index = columns[name], index < fields.count else {
        throw .unreadable(command: command, reason: "the column \(name) is missing")
      }
      return fields[index]
    }
    func number(_ name: Substring) throws(HAProxyError) -> Int {
      guard let number = Int(try field(name)) else {
        throw .unreadable(command: command, reason: "the column \(name) holds no number")
      }
      return number
    }
    guard let operation = Operation(rawValue: try number("srv_op_state")) else {
      throw .unreadable(command: command, reason: "unknown server state")
    }
    // Bits of srv_admin_state: 0x01, 0x02, 0x04, 0x20 are kinds of maintenance, 0x08 and 0x10 of
    // draining.
    let admin = try number("srv_admin_state")
    let host = String(try field("srv_addr"))
    let port = String(try field("srv_port"))
    return HAProxyServer(
      backend: String(try field("be_name")), name: String(try field("srv_name")),
      number: try number("srv_id"),
      address: host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)",
      operation: operation, isInMaintenance: admin & 0x27 != 0, isDraining: admin & 0x18 != 0,
      weight: try number("srv_uweight"),
      // CHK_ST_ENABLED is the bit 2 of srv_check_state.
      isChecked: try number("srv_check_state") & 0x02 != 0)
  }
}
