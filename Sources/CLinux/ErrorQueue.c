#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

void clinux_want_errors(int descriptor, int family) {
  int on = 1;
  if (family == AF_INET6)
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  else
    setsockopt(descriptor, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
}

ssize_t clinux_receive_error(
    int descriptor, void *buffer, size_t room, struct sockaddr *peer, socklen_t *length,
    int *error) {
  char control[512];
  struct iovec piece = {buffer, room};
  struct msghdr message = {0};
  message.msg_name = peer;
  message.msg_namelen = *length;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t count = recvmsg(descriptor, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
  if (count < 0) return -1;
  *length = message.msg_namelen;
  *error = 0;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if ((part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR)
        || (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR)) {
      struct sock_extended_err details;
      memcpy(&details, CMSG_DATA(part), sizeof details);
      *error = (int)details.ee_errno;
    }
  }
  return count;
}
