#include "sources/http_end.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/inside.h"

void http_end_with(http_transfer *t, http_end end, ferry_status status, const char *sentence) {
    t->end = end;
    ferryi_fail(&t->error, status, 0, "%s", sentence);
}

/* The first line of what a server has said, unless it is a page. */
static const char *words(http_transfer *t) {
    t->said[strcspn(t->said, "\r\n")] = '\0';
    return t->said[0] == '<' ? "" : t->said;
}

static void end_denied_token(http_transfer *t) {
    http_end_with(t, HTTP_END_DENIED, FERRY_NOT_ALLOWED,
                  t->link->token == NULL
                      ? "the server wants a token: give --token-file FILE, or set FERRY_TOKEN"
                      : "the token is not that of the server");
}

/* Answers that are no frame. */
void http_end_by_status(http_transfer *t) {
    int status = t->answer.status;
    const char *said = words(t);
    const char *between = said[0] != '\0' ? ": " : "";
    bool may_help =
        status == 404 || status == 408 || status == 410 || status == 429 || status >= 500;
    t->end = may_help ? HTTP_END_LOST : HTTP_END_DENIED;
    if (status == 401)
        end_denied_token(t);
    else if (status >= 300 && status < 400)
        ferryi_fail(&t->error, FERRY_UNREADABLE, 0,
                    "the server sends us to another address (status %d), where we do not go: give "
                    "that address itself",
                    status);
    else if (status == 404 && said[0] != '\0')
        ferryi_fail(&t->error, FERRY_NO_PRODUCER, 0, "%s", said);
    else
        ferryi_fail(&t->error, FERRY_NO_PRODUCER, 0, "the server answers with status %d%s%s",
                    status, between, said);
}

static void end_unconnected(http_transfer *t) {
    long code = 0;
    char sentence[300];
    t->link->curl->easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &code);
    if (code == ECONNREFUSED && !t->link->url->has_port)
        snprintf(sentence, sizeof sentence,
                 "nothing listens at that port; ferry-web does at %d unless it is told otherwise",
                 HTTP_USUAL_PORT);
    else
        snprintf(sentence, sizeof sentence, "no connection: %s",
                 code != 0 ? strerror((int)code) : t->reason);
    http_end_with(t, HTTP_END_LOST, FERRY_NO_PRODUCER, sentence);
}

static void end_untrusted(http_transfer *t) {
    ferryi_fail(&t->error, FERRY_NOT_ALLOWED, 0,
                "the server's certificate is not trusted (%.200s): give the certificate of its "
                "authority with --cacert FILE",
                t->reason);
    t->end = HTTP_END_DENIED;
}

/* Source: libcurl-errors(3). */
void http_end_badly(http_transfer *t, CURLcode code) {
    const char *reason = t->reason[0] != '\0' ? t->reason : t->link->curl->easy_strerror(code);
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        http_end_with(t, HTTP_END_LOST, FERRY_NO_PRODUCER, "the name of the host is not known");
        break;
    case CURLE_COULDNT_CONNECT: end_unconnected(t); break;
    case CURLE_OPERATION_TIMEDOUT:
        http_end_with(t, HTTP_END_LOST, FERRY_NO_PRODUCER, "no connection within 5 s");
        break;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
        http_end_with(t, HTTP_END_LOST, FERRY_NO_PRODUCER, "the connection was lost");
        break;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: /* an answer that is none of HTTP's */
    case CURLE_OUT_OF_MEMORY:        /* a line without an end */
        http_end_with(t, HTTP_END_REFUSED, FERRY_UNREADABLE, reason);
        break;
    case CURLE_PEER_FAILED_VERIFICATION: end_untrusted(t); break;
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_URL_MALFORMAT:
    case CURLE_NOT_BUILT_IN: http_end_with(t, HTTP_END_DENIED, FERRY_NOT_ALLOWED, reason); break;
    default: http_end_with(t, HTTP_END_LOST, FERRY_NO_PRODUCER, reason); break;
    }
}
