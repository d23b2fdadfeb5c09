import DNSModel
import Notation

/// The resolvers that are asked when nobody says which, and the kinds of caches the world is made of.
/// Figures age: each names its source; `cutover verify --resolver-table FILE` replaces the rows.
public enum ResolverTable {
  private static let measured2023 =
    "measured from outside, nullrouted.space, 2023-03-18 (no vendor text)"

  public static let publicResolvers: [ResolverProfile] = [
    ResolverProfile(
      "Cloudflare", addresses: ["1.1.1.1:53", "[2606:4700:4700::1111]:53"],
      tlsName: "one.one.one.one", httpsURL: "https://cloudflare-dns.com/dns-query",
      isRequired: true, source: measured2023 + ": no cap seen at 172800 s"),
    ResolverProfile(
      "Google", addresses: ["8.8.8.8:53", "[2001:4860:4860::8888]:53"], tlsName: "dns.google",
      httpsURL: "https://dns.google/dns-query", cap: TTL(clamping: 21600), isRequired: true,
      source: measured2023),
    ResolverProfile(
      "Quad9", addresses: ["9.9.9.9:53", "[2620:fe::fe]:53"], tlsName: "dns.quad9.net",
      httpsURL: "https://dns.quad9.net/dns-query", cap: TTL(clamping: 43200), isRequired: true,
      source: measured2023),
    ResolverProfile(
      "OpenDNS", addresses: ["208.67.222.222:53", "[2620:119:35::35]:53"],
      tlsName: "dns.opendns.com", httpsURL: "https://doh.opendns.com/dns-query",
      cap: TTL(clamping: 3600), source: measured2023),
    ResolverProfile(
      "AdGuard", addresses: ["94.140.14.140:53", "[2a10:50c0::1:ff]:53"],
      tlsName: "unfiltered.adguard-dns.com",
      httpsURL: "https://unfiltered.adguard-dns.com/dns-query",
      staleHabit: "optimistic caching answers from what has expired and refreshes afterwards",
      source: "AdGuardHome issue 2145 describes optimistic caching; no cap is published"),
  ]

  /// Kinds of caches, for what may still hold a former value.
  public static let kinds: [ResolverProfile] = [
    ResolverProfile(
      "BIND, as shipped", cap: TTL(clamping: 604_800), negativeCap: TTL(clamping: 10800),
      staleHabit: "stale answers up to a day where switched on",
      source: "BIND built-in defaults (config.c)"),
    ResolverProfile(
      "Unbound, as shipped", cap: TTL(clamping: 86400), negativeCap: TTL(clamping: 3600),
      staleHabit: "serve-expired is off as shipped; when on, up to a day and 30 s at a time",
      source: "unbound.conf(5), 2026-08"),
    ResolverProfile(
      "Knot Resolver", cap: TTL(clamping: 86400), floor: TTL(clamping: 5),
      staleHabit: "serve-stale up to a day after about 4 s without an authority",
      source: "Knot Resolver documentation, config-cache and config-serve-stale"),
    ResolverProfile(
      "PowerDNS Recursor", cap: TTL(clamping: 86400), negativeCap: TTL(clamping: 3600),
      source: "pdns_recursor settings: max-cache-ttl, max-negative-ttl"),
    ResolverProfile(
      "Windows DNS", cap: TTL(clamping: 86400), negativeCap: TTL(clamping: 300),
      source: "Microsoft, cc959926 and cc959517 (2000s documents)"),
    ResolverProfile(
      "systemd-resolved", cap: TTL(clamping: 7200), source: "resolved-dns-cache.c (older file)"),
    ResolverProfile(
      "CoreDNS cache", cap: TTL(clamping: 3600), negativeCap: TTL(clamping: 1800),
      source: "CoreDNS cache plugin documentation"),
    ResolverProfile(
      "Chromium", cap: nil, floor: TTL(clamping: 60),
      staleHabit: "a flat 60 s when the operating system resolves",
      source: "Chromium net/dns: kCacheEntryTTLSeconds, kMinimumTTLSeconds"),
    ResolverProfile(
      "Java with a security manager", cap: nil, floor: .ceiling, negativeCap: TTL(clamping: 10),
      staleHabit: "keeps an answer until the process ends; about 30 s without one",
      source: "networkaddress.cache.ttl"),
    ResolverProfile(
      "nginx with a literal name in proxy_pass", cap: nil, floor: .ceiling,
      staleHabit: "keeps an answer until it is reloaded", source: "nginx proxy_pass; resolver"),
  ]
}
