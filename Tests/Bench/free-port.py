"""Prints a port of 127.0.0.1 that is free for UDP and for TCP."""
import socket

for _ in range(50):
    udp, tcp = socket.socket(type=socket.SOCK_DGRAM), socket.socket()
    udp.bind(("127.0.0.1", 0))
    try:
        tcp.bind(udp.getsockname())
    except OSError:
        continue
    print(udp.getsockname()[1])
    break
