#include "sources/http_link.h"

#include <stdio.h>
#include <string.h>

#include <frameferry/clock.h>

#include "host/host.h"
#include "host/inside.h"
#include "sources/http_end.h"
#include "sources/http_token.h"

#define CONNECT_MS 5000L
/* libcurl reads so much at once, and hands it on before it reads more. */
#define BUFFER_BYTES 131072L
/* Between two looks at a deadline. */
#define POLL_MAX_MS 100

/* ---- what comes back ---- */

/* Whether the body has a place by now. */
static bool find_place(http_transfer *t) {
    http_link *link = t->link;
    if (t->is_placed || t->end != HTTP_END_NONE)
        return t->is_placed;
    ferry_status status = link->place(link->argument, t, &t->error);
    t->is_placed = status == FERRY_OK;
    if (status != FERRY_OK && status != FERRY_TIMEOUT)
        t->end = HTTP_END_REFUSED;
    return t->is_placed;
}

/* All headers have come. */
static void take_headers(http_transfer *t) {
    if (t->answer.status >= 100 && t->answer.status < 200)
        return; /* the real ones follow */
    t->has_headers = true;
    if (t->answer.status != 200)
        return;
    if (http_answer_check(&t->answer, t->is_exact, &t->error) != FERRY_OK)
        t->end = HTTP_END_REFUSED;
    else if (t->is_probe)
        t->end = HTTP_END_FRAME; /* which ends the connection too */
    else
        find_place(t); /* before the first byte of the body, so that others can be asked for */
}

/* Called for each line. Any other number than that of its bytes ends the transfer. Source:
 * CURLOPT_HEADERFUNCTION(3). */
static size_t on_header(char *line, size_t size, size_t count, void *argument) {
    http_transfer *t = argument;
    size_t bytes = size * count;
    bool is_last = bytes > 0 && (line[0] == '\r' || line[0] == '\n');
    t->heard_ns = ferry_clock_ns();
    if (t->has_headers)
        return bytes; /* behind the body: nothing that is used */
    if (!http_answer_take(&t->answer, line, bytes)) {
        http_end_with(t, HTTP_END_REFUSED, FERRY_UNREADABLE, "its headers are too long");
        return bytes == 0 ? 1 : 0;
    }
    if (t->answered_ns == 0)
        t->answered_ns = t->heard_ns;
    if (is_last)
        take_headers(t);
    return t->end == HTTP_END_NONE ? bytes : bytes + 1;
}

/* Keeps the beginning of what a server says in place of a frame. */
static size_t keep_words(http_transfer *t, const char *bytes, size_t count) {
    size_t used = strlen(t->said);
    size_t kept = sizeof t->said - 1 - used;
    if (kept > count)
        kept = count;
    memcpy(t->said + used, bytes, kept);
    t->said[used + kept] = '\0';
    return count > kept ? count + 1 : count; /* the rest is not waited for */
}

/* Source: CURLOPT_WRITEFUNCTION(3). */
static size_t on_body(char *bytes, size_t size, size_t count, void *argument) {
    http_transfer *t = argument;
    size_t length = size * count;
    t->heard_ns = ferry_clock_ns();
    if (t->answer.status != 200)
        return keep_words(t, bytes, length);
    if (!find_place(t)) {
        t->is_paused = t->end == HTTP_END_NONE;
        return t->is_paused ? CURL_WRITEFUNC_PAUSE : length + 1;
    }
    if (length > t->answer.body_bytes - t->filled_bytes) {
        http_end_with(t, HTTP_END_LOST, FERRY_UNREADABLE, "more bytes came than its headers say");
        return length + 1;
    }
    if (t->body != NULL)
        memcpy(t->body + t->filled_bytes, bytes, length);
    t->filled_bytes += length;
    return length;
}

/* The connection is there, and the request goes out. Source: CURLOPT_PREREQFUNCTION(3). */
static int on_request(void *argument, char *there, char *here, int port_there, int port_here) {
    http_transfer *t = argument;
    (void)there;
    (void)here;
    (void)port_there;
    (void)port_here;
    t->asked_ns = ferry_clock_ns();
    return CURL_PREREQFUNC_OK;
}

/* ---- beginning ---- */

/* Options that an older libcurl does not know are left out: it has other defaults then. */
static void set_up(http_link *link, http_transfer *t) {
    const http_curl *curl = link->curl;
    CURL *easy = t->easy;
    curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl->easy_setopt(easy, CURLOPT_PROXY, ""); /* not that of the environment: see the manual */
    curl->easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl->easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl->easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl->easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
    curl->easy_setopt(easy, CURLOPT_USERAGENT, "ferry-producer");
    curl->easy_setopt(easy, CURLOPT_HTTPHEADER, link->headers);
    curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, t->reason);
    curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl->easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl->easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl->easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
    curl->easy_setopt(easy, CURLOPT_PREREQDATA, t);
    curl->easy_setopt(easy, CURLOPT_PRIVATE, t);
    if (link->authority != NULL) {
        curl->easy_setopt(easy, CURLOPT_CAINFO, link->authority);
        curl->easy_setopt(easy, CURLOPT_CAPATH, (char *)NULL); /* the system's do not count */
    }
}

static ferry_status make_headers(http_link *link, ferry_error *error) {
    char line[HTTP_TOKEN_MAX + 40];
    if (link->token == NULL)
        return FERRY_OK;
    snprintf(line, sizeof line, "Authorization: Bearer %s", link->token);
    link->headers = link->curl->slist_append(NULL, line);
    return link->headers != NULL ? FERRY_OK
                                 : ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
}

ferry_status http_link_open(http_link *link, ferry_error *error) {
    ferry_status status = http_curl_load(&link->curl, error);
    if (status == FERRY_OK)
        status = make_headers(link, error);
    if (status != FERRY_OK)
        return status;
    link->multi = link->curl->multi_init();
    for (unsigned i = 0; i < link->count && link->multi != NULL; i++) {
        http_transfer *t = &link->transfers[i];
        t->link = link;
        t->easy = link->curl->easy_init();
        if (t->easy == NULL)
            return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
        set_up(link, t);
    }
    return link->multi != NULL ? FERRY_OK : ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
}

http_transfer *http_link_find_free(http_link *link) {
    for (unsigned i = 0; i < link->count; i++)
        if (!link->transfers[i].is_active)
            return &link->transfers[i];
    return NULL;
}

unsigned http_link_count(const http_link *link, unsigned *waiting) {
    unsigned active = 0;
    *waiting = 0;
    for (unsigned i = 0; i < link->count; i++) {
        const http_transfer *t = &link->transfers[i];
        active += t->is_active;
        *waiting += t->is_active && !t->has_headers;
    }
    return active;
}

ferry_status http_link_begin(http_link *link, http_transfer *t, const http_wish *wish,
                             bool is_probe, ferry_error *error) {
    char address[HTTP_REQUEST_BYTES];
    http_url_request(link->url, wish, address);
    t->answer = (http_answer){.status = 0};
    t->end = HTTP_END_NONE;
    t->body = NULL;
    t->owner = NULL;
    t->is_probe = is_probe;
    t->is_exact = wish->is_raw || !link->url->is_jpeg;
    t->has_headers = t->is_placed = t->is_paused = false;
    t->filled_bytes = 0;
    t->answered_ns = 0;
    t->said[0] = t->reason[0] = '\0';
    t->asked_ns = t->heard_ns = ferry_clock_ns();
    const http_curl *curl = link->curl;
    if (curl->easy_setopt(t->easy, CURLOPT_URL, address) != CURLE_OK ||
        curl->multi_add_handle(link->multi, t->easy) != CURLM_OK)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "libcurl cannot begin a request");
    t->is_active = true;
    return FERRY_OK;
}

/* ---- ends ---- */

/* The answer has come to its end. */
static void end_well(http_transfer *t) {
    if (t->answer.status == 204)
        t->end = HTTP_END_NOTHING;
    else if (t->answer.status != 200)
        http_end_by_status(t);
    else if (!t->is_placed || t->filled_bytes < t->answer.body_bytes)
        http_end_with(t, HTTP_END_LOST, FERRY_UNREADABLE,
                      "the answer is shorter than its headers say");
    else
        t->end = HTTP_END_FRAME;
}

static void take_out(http_link *link, http_transfer *t) {
    link->curl->multi_remove_handle(link->multi, t->easy);
    t->is_active = false;
}

/* One that has ended by itself. */
static http_transfer *find_ended(http_link *link) {
    int left = 0;
    CURLMsg *message;
    while ((message = link->curl->multi_info_read(link->multi, &left)) != NULL) {
        char *place = NULL;
        CURLcode code = message->data.result; /* gone once the handle is taken out */
        if (message->msg != CURLMSG_DONE ||
            link->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &place) != CURLE_OK)
            continue;
        http_transfer *t = (http_transfer *)(void *)place;
        bool is_cut = code == CURLE_WRITE_ERROR && t->has_headers && t->answer.status != 200;
        if (t->end == HTTP_END_NONE && (code == CURLE_OK || is_cut))
            end_well(t);
        else if (t->end == HTTP_END_NONE)
            http_end_badly(t, code);
        take_out(link, t);
        return t;
    }
    return NULL;
}

/* One whose server says nothing any more. */
static http_transfer *find_silent(http_link *link) {
    uint64_t now_ns = ferry_clock_ns();
    for (unsigned i = 0; i < link->count; i++) {
        http_transfer *t = &link->transfers[i];
        if (!t->is_active || t->is_paused || now_ns - t->heard_ns < (uint64_t)HTTP_SILENCE_NS)
            continue;
        http_end_with(t, HTTP_END_LOST, FERRY_NO_PRODUCER, "the server has sent nothing for 5 s");
        take_out(link, t);
        return t;
    }
    return NULL;
}

/* ---- going on ---- */

/* Looks again for a place for those that have none. */
static void resume(http_link *link) {
    for (unsigned i = 0; i < link->count; i++) {
        http_transfer *t = &link->transfers[i];
        if (!t->is_active || !t->is_paused || (!find_place(t) && t->end == HTTP_END_NONE))
            continue;
        t->is_paused = false;
        t->heard_ns = ferry_clock_ns();
        link->curl->easy_pause(t->easy, CURLPAUSE_CONT); /* a refused one ends in on_body */
    }
}

http_transfer *http_link_run(http_link *link, uint64_t deadline_ns) {
    int running = 0, count = 0;
    link->has_news = false;
    resume(link);
    for (;;) {
        link->curl->multi_perform(link->multi, &running);
        http_transfer *ended = find_ended(link);
        if (ended == NULL)
            ended = find_silent(link);
        uint64_t now_ns = ferry_clock_ns();
        if (ended != NULL || link->has_news || now_ns >= deadline_ns || host_stop_count() > 0)
            return ended;
        uint64_t left_ms = (deadline_ns - now_ns) / 1000000 + 1;
        int limit_ms = left_ms < POLL_MAX_MS ? (int)left_ms : POLL_MAX_MS;
        link->curl->multi_poll(link->multi, NULL, 0, limit_ms, &count);
    }
}

void http_link_close(http_link *link, bool quick) {
    const http_curl *curl = link->curl;
    for (unsigned i = 0; i < HTTP_REQUESTS_MAX; i++) {
        http_transfer *t = &link->transfers[i];
        if (t->easy == NULL)
            continue;
        if (quick)
            curl->easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L);
        if (t->is_active)
            take_out(link, t);
        curl->easy_cleanup(t->easy);
        t->easy = NULL;
    }
    if (link->multi != NULL)
        curl->multi_cleanup(link->multi);
    link->multi = NULL;
    if (link->headers != NULL)
        curl->slist_free_all(link->headers);
    link->headers = NULL;
}
