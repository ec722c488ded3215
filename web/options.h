/* The command line of ferry-web. */
#ifndef WEB_OPTIONS_H
#define WEB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate.h"
#include "listen.h"
#include "server.h"
#include "shared/share.h"

typedef struct web_options {
    app_share share;
    const char **names; /* of channels; none: all */
    size_t name_count;
    listen_address listen[SERVER_LISTEN_MAX];
    size_t listen_count;
    const char *hosts[GATE_HOSTS_MAX / 2];
    size_t host_count;
    const char *token_file, *certificate, *key; /* files; NULL: none */
    uint64_t memory_bytes;
    uint64_t connections;
} web_options;

/* Reads the command line. Returns APP_EXIT_NONE, or the exit code of a program that has nothing
 * left to do. Strings stay those of the argument list. */
int options_parse(web_options *out, int count, char **arguments);

#endif
