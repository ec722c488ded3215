#include "routes.h"

#include <string.h>

#include <frameferry/channel.h>

#include "channels_json.h"
#include "headers.h"
#include "metrics.h"
#include "pages.h"
#include "pull.h"
#include "stream.h"
#include "values_json.h"

#define BIT(which) PARAMETER_BIT(PARAMETER_##which)
#define PICTURE (BIT(Q) | BIT(W) | BIT(LO) | BIT(HI))

static enum MHD_Result send_index(request *r) {
    return pages_send(r, "index.html");
}

static enum MHD_Result send_page(request *r) {
    return pages_send(r, r->path.part[1]);
}

/* "/CH" is a folder, relative to which its page finds the rest. */
static enum MHD_Result redirect(request *r) {
    if (ferry_name_check(request_channel(r), NULL) != FERRY_OK)
        return request_say(r, MHD_HTTP_NOT_FOUND, "there is no such page");
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    header_add(response, "Location", "/%s/", request_channel(r));
    return request_queue(r, MHD_HTTP_MOVED_PERMANENTLY, response, 0);
}

typedef struct route {
    const char *part[PARAMETERS_PARTS_MAX]; /* "*": any but an empty one; NULL: none */
    uint32_t parameters;
    request_step run;
} route;

/* The first one that fits. */
static const route table[] = {
    {{"", NULL}, 0, send_index},
    {{"channels.json", NULL}, 0, channels_json},
    {{"metrics", NULL}, 0, metrics_send},
    {{"page", "*"}, 0, send_page},
    {{"*", NULL}, 0, redirect},
    {{"*", ""}, 0, send_index},
    {{"*", "frame.jpg"}, PULL_WAITING | PICTURE | BIT(KEEP), pull_jpeg},
    {{"*", "frame.png"}, PULL_WAITING, pull_png},
    {{"*", "frame.raw"}, PULL_WAITING, pull_raw},
    {{"*", "pixels"}, PULL_WAITING | BIT(X) | BIT(Y) | BIT(W) | BIT(H), values_json},
    {{"*", "histogram"}, PULL_WAITING | BIT(BINS), pull_histogram},
    {{"*", "stream.mjpg"}, PICTURE, stream_mjpeg},
};

static bool fits(const target_path *p, const route *r) {
    for (unsigned i = 0; i < PARAMETERS_PARTS_MAX; i++) {
        const char *wanted = r->part[i];
        if ((wanted != NULL) != (i < p->count))
            return false;
        if (wanted == NULL)
            break;
        bool is_any = strcmp(wanted, "*") == 0 && p->part[i][0] != '\0';
        if (!is_any && strcmp(wanted, p->part[i]) != 0)
            return false;
    }
    return true;
}

static const route *find(const target_path *p) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (fits(p, &table[i]))
            return &table[i];
    return NULL;
}

/* The cookie is for browsers, which get it once with ?token=. */
static bool has_token(request *r) {
    const gate *a = &r->services->gate;
    struct MHD_Connection *c = r->connection;
    if (a->token[0] == '\0' ||
        gate_is_bearer(a, MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization")))
        return true;
    if (parameters_has(&r->parameters, PARAMETER_TOKEN)) {
        r->sets_cookie = gate_is_token(a, r->parameters.token);
        return r->sets_cookie;
    }
    const char *cookie = MHD_lookup_connection_value(c, MHD_COOKIE_KIND, a->cookie);
    return cookie != NULL && gate_is_token(a, cookie);
}

static const char *find_header(const request *r, const char *name) {
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

enum MHD_Result routes_run(request *r) {
    char complaint[PARAMETERS_COMPLAINT_BYTES];
    if (!gate_is_our_host(&r->services->gate, find_header(r, "Host")))
        return request_say(r, MHD_HTTP_MISDIRECTED_REQUEST,
                           "this server does not go by that name: start it with --host NAME");
    /* It could not see the answer, but it would cost us one. */
    if (gate_is_foreign_page(find_header(r, "Sec-Fetch-Site"), find_header(r, "Sec-Fetch-Mode")))
        return request_say(r, MHD_HTTP_FORBIDDEN, "pages of other sites get nothing here");
    bool is_path = parameters_read_path(&r->path, r->target);
    const route *found = is_path ? find(&r->path) : NULL;
    bool are_fine = parameters_read(
        &r->parameters, r->target, BIT(TOKEN) | (found != NULL ? found->parameters : 0), complaint);
    if (!has_token(r))
        return request_say(
            r, MHD_HTTP_UNAUTHORIZED,
            "this server wants a token: Authorization: Bearer TOKEN, or ?token=TOKEN "
            "in a browser");
    if (found == NULL)
        return request_say(r, MHD_HTTP_NOT_FOUND, "there is no such page");
    if (!are_fine)
        return request_say(r, MHD_HTTP_BAD_REQUEST, "%s", complaint);
    return found->run(r);
}
