#define _DEFAULT_SOURCE /* getaddrinfo under -std=c11 */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/inside.h"
#include "shared/parse.h"

#define BACKLOG 1024

typedef union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} any_address;

/* Returns its length; 0: it is none. */
static socklen_t make_address(any_address *out, const char *host, uint16_t port) {
    *out = (any_address){.v6 = {.sin6_family = AF_UNSPEC}};
    if (inet_pton(AF_INET, host, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return sizeof out->v4;
    }
    if (inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        return sizeof out->v6;
    }
    return 0;
}

static void judge(listen_address *a, const any_address *address) {
    if (address->any.sa_family == AF_INET) {
        uint32_t number = ntohl(address->v4.sin_addr.s_addr);
        a->is_loopback = number >> 24 == 127;
        a->is_any = number == INADDR_ANY;
    } else {
        a->is_loopback = IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
        a->is_any = IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
    }
}

/* The address without brackets, which only one of IPv6 has. */
static bool take_host(listen_address *a, const char *text, size_t bytes) {
    bool has_brackets = bytes > 2 && text[0] == '[' && text[bytes - 1] == ']';
    if (has_brackets) {
        text++;
        bytes -= 2;
    }
    if (bytes == 0 || bytes >= sizeof a->host)
        return false;
    memcpy(a->host, text, bytes);
    a->host[bytes] = '\0';
    if (!has_brackets && strcmp(a->host, "localhost") == 0)
        strcpy(a->host, "127.0.0.1");
    return has_brackets == (strchr(a->host, ':') != NULL);
}

bool listen_parse(const char *text, listen_address *out) {
    listen_address a = {.port = 0};
    any_address address;
    uint64_t port = 0;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || !app_parse_whole(colon + 1, 0, UINT16_MAX, &port) ||
        !take_host(&a, text, (size_t)(colon - text)))
        return false;
    a.port = (uint16_t)port;
    if (make_address(&address, a.host, a.port) == 0)
        return false;
    judge(&a, &address);
    *out = a;
    return true;
}

void listen_write(char out[LISTEN_TEXT_BYTES], const listen_address *address) {
    bool is_v6 = strchr(address->host, ':') != NULL;
    snprintf(out, LISTEN_TEXT_BYTES, is_v6 ? "[%s]:%u" : "%s:%u", address->host,
             (unsigned)address->port);
}

static uint16_t port_of(int socket) {
    any_address found = {.v6 = {.sin6_family = AF_UNSPEC}};
    socklen_t bytes = sizeof found;
    if (getsockname(socket, &found.any, &bytes) != 0)
        return 0;
    return ntohs(found.any.sa_family == AF_INET ? found.v4.sin_port : found.v6.sin6_port);
}

static ferry_status fail_to_bind(const listen_address *a, ferry_error *error) {
    int code = errno;
    char text[LISTEN_TEXT_BYTES];
    listen_write(text, a);
    if (code == EADDRINUSE)
        return ferryi_fail(error, FERRY_BUSY, code,
                           "another program listens at %s: choose another port with --listen, or 0 "
                           "for one that is free",
                           text);
    if (code == EADDRNOTAVAIL)
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, code,
                           "cannot listen at %s: this machine does not have that address", text);
    if (code == EACCES)
        return ferryi_fail(error, FERRY_NOT_ALLOWED, code,
                           "may not listen at %s: choose a port from 1024 on", text);
    return ferryi_fail_errno(error, code, "cannot listen at %s", text);
}

ferry_status listen_open(listen_address *a, int *out, ferry_error *error) {
    any_address address;
    socklen_t bytes = make_address(&address, a->host, a->port);
    int on = 1;
    int made = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0)
        return fail_to_bind(a, error);
    setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    /* An address of IPv6 is that alone, so that one of IPv4 can be listened at beside it. */
    if (address.any.sa_family == AF_INET6)
        setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(made, &address.any, bytes) != 0 || listen(made, BACKLOG) != 0) {
        ferry_status status = fail_to_bind(a, error);
        close(made);
        return status;
    }
    a->port = port_of(made);
    *out = made;
    return FERRY_OK;
}

void listen_close(int socket) {
    close(socket);
}
