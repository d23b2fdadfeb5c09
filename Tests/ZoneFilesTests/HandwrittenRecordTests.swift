import DNSModel
import Digests
import Foundation
import TestSupport
import Testing

/// Records as people write them, read by BIND and by us, compared byte for byte in wire form.
@Suite struct HandwrittenRecordTests {
  private static let refused = "refused"

  private static func ours(_ data: String) -> String {
    let (records, refusals) = RoundTripTests.read("r 60 IN \(data)\n")
    guard refusals.isEmpty, let record = records.first else { return refused }
    return record.data.wire.uppercaseHex
  }

  /// In BIND's raw form our record is the last: its owner, a length of two bytes, the data.
  private static func bind(_ data: String) throws -> String {
    let folder = TemporaryDirectory()
    let source = folder.write(
      "zone",
      "@ 60 IN SOA ns admin 1 2 3 4 5\n@ 60 IN NS ns\n"
        + "ns 60 IN A 192.0.2.1\nr 60 IN \(data)\n")
    let out = folder.file("raw")
    let run = try Programs.run(
      "named-compilezone",
      [
        "-i", "none", "-k", "ignore", "-n", "ignore", "-m", "ignore", "-S", "ignore", "-F", "raw",
        "-o", out, "example.", source,
      ])
    guard run.status == 0 else { return refused }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: out))
    guard let owner = bytes.range(of: Data("\u{1}r\u{7}example\u{0}".utf8), options: .backwards)
    else { return "not there: \(run)" }
    return Array(bytes[owner.upperBound...].dropFirst(2)).uppercaseHex
  }

  @Test(arguments: [
    ##"URI 10 1 "ftp://ftp.example/public""##, ##"URI 10 1 "a b\"c\\d\200\000""##,
    ##"AVC "a" "b c" "\000\255\"""##, ##"AVC """##,
    "HTTPS 0 .", "HTTPS 0 . alpn=h2", "HTTPS 1 .", "HTTPS 1 . port=1 alpn=h2,h3",
    ##"HTTPS 1 . alpn="h2,h3""##, ##"HTTPS 1 . alpn="f\\\\oo\\,bar,h2""##,
    ##"HTTPS 1 . alpn=f\\\\oo\\,bar,h2"##, ##"HTTPS 1 . alpn=\102oo,h2"##,
    "HTTPS 1 . no-default-alpn alpn=h2", ##"HTTPS 1 . port="53" ech="AAAA""##,
    "HTTPS 1 . ipv4hint=1.2.3.4,5.6.7.8 ipv6hint=2001:db8::1,::ffff:1.2.3.4",
    "HTTPS 1 @ mandatory=port,alpn alpn=h2 port=1", ##"HTTPS 1 . key1=\002h2"##,
    "HTTPS 1 . key3=53", ##"HTTPS 1 . key4=\001\002\003\004"##, "HTTPS 1 . key2 key1=\\001x",
    ##"HTTPS 1 . key667="hello\210qoo" key9=a\,b key65280"##,
    "SVCB 16 foo ( alpn=h2,h3-19 mandatory=ipv4hint,alpn\n ipv4hint=192.0.2.1 )",
    "SVCB 1 . dohpath=/q{?dns} alpn=h2", ##"SVCB \# 9 000100000300020035"##,
    "NSEC3 1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR MX DNSKEY NS SOA NSEC3PARAM RRSIG",
    "NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr", "NSEC3 2 0 0 - 28 A A TYPE65534",
    ##"NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" ."##,
    ##"NAPTR 100 10 "u" "x" "!(a)!\\1!i" foo"##, ##"NAPTR 1 1 U E2U+sip !^.*$!sip:a! ."##,
    "RRSIG A 8 3 3600 20260101000000 20250101000000 1 EXAMPLE. AA AA",
    "RRSIG A RSASHA256 3 3600 21060207062815 19700101000000 1 @ AAAA",
    "RRSIG A 8 3 3600 4294967295 0000000005 1 example. AAAA",
    "RRSIG A 8 3 3600 20240229235959 20000229000000 1 example. AAAA",
    // Round the circle, either way (RFC 4034 §3.1.5).
    "RRSIG A 8 3 3600 21060207062816 19691231235959 1 example. AAAA",
    "RRSIG A 8 3 3600 21740225094223 19011213204552 1 example. AAAA",
    "RRSIG TYPE65280 253 3 3600 1 0 1 example. AAAA",
    "DNSKEY 257 3 13 AAAA", "DNSKEY 256 3 ECDSAP256SHA256 ( AA\n AA )", "DNSKEY 257 3 ED448 AAAA",
    "CDNSKEY 0 3 0 AA==", "CERT PKIX 1 RSASHA256 AAAA", "CERT pkix 0 0 AA AA",
    "URI 10 1 \"\"", "HTTPS 1 . key65535=a", "AMTRELAY \\# 3 00FF00", "LOC 0 0 0. N 0 0 1. E 2.",
    "CERT ACPKIX 0 0 AAAA", "CERT 65535 65535 255 AAAA",
    "SMIMEA 3 1 1 ab CD",
    "KEY 49152 3 8", "ZONEMD 1 1 9 AABBCCDDEEFFAABBCCDDEEFF",
    "DS 1 8 9 AA", "SSHFP 1 9 AA", "X25 311061700956", "NSEC3 2 0 0 - 28 A",
    "OPENPGPKEY AA ( AA\n )",
  ])
  func bindReadsTheSameBytes(_ data: String) throws {
    let ours = Self.ours(data)
    #expect(ours != Self.refused)
    #expect(try ours == Self.bind(data))
  }

  @Test(arguments: [
    "URI 10 1", ##"URI 10 1 "a" "b""##, ##"URI 70000 1 "a""##, "AVC", "HTTPS 1 . alpn",
    ##"HTTPS 1 . alpn="""##, "HTTPS 1 . alpn=a,,b", "HTTPS 1 . no-default-alpn",
    "HTTPS 1 . no-default-alpn=x alpn=h2", "HTTPS 1 . port=", "HTTPS 1 . port=65536",
    "HTTPS 1 . port=+5", "HTTPS 1 . ipv4hint=1.2.3", "HTTPS 1 . ipv6hint=", "HTTPS 1 . ech=AA",
    "HTTPS 1 . mandatory=alpn,alpn alpn=h2", "HTTPS 1 . mandatory=mandatory alpn=h2",
    "HTTPS 1 . mandatory=alpn port=1", "HTTPS 1 . key1=h2", "HTTPS 1 . key3=5",
    "HTTPS 1 . key4=1.2.3", "HTTPS 1 . key0667=a", "HTTPS 1 . key65536=a", "HTTPS 1 . KEY667=a",
    "HTTPS 1 . ALPN=h2", "HTTPS 1 . port=1 key3=53", ##"HTTPS 1 . "port=1""##,
    ##"HTTPS 1 . key667="a"b"##, "HTTPS 1 . foo=bar", ##"SVCB \# 7 00010000030001"##,
    ##"SVCB \# 16 00010000030002003500010003026832"##, "NSEC3 1 0 0 - 2T7B4G4VSA A",
    "NSEC3 1 0 0 -- 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A",
    "NSEC3 1 0 0 aab 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A", "NSEC3 2 0 0 - 2 A",
    // Digests and hashes have the length of their kind; keys are there when the flags say so.
    "NSEC3 1 0 0 - 28 A", "DS 1 8 1 AABB", "CDS 1 8 2 AABB", "SSHFP 1 1 AABB", "KEY 0 3 8",
    "ZONEMD 1 1 1 AABBCCDDEEFFAABBCCDDEEFF", "KEY 49152 3 8 AAAA", "X25 123", "X25 12a45",
    "IPSECKEY 1 1 2 192.0.2.1", "HTTPS 1 . port=\\0530", "HTTPS 1 . ipv4hint=1.2.3.\\052",
    "HTTPS 1 . mandatory=p\\111rt port=1", "LOC 1 N 1 E 10M", "LOC 1 n 1 E 10m",
    "NSEC3 2 0 65536 - 28 A", ##"NAPTR 65536 10 "u" "x" "" ."##, ##"NAPTR 1 1 "u" "x" """##,
    "RRSIG A 8 3 3600 4294967296 0 1 example. AAAA", "RRSIG A 8 3 3600 00000000005 5 1 @ AAAA",
    "RRSIG A 8 3 3600 20250101240000 5 1 @ AAAA", "RRSIG A 8 3 3600 20250229000000 5 1 @ AAAA",
    "RRSIG A 8 3 3600 21000229000000 5 1 @ AAAA", "RRSIG A 8 3 3600 1700000000 5 65536 @ AAAA",
    "RRSIG A 8 3 3600 1700000000 5 1 @", "RRSIG A 8 3 3600 1700000000 5 1 @ AAA",
    "RRSIG BOGUS 8 3 3600 1700000000 5 1 @ AAAA", "DNSKEY 257 3 8", "DNSKEY 0 3 8",
    "DNSKEY 257 256 15 AAAA", "DNSKEY 257 3 BOGUS AAAA", "CDNSKEY 257 3 8", "CERT 65536 0 0 AAAA",
    "CERT 1 0 256 AAAA", "CERT PKIX 0 0", "SMIMEA 3 1 1", "SMIMEA 3 1 1 abc",
    "SMIMEA 256 1 1 abcd", "OPENPGPKEY", "OPENPGPKEY AAA", "OPENPGPKEY A===", "OPENPGPKEY ( AAAA",
  ])
  func bindRefusesItToo(_ data: String) throws {
    #expect(Self.ours(data) == Self.refused)
    #expect(try Self.bind(data) == Self.refused)
  }

  struct Difference: Sendable {
    let data: String
    let ours: String
    let bind: String

    init(_ data: String, _ ours: String, bind: String) {
      (self.data, self.ours, self.bind) = (data, ours, bind)
    }
  }

  @Test(arguments: [
    // RFC 7553 §4.4 puts the target in quotes; we read it without them as well.
    Difference("URI 10 1 ftp:x", "000A00016674703A78", bind: refused),
    // RFC 9540 §4: ohttp, which this BIND knows by its number only, has an empty value.
    Difference("HTTPS 1 . ohttp", "00010000080000", bind: refused),
    Difference("HTTPS 1 . key8=x", refused, bind: "0001000008000178"),
    // RFC 9461 §5: a path is a template with the variable dns. What it says is not ours to judge.
    Difference("HTTPS 1 . dohpath=/x", "000100000700022F78", bind: refused),
    // RFC 9848 §4: ech is one whole list, in base64.
    Difference("HTTPS 1 . ech=", refused, bind: "00010000050000"),
    // RFC 4025 §2.4: algorithm 0 says that there is no key, and there is none then.
    Difference("IPSECKEY 1 1 0 192.0.2.1", "010100C0000201", bind: refused),
    Difference("IPSECKEY 1 0 0 . AAAA", refused, bind: "010000000000"),
    // RFC 3402 §3.2: the expression's form is for those who apply it.
    Difference(##"NAPTR 1 1 "u" "x" "bad" ."##, "00010001017501780362616400", bind: refused),
    // RFC 4034 §3.1.5: dates a turn or more away mean nothing; leap seconds are ignored.
    Difference(
      "RRSIG A 8 1 1 99991231235959 1 1 . AAAA", refused,
      bind: "0001080100000001FFF4417F00000001000100000000"),
    Difference(
      "RRSIG A 8 1 1 20250101000060 1 1 . AAAA", refused,
      bind: "0001080100000001677485BC00000001000100000000"),
    // RFC 4034 §3.1.3, §3.1.7: an owner has at least its signer's labels; a validator's concern.
    Difference(
      "RRSIG A 8 0 1 1 1 1 a. AAAA", "0001080000000001000000010000000100010161" + "00000000",
      bind: refused),
    // RFC 4034 §3.2 with RFC 3597 §5: a type is a mnemonic or TYPE and a number.
    Difference(
      "RRSIG 1 8 1 1 1 1 1 . AAAA", refused,
      bind: "00010801000000010000000100000001000100000000"),
    // RFC 4034 §2.2: flags and protocol are decimal numbers.
    Difference("DNSKEY ZONE 3 15 AAAA", refused, bind: "0100030F000000"),
    Difference("DNSKEY 257 DNSSEC 15 AAAA", refused, bind: "0101030F000000"),
    Difference("DNSKEY 0x101 3 15 AAAA", refused, bind: "0101030F000000"),
  ])
  func whereBINDDiffersTheRFCDecides(_ difference: Difference) throws {
    #expect(Self.ours(difference.data) == difference.ours)
    #expect(try Self.bind(difference.data) == difference.bind)
  }
}
