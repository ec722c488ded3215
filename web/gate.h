/* Whom the server answers: by the Host header, so that no page of another site reaches it under a
 * name of its own (DNS rebinding), and by a token. Touches nothing but its arguments. */
#ifndef WEB_GATE_H
#define WEB_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "listen.h"
#include "parameters.h"

#define GATE_HOSTS_MAX 64
#define GATE_TOKEN_LEAST 16

typedef struct gate {
    const char *hosts[GATE_HOSTS_MAX]; /* of --host, and the addresses that are listened at */
    size_t host_count;
    bool takes_numbers; /* any address in numbers: all of the machine are listened at */
    char token[PARAMETERS_TOKEN_MAX + 1]; /* empty: everybody is answered */
    char cookie[24]; /* its name, which no other server's on this machine has */
} gate;

/* Names the cookie after a port that is listened at. */
void gate_name_cookie(gate *a, uint16_t port);

/* Whether a Host header names this server, with whatever port: a forwarded one is another. NULL, as
 * old clients have it, which are no browsers, does. */
bool gate_is_our_host(const gate *a, const char *host);

/* Whether a page of another site has a browser ask, by what the browser says in Sec-Fetch-Site and
 * Sec-Fetch-Mode; NULL where it says nothing. Following a link is no such request. Source: Fetch
 * Metadata Request Headers (W3C). */
bool gate_is_foreign_page(const char *site, const char *mode);

/* Whether text is the token; takes the same time wherever it differs. */
bool gate_is_token(const gate *a, const char *text);

/* Whether a token has the characters and the length that one must have. */
bool gate_can_be_token(const char *text);

/* Whether Authorization: Bearer TOKEN has the token. header may be NULL. */
bool gate_is_bearer(const gate *a, const char *header);

#endif
