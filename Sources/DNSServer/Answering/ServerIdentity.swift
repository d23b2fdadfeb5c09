import DNSModel

/// What the server says about itself in class CHAOS: `TXT version.cutover.` (and under the names by
/// which version scanners ask, RFC 4892 §2). The first of them also in class IN, where it is nobody's
/// name: that is how `dig` asks when it is told nothing of classes.
struct ServerIdentity: Sendable {
  let version: String

  private static let names: [DomainName] = ["version.cutover.", "version.bind.", "version.server."]

  func isAsked(in question: Question, beside zones: ServedZones) -> Bool {
    question.name == Self.names[0] && zones.zone(enclosing: question.name) == nil
  }

  func answer(_ question: Question) -> Answer {
    guard Self.names.contains(question.name) else { return Answer(code: .refused) }
    var answer = Answer()
    answer.isAuthoritative = true
    guard question.type == .txt || question.type == .any else { return answer }
    let text = Array("cutover \(version)".utf8.prefix(255))
    let data = RecordData(type: .txt, wire: [UInt8(text.count)] + text)
    var set = AnswerSet(RRset(question.name, ttl: .zero, data))
    set.recordClass = question.recordClass
    answer.answers = [set]
    return answer
  }
}
