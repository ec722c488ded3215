#include "server.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include <frameferry/clock.h>

#include "request.h"
#include "routes.h"
#include "shared/message.h"
#include "socket.h"

/* For the header of a request, and that of its answer. */
#define POOL_BYTES 32768
/* A peer that takes nothing for so long is gone. */
#define STALL_SECONDS 60u

struct server {
    services *services;
    struct MHD_Daemon *daemons[SERVER_LISTEN_MAX];
    size_t daemon_count;
};

/* ---- connections ---- */

static void on_connection(void *argument, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code) {
    server *s = argument;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*context != NULL)
            visitors_go(*context);
        *context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *context = visitors_come(s->services->visitors, connection, info->connect_fd);
    if (*context == NULL) /* nobody would look after it */
        socket_shut(info->connect_fd);
}

static visitor *visitor_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

/* ---- requests ---- */

/* The first line has come. */
static void *on_target(void *argument, const char *target, struct MHD_Connection *connection) {
    server *s = argument;
    visitor *v = visitor_of(connection);
    if (v == NULL)
        return NULL;
    visitor_set_deadline(v, ferry_clock_ns() + VISITORS_HEADER_NS);
    return request_new(s->services, v, target);
}

static bool has_body(struct MHD_Connection *c) {
    const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Length");
    return (length != NULL && strcmp(length, "0") != 0) ||
           MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Transfer-Encoding") != NULL;
}

/* An answer in this first call closes the connection behind it. That is for those who would go on
 * sending. */
static enum MHD_Result begin(request *r, const char *method) {
    r->has_begun = true;
    r->is_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    visitor_set_deadline(r->visitor, UINT64_MAX);
    if (!r->is_head && strcmp(method, MHD_HTTP_METHOD_GET) != 0)
        return request_say(r, MHD_HTTP_METHOD_NOT_ALLOWED,
                           "this server only shows: there are GET and HEAD");
    if (has_body(r->connection))
        return request_say(r, MHD_HTTP_BAD_REQUEST, "a GET has no body");
    if (visitor_is_beyond(r->visitor))
        return request_say(r, MHD_HTTP_SERVICE_UNAVAILABLE,
                           "there are too many connections: try again later");
    return MHD_YES;
}

static enum MHD_Result on_request(void *argument, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version,
                                  const char *upload, size_t *upload_bytes, void **context) {
    (void)argument;
    (void)url;
    (void)version;
    (void)upload;
    request *r = *context;
    if (r == NULL || visitor_is_gone(r->visitor))
        return MHD_NO;
    *upload_bytes = 0;
    r->connection = connection;
    if (!r->has_begun)
        return begin(r, method);
    return r->step != NULL ? r->step(r) : routes_run(r);
}

static void on_end(void *argument, struct MHD_Connection *connection, void **context,
                   enum MHD_RequestTerminationCode code) {
    (void)argument;
    (void)connection;
    (void)code;
    request *r = *context;
    if (r != NULL)
        visitor_set_deadline(r->visitor, ferry_clock_ns() + VISITORS_IDLE_NS);
    request_free(r);
    *context = NULL;
}

/* Peers that break off, and the like: nobody can do anything about them. */
static void on_log(void *argument, const char *format, va_list arguments) {
    (void)argument;
    (void)format;
    (void)arguments;
}

/* ---- starting and stopping ---- */

static struct MHD_Daemon *start_daemon(server *s, const server_plan *plan, int socket,
                                       unsigned limit) {
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (plan->certificate != NULL ? MHD_USE_TLS : 0u);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)plan->key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)plan->certificate},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_CONNECTION_LIMIT, limit,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
        STALL_SECONDS, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        s, MHD_OPTION_URI_LOG_CALLBACK, on_target, s, MHD_OPTION_NOTIFY_COMPLETED, on_end, s,
        MHD_OPTION_ARRAY, plan->certificate != NULL ? tls : none, MHD_OPTION_END);
}

static ferry_status start_one(server *s, const server_plan *plan, listen_address *address,
                              ferry_error *error) {
    int socket = -1;
    ferry_status status = listen_open(address, &socket, error);
    if (status != FERRY_OK)
        return status;
    if (s->daemon_count == 0) /* the port is chosen by now, and nobody has asked yet */
        gate_name_cookie(&s->services->gate, address->port);
    struct MHD_Daemon *made = start_daemon(s, plan, socket, plan->limit + VISITORS_BEYOND_MAX);
    if (made == NULL) {
        listen_close(socket);
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, 0,
                           plan->certificate != NULL
                               ? "the server does not start: do --cert and --key fit together?"
                               : "the server does not start: the system has no room for it");
    }
    s->daemons[s->daemon_count++] = made;
    return FERRY_OK;
}

server *server_start(const server_plan *plan, ferry_error *error) {
    server *s = calloc(1, sizeof *s);
    if (s == NULL) {
        ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
        return NULL;
    }
    s->services = plan->services;
    s->services->visitors = visitors_open(plan->limit, plan->tick, plan->argument, error);
    ferry_status status = s->services->visitors != NULL ? FERRY_OK : FERRY_SYSTEM_ERROR;
    for (size_t i = 0; i < plan->count && status == FERRY_OK; i++)
        status = start_one(s, plan, &plan->addresses[i], error);
    if (status == FERRY_OK)
        return s;
    server_stop(s);
    return NULL;
}

/* Nobody may wait when a daemon is stopped; the listening sockets are closed with it. */
void server_stop(server *s) {
    if (s == NULL)
        return;
    if (s->services->visitors != NULL)
        visitors_stop(s->services->visitors);
    for (size_t i = 0; i < s->daemon_count; i++)
        MHD_stop_daemon(s->daemons[i]);
    visitors_close(s->services->visitors);
    s->services->visitors = NULL;
    free(s);
}
