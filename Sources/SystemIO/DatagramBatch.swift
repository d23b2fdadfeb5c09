import CLinux
import Glibc

/// Room for many datagrams and their replies, received and sent with one call each. Nothing is
/// allocated after it was made.
public final class DatagramBatch {
  /// One request with the room for its reply. Valid until the next `receive`.
  public struct Datagram {
    fileprivate let pointer: UnsafeMutablePointer<clinux_datagram>
    fileprivate let replyRoom: Int

    public var request: UnsafeBufferPointer<UInt8> {
      UnsafeBufferPointer(
        start: pointer.pointee.request, count: Int(pointer.pointee.request_length))
    }

    /// The request was longer than the room for it.
    public var isCut: Bool { pointer.pointee.is_cut != 0 }

    public var reply: UnsafeMutableBufferPointer<UInt8> {
      UnsafeMutableBufferPointer(start: pointer.pointee.reply, count: replyRoom)
    }

    /// How many bytes of `reply` are to be sent; 0 for silence.
    public var replyCount: Int {
      get { Int(pointer.pointee.reply_length) }
      nonmutating set { pointer.pointee.reply_length = UInt32(clamping: min(newValue, replyRoom)) }
    }
  }

  public let capacity: Int
  public let requestRoom: Int
  public let replyRoom: Int
  private let batch: OpaquePointer
  private let datagrams: UnsafeMutablePointer<clinux_datagram>

  public init(capacity: Int, requestRoom: Int, replyRoom: Int) throws(SystemError) {
    guard let batch = clinux_batch_create(UInt32(clamping: capacity), requestRoom, replyRoom) else {
      throw SystemError("memory for \(capacity) datagrams", ENOMEM)
    }
    self.capacity = capacity
    self.requestRoom = requestRoom
    self.replyRoom = replyRoom
    self.batch = batch
    datagrams = clinux_batch_datagrams(batch)
  }

  deinit { clinux_batch_free(batch) }

  /// How many came; 0 when none is there (or, where it waits, when a signal came).
  public func receive(from socket: UDPSocket, waits: Bool = false) -> Int {
    max(0, Int(clinux_batch_receive(batch, socket.descriptor.number, waits ? 1 : 0)))
  }

  /// One of those that came. Fill `reply` and set `replyCount` to answer it.
  public subscript(index: Int) -> Datagram {
    Datagram(pointer: datagrams + index, replyRoom: replyRoom)
  }

  /// Sends the replies among the first `count`; gives how many the kernel took.
  @discardableResult
  public func reply(through socket: UDPSocket, count: Int) -> Int {
    Int(clinux_batch_reply(batch, socket.descriptor.number, UInt32(clamping: count)))
  }

  public func peer(_ index: Int) -> SocketAddress? {
    SocketAddress(datagrams[index].peer, length: Int(datagrams[index].peer_length))
  }

  /// What is needed to answer a datagram later, from the address it was sent to.
  public func returnPath(_ index: Int) -> ReturnPath {
    let datagram = datagrams[index]
    let control = UnsafeRawBufferPointer(
      start: datagram.control, count: datagram.control == nil ? 0 : datagram.control_length)
    let peer = UnsafeRawBufferPointer(start: datagram.peer, count: Int(datagram.peer_length))
    return ReturnPath(peer: Array(peer), control: Array(control))
  }
}

/// Where a late reply goes, and from which of our addresses.
public struct ReturnPath: Sendable {
  fileprivate let peer: [UInt8]
  fileprivate let control: [UInt8]
}

extension UDPSocket {
  public func send(_ bytes: [UInt8], along path: ReturnPath) {
    path.peer.withUnsafeBytes { peer in
      guard let address = peer.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return }
      _ = clinux_send(
        descriptor.number, bytes, bytes.count, address, socklen_t(peer.count), path.control,
        path.control.count)
    }
  }
}
