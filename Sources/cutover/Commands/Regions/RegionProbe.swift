import Assessment
import DNSModel
import HTTP
import Migration
import Notation

/// Asks a region by itself, around the router: what nobody but the router should be served.
enum RegionProbe {
  static func knock(
    at region: RegionPlan, of plan: Plan, _ path: String, through client: HTTPClient
  ) -> DrillEvidence.DoorStand {
    let request: HTTPRequest
    switch region.origin {
    case .address(let address):
      request = HTTPRequest(
        "GET", "http://\(plan.hostname.host)\(path)", connectTo: address.description)
    case .host(let name): request = HTTPRequest("GET", "https://\(name.host)\(path)")
    }
    do throws(HTTPError) {
      let status = try client.send(request).status
      if (400..<500).contains(status) { return .refused("status \(status)") }
      return status < 400 ? .served(status: status) : .unknown("status \(status)")
    } catch {
      switch error {
      case .cannotConnect(let why): return .refused(why)
      default: return .unknown(error.description)
      }
    }
  }

  /// What is seen of a region whose router tells us nothing: is it there, and does it serve?
  static func standing(of region: RegionPlan, _ plan: Plan) -> String {
    var options = HTTPClient.Options()
    options.connectTimeout = .seconds(3)
    options.timeout = .seconds(6)
    options.isFreshEachTime = true
    guard let client = try? HTTPClient(options) else { return "not asked" }
    switch knock(at: region, of: plan, region.healthPath, through: client) {
    case .served(let status): return "answers \(status) on \(safeText(region.healthPath))"
    case .refused(let why): return "refuses requests around the router (\(safeText(why)))"
    case .unknown(let why): return "ill, or not to be reached from here (\(safeText(why)))"
    }
  }
}
