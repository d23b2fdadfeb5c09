import Assessment
import HTTP
import Notation

/// What one answer tells of what stands between the client and the region.
enum DrillSigns {
  static func note(_ response: HTTPResponse, in evidence: inout DrillEvidence) {
    if let id = response.header("X-Request-ID") { evidence.requestIDs.insert(safeText(id)) }
    let cache = cacheHit(response)
    note("edge-cache", cache, "no answer came from a cache", in: &evidence)
    let limit = response.status == 429 ? "status 429" : limitHeader(response)
    note("rate-limit", limit, "no answer speaks of a limit, and it was not flooded", in: &evidence)
  }

  /// Once met is met.
  private static func note(
    _ subject: String, _ sign: String?, _ otherwise: String, in evidence: inout DrillEvidence
  ) {
    if let sign {
      evidence.guards[subject] = .met(safeText(sign, limit: 80))
    } else if evidence.guards[subject] == nil {
      evidence.guards[subject] = .notMet(otherwise)
    }
  }

  private static func cacheHit(_ response: HTTPResponse) -> String? {
    if let age = response.header("Age"), age != "0" { return "Age: \(age)" }
    for name in ["X-Cache", "X-Cache-Status", "CF-Cache-Status", "Cache-Status"] {
      if let value = response.header(name), value.lowercased().contains("hit") {
        return "\(name): \(value)"
      }
    }
    return nil
  }

  private static func limitHeader(_ response: HTTPResponse) -> String? {
    ["RateLimit", "RateLimit-Limit", "X-RateLimit-Limit"].first { response.header($0) != nil }
  }
}
