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
