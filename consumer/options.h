/* The command line of ferry-consumer. */
#ifndef CONSUMER_OPTIONS_H
#define CONSUMER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/arguments.h"
#include "shared/parse.h"
#include "shared/save_path.h"

typedef enum delivery_choice {
    DELIVERY_AS_FITS, /* every when frames are saved each to its file, if the channel can do that;
                         else latest; a stream of its own likewise, and it skips alone where its
                         reader is too slow */
    DELIVERY_LATEST,
    DELIVERY_EVERY
} delivery_choice;

/* The kinds of stream that --write makes. */
typedef enum write_as { WRITE_Y4M, WRITE_RAW, WRITE_MJPEG } write_as;

typedef struct write_request {
    const char *place; /* "-": standard output; NULL: no stream is written */
    write_as as;
    bool is_said;    /* --as was given; else as is what the place is called after */
    uint32_t format; /* that every frame is converted to; 0: not said */
    bool scales;     /* later frames get the first one's size and format */
    app_rate rate;   /* frames 0: not said */
} write_request;

typedef struct consumer_options {
    app_arguments common;
    delivery_choice delivery;
    uint32_t max_lag;           /* when each frame is wanted: as in ferry_consumer_options */
    uint32_t bare_16bit_format; /* of a sender that knows only the BaseImage layout; 0: not said */
    uint32_t bare_format;       /* what such a sender's frames of as many bits are; 0: not said */
    const char *event_name;     /* of such a sender; NULL: the usual one */
    bool bare_images;           /* such a sender has a count of images in front */
    bool bare_bottom_up;        /* such a sender's last row comes first */
    int64_t wait_ns;            /* for a producer; FERRY_FOREVER when not said */
    int64_t timeout_ns;         /* for the next frame; FERRY_FOREVER when not said */
    bool reconnect;             /* waits for the next producer when one ends */
    bool saves;
    app_save_pattern save;   /* when saves */
    bool overwrite;          /* files of earlier recordings are replaced */
    unsigned jobs;           /* frames that are saved at once, at least 1 */
    const char *exec;        /* a command for each frame; NULL: none */
    int64_t exec_timeout_ns; /* FERRY_FOREVER when not said */
    bool print;
    const app_port *from; /* a port in place of the channel; NULL: none */
    write_request write;
    app_port to; /* a port that frames are handed to; dialect 0: none */
} consumer_options;

/* Reads the command line. Returns APP_EXIT_NONE, or the exit code of a program that has
 * nothing left to do: --help and --version have been answered, what is wrong has been said. Strings
 * stay those of the argument list and the environment. May reorder the argument list. */
int options_parse(consumer_options *out, int count, char **arguments);

/* Each notes an option down that speaks of the stream of --write. Return APP_EXIT_NONE, or
 * APP_EXIT_USAGE with a message. */
int options_write_place(write_request *w, const char *value);
int options_write_as(write_request *w, const char *value);
int options_write_format(write_request *w, const char *value);
int options_write_scale(write_request *w, const char *value);
int options_write_rate(write_request *w, const char *value);

/* Chooses the kind of stream, and checks what goes together with one; for options_parse. Returns as
 * that. */
int options_check_write(consumer_options *o);

/* Whether a path is called after a kind of stream. */
bool options_names_stream(const char *path);

/* Finds out whether there is a port, at this end or at the other, and checks what goes together
 * with one; for options_parse. Returns as that. */
int options_check_port(consumer_options *o);

#endif
