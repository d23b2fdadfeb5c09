#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// Room for one IP_PKTINFO or IPV6_PKTINFO, aligned as the kernel wants it.
union control {
  struct cmsghdr header;
  unsigned char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct clinux_batch {
  unsigned int capacity;
  size_t request_size;
  struct clinux_datagram *datagrams;
  struct mmsghdr *in, *out;
  struct iovec *in_parts, *out_parts;
  struct sockaddr_in6 *peers;
  union control *controls;
  unsigned char *memory;
};

struct clinux_batch *clinux_batch_create(unsigned int capacity, size_t request_size,
                                         size_t reply_size) {
  struct clinux_batch *batch = calloc(1, sizeof *batch);
  if (!batch) return NULL;
  batch->capacity = capacity;
  batch->request_size = request_size;
  batch->datagrams = calloc(capacity, sizeof *batch->datagrams);
  batch->in = calloc(capacity, sizeof *batch->in);
  batch->out = calloc(capacity, sizeof *batch->out);
  batch->in_parts = calloc(capacity, sizeof *batch->in_parts);
  batch->out_parts = calloc(capacity, sizeof *batch->out_parts);
  batch->peers = calloc(capacity, sizeof *batch->peers);
  batch->controls = calloc(capacity, sizeof *batch->controls);
  batch->memory = calloc(capacity, request_size + reply_size);
  if (!batch->datagrams || !batch->in || !batch->out || !batch->in_parts || !batch->out_parts ||
      !batch->peers || !batch->controls || !batch->memory) {
    clinux_batch_free(batch);
    return NULL;
  }
  for (unsigned int i = 0; i < capacity; i++) {
    unsigned char *place = batch->memory + i * (request_size + reply_size);
    batch->datagrams[i].request = place;
    batch->datagrams[i].reply = place + request_size;
    batch->datagrams[i].peer = (struct sockaddr *)&batch->peers[i];
    batch->in_parts[i].iov_base = place;
    batch->in_parts[i].iov_len = request_size;
    batch->in[i].msg_hdr.msg_name = &batch->peers[i];
    batch->in[i].msg_hdr.msg_iov = &batch->in_parts[i];
    batch->in[i].msg_hdr.msg_iovlen = 1;
    batch->in[i].msg_hdr.msg_control = &batch->controls[i];
    batch->in[i].msg_hdr.msg_controllen = sizeof batch->controls[i];
    batch->in[i].msg_hdr.msg_namelen = sizeof batch->peers[i];
  }
  return batch;
}

void clinux_batch_free(struct clinux_batch *batch) {
  if (!batch) return;
  free(batch->datagrams);
  free(batch->in);
  free(batch->out);
  free(batch->in_parts);
  free(batch->out_parts);
  free(batch->peers);
  free(batch->controls);
  free(batch->memory);
  free(batch);
}

struct clinux_datagram *clinux_batch_datagrams(struct clinux_batch *batch) {
  return batch->datagrams;
}

int clinux_batch_receive(struct clinux_batch *batch, int descriptor, int waits) {
  int count = recvmmsg(descriptor, batch->in, batch->capacity,
                       waits ? MSG_WAITFORONE : MSG_DONTWAIT, NULL);
  for (int i = 0; i < count; i++) {
    struct msghdr *header = &batch->in[i].msg_hdr;
    batch->datagrams[i].request_length = batch->in[i].msg_len;
    batch->datagrams[i].is_cut = (header->msg_flags & MSG_TRUNC) != 0;
    batch->datagrams[i].peer_length = header->msg_namelen;
    batch->datagrams[i].control = header->msg_control;
    batch->datagrams[i].control_length = header->msg_controllen;
    batch->datagrams[i].reply_length = 0;
    // As they must stand for the next call.
    header->msg_namelen = sizeof batch->peers[i];
    header->msg_controllen = sizeof batch->controls[i];
  }
  return count;
}

int clinux_batch_reply(struct clinux_batch *batch, int descriptor, unsigned int count) {
  unsigned int replies = 0;
  for (unsigned int i = 0; i < count && i < batch->capacity; i++) {
    struct clinux_datagram *datagram = &batch->datagrams[i];
    if (datagram->reply_length == 0) continue;
    struct msghdr *header = &batch->out[replies].msg_hdr;
    batch->out_parts[replies].iov_base = datagram->reply;
    batch->out_parts[replies].iov_len = datagram->reply_length;
    header->msg_name = datagram->peer;
    header->msg_namelen = datagram->peer_length;
    header->msg_iov = &batch->out_parts[replies];
    header->msg_iovlen = 1;
    // The control message that came with the request names the address it was sent to: sent back
    // as it is, the reply leaves from there (ip(7), ipv6(7)).
    header->msg_control = datagram->control_length ? datagram->control : NULL;
    header->msg_controllen = datagram->control_length;
    header->msg_flags = 0;
    replies++;
  }
  unsigned int sent = 0;
  unsigned int lost = 0;
  while (sent < replies) {
    int done = sendmmsg(descriptor, batch->out + sent, replies - sent, 0);
    if (done > 0) {
      sent += done;
    } else if (errno != EINTR) {
      // One datagram the kernel refuses must not keep the others from their askers.
      sent++;
      lost++;
    }
  }
  return (int)(replies - lost);
}

int clinux_want_local_address(int descriptor, int family) {
  int on = 1;
  return family == AF_INET6
             ? setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on)
             : setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

ssize_t clinux_send(int descriptor, const void *bytes, size_t count, const struct sockaddr *peer,
                    socklen_t peer_length, const void *control, size_t control_length) {
  struct iovec part = {(void *)bytes, count};
  struct msghdr header = {0};
  header.msg_name = (void *)peer;
  header.msg_namelen = peer_length;
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control_length ? (void *)control : NULL;
  header.msg_controllen = control_length;
  return sendmsg(descriptor, &header, MSG_NOSIGNAL);
}
