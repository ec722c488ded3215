#define _DEFAULT_SOURCE /* TCP_NOTSENT_LOWAT */
#include "socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* Bytes that wait behind those under way. */
#define SHORT_BYTES 4096

void socket_shut(int socket) {
    shutdown(socket, SHUT_RDWR);
}

void socket_keep_short(int socket) {
    int bytes = SHORT_BYTES;
    setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

bool socket_has_room(int socket) {
    struct pollfd one = {.fd = socket, .events = POLLOUT};
    return poll(&one, 1, 0) == 1;
}

uint64_t socket_allow(uint64_t descriptors) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return descriptors;
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < descriptors) {
        rlim_t before = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > descriptors
                             ? (rlim_t)descriptors
                             : limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            limit.rlim_cur = before;
    }
    return limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : (uint64_t)limit.rlim_cur;
}
