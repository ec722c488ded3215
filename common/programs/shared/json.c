#include "shared/json.h"

#include <inttypes.h>

#include "shared/text.h"
#include "shared/wall.h"

void app_json_begin(app_line *line, const char *event, uint64_t time_us) {
    app_wall w = app_wall_split(time_us);
    app_line_print(line,
                   "{\"schema\": %d, \"event\": \"%s\", "
                   "\"time\": \"%04u-%02u-%02uT%02u:%02u:%02u.%06uZ\"",
                   APP_JSON_SCHEMA, event, w.year, w.month, w.day, w.hour, w.minute, w.second,
                   w.microsecond);
}

void app_json_key(app_line *line, const char *key) {
    app_line_print(line, ", \"%s\": ", key);
}

void app_json_number(app_line *line, const char *key, uint64_t value) {
    app_line_print(line, ", \"%s\": %" PRIu64, key, value);
}

void app_json_real(app_line *line, const char *key, double value) {
    app_line_print(line, ", \"%s\": %.3f", key, value);
}

void app_json_text(app_line *line, const char *key, const char *text) {
    app_json_key(line, key);
    if (text != NULL)
        app_text_put_json(line, text);
    else
        app_line_put_text(line, "null");
}

void app_json_end(app_line *line) {
    app_line_put_text(line, "}\n");
}
