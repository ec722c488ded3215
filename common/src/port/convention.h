/* A convention of other programs, as ports deal with it. dialect/ has one file for each;
 * conventions.c lists them, and nothing else of this folder knows one by its name.
 *
 * Sending is: connect, enter, write, leave. Receiving is: connect, enter, read, leave. What waits
 * for the other side is in enter, and everything that was taken there is given back in leave, once.
 * exchange.c has the loops around it. */
#ifndef FERRYI_PORT_CONVENTION_H
#define FERRYI_PORT_CONVENTION_H

#include <frameferry/port.h>

typedef struct ferryi_lane ferryi_lane; /* port_handle.h */
typedef struct ferryi_wait ferryi_wait; /* wait.h */

/* An object of the convention, and the name that it has in the field. */
typedef struct ferryi_port_name {
    ferry_port_object object;
    const char *name;
} ferryi_port_name;

enum { FERRYI_PORT_NAMES_MOST = 8 };

typedef struct ferryi_convention ferryi_convention;
struct ferryi_convention {
    uint32_t dialect; /* a ferry_port_dialect */
    uint32_t reading; /* a ferry_port_reading, where the dialect has several; else 0 */
    const char *name; /* for sentences: "lockstep" */
    ferryi_port_name names[FERRYI_PORT_NAMES_MOST]; /* up to the first without a name */
    const char *text_memory;  /* the memory's name in the form for texts; NULL: the same */
    ferry_port_object option; /* with a name for this object, */
    const ferryi_convention *with_option; /* this row counts; NULL: none does */
    uint32_t may_have; /* bits 1 << ferry_port_object: objects that exist only if they are named */
    uint32_t payloads; /* bits 1 << ferry_payload */
    uint32_t text_bytes; /* of the memory for texts, or of a message, if those have a size of their
                            own */
    uint32_t memory_bytes; /* the least that is made; 0: as text_bytes */
    bool has_back;         /* two lanes */
    bool announces;        /* enter_receive returns FERRY_OK for news alone */
    bool settles;          /* nothing keeps a writer out: a message counts when it stays as it is */
    bool has_keys;         /* names are keys of Qt */
    bool has_int32_header; /* images have a header of three int32 */
    bool keeps_names;      /* what was made keeps its name at the end */
    bool resizes;          /* the memory is made anew for a message that does not fit */
    bool is_executable;    /* its programs make the memory with PAGE_EXECUTE_READWRITE */

    /* Opens what is there, and makes what this side makes; what is open already stays. FERRY_OK:
     * all is open. FERRY_NO_PRODUCER: the other side has to make something first. Failures as
     * ferry_port_open. */
    ferry_status (*connect)(ferry_port *port, ferry_error *error);

    /* Whether all that is open still has its name. */
    bool (*stands)(const ferry_port *port);

    /* Waits for the right to write a lane, and takes it. FERRY_OK; what a wait returns (wait.h).
     */
    ferry_status (*enter_send)(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait);

    /* Gives it back; has_written: there is a new message. */
    void (*leave_send)(ferry_port *port, ferryi_lane *lane, bool has_written);

    /* The same for reading; is_handed_on: the message is one, and the program gets it. */
    ferry_status (*enter_receive)(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait);
    void (*leave_receive)(ferry_port *port, ferryi_lane *lane, bool is_handed_on);

    /* Waits until the other side has taken the last message. NULL: it never tells. */
    ferry_status (*drain)(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait);

    /* In place of the loops of exchange.c, for a convention that has ways of its own. NULL: none.
     */
    ferry_status (*send)(ferry_port *port, const ferry_frame_info *info, const uint8_t *pixels,
                         int64_t timeout_ns, ferry_error *error);
    ferry_status (*receive)(ferry_port *port, ferry_image *image, int64_t timeout_ns,
                            ferry_error *error);
    void (*wake)(ferry_port *port, bool interrupts);

    /* Closes everything, also what is half open. removes: what was made loses its name if nobody
     * else uses it. */
    void (*disconnect)(ferry_port *port, bool removes);
};

#endif
