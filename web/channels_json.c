#include "channels_json.h"

#include "shared/json.h"

typedef struct writing {
    app_line *line;
    bool has_some;
} writing;

static void put(void *argument, const app_survey_entry *entry, bool is_served) {
    writing *w = argument;
    app_line_print(w->line, "%s{\"served\": %s", w->has_some ? ", " : "",
                   is_served ? "true" : "false");
    app_survey_put_json(w->line, entry);
    app_line_put_text(w->line, "}");
    w->has_some = true;
}

enum MHD_Result channels_json(request *r) {
    app_line line = APP_LINE_INIT;
    writing w = {.line = &line};
    app_line_print(&line, "{\"schema\": %d, \"channels\": [", APP_JSON_SCHEMA);
    channels_visit(r->services->channels, put, &w);
    app_line_put_text(&line, "]}\n");
    return request_send_line(r, "application/json", &line);
}
