// The least a UDP server can do: takes datagrams in batches of 32, marks them as answers, sends them back.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { batch = 32, room = 512 };

int main(int count, char **arguments) {
  if (count != 2) return 2;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int size = 4 << 20, descriptor = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return 1;
  static unsigned char bytes[batch][room];
  static struct sockaddr_in peers[batch];
  static struct iovec parts[batch];
  static struct mmsghdr messages[batch];
  for (;;) {
    for (int i = 0; i < batch; i++) {
      parts[i] = (struct iovec){bytes[i], room};
      memset(&messages[i], 0, sizeof messages[i]);
      messages[i].msg_hdr.msg_name = &peers[i];
      messages[i].msg_hdr.msg_namelen = sizeof peers[i];
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    int received = recvmmsg(descriptor, messages, batch, MSG_WAITFORONE, NULL);
    for (int i = 0; i < received; i++) {
      bytes[i][2] |= 0x80;
      parts[i].iov_len = messages[i].msg_len;
    }
    for (int sent = 0; sent < received;) {
      int done = sendmmsg(descriptor, messages + sent, received - sent, 0);
      sent += done > 0 ? done : 1;
    }
  }
}
