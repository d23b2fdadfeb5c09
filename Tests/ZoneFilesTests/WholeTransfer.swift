import DNSModel
import Glibc
import TestSupport

/// A zone as a server gives it away (RFC 5936): every record of every message, as it stands there.
enum WholeTransfer {
  /// Nil while the server does not give all of it.
  static func records(of zone: DomainName, from port: UInt16) -> [ResourceRecord]? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    guard connected(descriptor, to: port) else { return nil }
    let question = Message(header: MessageHeader(id: 7), questions: [Question(zone, .axfr)])
      .encoded()
    let framed = [UInt8(question.count >> 8), UInt8(question.count & 0xFF)] + question
    guard send(descriptor, framed, framed.count, Int32(MSG_NOSIGNAL)) == framed.count else {
      return nil
    }
    var records: [ResourceRecord] = []
    // The zone's SOA stands at both ends (§2.2).
    while records.count < 2 || records.last?.type != .soa {
      guard let length = receive(2, descriptor),
        let bytes = receive(Int(length[0]) << 8 | Int(length[1]), descriptor),
        let message = try? Message(parsing: bytes), message.responseCode == .noError
      else { return nil }
      records += message.answers
    }
    return records
  }

  private static func connected(_ descriptor: Int32, to port: UInt16) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  private static func receive(_ count: Int, _ descriptor: Int32) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var have = 0
    while have < count {
      let got = bytes.withUnsafeMutableBytes {
        recv(descriptor, $0.baseAddress! + have, count - have, 0)
      }
      guard got > 0 else { return nil }
      have += got
    }
    return bytes
  }
}
