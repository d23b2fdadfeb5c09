import DNSModel
import SystemIO

/// A question that has no result yet, with every datagram of it that may still be answered.
final class OpenQuestion {
  /// One datagram, as it left: a late answer to an earlier attempt is as good as one to the last.
  struct Sending {
    /// The socket's number and the id.
    let key: UInt32
    let bytes: [UInt8]
    let at: UInt64
    var conversation: TSIGConversation?
  }

  let request: DNSRequest
  let completion: (DNSResult) -> Void
  let lane: Int
  var attempt = 0
  var stamp: UInt64 = 0
  var latest: Sending?
  var earlier: [Sending] = []
  var trouble: DNSFailure.Reason?
  var isPlain = false
  var wasTruncated = false
  var usesStream: Bool
  var stream: StreamQuestion?
  var mayHaveArrived = false
  var holdsLane = false

  init(_ request: DNSRequest, lane: Int, _ completion: @escaping (DNSResult) -> Void) {
    self.request = request
    self.lane = lane
    self.completion = completion
    usesStream = request.path == .streamOnly
  }

  func sending(_ key: UInt32) -> Sending? {
    if let latest, latest.key == key { return latest }
    return earlier.first { $0.key == key }
  }
}
