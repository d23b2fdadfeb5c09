import DNSModel
import Notation
import Testing

@testable import DNSProviders

@Suite struct ZoneFileEditTests {
  let now = UTCInstant(parsing: "2026-11-21T12:00:00Z") ?? UTCInstant(seconds: 0)

  func edited(
    _ text: String, _ owner: DomainName = "api.example.test", _ type: String = "CNAME",
    ttl: Int = 60, _ values: [String] = ["new.example.net."]
  ) throws -> String {
    let edit = ZoneFileEdit(owner: owner, type: type, ttl: TTL(clamping: ttl), values: values)
    let bytes = try edit.applied(to: Array(text.utf8), origin: "example.test") {
      $0.following(on: now)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  let file = """
    ; kept by hand since 2009 - do not reorder!
    $TTL 2d
    @   IN SOA ns1 hostmaster (
            2026112003 ; serial
            7200 900 1209600
            300 )      ; negative
        IN NS  ns1
    ns1     A   192.0.2.1
    ; the shop
    api 172800 IN CNAME old.example.net.   ; ticket 4711; (do not touch)
    \tTXT "a ; quoted (thing)"
    www     CNAME api
    """

  @Test func changesNothingButTheRecordAndTheSerial() throws {
    let wanted =
      file.replacing("2026112003", with: "2026112100")
      .replacing("172800 IN CNAME old.example.net.", with: "60 IN CNAME new.example.net.")
    #expect(try edited(file) == wanted)
  }

  @Test func writesTheTTLWhereNoneStood() throws {
    let result = try edited(file, "www.example.test")
    #expect(result.hasSuffix("www     60 CNAME new.example.net."))
    #expect(result.contains("api 172800 IN CNAME old.example.net."))
  }

  @Test func understandsOriginsRelativeNamesAndEscapes() throws {
    let text = """
      example.test. SOA ns1 h 7 1 1 1 1
      $ORIGIN sub.example.test.
      a\\.b 1h CNAME x
      $ORIGIN example.test.
      api.sub IN 5 CNAME (
        y ; why
      ) ; end
      """
    let result = try edited(text, "api.sub.example.test")
    #expect(result.contains("IN 60 CNAME (\n  new.example.net. ; why\n) ; end"))
    #expect(result.contains("SOA ns1 h 8 1 1 1 1") && result.contains("a\\.b 1h CNAME x"))
    #expect(try edited(text, "a\\.b.sub.example.test").contains("a\\.b 60 CNAME new"))
  }

  @Test func replacesASetAndKeepsTheOwnerOfTheNextRecord() throws {
    let text = """
      @ SOA ns1 h 7 1 1 1 1
      api A 192.0.2.1
      api A 192.0.2.2
          TXT "mine"
      """
    let result = try edited(text, "api.example.test", "A", ["192.0.2.7", "192.0.2.8"])
    let wanted = """
      @ SOA ns1 h 8 1 1 1 1
      api 60 A 192.0.2.7
      api.example.test. 60 IN A 192.0.2.8
      api    TXT "mine"
      """
    #expect(result == wanted)
  }

  @Test func refusesWhatItCannotDoSafely() {
    let soa = "@ SOA ns1 h 7 1 1 1 1\n"
    let files = [
      ("api CNAME x\n", "no SOA"), (soa, "no CNAME record"),
      (soa + "$INCLUDE more\n", "$INCLUDE"), (soa + "api CNAME ( x\n", "never closed"),
      (soa + "t TXT \"open\napi CNAME x\n", "line 2"), (soa + "api CNAME x )\n", "line 2"),
      (soa + "a..b CNAME x\n", "no name"),
    ]
    for (text, reason) in files {
      do {
        _ = try edited(text)
        Issue.record("taken: \(text)")
      } catch {
        #expect("\(error)".contains(reason), "\(error)")
      }
    }
  }

  @Test func neverTrapsOnAnyBytes() {
    let characters = Array("a @.\"\\;()\n\t$IN CNAME SOA 60 api ORIGIN".utf8)
    var state: UInt64 = 42
    for _ in 0..<3000 {
      var text: [UInt8] = []
      for _ in 0..<40 {
        state = state &* 6_364_136_223_846_793_005 &+ 1
        text.append(characters[Int(state >> 33) % characters.count])
      }
      let edit = ZoneFileEdit(owner: "api.example.test", type: "CNAME", ttl: .zero, values: ["x."])
      let result = try? edit.applied(to: text, origin: "example.test") { $0.next }
      #expect(result == nil || result != text)
    }
  }

  @Test func movesSerialsOnInTheirOwnHabit() {
    #expect(Serial(7).following(on: now) == Serial(8))
    #expect(Serial(2_026_112_003).following(on: now) == Serial(2_026_112_100))
    #expect(Serial(2_026_112_100).following(on: now) == Serial(2_026_112_101))
    #expect(Serial(2_026_112_500).following(on: now) == Serial(2_026_112_501))
    #expect(Serial(UInt32.max).following(on: now) == Serial(0))
  }
}
