import Assessment
import Certificates
import Migration
import Notation
import PlanFiles
import Reports
import SystemIO

/// The endpoint half of `audit PLAN`: readiness of both endpoints and of the regions' origins, parity,
/// and the certificates against the phases.
struct EndpointAudit {
  let file: PlanFile
  let moment: UTCInstant

  init(_ file: PlanFile, at moment: UTCInstant) {
    self.file = file
    self.moment = moment
  }

  func report() throws -> MoveEndpointsReport {
    let survey = EndpointSurvey(file.plan)
    let sides = try survey.sides(at: moment, waitsForIdle: true)
    let origins = try survey.origins(at: moment).map {
      MoveEndpoints.Origin(
        $0.region, Readiness($0.facts, at: moment, isPrivate: survey.isPrivate))
    }
    let endpoints = MoveEndpoints(
      file.plan, Forecast(file.plan, start: moment, timeZone: file.timeZone), old: sides.old,
      new: sides.new, origins: origins, isPrivate: survey.isPrivate, at: moment)
    return MoveEndpointsReport(file.plan, endpoints, at: moment)
  }
}

extension AuditRequest {
  /// Of every plan that was named, where that was asked for.
  func endpoints(at moment: UTCInstant) throws -> [MoveEndpointsReport] {
    guard looksAtEndpoints else { return [] }
    return try subjects.compactMap(\.file).map { try EndpointAudit($0, at: moment).report() }
  }
}
