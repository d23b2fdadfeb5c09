import COpenSSL

/// Bytes in memory as OpenSSL reads and writes them.
final class MemoryBIO {
  let handle: OpaquePointer

  /// Empty, to be written to. OpenSSL fails here only when the machine is out of memory.
  init(_ content: [UInt8] = []) throws(CryptoProblem) {
    guard let handle = BIO_new(BIO_s_mem()) else { throw .taking("setting aside memory") }
    self.handle = handle
    guard content.isEmpty || BIO_write(handle, content, Int32(clamping: content.count)) > 0
    else { throw .taking("setting aside memory") }
  }

  deinit { BIO_free(handle) }

  var content: [UInt8] {
    var start: UnsafeMutablePointer<CChar>?
    let count = copenssl_bio_content(handle, &start)
    guard count > 0, let start else { return [] }
    return start.withMemoryRebound(to: UInt8.self, capacity: count) {
      Array(UnsafeBufferPointer(start: $0, count: count))
    }
  }

  var text: String { String(decoding: content, as: UTF8.self) }

  /// Runs one of OpenSSL's printers and returns what it printed.
  static func printed(_ writer: (OpaquePointer) -> Void) -> String {
    guard let bio = try? MemoryBIO() else { return "" }
    writer(bio.handle)
    return bio.text
  }
}

/// The DER of something for which OpenSSL has an `i2d` function.
func derBytes(
  _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
) -> [UInt8]? {
  let count = encode(nil)
  guard count > 0 else { return nil }
  var bytes = [UInt8](repeating: 0, count: Int(count))
  let written = bytes.withUnsafeMutableBufferPointer { buffer in
    var cursor = buffer.baseAddress
    return encode(&cursor)
  }
  return written == count ? bytes : nil
}
