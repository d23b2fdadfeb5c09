import Notation

extension TrafficStory {
  /// Everything, to be kept and read back.
  public var json: JSON {
    .record([
      ("sent", .integer(sent)), ("failed", .integer(failed)),
      ("unannounced", .integer(unannounced.count)),
      (
        "seconds",
        .array(
          seconds.map { second in
            .record([
              (
                "served",
                .record(
                  second.served.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
              ), ("failed", .integer(second.failed)),
              ("slowest-ms", .integer(second.slowestMilliseconds)),
            ])
          })
      ),
      (
        "events",
        .array(events.map { .record([("at-ms", .integer($0.at)), ("text", .string($0.text))]) })
      ),
      (
        "stairs",
        .array(
          stairs.map { stair in
            .record([
              ("at-ms", .integer(stair.at)), ("target", .string(stair.target)),
              ("ttl", .integer(stair.ttl)), ("old", .bool(stair.isOld)),
            ])
          })
      ),
      (
        "failures",
        .array(
          failures.map { failure in
            .record([
              ("at-ms", .integer(failure.at)), ("client", .string(failure.client)),
              ("what", .string(failure.what)),
            ])
          })
      ),
      (
        "foretold",
        .array(
          foretold.map { entry in
            .record([
              ("at-ms", .integer(entry.at)), ("until-ms", .integer(entry.until)),
              ("what", .string(entry.what)), ("at-most", .integer(entry.atMost)),
            ])
          })
      ),
      (
        "measures",
        .array(
          measures.map { measure in
            .record([
              ("name", .string(measure.name)), ("took-ms", .integer(measure.took.milliseconds)),
              ("promised-ms", measure.promised.map { .integer($0.milliseconds) }),
            ])
          })
      ),
    ])
  }

  /// Reads it back; what is not there is empty.
  public init(reading json: JSON) {
    self.init()
    sent = Int(clamping: json["sent"]?.integer ?? 0)
    failed = Int(clamping: json["failed"]?.integer ?? 0)
    for entry in json["seconds"]?.array ?? [] {
      var second = Second()
      for member in entry["served"]?.object?.members ?? [] {
        second.served[member.key] = Int(clamping: member.value.integer ?? 0)
      }
      second.failed = Int(clamping: entry["failed"]?.integer ?? 0)
      second.slowestMilliseconds = entry["slowest-ms"]?.integer ?? 0
      seconds.append(second)
    }
    func at(_ entry: JSON) -> Int64 { entry["at-ms"]?.integer ?? 0 }
    func text(_ entry: JSON, _ key: String) -> String { entry[key]?.string ?? "" }
    events = (json["events"]?.array ?? []).map { Event(at: at($0), text: text($0, "text")) }
    stairs = (json["stairs"]?.array ?? []).map {
      Stair(
        at: at($0), target: text($0, "target"), ttl: $0["ttl"]?.integer ?? 0,
        isOld: $0["old"]?.bool ?? true)
    }
    failures = (json["failures"]?.array ?? []).map {
      Failure(at: at($0), client: text($0, "client"), what: text($0, "what"))
    }
    foretold = (json["foretold"]?.array ?? []).map {
      Foretold(
        at: at($0), until: $0["until-ms"]?.integer ?? 0, what: text($0, "what"),
        atMost: Int(clamping: $0["at-most"]?.integer ?? 0))
    }
    measures = (json["measures"]?.array ?? []).map {
      Measure(
        name: text($0, "name"), took: .milliseconds($0["took-ms"]?.integer ?? 0),
        promised: $0["promised-ms"]?.integer.map { .milliseconds($0) })
    }
  }
}
