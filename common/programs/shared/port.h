/* Options that describe a port (port.h of the public headers), which both programs have, and what
 * is said about one. */
#ifndef APP_PORT_H
#define APP_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/port.h>

#include "shared/share.h"

/* As the command line says it. Starts as all zeros. Strings are those of the argument list. */
typedef struct app_port {
    ferry_port_options options; /* dialect 0: none has been named */
    const char *first;          /* an option for ports alone that has been given; NULL: none */
    bool is_text;               /* messages are texts */
} app_port;

/* Notes the value of an option for ports alone down. Return APP_EXIT_NONE, or APP_EXIT_USAGE with a
 * message. Numbers of options are in option.h. */
int app_port_take(app_port *port, int option, const char *value);

/* Reads "DIALECT", or "DIALECT:NAME" with the name of its memory, behind a label. */
int app_port_take_end(app_port *port, const char *label, const char *value);

/* An option that was given and that a channel of the baseimage dialect does not have; NULL: none.
 */
const char *app_port_of_port_alone(const app_port *port);

/* The name of the memory, for people and for files. */
const char *app_port_name(const app_port *port);

/* Opens the port for a role, with what was said. Returns as ferry_port_open. */
ferry_status app_port_open(ferry_port **out, const app_port *port, ferry_port_role role,
                           const app_share *share, ferry_error *error);

/* Checks what was said before anything is opened; label begins the sentence. Returns APP_EXIT_NONE,
 * or APP_EXIT_USAGE with a message. */
int app_port_check(const char *label, const app_port *port, ferry_port_role role);

/* Answers a message with what it was, where the other side waits for that before it sends the next
 * one (duplex in turns). */
void app_port_answer(ferry_port *port, const app_port *plan, const ferry_image *image);

/* How long the last message should stay for those who look now and then, where nobody tells that it
 * has been taken; where memory goes with its last user, as long as programs of the convention keep
 * it. 0: not at all. */
int64_t app_port_usual_linger_ns(const app_port *port);

/* Warnings about a port's course: each only once, or once for each that is new. */
typedef struct app_port_news {
    uint64_t broken;     /* that has been told */
    bool is_waiting;     /* the user knows that the program waits for its turn */
    ferry_error refused; /* the last sentence about a message that cannot be */
} app_port_news;

/* Tells what has happened since; error: of a message that was passed over; NULL: none was. */
void app_port_tell(app_port_news *news, ferry_port *port, const ferry_error *error);

/* Whether a send has failed because of the message alone, so that the next one may be sent. */
bool app_port_is_refused(ferry_status status);

/* Sends a message, and waits up to limit_ns until that can be done; what is waited for is said when
 * it takes long. Returns as ferry_port_send; FERRY_INTERRUPTED: the user asks to stop. */
ferry_status app_port_send(app_port_news *news, ferry_port *port, const ferry_frame_info *info,
                           const uint8_t *pixels, int64_t limit_ns, ferry_error *error);

/* Waits likewise until the other side has taken the last message, where it tells. */
ferry_status app_port_drain(app_port_news *news, ferry_port *port, int64_t limit_ns,
                            ferry_error *error);

/* Tells at the end how many looks were torn and how many messages could not be. */
void app_port_sum_up(ferry_port *port);

/* The text of --help-ports. */
extern const char app_port_help[];

#endif
