// Linux calls that Swift's Glibc module lacks (see research notes in README, "Decisions").
// _GNU_SOURCE is defined in CLinux.c only: in a header it breaks the import.
#pragma once
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>

/// Fills the buffer from the kernel's random source; -1 and errno where that fails.
int clinux_random(void *_Nonnull buffer, size_t count);

/// 1 when the kernel counts the wall clock as synchronised, 0 when not.
int clinux_clock_synchronised(void);

/// The user at the other end of a Unix socket (SO_PEERCRED), or -1.
int64_t clinux_peer_user(int descriptor);

/// accept4(2), the new descriptor nonblocking and closed on exec.
int clinux_accept(int descriptor, struct sockaddr *_Nullable peer, socklen_t *_Nullable length);

/// How the calling thread shows in ps and top; 15 bytes at most.
void clinux_name_thread(const char *_Nonnull name);

/// A counter another thread can raise to wake an epoll_wait.
int clinux_eventfd(void);

/// Blocks these signals in the calling thread (threads made later inherit that) and gives a
/// descriptor that becomes readable when one comes.
int clinux_signals(const int *_Nonnull signals, size_t count);

/// The next signal of such a descriptor, or 0.
int clinux_next_signal(int descriptor);

/// All signals as usual again in the calling thread: for children before exec, and tests.
int clinux_unblock_signals(void);

/// One request and its reply in a batch. The memory is the batch's.
struct clinux_datagram {
  unsigned char *_Nonnull request;
  unsigned char *_Nonnull reply;
  struct sockaddr *_Nonnull peer;
  void *_Nullable control;
  size_t control_length;
  uint32_t request_length;
  /// Set to more than 0 where `reply` is to be sent.
  uint32_t reply_length;
  uint32_t peer_length;
  /// The request was longer than the room for it.
  uint32_t is_cut;
};

struct clinux_batch;
struct clinux_batch *_Nullable clinux_batch_create(
    unsigned int capacity, size_t request_size, size_t reply_size);
void clinux_batch_free(struct clinux_batch *_Nullable batch);
struct clinux_datagram *_Nonnull clinux_batch_datagrams(struct clinux_batch *_Nonnull batch);

/// recvmmsg(2): as many as are there; `waits`: for the first of them. -1 and errno on failure.
int clinux_batch_receive(struct clinux_batch *_Nonnull batch, int descriptor, int waits);

/// sendmmsg(2) of the replies among the first `count`, each from the address its request was sent
/// to. Gives how many the kernel took.
int clinux_batch_reply(
    struct clinux_batch *_Nonnull batch, int descriptor, unsigned int count);

/// Requests shall come with the address they were sent to (IP_PKTINFO, IPV6_RECVPKTINFO).
int clinux_want_local_address(int descriptor, int family);

/// One datagram, with the control message of the request it answers, if any.
ssize_t clinux_send(
    int descriptor, const void *_Nonnull bytes, size_t count,
    const struct sockaddr *_Nonnull peer, socklen_t peer_length, const void *_Nullable control,
    size_t control_length);

/// Has the socket queue what ICMP says about datagrams it sent (IP_RECVERR), told apart by peer.
void clinux_want_errors(int descriptor, int family);

/// One queued error: the bytes that were sent, to whom, and why they did not arrive. -1 when none is
/// there.
ssize_t clinux_receive_error(
    int descriptor, void *_Nonnull buffer, size_t room, struct sockaddr *_Nonnull peer,
    socklen_t *_Nonnull length, int *_Nonnull error);

/// Starts a program, looked for on the PATH, in a process group of its own; output and complaints go to
/// `output`. Where it is tied, the kernel kills it as soon as the *calling thread* ends, however that
/// comes about (PR_SET_PDEATHSIG). -1 and errno where it could not be started.
pid_t clinux_spawn_tied(
    char *_Nullable const *_Nonnull arguments, char *_Nullable const *_Nonnull environment, int input,
    int output, int is_tied);
