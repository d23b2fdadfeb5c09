import Digests
import Notation

extension EndpointFacts {
  public var json: JSON {
    .record([
      ("address", .string(address)), ("name", .string(identity.description)),
      ("problem", problem.map { .string($0.text) }),
      ("handshake", shown.map(\.json)), ("versions", .array(protocols.map(\.json))),
      ("groups", groups.map { .strings($0) }),
      ("alpn", preferredApplication.map { .string($0) } ?? .null),
      ("http1", .bool(speaksHTTP1)), ("resumes", resumes.map { .bool($0) } ?? .null),
      ("onWrongName", onWrongName.map { .string($0.text) }),
      ("onNoName", onNoName.map { .string($0.text) }),
      ("health", health.map(\.json)), ("healthProblem", healthProblem.map { .string($0) }),
    ])
  }
}

extension ShownCertificate {
  public var json: JSON {
    .record([
      ("version", .string(version)), ("suite", .string(suite)),
      ("group", group.map { .string($0) }),
      ("staple", .string(staple.text)),
      ("asksForClientCertificate", .bool(asksForClientCertificate)),
      ("verdict", verdict.json), ("sent", .array(sent.map(\.json))),
    ])
  }
}

extension ProtocolFacts {
  public var json: JSON {
    let answerText =
      switch answer {
      case .accepted: "accepted"
      case .refused: "refused"
      case .unknown: "unknown"
      }
    return .record([
      ("version", .string(version)), ("answer", .string(answerText)), ("suites", .strings(suites)),
      ("complete", .bool(isComplete)),
      ("serverChooses", serverChooses.map { .bool($0) }),
    ])
  }
}

extension HTTPFacts {
  public var json: JSON {
    .record([
      ("path", .string(path)), ("status", .integer(status)),
      (
        "headers",
        .array(headers.map { ["name": .string($0.name), "value": .string($0.value)] })
      ),
      ("bodyBytes", .integer(bodyCount)), ("bodySHA256", bodyDigest.map { .string($0.hex) }),
      ("milliseconds", .integer(duration.milliseconds)),
    ])
  }
}
