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

    func isOf(_ types: RecordType...) -> Bool {
      types.contains(ours?.type ?? theirs?.type ?? RecordType(rawValue: 0))
    }
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

  private static let ofKnot: [PeerDifference] = [
    knot("RFC 3597 §5: a class may be written CLASS and its number") {
      $0.peerRefuses && $0.entry.contains("CLASS1")
    },
    knot("RFC 3597 §5: a type unknown to a reader is told by number and hex only") {
      $0.peerRefuses && unknownToKnot.contains($0.ours?.type ?? RecordType(rawValue: 0))
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
      $0.peerRefuses
        && $0.isOf(.dnskey, .cdnskey, .key, .cert, .openpgpkey, .dhcid, .ipseckey, .rrsig)
    },
    knot("RFC 3597 §5: blanks may stand anywhere in hex; Knot wants whole bytes") {
      $0.peerRefuses
        && ($0.entry.contains("\\#") || $0.isOf(.tlsa, .smimea, .ds, .cds, .sshfp, .zonemd))
    },
    knot("RFC 6742 §2.1: groups are written as in IPv6, leading zeros left out") {
      $0.peerRefuses && $0.isOf(.nid, .l64)
    },
    knot("RFC 1035 §5.1: a string may have any character; Knot wants those beyond ASCII escaped") {
      $0.peerRefuses && !$0.entry.utf8.allSatisfy { $0 < 0x80 }
    },
    knot(
      "RFC 9460 §7.1.1: a protocol's name may be one byte long; Knot 3.2 takes a last one for none"
    ) {
      $0.peerRefuses && $0.isOf(.svcb, .https) && $0.entry.contains("alpn=")
    },
    knot("RFC 9460 appendix A.1: a backslash before a comma protects it in the list") {
      $0.isOf(.svcb, .https) && $0.ours != nil && $0.theirs != nil && $0.entry.contains("\\\\")
    },
  ]

  private static let ofKnotsData: [PeerDifference] = [
    knot("RFC 1035 §5.1: a parenthesis groups, also right behind a string") {
      $0.ours != nil && $0.theirs?.data.wire.contains(UInt8(ascii: ")")) == true
        && $0.entry.contains(")")
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
    bind("RFC 4034 §2.2, RFC 4025 §3.1: numbers are decimal") {
      $0.weRefuse && $0.fault == .number
    },
    bind("RFC 4034 §3.2: a type is a mnemonic or TYPE and a number") {
      $0.weRefuse && $0.isOf(.sig, .rrsig) && $0.fault == .typeUnknown
    },
    bind("RFC 4255 §3.2: a fingerprint is there; RFC 3597 §5: so is a length") {
      $0.weRefuse && $0.fault == .fieldMissing && ($0.isOf(.sshfp) || $0.entry.contains("\\#"))
    },
    bind("RFC 4034 §4.1.2, RFC 6840 §5.1: BIND wants a bitmap; a reader need not") {
      $0.peerRefuses && $0.isOf(.nsec)
    },
    bind("RFC 9460 §2.1: names of keys are lowercase") {
      $0.weRefuse && $0.fault == .parameter && $0.isOf(.svcb, .https)
    },
    bind("RFC 1035 §5.1: a quote begins a string and does not stand inside one") {
      $0.weRefuse && $0.fault == .strayQuote
    },
    bind("RFC 7553 §4.4: the target is quoted; we read it without quotes as well") {
      $0.peerRefuses && $0.isOf(.uri)
    },
    bind("RFC 3402 §3.2: an expression's form is for those who apply it") {
      $0.peerRefuses && $0.isOf(.naptr)
    },
    bind("RFC 1183 §3.1, RFC 1035 §5.1: a string is a string, escaped or not") {
      $0.peerRefuses && $0.isOf(.x25)
    },
  ]
}
