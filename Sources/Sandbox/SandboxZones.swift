import DNSModel
import ZoneFiles

/// The sandbox's zones, as they also lie in `Zones/sandbox` (a test holds the two together): the program
/// brings its world with it, wherever it is installed. Ports are no part of them: every authority of the
/// sandbox answers on the same one, each on a loopback address of its own.
public enum SandboxZones {
  public static let all: [(origin: DomainName, file: String, text: String)] = [
    (.root, "root.zone", root), ("contososhoes.com", "contososhoes.com.zone", moving),
    ("azurewebsites.net", "azurewebsites.net.zone", oldPlatform),
    ("contosoedge.net", "contosoedge.net.zone", edge),
  ]

  static func zone(_ origin: DomainName) -> Zone {
    let text = all.first { $0.origin == origin }?.text ?? ""
    return ZoneFile(text: text, origin: origin).zone
  }

  public static let root = """
    ; The sandbox's root: three delegations, all of them to loopback.
    $ORIGIN .
    $TTL 1h
    @                   IN SOA a.root-servers.test. hostmaster.root-servers.test. 1 1h 5m 2w 1m
                        IN NS  a.root-servers.test.
    a.root-servers.test IN A   127.0.2.1
    contososhoes.com    IN NS  ns1.contososhoes.com
                        IN NS  ns2.contososhoes.com
    ns1.contososhoes.com IN A  127.0.2.2
    ns2.contososhoes.com IN A  127.0.2.3
    azurewebsites.net   IN NS  ns1.azurewebsites.net
    ns1.azurewebsites.net IN A 127.0.2.4
    contosoedge.net     IN NS  ns1.contosoedge.net
    ns1.contosoedge.net IN A   127.0.2.4

    """

  public static let moving = """
    ; The zone of the name that moves. Two days become twenty seconds here: everything else is in proportion.
    $ORIGIN contososhoes.com.
    $TTL 20
    @    IN SOA ns1 hostmaster 2026110101 2 1 1w 2
         IN NS  ns1
         IN NS  ns2
         IN CAA 0 issue "ca.contosoedge.net"
    ns1  IN A   127.0.2.2
    ns2  IN A   127.0.2.3
    api  IN CNAME apicontososhoes.azurewebsites.net.

    """

  public static let oldPlatform = """
    ; The old platform: the application's name, and another one that leads to the same place.
    $ORIGIN azurewebsites.net.
    $TTL 30
    @                IN SOA ns1 hostmaster 1 1h 5m 2w 5
                     IN NS  ns1
    ns1              IN A   127.0.2.4
    apicontososhoes  IN A   127.0.1.1
    elsewhere        IN A   127.0.1.1

    """

  public static let edge = """
    ; The global router's zone.
    $ORIGIN contosoedge.net.
    $TTL 30
    @    IN SOA ns1 hostmaster 1 1h 5m 2w 5
         IN NS  ns1
    ns1  IN A   127.0.2.4
    api  IN A   127.0.1.2

    """
}
