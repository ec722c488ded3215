#include "sources/http_trouble.h"

#include <string.h>

#include <frameferry/clock.h>

#include "shared/message.h"

/* Trouble that is over sooner is not told. */
#define PATIENCE_NS ((uint64_t)FERRY_SECOND_NS / 2)
/* Between two tries: twice as long each time. */
#define RETRY_FIRST_NS ((uint64_t)FERRY_SECOND_NS / 20)
#define RETRY_MOST_NS ((uint64_t)FERRY_SECOND_NS / 2)

void http_trouble_note(http_trouble *trouble, const char *address, const ferry_error *cause) {
    uint64_t now_ns = ferry_clock_ns();
    if (trouble->since_ns == 0)
        trouble->since_ns = now_ns;
    trouble->pause_ns = trouble->pause_ns == 0 ? RETRY_FIRST_NS : 2 * trouble->pause_ns;
    if (trouble->pause_ns > RETRY_MOST_NS)
        trouble->pause_ns = RETRY_MOST_NS;
    trouble->retry_ns = now_ns + trouble->pause_ns;
    if (now_ns - trouble->since_ns < PATIENCE_NS || strcmp(trouble->told, cause->message) == 0)
        return;
    trouble->is_told = true;
    memcpy(trouble->told, cause->message, sizeof trouble->told);
    app_message_inform("waiting for %s: %s", address, cause->message);
}

void http_trouble_hush(http_trouble *trouble, const ferry_error *cause) {
    memcpy(trouble->told, cause->message, sizeof trouble->told);
}

void http_trouble_end(http_trouble *trouble, const char *address) {
    if (trouble->is_told)
        app_message_inform("%s answers", address);
    *trouble = (http_trouble){.since_ns = 0};
}
