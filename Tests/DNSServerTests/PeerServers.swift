import Foundation
import SystemIO
import TestSupport

/// NSD and Knot, each serving the same generated zones, asked over loopback.
final class PeerServer {
  private let process: ServerProcess
  private let socket: UDPSocket
  let name: String

  static func nsd(_ zones: [GeneratedZone], in folder: TemporaryDirectory) throws -> PeerServer {
    let port = try FreePort.next()
    var text = """
      server:
        ip-address: 127.0.0.1@\(port)
        username: ""
        chroot: ""
        database: ""
        zonesdir: "\(folder.path)"
        pidfile: "\(folder.path)/nsd.pid"
        xfrdfile: "\(folder.path)/xfrd.state"
        zonelistfile: "\(folder.path)/zone.list"
        xfrdir: "\(folder.path)"
        server-count: 1
        rrl-ratelimit: 0
        verbosity: 0
      remote-control:
        control-enable: no

      """
    for zone in zones {
      text += "zone:\n  name: \"\(zone.origin)\"\n  zonefile: \"\(zone.origin)zone\"\n"
    }
    let path = folder.write("nsd.conf", text)
    return try PeerServer("nsd", ["-d", "-c", path], port)
  }

  static func knot(_ zones: [GeneratedZone], in folder: TemporaryDirectory) throws -> PeerServer {
    let port = try FreePort.next()
    var text = """
      server:
        listen: 127.0.0.1@\(port)
        rundir: "\(folder.path)"
        udp-workers: 1
        tcp-workers: 1
        background-workers: 1
      database:
        storage: "\(folder.path)"
      log:
        - target: stderr
          any: error
      template:
        - id: default
          storage: "\(folder.path)"
          file: "%s.zone"
          zonefile-load: whole
          journal-content: none
      zone:

      """
    for zone in zones { text += "  - domain: \"\(zone.origin)\"\n" }
    let path = folder.write("knot.conf", text)
    return try PeerServer("knotd", ["-c", path], port)
  }

  private init(_ program: String, _ arguments: [String], _ port: UInt16) throws {
    name = program
    process = try ServerProcess(program, arguments, lifetime: Soak.isOn ? 3600 : 300)
    socket = try UDPSocket(bindingTo: .loopback())
    socket.becomeBlocking(wakingEvery: 200)
    try socket.connect(to: .loopback(port: port))
  }

  func wait(until question: [UInt8], isAnswered: ([UInt8]) -> Bool) throws {
    _ = try process.wait(for: "\(name) to answer") { () -> Bool? in
      guard let reply = ask([question])[0], isAnswered(reply) else { return nil }
      return true
    }
  }

  /// All of them at once, told apart by their IDs. What stays unanswered is asked twice more.
  func ask(_ questions: [[UInt8]]) -> [[UInt8]?] {
    var answers = [[UInt8]?](repeating: nil, count: questions.count)
    var places: [UInt16: Int] = [:]
    for (index, bytes) in questions.enumerated() {
      places[UInt16(bytes[0]) << 8 | UInt16(bytes[1])] = index
    }
    for _ in 0..<3 where answers.contains(where: { $0 == nil }) {
      for (index, bytes) in questions.enumerated() where answers[index] == nil {
        socket.send(bytes)
      }
      while answers.contains(where: { $0 == nil }), let (bytes, _) = socket.receive() {
        guard bytes.count >= 12, let place = places[UInt16(bytes[0]) << 8 | UInt16(bytes[1])]
        else { continue }
        answers[place] = bytes
      }
    }
    return answers
  }
}
