import DNSModel
import DNSTransport
import Foundation
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// The program is killed at each request of an issuance by a real CA, before the CA hears of it and
/// after it has acted: the next run finds the order again, and leaves nothing behind.
@Suite struct CertificateCrashTests {
  let bed: ProxiedCA
  var proxy: ACMEProxy { bed.proxy }
  var folder: TemporaryDirectory { bed.folder }

  init() throws { bed = try ProxiedCA(.bind) }

  private func words(_ out: String) -> [String] {
    [
      "certificate", "issue", "--name", "example.test", "--name", "*.example.test", "--directory",
      proxy.directory, "--ca", folder.file("ca.pem"), "--provider", "dynamic-update", "--server",
      "\(bed.primary.address)", "--key", "broad:\(bed.primary.directory.file("broad"))", "--out",
      out,
    ]
  }

  @Test func killedAtEachRequestNothingIsOrderedTwiceAndNothingStays() throws {
    // As many as an undisturbed issuance makes.
    let whole = try Programs.cutover(words(folder.file("whole")))
    #expect(whole.status == 0, "\(whole)")
    let count = proxy.log.requests.count
    #expect(count <= 13, "\(proxy.log.requests)")
    for number in 1...count {
      for moment in [ACMEProxy.Moment.before, .after] {
        let out = folder.file("cut-\(number)-\(moment)")
        let process = Mutex<ServerProcess?>(nil)
        proxy.set(number, moment) { process.withLock { $0?.send(SIGKILL) } }
        process.withLock { $0 = try? ServerProcess(Programs.cutover(), words(out)) }
        _ = try process.withLock { $0 }?.waitForEnd(seconds: 60)
        let first = proxy.log.requests
        let key = try? String(contentsOfFile: "\(out)/certificate.next.key.pem", encoding: .utf8)
        let again = try Programs.cutover(words(out))
        #expect(again.status == 0, "request \(number), \(moment): \(again)")
        let all = proxy.log.requests
        // A request that the CA never heard of placed no order.
        let isLost = moment == .before && first.last?.hasPrefix("POST /order-plz") == true
        #expect(bed.orders == (isLost ? 2 : 1), "request \(number), \(moment): \(all)")
        #expect(try bed.leftovers("example.test") == 0, "request \(number), \(moment)")
        let used = try String(contentsOfFile: "\(out)/certificate.key.pem", encoding: .utf8)
        // The key that lay there when the program died is the certificate's.
        if let key { #expect(key == used, "request \(number), \(moment)") }
      }
    }
  }
}
