import DNSModel
import Glibc
import Notation
import SystemIO

extension AskingLoop {
  /// Sends a question, for the first time or again: each time with a new id, port and spelling.
  func transmit(_ index: Int32) {
    guard var slot = slots[Int(index)] else { return }
    if let key = slot.key { byKey[key] = nil }
    lastStamp += 1
    noteSent()
    slot.stamp = lastStamp
    slot.attempt += 1
    slot.key = nil
    slots[Int(index)] = slot
    if slot.usesStream {
      sendOverStream(index)
    } else {
      sendDatagram(index)
    }
  }

  private func compose(_ index: Int32, id: UInt16) -> [UInt8] {
    guard let slot = slots[Int(index)] else { return [] }
    let letters = slot.request.mixesCase ? random.next64() : 0
    let bytes = slot.request.bytes(id: id, letters: letters, plain: slot.isPlain)
    slots[Int(index)]?.sent = bytes
    guard let key = slot.request.key else { return bytes }
    var conversation = TSIGConversation(key: key)
    let signed = conversation.sign(
      bytes, now: UInt64(clamping: SystemClock.wall().seconds))
    slots[Int(index)]?.conversation = conversation
    return signed
  }

  // MARK: Datagrams

  private func sendDatagram(_ index: Int32) {
    guard let request = slots[Int(index)]?.request, let attempt = slots[Int(index)]?.attempt
    else { return }
    let ports: Range<Int>
    do throws(SystemError) {
      ports = try datagrams.range(for: request.server) { (number, socket) throws(SystemError) in
        try events.add(socket.descriptor, .readable) { [unowned self] interest in
          if interest.contains(.readable) { self.receiveDatagrams(number) }
          self.receiveErrors(number)
        }
      }
    } catch {
      fail(index, .unreachable(error.description))
      return
    }
    var key: UInt32
    repeat {
      let port = ports.lowerBound + Int(random.next16()) % ports.count
      key = UInt32(port) << 16 | UInt32(random.next16())
    } while byKey[key] != nil
    let bytes = compose(index, id: UInt16(truncatingIfNeeded: key))
    byKey[key] = index
    let now = SystemClock.nanoseconds()
    slots[Int(index)]?.key = key
    slots[Int(index)]?.sentAt = now
    let socket = datagrams.sockets[Int(key >> 16)]
    var code = socket.send(bytes, to: request.server)
    // An error about an earlier datagram may be told here: it is not this one's.
    if code == ECONNREFUSED || code == EHOSTUNREACH {
      receiveErrors(Int(key >> 16))
      code = socket.send(bytes, to: request.server)
    }
    guard code == 0 || code == EAGAIN || code == ENOBUFS else {
      fail(index, .unreachable(SystemError("UDP", code).description))
      return
    }
    slots[Int(index)]?.mayHaveArrived = true
    let doubling = min(attempt - 1, 10)
    wait(
      for: index, now: now, patience: Self.nanoseconds(request.patience * (1 << doubling)))
  }

  private func receiveDatagrams(_ number: Int) {
    guard let batch = datagrams.batch else { return }
    let socket = datagrams.sockets[number]
    // Bounded, so that one flood does not keep the timers waiting.
    for _ in 0..<16 {
      let count = batch.receive(from: socket)
      for place in 0..<count {
        let datagram = batch[place].request
        guard datagram.count >= MessageHeader.byteCount else { continue }
        let id = UInt32(datagram[0]) << 8 | UInt32(datagram[1])
        guard let index = byKey[UInt32(number) << 16 | id], let peer = batch.peer(place) else {
          continue
        }
        receive(Array(datagram), from: peer, isCut: batch[place].isCut, for: index)
      }
      if count < batch.capacity { return }
    }
  }

  private func receive(_ bytes: [UInt8], from peer: SocketAddress, isCut: Bool, for index: Int32) {
    guard let slot = slots[Int(index)] else { return }
    guard peer == slot.request.server else {
      slots[Int(index)]?.trouble = .answeredBySomeoneElse(peer.description)
      return
    }
    let reply: [UInt8]
    switch verified(bytes, index) {
    case .success(let stripped): reply = stripped
    case .failure(let failure):
      finish(
        index, .failure(DNSFailure(reason: .signature(failure), mayHaveArrived: true)))
      return
    }
    let truncated = isCut || reply[2] & 0x02 != 0
    switch ReplyCheck(
      reply, to: slot.sent, question: slot.request.question, opcode: slot.request.opcode)
    {
    case _ where truncated:
      slots[Int(index)]?.wasTruncated = true
      changeToStream(index)
    case .caseChanged: changeToStream(index)
    case .wrong(.otherQuestion(let why)):
      // Perhaps a late answer to someone else's question: the right one may still come.
      slots[Int(index)]?.trouble = .otherQuestion(why)
    case .wrong(let reason): retry(index, after: reason)
    case .answer(let message): accept(message, index)
    }
  }

  private func receiveErrors(_ number: Int) {
    let socket = datagrams.sockets[number]
    while let error = socket.receiveError() {
      guard error.bytes.count >= 2 else { continue }
      let id = UInt32(error.bytes[0]) << 8 | UInt32(error.bytes[1])
      guard let index = byKey[UInt32(number) << 16 | id],
        slots[Int(index)]?.request.server == error.peer
      else { continue }
      fail(index, .unreachable(error.description))
    }
  }

  // MARK: Streams

  private func changeToStream(_ index: Int32) {
    slots[Int(index)]?.usesStream = true
    if let slot = slots[Int(index)] { lanes[slot.lane].answered() }
    transmit(index)
  }

  private func sendOverStream(_ index: Int32) {
    guard let request = slots[Int(index)]?.request, let stamp = slots[Int(index)]?.stamp else {
      return
    }
    let bytes = compose(index, id: random.next16())
    let now = SystemClock.nanoseconds()
    slots[Int(index)]?.sentAt = now
    do throws(SystemError) {
      let stream = try StreamQuestion(events, to: request.server, sending: bytes) {
        [unowned self] outcome in
        guard self.slots[Int(index)]?.stamp == stamp else { return }
        self.receive(outcome, for: index)
      }
      slots[Int(index)]?.stream = stream
      slots[Int(index)]?.mayHaveArrived = true
      wait(for: index, now: now, patience: Self.nanoseconds(request.patience * 4))
    } catch {
      fail(index, .unreachable(error.description))
    }
  }

  private func receive(_ outcome: StreamQuestion.Outcome, for index: Int32) {
    guard let slot = slots[Int(index)] else { return }
    switch outcome {
    case .failed(let reason, let mayHaveArrived):
      finish(index, .failure(DNSFailure(reason: reason, mayHaveArrived: mayHaveArrived)))
    case .reply(let bytes):
      let failure = { (reason: DNSFailure.Reason) in
        self.finish(index, .failure(DNSFailure(reason: reason, mayHaveArrived: true)))
      }
      guard bytes.count >= MessageHeader.byteCount, bytes[0] == slot.sent[0],
        bytes[1] == slot.sent[1]
      else { return failure(.otherQuestion("its id is another")) }
      switch verified(bytes, index) {
      case .failure(let reason): failure(.signature(reason))
      case .success(let reply):
        switch ReplyCheck(
          reply, to: slot.sent, question: slot.request.question, opcode: slot.request.opcode)
        {
        case .wrong(let reason): failure(reason)
        case .answer(let message): accept(message, index)
        case .caseChanged:
          // Nobody forges a connection this way: the server folds names, and may.
          guard let message = try? Message(parsing: reply) else { return failure(.closed) }
          accept(message, index)
        }
      }
    }
  }

  // MARK: Answers

  private func verified(_ bytes: [UInt8], _ index: Int32) -> Result<[UInt8], TSIGFailure> {
    guard var conversation = slots[Int(index)]?.conversation else { return .success(bytes) }
    do throws(TSIGFailure) {
      return .success(
        try conversation.verify(bytes, now: UInt64(clamping: SystemClock.wall().seconds)))
    } catch {
      return .failure(error)
    }
  }

  private func accept(_ message: Message, _ index: Int32) {
    guard let slot = slots[Int(index)] else { return }
    lanes[slot.lane].answered()
    let refusesEDNS =
      message.edns == nil
      && (message.responseCode == .formatError || message.responseCode == .notImplemented)
    if refusesEDNS, !slot.isPlain, slot.request.withoutEDNS != nil {
      slots[Int(index)]?.isPlain = true
      slots[Int(index)]?.attempt -= 1
      transmit(index)
      return
    }
    let elapsed = SystemClock.nanoseconds() &- slot.sentAt
    finish(
      index,
      .success(
        DNSAnswer(
          message: message, cameOverStream: slot.usesStream, wasTruncated: slot.wasTruncated,
          withoutEDNS: slot.isPlain, roundTrip: .milliseconds(elapsed / 1_000_000),
          attempts: slot.attempt)))
  }
}
