import DNSModel
import DNSTransport
import Foundation
import Glibc
import Notation
import SystemIO

/// Questions a second, and CPU a question, of the asking loop on one thread: `asking-bench ADDR:PORT
/// FILE COUNT`, the file a name and a type a line as dnsperf reads it. Built with CUTOVER_BENCH=1.
@main enum AskingBench {
  static func main() throws {
    let words = CommandLine.arguments
    guard words.count == 4, let server = SocketAddress(parsing: words[1]), let count = Int(words[3])
    else {
      print("usage: asking-bench ADDR:PORT FILE COUNT")
      exit(2)
    }
    let text = try String(contentsOfFile: words[2], encoding: .utf8)
    let questions = text.split(separator: "\n").compactMap { line -> Question? in
      guard let name = line.split(separator: " ").first else { return nil }
      return (try? DomainName(parsing: String(name))).map { Question($0, .cname) }
    }
    let loop = try AskingLoop()
    var (sent, answered, lost) = (0, 0, 0)
    func next() {
      guard sent < count else { return }
      let question = questions[sent % questions.count]
      sent += 1
      loop.ask(DNSRequest(question, to: server)) { result in
        if case .success = result { answered += 1 } else { lost += 1 }
        next()
      }
    }
    let begin = SystemClock.nanoseconds()
    for _ in 0..<1000 { next() }
    loop.run(for: .seconds(120))
    let wall = Double(SystemClock.nanoseconds() - begin) / 1e9
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let user = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
    let system = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6
    print(
      String(
        format:
          "  %d answered, %d lost, %.0f a second; CPU %.1f µs a question (%.1f user, %.1f system)",
        answered, lost, Double(answered) / wall, (user + system) * 1e6 / Double(max(1, answered)),
        user * 1e6 / Double(max(1, answered)), system * 1e6 / Double(max(1, answered))))
  }
}
