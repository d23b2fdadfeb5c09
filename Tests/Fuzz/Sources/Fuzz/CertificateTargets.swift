import DNSModel
import Notation
import SystemIO
import TLSToolkit

extension FuzzTarget {
  /// What was read is a certificate again when it is written.
  static let certificates = FuzzTarget(
    name: "certificates", seeds: { certificateSeeds() },
    run: { bytes in
      guard let found = try? Certificate.readAll(bytes) else { return }
      for certificate in found {
        let again = try? Certificate.readAll(Array(certificate.pem.utf8))
        hold(again == [certificate], "the PEM form reads as another")
        _ = certificate.isSigned(by: certificate)
      }
    })

  /// What a server sends first, in pieces of any size: the reader ends, and says the same for the whole.
  static let handshakes = FuzzTarget(
    name: "handshakes",
    seeds: { [handshakeSeed, [21, 3, 1, 0, 2, 2, 40], Array("HTTP/1.1".utf8)] },
    run: { bytes in
      let whole = HelloReply.read(bytes)
      var count = 0
      while count < bytes.count {
        count += 1 + Int(bytes[count]) % 7
        guard let early = HelloReply.read(Array(bytes.prefix(count))) else { continue }
        hold(early == whole, "an answer changed when more bytes came")
        return
      }
    })

  /// A client that meets any bytes in place of a server: it fails or waits for more, and never crashes.
  static let clients = FuzzTarget(
    name: "clients", seeds: { [handshakeSeed] },
    run: { bytes in
      guard let context = try? TLSContext.client(TLSClientSettings()),
        let session = try? TLSSession(context, serverName: "api.test")
      else { return }
      _ = try? session.advance()
      _ = session.takeOutput()
      session.receive(bytes)
      _ = try? session.advance()
      _ = session.peerCertificates.count
    })

  /// OCSP responses, keys and bags.
  static let containers = FuzzTarget(
    name: "containers", seeds: { certificateSeeds() },
    run: { bytes in
      if let leaf = known {
        _ = StapleVerification(leaf: leaf, issuer: leaf, at: UTCInstant(seconds: 1_796_000_000))
          .verdict(bytes)
      }
      _ = try? PrivateKey.read(bytes, passphrase: Secret([]))
      _ = try? KeyBag.read(bytes, passphrase: Secret([]))
      _ = (try? CertificateRequest.read(bytes))?.alternativeNames
    })

  private static let known = try? Certificate.readAll(Array(certificateText.utf8)).first

  /// A ServerHello of TLS 1.2 with its record around it.
  private static let handshakeSeed: [UInt8] =
    [22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3] + [UInt8](repeating: 7, count: 32) + [0, 0xC0, 0x2F, 0]

  private static func certificateSeeds() -> [[UInt8]] {
    let text = Array(certificateText.utf8)
    let whole = (try? Certificate.readAll(text)) ?? []
    return [text, text + text] + whole.map(\.der)
  }
}

/// With several kinds of names, an OCSP address and Must-Staple.
private let certificateText = """
  -----BEGIN CERTIFICATE-----
  MIICGDCCAb2gAwIBAgIUVVGmRp34uej8yLIWwey0mlWI+xQwCgYIKoZIzj0EAwIw
  GzEZMBcGA1UEAwwQd2ViLmV4YW1wbGUudGVzdDAeFw0yNjExMjEwNjE4MDdaFw0y
  NzAyMTkwNjE4MDdaMBsxGTAXBgNVBAMMEHdlYi5leGFtcGxlLnRlc3QwWTATBgcq
  hkjOPQIBBggqhkjOPQMBBwNCAATixZHm+jkBJPX7xV17CwXhtEnOehATijXtIAVI
  +8+ADOeIR9pAXjFTA0wWAx19MOtybFvfDcw63AGfgsetlu9yo4HeMIHbMB0GA1Ud
  DgQWBBT/H1Kprje7sMHapgwCW0EouofKrTAfBgNVHSMEGDAWgBT/H1Kprje7sMHa
  pgwCW0EouofKrTAPBgNVHRMBAf8EBTADAQH/MDEGA1UdEQQqMCiCEHdlYi5leGFt
  cGxlLnRlc3SCDiouZXhhbXBsZS50ZXN0hwTAAAICMBEGCCsGAQUFBwEYBAUwAwIB
  BTATBgNVHSUEDDAKBggrBgEFBQcDATAtBggrBgEFBQcBAQQhMB8wHQYIKwYBBQUH
  MAGGEWh0dHA6Ly9vY3NwLnRlc3QvMAoGCCqGSM49BAMCA0kAMEYCIQCx6jv9z83X
  GQ6zu+j/GFhPG7o84tgjJ9LIIaevQnYCagIhANvb0JNFCHHMlYwQSJpDEu+bYm7w
  SvxaIRV6n8qMcGMy
  -----END CERTIFICATE-----

  """
