import DNSModel
import Foundation
import HTTP
import Notation
import TLSToolkit
import Testing

@Suite struct HTTPExchangeTests {
  /// Says back what it was sent.
  static func echo(_ request: HTTPServerRequest) -> HTTPReply {
    let host = request.header("host") ?? ""
    return .text(
      "\(request.method) \(request.target) \(host) \(request.body.count)",
      headers: [
        HTTPHeader("X-Seen", request.header("X-Sent") ?? "none"), HTTPHeader("Set-Cookie", "a=1"),
        HTTPHeader("Set-Cookie", "b=2"),
      ])
  }

  @Test(arguments: ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
  func carriesMethodTargetHeadersAndBody(method: String) throws {
    let serving = try ServingThread(handler: Self.echo)
    let body = [UInt8]([0, 1, 2, 255])
    let response = try HTTPClient().send(
      HTTPRequest(
        method, "\(serving.url)/a?b=c", headers: [HTTPHeader("X-Sent", "yes")],
        body: method == "GET" ? [] : body))
    let port = serving.server.port
    #expect(response.status == 200)
    let count = method == "GET" ? 0 : 4
    #expect(
      String(decoding: response.body, as: UTF8.self)
        == "\(method) /a?b=c 127.0.0.1:\(port) \(count)")
    #expect(response.header("x-seen") == "yes")
    #expect(response.headerValues("set-cookie") == ["a=1", "b=2"])
    #expect(response.peer == "127.0.0.1")
    #expect(response.version == "1.1")
  }

  @Test func aHeadRequestHasNoBody() throws {
    let serving = try ServingThread(handler: Self.echo)
    let response = try HTTPClient().send(HTTPRequest("HEAD", serving.url + "/"))
    #expect(response.status == 200)
    #expect(response.body.isEmpty)
  }

  @Test func connectsWhereItIsToldAndAsksForTheName() throws {
    let serving = try ServingThread(handler: Self.echo)
    var options = HTTPClient.Options()
    options.connectTo = "127.0.0.1:\(serving.server.port)"
    let response = try HTTPClient(options).send(HTTPRequest("GET", "http://api.example.test/"))
    #expect(String(decoding: response.body, as: UTF8.self) == "GET / api.example.test 0")
  }

  @Test func oneClientServesManyRequests() throws {
    let serving = try ServingThread(handler: Self.echo)
    let client = try HTTPClient()
    let posted = try client.send(HTTPRequest("POST", serving.url + "/p", body: [1, 2, 3]))
    #expect(String(decoding: posted.body, as: UTF8.self).hasSuffix(" 3"))
    let got = try client.send(HTTPRequest("GET", serving.url + "/g"))
    #expect(String(decoding: got.body, as: UTF8.self).hasPrefix("GET /g"))
    #expect(String(decoding: got.body, as: UTF8.self).hasSuffix(" 0"))
  }

  @Test func redirectsAreEvidenceAndNotFollowed() throws {
    let serving = try ServingThread { _ in
      .text("", status: 302, headers: [HTTPHeader("Location", "http://127.0.0.1:1/")])
    }
    let response = try HTTPClient().send(HTTPRequest("GET", serving.url))
    #expect(response.status == 302)
    #expect(response.header("location") == "http://127.0.0.1:1/")
  }

  @Test func tooMuchIsRefusedOnBothSides() throws {
    let serving = try ServingThread { _ in .text(String(repeating: "x", count: 100_000)) }
    var options = HTTPClient.Options()
    options.bodyLimit = 1000
    #expect(throws: HTTPError.tooLarge(limit: 1000)) {
      try HTTPClient(options).send(HTTPRequest("GET", serving.url))
    }
    var limits = HTTPServer.Limits()
    limits.body = 10
    let strict = try ServingThread(limits: limits, handler: Self.echo)
    let body = [UInt8](repeating: 1, count: 100)
    let response = try? HTTPClient().send(HTTPRequest("POST", strict.url, body: body))
    #expect(response?.status ?? 413 == 413)
  }

  @Test func aHeaderWithoutEndIsCutOff() throws {
    let serving = try ServingThread { _ in
      .text("", headers: [HTTPHeader("X-Long", String(repeating: "x", count: 60_000))])
    }
    var options = HTTPClient.Options()
    options.headerLimit = 1000
    #expect(throws: HTTPError.tooLarge(limit: 1000)) {
      try HTTPClient(options).send(HTTPRequest("GET", serving.url))
    }
  }

  @Test func timeOutsAndDeadServersAreToldApart() throws {
    let serving = try ServingThread { request in
      request.path == "/slow" ? .sendAfter(.seconds(30), HTTPResponse(status: 200)) : .hangUp
    }
    var options = HTTPClient.Options()
    options.timeout = .milliseconds(200)
    let client = try HTTPClient(options)
    let slow = Self.failure(of: client, serving.url + "/slow")
    guard case .timedOut = slow else {
      Issue.record("\(String(describing: slow))")
      return
    }
    let dead = Self.failure(of: client, serving.url + "/dead")
    guard case .broken = dead else {
      Issue.record("\(String(describing: dead))")
      return
    }
  }

  static func failure(of client: HTTPClient, _ url: String) -> HTTPError? {
    do throws(HTTPError) {
      _ = try client.send(HTTPRequest("GET", url))
      return nil
    } catch {
      return error
    }
  }

  @Test func delayedRepliesArriveAndOthersOvertakeThem() throws {
    let serving = try ServingThread { request in
      request.path == "/slow"
        ? .sendAfter(.milliseconds(100), HTTPResponse(status: 201)) : .text("quick")
    }
    #expect(try HTTPClient().send(HTTPRequest("GET", serving.url + "/slow")).status == 201)
    #expect(try HTTPClient().send(HTTPRequest("GET", serving.url + "/quick")).status == 200)
  }

  @Test func stoppedBeforeItRanItDoesNotRunForEver() throws {
    let server = try HTTPServer { _ in .hangUp }
    server.stop()
    server.run()
  }

  @Test func aHeaderCannotSmuggleALine() throws {
    #expect(throws: HTTPError.self) {
      try HTTPClient().send(
        HTTPRequest("GET", "http://127.0.0.1:1/", headers: [HTTPHeader("X", "a\r\nEvil: yes")]))
    }
  }

  @Test(arguments: ["ftp://127.0.0.1/", "file:///etc/passwd", "not a url", ""])
  func onlyHTTPIsSpoken(url: String) throws {
    #expect(throws: HTTPError.self) { try HTTPClient().send(HTTPRequest("GET", url)) }
  }
}

@Suite struct HTTPSExchangeTests {
  @Test func servesOverTLSToThoseWhoTrustIt() throws {
    let key = try PrivateKey.generate(.p256)
    let now = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    let template = CertificateTemplate(
      commonName: "api.example.test", names: ["api.example.test"], from: now - .hours(1),
      until: now + .days(1))
    let certificate = try selfSigned(template, key: key)
    let context = try TLSContext.server(
      TLSServerSettings(certificate: KeyBag(key: key, certificate: certificate)))
    let serving = try ServingThread(tls: context) { request in .text("hello \(request.path)") }
    var options = HTTPClient.Options()
    options.connectTo = "127.0.0.1:\(serving.server.port)"
    options.trust = .anchors(pem: Array(certificate.pem.utf8))
    let client = try HTTPClient(options)
    for path in ["/a", "/b"] {
      let response = try client.send(HTTPRequest("GET", "https://api.example.test\(path)"))
      #expect(String(decoding: response.body, as: UTF8.self) == "hello \(path)")
    }
    #expect(
      HTTPExchangeTests.failure(of: client, "https://other.example.test/").map {
        if case .certificateRefused = $0 { true } else { false }
      } == true)
    options.trust = .system
    #expect(
      HTTPExchangeTests.failure(of: try HTTPClient(options), "https://api.example.test/").map {
        if case .certificateRefused = $0 { true } else { false }
      } == true)
  }
}
