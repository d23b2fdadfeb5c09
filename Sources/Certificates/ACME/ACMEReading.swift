import HTTP
import Notation

/// From what a CA answered to a value, with an error that says which object was amiss.
enum ACMEReading {
  /// Gets an object that is open to everybody: the directory, renewal advice.
  static func object<Value>(
    _ url: String, _ name: String, _ transport: any ACMETransport,
    _ read: (JSON) throws(ACMEFormatError) -> Value
  ) throws(ACMEError) -> (Value, HTTPResponse) {
    let response: HTTPResponse
    do { response = try transport.send(HTTPRequest("GET", url)) } catch { throw .transport(error) }
    guard response.status == 200 else { throw .unexpected(status: response.status, url: url) }
    return (try value(response, name, read), response)
  }

  static func value<Value>(
    _ response: HTTPResponse, _ name: String, _ read: (JSON) throws(ACMEFormatError) -> Value
  ) throws(ACMEError) -> Value {
    let json: JSON
    do { json = try JSON(parsing: response.body) } catch {
      throw .format(
        ACMEFormatError(object: name, field: "the whole", reason: "is no JSON: \(error)"))
    }
    do { return try read(json) } catch { throw .format(error) }
  }
}
