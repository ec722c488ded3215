/* The connections that there are: how many, how long each may take, and waking those whose requests
 * wait. A thread of its own looks after them while there are any: it ends connections whose time is
 * over, and notices peers that hang up while their requests wait. */
#ifndef WEB_VISITORS_H
#define WEB_VISITORS_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/status.h>

struct MHD_Connection;

/* The header of a request has to be whole so long after its first line, and the first request so
 * long after connecting; a connection may do nothing for so long between two requests. */
#define VISITORS_HEADER_NS (10 * (uint64_t)FERRY_SECOND_NS)
#define VISITORS_IDLE_NS (30 * (uint64_t)FERRY_SECOND_NS)

/* Connections beyond the limit, which are told so and ended. */
#define VISITORS_BEYOND_MAX 64

typedef struct visitors visitors;
typedef struct visitor visitor;

/* Starts the thread. tick is called in it once a second while anybody is connected or tick returns
 * true, which says that there is more to do. NULL on failure. */
visitors *visitors_open(unsigned limit, bool (*tick)(void *argument), void *argument,
                        ferry_error *error);

/* Lets nobody wait from now on, and wakes those who do. */
void visitors_stop(visitors *all);

/* Ends the thread. Nobody is connected. NULL is accepted. */
void visitors_close(visitors *all);

typedef struct visitors_counts {
    unsigned connected, waiting;
    uint64_t came, refused, timed_out;
    uint64_t hung_up; /* while their requests waited */
} visitors_counts;
void visitors_get_counts(visitors *all, visitors_counts *out);

/* All that follow but visitor_resume are for the thread that has the connection. */

/* A connection begins, and ends. NULL: no memory, or all places are taken; it is to be refused. */
visitor *visitors_come(visitors *all, struct MHD_Connection *connection, int socket);
void visitors_go(visitor *v);

int visitor_socket(const visitor *v);

/* Whether the connection is one more than there may be. */
bool visitor_is_beyond(const visitor *v);

/* The connection has until then; UINT64_MAX: no limit. */
void visitor_set_deadline(visitor *v, uint64_t deadline_ns);

/* Suspends the connection until visitor_resume, until the peer hangs up, or, with for_room, until
 * more can be sent. To be called before whatever resumes it is told. False: nobody may wait any
 * more. */
bool visitor_suspend(visitor *v, bool for_room);

/* Any thread; nothing happens when the connection is not suspended. It may not have ended. */
void visitor_resume(visitor *v);

/* Whether the peer has hung up, the time is over, or the server stops: it gets no answer. */
bool visitor_is_gone(visitor *v);

#endif
