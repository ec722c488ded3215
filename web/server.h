/* The HTTP server: listens, and gives each request to its route. */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include <frameferry/status.h>

#include "listen.h"
#include "services.h"

#define SERVER_LISTEN_MAX 16

typedef struct server_plan {
    services *services; /* but for visitors, which the server makes */
    unsigned limit;     /* of connections */
    listen_address *addresses;
    size_t count;
    const char *certificate, *key; /* their texts in PEM; NULL: no TLS. Stay the caller's */
    bool (*tick)(void *argument);  /* as in visitors_open */
    void *argument;
} server_plan;

typedef struct server server;

/* Listens at all addresses, whose ports become those that were chosen, and answers in threads of
 * its own from then on. NULL on failure. */
server *server_start(const server_plan *plan, ferry_error *error);

/* Ends all connections and threads. NULL is accepted. */
void server_stop(server *s);

#endif
