import DNSModel
import TestSupport
import ZoneFiles

/// Where we read an entry otherwise than a peer, and which RFC decides it.
struct PeerDifference: Sendable {
  struct Case {
    let entry: String
    let peer: String
    let ours: ResourceRecord?
    let fault: TextFault?
    let theirs: ResourceRecord?

    /// The names in the record, its owner included.
    var names: [DomainName] { ours.map { [$0.owner] + $0.data.names } ?? [] }
    var weRefuse: Bool { ours == nil && theirs != nil }
    var peerRefuses: Bool { ours != nil && theirs == nil }
    var bytes: [UInt8] { ours?.data.wire ?? [] }

    var type: RecordType { ours?.type ?? theirs?.type ?? RecordType(rawValue: 0) }

    func isOf(_ types: RecordType...) -> Bool { types.contains(type) }
  }

  let reason: String
  let covers: @Sendable (Case) -> Bool

  private init(_ reason: String, _ covers: @escaping @Sendable (Case) -> Bool) {
    self.reason = reason
    self.covers = covers
  }

  private static func bind(_ reason: String, _ covers: @escaping @Sendable (Case) -> Bool) -> Self {
    Self(reason) { $0.peer == "BIND" && covers($0) }
  }

  private static func knot(_ reason: String, _ covers: @escaping @Sendable (Case) -> Bool) -> Self {
    Self(reason) { $0.peer == "Knot" && covers($0) }
  }

  static let all: [PeerDifference] = ofBoth + ofKnot + ofKnotsData + ofBIND

  private static let ofBoth: [PeerDifference] = [
    Self("RFC 2181 §8: a TTL has 31 bits; BIND makes larger ones 0, Knot keeps them") {
      $0.weRefuse && $0.fault == .ttl
    },
    Self("RFC 1876 §2: a size is one digit and a power of ten; the others round") {
      $0.weRefuse && $0.fault == .location && $0.isOf(.loc)
    },
    Self("RFC 9460 appendix A.1: in a list a backslash protects a comma or a backslash") {
      $0.fault == .parameter && $0.weRefuse && $0.isOf(.svcb, .https) && $0.entry.contains("\\\\")
    },
    Self("RFC 7553 §4.4: the target is a URI, and no URI is empty") {
      $0.weRefuse && $0.fault == .string && $0.isOf(.uri)
    },
    Self("RFC 8659 §4.1: a tag is letters and digits, written as such") {
      $0.weRefuse && $0.isOf(.caa) && ($0.fault == .string || $0.fault == .quoted)
    },
  ]

  /// Types that Knot 3.2 has no text form for.
  private static let unknownToKnot: [RecordType] = [
    .amtrelay, .avc, .ninfo, .rkey, .talink, .x25, .isdn, .px, .mb, .mg, .mr, .nsapptr, .hip, .dlv,
    .ta,
    .sig, .gpos,
  ]

  private static let unknownToKnotInBitmaps = Set(
    (unknownToKnot + [.md, .mf, .a6]).map(\.description))

  private static let ofKnot: [PeerDifference] = [
    knot("RFC 3597 §5: a class may be written CLASS and its number") {
      $0.peerRefuses && $0.entry.contains("CLASS1")
    },
    knot("RFC 3597 §5: a type unknown to a reader is told by number and hex only") {
      $0.peerRefuses && unknownToKnot.contains($0.type)
    },
    knot("RFC 1035 §3.2.2, RFC 4034 §4.1.2: a type unknown to Knot it refuses in a bitmap too") {
      $0.peerRefuses && $0.isOf(.nsec, .nsec3, .csync)
        && $0.dataWords.contains { unknownToKnotInBitmaps.contains($0.uppercased()) }
    },
    knot("RFC 3597 §5: the generic form begins with a word \\#; Knot takes longer ones for it too")
    {
      $0.peerRefuses && !$0.isGeneric && $0.dataWords.first?.hasPrefix("\\#") == true
    },
    knot("RFC 2181 §11: a name may have any character; Knot wants most of them escaped") {
      $0.peerRefuses
        && ($0.names.contains { !$0.wire.allSatisfy(isPlainToKnot) }
          || $0.isOf(.ipseckey, .rrsig, .svcb, .https, .naptr, .px)
            && !$0.bytes.allSatisfy(isPlainToKnot)
            && $0.entry.contains(where: { "!\"#$%&'+,:;<=>?@[]^`{|}~".contains($0) }))
    },
    knot("RFC 4034 §3: Knot gives a signature the TTL it was made for") {
      $0.isOf(.rrsig) && $0.ours?.data.canonicalWire == $0.theirs?.data.canonicalWire
    },
    knot("RFC 1035 §5.1: \\DDD is an octet: 256 and more are none") {
      $0.weRefuse && ($0.fault == .escape || $0.fault == .name) && $0.entry.contains("\\")
    },
    knot("RFC 4648 §3.2 and §4: padding ends the data; Knot reads on behind it") {
      $0.weRefuse && $0.fault == .base64
    },
    knot("RFC 4034 §2.2: blanks may stand anywhere in base64; Knot wants whole groups of four") {
      $0.peerRefuses && $0.hasBrokenGroups(of: 4)
        && $0.isOf(.dnskey, .cdnskey, .key, .cert, .openpgpkey, .dhcid, .ipseckey, .rrsig)
    },
    knot("RFC 3597 §5: blanks may stand anywhere in hex; Knot wants whole bytes") {
      $0.peerRefuses && $0.hasBrokenGroups(of: 2)
        && ($0.isGeneric || $0.isOf(.tlsa, .smimea, .ds, .cds, .sshfp, .zonemd))
    },
    knot("RFC 6742 §2.1: groups are written as in IPv6, leading zeros left out") {
      $0.peerRefuses && $0.isOf(.nid, .l64)
    },
    knot("RFC 1035 §5.1: a string may have any character; Knot wants those beyond ASCII escaped") {
      $0.peerRefuses && !$0.entry.utf8.allSatisfy { $0 < 0x80 }
    },
    knot(
      "RFC 9460 §7.1.1: a protocol's name may be one byte long; Knot 3.2 takes such a one for none"
    ) {
      $0.peerRefuses && $0.isOf(.svcb, .https) && $0.hasProtocolOfOneByte
    },
    knot("RFC 9460 appendix A.1: a backslash before a comma protects it in the list") {
      $0.isOf(.svcb, .https) && $0.ours != nil && $0.theirs != nil && $0.entry.contains("\\\\")
    },
  ]

  private static let ofKnotsData: [PeerDifference] = [
    knot("RFC 1035 §5.1: a parenthesis groups, also right behind a string") {
      $0.ours != nil && $0.hasTouchingParenthesis
        && ($0.peerRefuses || $0.theirs?.data.wire.contains(where: "()".utf8.contains) == true)
    },
    knot("RFC 3123 §5: a family is a decimal number; Knot takes none with a leading zero") {
      $0.peerRefuses && $0.isOf(.apl)
        && $0.dataWords.contains { $0.hasPrefix("0") || $0.hasPrefix("!0") }
    },
    knot(
      "RFC 4034 §5.1.4, RFC 4509 §2.1, RFC 4255 §3.1.2, RFC 8976 §2.2.4: each digest has its length"
    ) {
      $0.weRefuse && ($0.fault == .data || $0.fault == .hex)
        && $0.isOf(.ds, .cds, .sshfp, .zonemd)
    },
    knot("RFC 1035 §5.1: a backslash takes any character, a blank too, for itself") {
      $0.peerRefuses && ($0.entry.contains("\\ ") || $0.entry.contains("\\\t"))
    },
    knot(
      "RFC 9460 §2.1 and §7.1.1: numbers of keys have no leading zeros; no-default-alpn needs alpn"
    ) {
      $0.weRefuse && ($0.fault == .parameter || $0.fault == .data) && $0.isOf(.svcb, .https)
    },
    knot("RFC 4025 §2.4: a key is there exactly when its algorithm is not 0") {
      $0.weRefuse && $0.fault == .data && $0.isOf(.ipseckey)
    },
    knot("RFC 2535 §3.1.2: the flags say whether there is a key") {
      $0.weRefuse && $0.fault == .data && $0.isOf(.key)
    },
    knot("RFC 1035 §3.3: a string has 255 bytes; Knot cuts longer ones in two") {
      $0.weRefuse && $0.fault == .string && $0.isOf(.txt, .spf, .hinfo)
    },
  ]

  private static func isPlainToKnot(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x7F...: true
    default: "-_*/.\\".utf8.contains(byte)
    }
  }

  private static let ofBIND: [PeerDifference] = [
    bind("RFC 7043 §3.2 and §4.2: two digits for each byte") {
      $0.weRefuse && $0.isOf(.eui48, .eui64)
    },
    bind("RFC 4025 §2.4: algorithm 0 says that there is no key") {
      $0.isOf(.ipseckey) && ($0.fault == .data || $0.peerRefuses)
    },
    bind("RFC 5891 §4.4: what is outside ASCII is written as an A-label or as \\DDD") {
      $0.weRefuse && $0.fault == .name && !$0.entry.utf8.allSatisfy { $0 < 0x80 }
    },
    bind(
      "RFC 3597 §5: \\# begins the generic form; BIND reads on as strings where no length follows"
    ) {
      $0.weRefuse && $0.entry.contains("\\#") && ($0.fault == .number || $0.fault == .quoted)
    },
    bind("RFC 9460 §2.1 and RFC 1035 §5.1: names are not quoted") {
      $0.weRefuse && $0.fault == .quoted
    },
    bind("RFC 4034 §2.2, RFC 2535 §7.1: flags are a decimal number; BIND takes hex and mnemonics") {
      $0.weRefuse && $0.fault == .number && $0.isOf(.key, .dnskey, .cdnskey)
        && $0.dataWords.first?.allSatisfy(\.isNumber) == false
    },
    bind("RFC 3123 §5: a family is a decimal number without a sign") {
      $0.weRefuse && $0.isOf(.apl) && $0.dataWords.contains { $0.contains("+") }
    },
    bind("RFC 8777 §4.2.3: a relay is of type 0 to 3") {
      $0.weRefuse && $0.fault == .data && $0.isOf(.amtrelay)
    },
    bind("RFC 4034 §3.1.3: fewer labels than the signer's name has is for a validator to refuse") {
      guard $0.peerRefuses, $0.isOf(.rrsig, .sig), let signer = $0.ours?.data.names.first else {
        return false
      }
      return Int($0.bytes[3]) < signer.labelCount
    },
    bind("RFC 4034 §3.1.5: a time is 32 bits of seconds since 1970; BIND makes others fit") {
      $0.weRefuse && $0.fault == .time && $0.isOf(.rrsig, .sig)
    },
    bind("RFC 1876 §2: version 0 is the only one whose form is known") {
      $0.weRefuse && $0.fault == .data && $0.isOf(.loc) && $0.isGeneric
    },
    bind("RFC 3597 §5: TYPE is followed by decimal digits, with no sign") {
      $0.weRefuse && $0.fault == .typeUnknown && $0.entry.uppercased().contains("TYPE+")
    },
    bind("RFC 3597 §5: TYPE is followed by decimal digits; BIND takes no 0 in front") {
      $0.peerRefuses && $0.entry.uppercased().contains("TYPE0")
    },
    bind("RFC 9461 §5: a dohpath's template is for those who expand it") {
      $0.peerRefuses && $0.isOf(.svcb, .https)
        && ($0.entry.contains("key7=") || $0.entry.contains("dohpath="))
    },
    bind("RFC 9540 §4: ohttp has no value; BIND 9.18 does not know the key") {
      $0.weRefuse && $0.fault == .data && $0.isOf(.svcb, .https) && $0.isGeneric
        && $0.entry.contains("0008")
    },
    bind("RFC 6742 §2.1.2: four groups parted by colons, and no colon behind them") {
      $0.weRefuse && $0.isOf(.nid, .l64) && $0.dataWords.last?.hasSuffix(":") == true
    },
    bind("RFC 4034 §3.2: a type is a mnemonic or TYPE and a number") {
      $0.weRefuse && $0.isOf(.sig, .rrsig) && $0.fault == .typeUnknown
    },
    bind("RFC 4255 §3.2: a fingerprint is there; RFC 3597 §5: so is a length") {
      $0.weRefuse && $0.fault == .fieldMissing && ($0.isOf(.sshfp) || $0.entry.contains("\\#"))
    },
    bind("RFC 4034 §4.1.2, RFC 6840 §5.1: BIND wants a bitmap; a reader need not") {
      $0.peerRefuses && $0.isOf(.nsec) && $0.bytes.count == $0.ours?.data.names.first?.wire.count
    },
    bind("RFC 9460 §2.1: names of keys are lowercase") {
      $0.weRefuse && $0.fault == .parameter && $0.isOf(.svcb, .https)
    },
    bind("RFC 1035 §5.1: a quote begins a string and does not stand inside one") {
      $0.weRefuse && $0.fault == .strayQuote
    },
    bind("RFC 7553 §4.4: the target is quoted; we read it without quotes as well") {
      $0.peerRefuses && $0.isOf(.uri) && $0.dataWords.last?.hasPrefix("\"") == false
    },
    bind("RFC 3402 §3.2: an expression's form is for those who apply it") {
      $0.peerRefuses && $0.isOf(.naptr) && $0.hasExpression
    },
    bind("RFC 1183 §3.1, RFC 1035 §5.1: a string is a string, escaped or not") {
      $0.peerRefuses && $0.isOf(.x25) && $0.entry.contains("\\")
    },
  ]
}
