import DNSModel
import Migration
import Notation

/// The plan for scripts. Keys are stable; moments are RFC 3339 in UTC, spans whole seconds, rounded up.
public struct PlanJSON: Sendable {
  private let forecast: Forecast
  private let words: ForecastWords

  public init(_ forecast: Forecast) {
    self.forecast = forecast
    words = ForecastWords(forecast.plan, forecast.compiled, forecast.times)
  }

  public var json: JSON {
    let times = forecast.times
    var object = JSONObject()
    object["digest"] = .string(forecast.compiled.planDigest)
    object["title"] = .string(forecast.plan.title)
    object["hostname"] = .string(forecast.plan.hostname.host)
    object["begins"] = moment(times.start)
    object["cutover"] = moment(forecast.cutOver)
    object["ends"] = moment(forecast.ends)
    object["binding"] = .string(times.binding.rawValue)
    object["secondsFromLastOldTTLToCutover"] = seconds(times.fromLastOldTTLToCutOver)
    object["oldTTLLastServed"] = moment(times.oldTTLLastServed)
    object["cachesReady"] = moment(times.cachesReady)
    object["endpointReady"] = moment(times.endpointReady)
    object["criticalPath"] = .strings(forecast.steps.filter(\.isCritical).map(\.id))
    object["decideBy"] = forecast.decideBy.map { moment($0) } ?? .null
    object["constraint"] = forecast.constraint.map { .string($0.rawValue) } ?? .null
    object["constraintEnds"] = forecast.constraintEnds.map { moment($0) } ?? .null
    object["pointOfNoReturn"] = forecast.pointOfNoReturn.map { .string($0) } ?? .null
    object["steps"] = .array(forecast.steps.map(step))
    object["strategies"] = .array(forecast.strategies.map(strategy))
    object["observed"] = forecast.seen?.json
    object["findings"] = .array(forecast.findings.map(finding))
    object["plan"] = forecast.plan.canonical
    return .object(object)
  }

  private func moment(_ instant: UTCInstant) -> JSON { .string(instant.description) }
  private func seconds(_ span: TimeSpan) -> JSON { .integer(span.secondsRoundedUp) }

  private func step(_ step: ForecastStep) -> JSON {
    var object = JSONObject()
    object["id"] = .string(step.id)
    object["needs"] = .strings(step.needs)
    object["earliest"] = moment(step.earliest)
    object["ends"] = moment(step.ends)
    object["waitSeconds"] = seconds(step.wait)
    object["proof"] = .string(step.proof)
    object["undoSeconds"] = step.undo.map { seconds($0) } ?? .null
    object["decideBy"] = step.decideBy.map { moment($0) } ?? .null
    object["critical"] = .bool(step.isCritical)
    object["actions"] = .strings(words.actions(of: step.kind))
    object["change"] = change(step.kind)
    return .object(object)
  }

  private func change(_ kind: StepKind) -> JSON? {
    guard let change = words.recordChange(of: kind) else { return nil }
    return [
      "remove": .string(words.record(change.before.target, change.before.ttl)),
      "add": .string(words.record(change.after.target, change.after.ttl)),
    ]
  }

  private func strategy(_ cost: StrategyCost) -> JSON {
    [
      "name": .string(cost.name), "chosen": .bool(cost.isChosen),
      "stages": .array(cost.stages.map { .integer(Int($0.seconds)) }),
      "extraQuestions": .integer(Int64(clamping: cost.extraQuestions)),
      "waitSeconds": seconds(cost.wait),
    ]
  }

  private func finding(_ finding: PlanFinding) -> JSON {
    [
      "id": .string(finding.id), "weight": .string(finding.weight.rawValue),
      "path": .string(finding.path), "text": .string(finding.text),
    ]
  }
}
