import CCurl
import Notation

/// Sends one request after the other over libcurl, keeping its connections open between them. It
/// blocks: use it from a thread of its own, and from one thread at a time.
///
/// It follows no redirects, keeps no cookies, uses no proxy and speaks only http and https: what a
/// server answers is evidence, and is shown as it came.
public final class HTTPClient {
  public struct Options: Sendable {
    public enum Trust: Sendable {
      case system
      /// These anchors (PEM) and no others.
      case anchors(pem: [UInt8])
      /// For probes that judge the chain themselves.
      case nobodyChecks
    }
    public var trust: Trust = .system
    /// Where requests go that do not say so themselves (`HTTPRequest.connectTo`).
    public var connectTo: String?
    public var connectTimeout: TimeSpan = .seconds(10)
    public var timeout: TimeSpan = .seconds(30)
    public var bodyLimit = 10 << 20
    public var headerLimit = 256 << 10
    public var userAgent = "cutover"
    /// A fresh connection for each request, closed afterwards.
    public var isFreshEachTime = false

    public init() {}
  }

  private let options: Options
  private let handle: UnsafeMutableRawPointer

  public init(_ options: Options = Options()) throws(HTTPError) {
    guard Self.isLibraryReady, let handle = curl_easy_init() else {
      throw .unavailable("libcurl could not be initialised")
    }
    self.options = options
    self.handle = handle
  }

  deinit { curl_easy_cleanup(handle) }

  /// libcurl wants to be initialised once, before any thread uses it; a lazy static is exactly that.
  private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  public func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
    curl_easy_reset(handle)
    let collector = ResponseCollector(
      bodyLimit: options.bodyLimit, headerLimit: options.headerLimit)
    var lists: [UnsafeMutablePointer<curl_slist>] = []
    defer { for list in lists { curl_slist_free_all(list) } }
    try configureLimits()
    try configureTrust()
    try configureRequest(request, &lists)
    try configureRoute(request, &lists)

    var reason = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
    let result = reason.withUnsafeMutableBufferPointer { buffer in
      set(CURLOPT_ERRORBUFFER, pointer: buffer.baseAddress)
      let context = Unmanaged.passUnretained(collector).toOpaque()
      ccurl_set_receiver(handle, CURLOPT_WRITEFUNCTION, receiveBody)
      set(CURLOPT_WRITEDATA, pointer: context)
      ccurl_set_receiver(handle, CURLOPT_HEADERFUNCTION, receiveHeader)
      set(CURLOPT_HEADERDATA, pointer: context)
      return curl_easy_perform(handle)
    }
    if let limit = collector.exceededLimit { throw .tooLarge(limit: limit) }
    guard result == CURLE_OK else { throw failure(result, reason) }
    return response(from: collector)
  }

  private func configureLimits() throws(HTTPError) {
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_CONNECTTIMEOUT_MS, Int(options.connectTimeout.milliseconds))
    set(CURLOPT_TIMEOUT_MS, Int(options.timeout.milliseconds))
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_PROTOCOLS, Int(CURLPROTO_HTTP | CURLPROTO_HTTPS))
    try set(CURLOPT_PROXY, "")
    try set(CURLOPT_USERAGENT, options.userAgent)
    if options.isFreshEachTime {
      set(CURLOPT_FRESH_CONNECT, 1)
      set(CURLOPT_FORBID_REUSE, 1)
    }
  }

  private func configureTrust() throws(HTTPError) {
    switch options.trust {
    case .system: break
    case .nobodyChecks:
      set(CURLOPT_SSL_VERIFYPEER, 0)
      set(CURLOPT_SSL_VERIFYHOST, 0)
    case .anchors(let pem):
      let blob = ccurl_set_blob(handle, CURLOPT_CAINFO_BLOB, pem, pem.count)
      guard blob == CURLE_OK else { throw .unavailable("the trust anchors were not accepted") }
      // Without this, the directory of system anchors would be believed besides.
      set(CURLOPT_CAPATH, pointer: nil)
    }
  }

  private func configureRequest(
    _ request: HTTPRequest, _ lists: inout [UnsafeMutablePointer<curl_slist>]
  ) throws(HTTPError) {
    try set(CURLOPT_URL, request.url)
    if request.isSentOnce { set(CURLOPT_FRESH_CONNECT, 1) }
    if request.method == "HEAD" {
      set(CURLOPT_NOBODY, 1)
    } else {
      try set(CURLOPT_CUSTOMREQUEST, request.method)
      if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
        set(CURLOPT_POST, 1)
        // The size first: libcurl then copies that many bytes, zeros included.
        ccurl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
        let body = request.body.isEmpty ? [0] : request.body
        body.withUnsafeBytes { set(CURLOPT_COPYPOSTFIELDS, pointer: $0.baseAddress) }
      }
    }
    // "Expect: 100-continue" would cost a round trip that many test servers never answer.
    var lines = ["Expect:"]
    for header in request.headers {
      let line = "\(header.name): \(header.value)"
      guard !line.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 }) else {
        throw .badURL("the header \(safeText(header.name)) has a control character in it")
      }
      lines.append(header.value.isEmpty ? "\(header.name);" : line)
    }
    if let list = list(lines) {
      lists.append(list)
      set(CURLOPT_HTTPHEADER, pointer: list)
    }
  }

  private func configureRoute(
    _ request: HTTPRequest, _ lists: inout [UnsafeMutablePointer<curl_slist>]
  ) throws(HTTPError) {
    guard let address = request.connectTo ?? options.connectTo else { return }
    if let list = list(["::\(address)"]) {
      lists.append(list)
      set(CURLOPT_CONNECT_TO, pointer: list)
    }
  }

  private func list(_ lines: [String]) -> UnsafeMutablePointer<curl_slist>? {
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines { list = curl_slist_append(list, line) ?? list }
    return list
  }

  private func set(_ option: CURLoption, _ value: Int) { ccurl_set_long(handle, option, value) }

  private func set(_ option: CURLoption, pointer: UnsafeRawPointer?) {
    ccurl_set_pointer(handle, option, pointer)
  }

  private func set(_ option: CURLoption, _ text: String) throws(HTTPError) {
    guard !text.utf8.contains(0) else { throw .badURL("a zero byte stands in it") }
    let result = text.withCString { ccurl_set_pointer(handle, option, $0) }
    guard result == CURLE_OK else {
      throw .unavailable(String(cString: curl_easy_strerror(result)))
    }
  }

  private func response(from collector: ResponseCollector) -> HTTPResponse {
    var status = 0
    ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    var version = 0
    ccurl_get_long(handle, CURLINFO_HTTP_VERSION, &version)
    var microseconds: curl_off_t = 0
    ccurl_get_time(handle, CURLINFO_TOTAL_TIME_T, &microseconds)
    var address: UnsafePointer<CChar>?
    ccurl_get_string(handle, CURLINFO_PRIMARY_IP, &address)
    return HTTPResponse(
      status: status, headers: collector.headers, body: collector.body,
      duration: TimeSpan(milliseconds: Int64(microseconds) / 1000),
      version: version == CURL_HTTP_VERSION_2_0
        ? "2" : version == CURL_HTTP_VERSION_1_0 ? "1.0" : "1.1",
      peer: address.map { String(cString: $0) })
  }

  private func failure(_ code: CURLcode, _ buffer: [CChar]) -> HTTPError {
    let text = String(
      decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let detail = safeText(text.isEmpty ? String(cString: curl_easy_strerror(code)) : text)
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .badURL(detail)
    case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST: return .cannotConnect(detail)
    case CURLE_OPERATION_TIMEDOUT: return .timedOut(detail)
    case CURLE_PEER_FAILED_VERIFICATION: return .certificateRefused(detail)
    case CURLE_SSL_CONNECT_ERROR: return .handshakeFailed(detail)
    default: return .broken(detail)
    }
  }
}

/// What libcurl hands over, piece by piece.
private final class ResponseCollector {
  let bodyLimit: Int
  let headerLimit: Int
  var headers: [HTTPHeader] = []
  var body: [UInt8] = []
  var headerBytes = 0
  var exceededLimit: Int?

  init(bodyLimit: Int, headerLimit: Int) {
    self.bodyLimit = bodyLimit
    self.headerLimit = headerLimit
  }

  func addHeader(_ line: [UInt8]) -> Bool {
    headerBytes += line.count
    guard headerBytes <= headerLimit else {
      exceededLimit = headerLimit
      return false
    }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      // A new status line: what stood before belonged to an interim response (RFC 9110 §15.2).
      headers = []
    } else if let colon = text.firstIndex(of: ":") {
      let value = text[text.index(after: colon)...]
      headers.append(HTTPHeader(String(text[..<colon]), trimmed(value)))
    }
    return true
  }

  func addBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard body.count + bytes.count <= bodyLimit else {
      exceededLimit = bodyLimit
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }

  private func trimmed(_ text: Substring) -> String {
    let blanks: Set<Character> = [" ", "\t", "\r", "\n", "\r\n"]
    var text = text.drop { blanks.contains($0) }
    while let last = text.last, blanks.contains(last) { text.removeLast() }
    return String(text)
  }
}

private func receiveBody(
  bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
  guard let bytes, let context else { return 0 }
  let collector = Unmanaged<ResponseCollector>.fromOpaque(context).takeUnretainedValue()
  return collector.addBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
    ? size * count : 0
}

private func receiveHeader(
  bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
  guard let bytes, let context else { return 0 }
  let collector = Unmanaged<ResponseCollector>.fromOpaque(context).takeUnretainedValue()
  let line = [UInt8](UnsafeRawBufferPointer(start: bytes, count: size * count))
  return collector.addHeader(line) ? size * count : 0
}
