/// Can one request be followed from the router into a region, by an id that both write down?
enum LogJoinQuestion {
  static func answer(_ ids: Set<String>, _ logs: [DrillEvidence.Log]) -> DrillAnswer {
    let question = "can a request be followed through the logs of router and regions?"
    let router = logs.filter(\.isRouter)
    let regions = logs.filter { !$0.isRouter }
    guard !router.isEmpty, !regions.isEmpty else {
      return DrillAnswer(
        "drill.logs", question, .inconclusive, "no logs were named",
        wayOut: "give --log router=FILE, and --log REGION=FILE for each region")
    }
    guard !ids.isEmpty else {
      return DrillAnswer(
        "drill.logs", question, .ill, "no answer carries a request id",
        wayOut: "let the router make one (X-Request-ID), pass it on, and let regions answer with it"
      )
    }
    let joined = ids.filter { id in
      router.contains { $0.found.contains(id) } && regions.contains { $0.found.contains(id) }
    }
    let counts = logs.map { "\($0.name) \($0.found.count)" }.joined(separator: ", ")
    return DrillAnswer(
      "drill.logs", question, joined.count == ids.count ? .well : .ill,
      "\(joined.count) of \(ids.count) requests are in the router's log and in a region's (\(counts))",
      wayOut: joined.count == ids.count ? nil : "let each of them write the id of every request")
  }
}
