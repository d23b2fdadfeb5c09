import Assessment
import DNSModel
import Migration
import Notation

/// The endpoint half of a plan's audit, as text, JSON, Markdown and HTML: the table that a reviewer signs.
public struct MoveEndpointsReport {
  let plan: Plan
  let endpoints: MoveEndpoints
  public let moment: UTCInstant

  public init(_ plan: Plan, _ endpoints: MoveEndpoints, at moment: UTCInstant) {
    self.plan = plan
    self.endpoints = endpoints
    self.moment = moment
  }

  public var findings: [Finding] { endpoints.findings }

  private var title: String {
    "Endpoints of \(plan.hostname.host) as of \(moment)"
  }

  private var sides: [(name: String, readiness: Readiness, seen: [EndpointFacts])] {
    [
      ("old endpoint", endpoints.oldReadiness, endpoints.old.addresses),
      ("new endpoint", endpoints.newReadiness, endpoints.new.addresses),
    ]
  }

  /// One line for each side: what it came to.
  private func summary(
    _ side: (name: String, readiness: Readiness, seen: [EndpointFacts])
  ) -> String {
    let places = side.seen.map(\.address).joined(separator: ", ")
    let ends = side.readiness.certificateEnds.map { ", certificate until \($0)" } ?? ""
    return "\(side.name): \(side.readiness.verdict.rawValue) "
      + "(\(places.isEmpty ? "no address is known" : places))\(ends)"
  }

  public func lines(width: Int = 100) -> [String] {
    var lines = [title] + sides.map { "  " + summary($0) }
    for origin in endpoints.origins {
      lines.append("  origin \(safeText(origin.region)): \(origin.readiness.verdict.rawValue)")
    }
    lines += ["", "PARITY: what clients would notice"]
    lines += ParityText(endpoints.parity).plain.map { "  " + $0 }
    if let timeline = endpoints.timeline {
      lines += ["", "TIMELINE"] + TimelineText(timeline, width: width).lines.map { "  " + $0 }
    }
    return lines
  }

  public var json: JSON {
    .record([
      ("name", .string(plan.hostname.host)), ("at", .string(moment.description)),
      ("old", side(sides[0])), ("new", side(sides[1])),
      (
        "origins",
        .array(
          endpoints.origins.map {
            .record([
              ("region", .string($0.region)), ("verdict", .string($0.readiness.verdict.rawValue)),
              ("certificateEnds", $0.readiness.certificateEnds.map { .string($0.description) }),
            ])
          })
      ),
      ("parity", .array(endpoints.parity.rows.map(\.json))),
      ("timeline", endpoints.timeline.map(\.json)),
      ("findings", .array(endpoints.findings.map(\.json))),
    ])
  }

  private func side(
    _ side: (name: String, readiness: Readiness, seen: [EndpointFacts])
  ) -> JSON {
    .record([
      ("verdict", .string(side.readiness.verdict.rawValue)),
      ("certificateEnds", side.readiness.certificateEnds.map { .string($0.description) }),
      ("addresses", .array(side.seen.map(\.json))),
    ])
  }

  public var markdown: String {
    var text = "## \(markdownText(title))\n\n"
    for side in sides { text += "- \(markdownText(summary(side)))\n" }
    text += "\n### Parity\n\n" + ParityText(endpoints.parity).markdown
    if let timeline = endpoints.timeline {
      text += "\n### Timeline\n\n```\n"
      text += TimelineText(timeline).lines.joined(separator: "\n") + "\n```\n"
    }
    return text
  }

  /// A page of its own: no script, nothing fetched.
  public var html: String {
    var body = "<h1>\(SVGCanvas.escaped(title))</h1>\n<ul>\n"
    for side in sides { body += "<li>\(SVGCanvas.escaped(summary(side)))</li>\n" }
    body += "</ul>\n<h2>Parity</h2>\n" + ParityText(endpoints.parity).html
    if let timeline = endpoints.timeline {
      body += "<h2>Timeline</h2>\n" + TimelineText(timeline).svg
    }
    body += "<h2>Findings</h2>\n<ul>\n"
    for finding in endpoints.findings {
      let text =
        "\(finding.severity.rawValue): \(finding.subject): \(finding.detail) [\(finding.id)]"
      body += "<li>\(SVGCanvas.escaped(text))</li>\n"
    }
    return HTMLPage(title: title, body: body + "</ul>\n").text
  }
}

/// The frame of every page: readable in light and dark, on paper too.
struct HTMLPage {
  let title: String
  let body: String

  var text: String {
    """
    <!doctype html>
    <html lang="en">
    <head><meta charset="utf-8"><title>\(SVGCanvas.escaped(title))</title>
    <style>
    body { font: 15px/1.5 "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; margin: 2rem auto;
      max-width: 72rem; padding: 0 1rem; color: #1f2933; background: #ffffff; }
    table { border-collapse: collapse; width: 100%; }
    th, td { border: 1px solid #cbd2d9; padding: .3rem .5rem; text-align: left; vertical-align: top;
      overflow-wrap: anywhere; }
    tr.different td:first-child { color: #b42318; font-weight: 600; }
    tr.unknown td:first-child { color: #8a5a12; font-weight: 600; }
    svg { max-width: 100%; height: auto; }
    @media (prefers-color-scheme: dark) {
      body { color: #e6e9ee; background: #14181d; } th, td { border-color: #2a323b; }
      tr.different td:first-child { color: #ff8f85; } tr.unknown td:first-child { color: #e0ab55; }
    }
    </style></head>
    <body>
    \(body)</body>
    </html>

    """
  }
}

extension CertificateTimeline {
  public var json: JSON {
    .record([
      ("cutover", .string(phases.cutover.description)),
      ("drained", .string(phases.drained.description)),
      ("soaked", .string(phases.soaked.description)),
      ("rollbackEnds", .string(phases.rollbackEnds.description)),
      ("decideBy", decideBy.map { .string($0.description) }),
      (
        "certificates",
        .array(
          rows.map { row in
            .record([
              ("name", .string(row.name)), ("ends", row.ends.map { .string($0.description) }),
              ("renewal", .string(row.renewal)),
              (
                "renewals",
                row.renewals.isEmpty ? nil : .strings(row.renewals.map(\.description))
              ),
            ])
          })
      ),
    ])
  }
}
