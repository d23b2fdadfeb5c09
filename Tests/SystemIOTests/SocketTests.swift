import Glibc
import Notation
import SystemIO
import Testing

@Suite struct SocketTests {
  @Test func aBatchIsAnsweredAndEachReplyReachesItsAsker() throws {
    let server = try UDPSocket(bindingTo: .loopback())
    #expect(server.address.port != 0)
    let batch = try DatagramBatch(capacity: 8, requestRoom: 512, replyRoom: 512)
    #expect(batch.receive(from: server) == 0)
    let clients = try (0..<5).map { _ in try UDPSocket(bindingTo: .loopback()) }
    for (index, client) in clients.enumerated() {
      #expect(client.send([UInt8(index), 7], to: server.address) == 0)
    }
    let count = batch.receive(from: server, waits: true)
    #expect(count == 5)
    for index in 0..<count where batch[index].request[0] != 2 {
      batch[index].reply[0] = batch[index].request[0] + 100
      batch[index].replyCount = 1
    }
    #expect(batch.reply(through: server, count: count) == 4)
    for (index, client) in clients.enumerated() {
      let reply = client.receive()
      #expect(reply?.bytes == (index == 2 ? nil : [UInt8(index) + 100]))
      #expect(index == 2 || reply?.peer == server.address)
    }
  }

  @Test(arguments: [("0.0.0.0:0", "127.0.0.2"), ("[::]:0", "::1")])
  func aWildcardListenerAnswersFromTheAddressThatWasAsked(wildcard: String, host: String) throws {
    let server = try UDPSocket(bindingTo: #require(SocketAddress(parsing: wildcard)))
    let target = try #require(SocketAddress(parsing: host, defaultPort: server.address.port))
    let any = try #require(SocketAddress(parsing: wildcard))
    let client = try UDPSocket(bindingTo: any)
    // Connected: a reply from any other address would not be delivered.
    try client.connect(to: target)
    client.send([1])
    let batch = try DatagramBatch(capacity: 4, requestRoom: 64, replyRoom: 64)
    #expect(batch.receive(from: server, waits: true) == 1)
    batch[0].reply[0] = 2
    batch[0].replyCount = 1
    batch.reply(through: server, count: 1)
    let late = batch.returnPath(0)
    #expect(client.receive()?.bytes == [2])
    server.send([3], along: late)
    #expect(client.receive()?.bytes == [3])
  }

  @Test func socketsCanShareAPort() throws {
    let first = try UDPSocket(bindingTo: .loopback(), sharesPort: true)
    let second = try UDPSocket(bindingTo: first.address, sharesPort: true)
    #expect(first.address == second.address)
    #expect(throws: SystemError.self) { try UDPSocket(bindingTo: first.address) }
  }

  @Test func aConnectionCarriesBytesBothWaysAndShowsItsEnd() throws {
    let listener = try TCPListener(bindingTo: .loopback())
    let client = try TCPConnection(connectingTo: listener.address)
    let loop = try EventLoop()
    var served: TCPConnection?
    try loop.add(listener.descriptor, .readable) { _ in
      if case .connection(let connection) = listener.accept() { served = connection }
    }
    for _ in 0..<50 where served == nil { loop.runOnce(within: .milliseconds(100)) }
    let server = try #require(served)
    #expect(client.connectionError == 0)
    #expect(client.write([1, 2, 3][...]) == .done(3))
    client.finishWriting()
    var seen: [UInt8] = []
    var hasEnded = false
    try loop.add(server.descriptor, .readable) { _ in
      var buffer = [UInt8](repeating: 0, count: 16)
      switch buffer.withUnsafeMutableBytes({ server.read(into: $0) }) {
      case .done(let count): seen += buffer.prefix(count)
      case .ended: hasEnded = true
      case .wouldBlock: break
      }
    }
    for _ in 0..<50 where !hasEnded { loop.runOnce(within: .milliseconds(100)) }
    #expect(seen == [1, 2, 3])
    #expect(hasEnded)
  }
}

@Suite struct EventLoopTests {
  @Test func timersFireInOrderAndCancelledOnesNever() throws {
    let loop = try EventLoop()
    var fired: [Int] = []
    for delay in [30, 10, 20] {
      loop.after(.milliseconds(delay)) { fired.append(delay) }
    }
    let cancelled = loop.after(.milliseconds(5)) { fired.append(5) }
    loop.cancel(cancelled)
    loop.after(.milliseconds(40)) { loop.stop() }
    loop.run()
    #expect(fired == [10, 20, 30])
  }

  @Test func manyTimersSurviveManyCancellations() throws {
    let loop = try EventLoop()
    var fired = 0
    let tokens = (0..<500).map { _ in loop.after(.milliseconds(1)) { fired += 1 } }
    for (index, token) in tokens.enumerated() where index % 5 != 0 { loop.cancel(token) }
    loop.after(.milliseconds(20)) { loop.stop() }
    loop.run()
    #expect(fired == 100)
  }

  @Test func anotherThreadCanHandOverAJobAndStopTheLoop() throws {
    let loop = try EventLoop()
    let seen = Mutex(0)
    let thread = try Thread("poster") {
      for _ in 0..<100 { loop.post { seen.withLock { $0 += 1 } } }
      loop.post { loop.stop() }
    }
    loop.run()
    thread.join()
    #expect(seen.withLock { $0 } == 100)
  }
}

@Suite struct MutexTests {
  @Test func threadsNeverSeeEachOthersHalves() throws {
    let pair = Mutex((0, 0))
    let threads = try (0..<4).map { _ in
      try Thread {
        for _ in 0..<1000 {
          pair.withLock {
            $0.0 += 1
            $0.1 += 1
          }
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(pair.withLock { $0 } == (4000, 4000))
  }
}

@Suite struct SignalSourceTests {
  @Test func aSignalOfTheThreadIsReadFromTheDescriptor() throws {
    let seen = Mutex<[Int32]>([])
    let thread = try Thread {
      guard let source = try? SignalSource([SIGUSR2]) else { return }
      // To this thread alone, so that no other has to have it blocked.
      pthread_kill(pthread_self(), SIGUSR2)
      while let signal = source.next() { seen.withLock { $0.append(signal) } }
    }
    thread.join()
    #expect(seen.withLock { $0 } == [SIGUSR2])
  }
}
