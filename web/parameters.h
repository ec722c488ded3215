/* The target of a request: a path, and parameters behind a '?'. Touches nothing but its arguments;
 * any bytes may come. */
#ifndef WEB_PARAMETERS_H
#define WEB_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARAMETERS_PART_MAX 255
#define PARAMETERS_PARTS_MAX 2
#define PARAMETERS_COMPLAINT_BYTES 256
#define PARAMETERS_TOKEN_MAX 256

typedef enum parameter {
    PARAMETER_AFTER,
    PARAMETER_GENERATION,
    PARAMETER_WAIT,
    PARAMETER_Q,
    PARAMETER_W,
    PARAMETER_LO,
    PARAMETER_HI,
    PARAMETER_KEEP,
    PARAMETER_FRAME,
    PARAMETER_X,
    PARAMETER_Y,
    PARAMETER_H,
    PARAMETER_BINS,
    PARAMETER_TOKEN,
    PARAMETER_COUNT
} parameter;

#define PARAMETER_BIT(which) (1u << (which))

/* The values of those that are given. */
typedef struct parameters {
    uint32_t given;                  /* a PARAMETER_BIT for each */
    uint64_t whole[PARAMETER_COUNT]; /* wait: nanoseconds */
    double real[PARAMETER_COUNT];    /* lo, hi */
    char token[PARAMETERS_TOKEN_MAX + 1];
} parameters;

/* A path of up to two parts, decoded: "/camera/frame.jpg" has two, "/camera/" has "camera" and an
 * empty one, "/" an empty one. */
typedef struct target_path {
    unsigned count;
    char part[PARAMETERS_PARTS_MAX][PARAMETERS_PART_MAX + 1];
} target_path;

/* Reads the path of a target, up to the '?' if there is one. False: it is none, or has more parts
 * or longer ones, or a zero in one. */
bool parameters_read_path(target_path *out, const char *target);

/* Reads what is behind the '?' of a target. allowed has a PARAMETER_BIT for each that is known
 * here. False, with a sentence in complaint, which is printable ASCII: one is unknown, comes twice,
 * or has a value that it cannot have. */
bool parameters_read(parameters *out, const char *target, uint32_t allowed,
                     char complaint[PARAMETERS_COMPLAINT_BYTES]);

bool parameters_has(const parameters *p, parameter which);

#endif
