/* Addresses to listen at. For the main thread. */
#ifndef WEB_LISTEN_H
#define WEB_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/status.h>

#define LISTEN_HOST_BYTES 64

typedef struct listen_address {
    char host[LISTEN_HOST_BYTES]; /* as numbers: 127.0.0.1, ::1 */
    uint16_t port;                /* 0: one that is free */
    bool is_loopback;             /* only this machine gets there */
    bool is_any;                  /* all addresses of the machine */
} listen_address;

/* Reads ADDRESS:PORT; the address in numbers, one of IPv6 in brackets, or localhost. */
bool listen_parse(const char *text, listen_address *out);

/* Writes ADDRESS:PORT as it is in a URL. */
#define LISTEN_TEXT_BYTES (LISTEN_HOST_BYTES + 16)
void listen_write(char out[LISTEN_TEXT_BYTES], const listen_address *address);

/* Makes a socket that listens there, and stores it in *out; port 0 becomes the one that was chosen.
 * Returns FERRY_OK; FERRY_BUSY: another program listens there; FERRY_NOT_ALLOWED;
 * FERRY_SYSTEM_ERROR. Source: bind(2), listen(2). */
ferry_status listen_open(listen_address *address, int *out, ferry_error *error);

void listen_close(int socket);

#endif
