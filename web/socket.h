/* Sockets of connections, beside what the HTTP library does with them, and how many there may be.
 * Any thread. */
#ifndef WEB_SOCKET_H
#define WEB_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

/* Ends both directions: whoever reads there finds the end. Source: shutdown(2). */
void socket_shut(int socket);

/* Lets the system take little more to send than is under way, so that what is sent is made late.
 * Source: TCP_NOTSENT_LOWAT in tcp(7). */
void socket_keep_short(int socket);

/* Whether the system would take something to send. Source: poll(2). */
bool socket_has_room(int socket);

/* Has room made for this many descriptors, as far as the system allows. Returns how many there may
 * be. Source: RLIMIT_NOFILE in getrlimit(2). */
uint64_t socket_allow(uint64_t descriptors);

#endif
