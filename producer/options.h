/* The command line of ferry-producer. */
#ifndef PRODUCER_OPTIONS_H
#define PRODUCER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arguments.h"
#include "shared/parse.h"
#include "sources/source.h"
#include "sources/stored.h"

/* The SOURCE that is standard input. */
#define STREAM_SOURCE "-"

typedef enum wait_choice {
    WAIT_AS_SOURCE, /* files wait for the first consumer, live sources do not */
    WAIT_LIMITED,   /* --wait-consumer */
    WAIT_NOT        /* --no-wait */
} wait_choice;

typedef enum full_choice {
    FULL_AS_SOURCE, /* live sources with a pace drop, others wait */
    FULL_WAIT,      /* --when-full wait */
    FULL_DROP       /* --when-full drop */
} full_choice;

/* The options that go with the address of another machine's channel. */
typedef struct http_choice {
    unsigned requests;                /* under way at once; 0 before the check: the usual one */
    const char *token_file;           /* NULL: none */
    const char *token;                /* of the environment; NULL: none, or there is a file */
    const char *authority;            /* a file with certificates; NULL: those of the system */
    const char *first;                /* of these options, as it was given; NULL: none was */
    char channel[FERRY_NAME_MAX + 1]; /* of the address */
} http_choice;

typedef struct producer_options {
    app_arguments common; /* the matrix and range of YUV are in form */
    bool has_name;        /* --name was given, so that the name is not a default */
    bool has_rate;        /* else the source's, or what is usual for its kind */
    app_rate rate;        /* frames == 0: as fast as the consumers allow */
    bool loop;
    bool skips_bad;          /* files that are left out are no failure */
    stored_form form;        /* with the dialect */
    ferry_frame_info notes;  /* its metadata goes with each frame */
    uint32_t slots;          /* 0: the library's default */
    uint32_t max_held;       /* frames in a consumer's hand; 0: the library's default */
    uint64_t capacity_bytes; /* 0: what the source needs, see open_slot_bytes */
    bool is_port;            /* no channel: straight to a program of another convention */
    bool is_from_port;       /* the one source is such a program */
    app_port from;           /* and this is it */
    bool is_lines;           /* the one source is a text, of which each line is a message */
    bool has_linger;         /* else what is usual for the convention */
    int64_t linger_ns;       /* how long the last message of a port stays */
    const char *event_name;  /* of the baseimage dialect; NULL: the usual one */
    bool adopts;             /* an object of the dialect is used whatever it holds */
    full_choice when_full;
    bool shows_early;     /* consumers that ask for it read frames while they are copied */
    bool has_stall_limit; /* else what is usual for the choice */
    int64_t stall_limit_ns;
    const char *launch; /* NULL: nothing is started */
    wait_choice wait;
    int64_t wait_ns; /* with WAIT_LIMITED */
    char **sources;  /* of the argument list */
    size_t source_count;
    bool is_pattern; /* the one source is a pattern */
    pattern_request pattern;
    bool is_http; /* the one source is an address */
    http_choice http;
    bool is_stream;        /* the one source is standard input */
    stream_request stream; /* is_raw: --raw has been given, for the one source */
    bool as_stored;        /* pictures are not turned upright */
} producer_options;

/* Reads the command line. Returns APP_EXIT_NONE, or the exit code of a program that has
 * nothing left to do: --help and --version have been answered, what is wrong has been said. Strings
 * stay those of the argument list and the environment. May reorder the argument list. */
int options_parse(producer_options *out, int count, char **arguments);

/* Finds out whether there is a port, at this end or at the other, and checks what goes together
 * with one; for options_parse, before options_check. Returns as that. */
int options_check_port(producer_options *o);

/* Finds an address among the sources, and checks what goes together with one; for options_parse,
 * before the channel's name is chosen. Returns as that. */
int options_check_http(producer_options *o);

/* Checks which options go together, and finds the kind of the sources; for options_parse. Returns
 * APP_EXIT_NONE, or APP_EXIT_USAGE with a message. */
int options_check(producer_options *o);

#endif
