#include "json.h"

#include <inttypes.h>

#include "text.h"
#include "wall.h"

void ferryi_json_begin(ferryi_line *line, const char *event, uint64_t time_us) {
    ferryi_wall w = ferryi_wall_split(time_us);
    ferryi_line_print(line,
                      "{\"schema\": %d, \"event\": \"%s\", "
                      "\"time\": \"%04u-%02u-%02uT%02u:%02u:%02u.%06uZ\"",
                      FERRYI_JSON_SCHEMA, event, w.year, w.month, w.day, w.hour, w.minute, w.second,
                      w.microsecond);
}

void ferryi_json_key(ferryi_line *line, const char *key) {
    ferryi_line_print(line, ", \"%s\": ", key);
}

void ferryi_json_number(ferryi_line *line, const char *key, uint64_t value) {
    ferryi_line_print(line, ", \"%s\": %" PRIu64, key, value);
}

void ferryi_json_real(ferryi_line *line, const char *key, double value) {
    ferryi_line_print(line, ", \"%s\": %.3f", key, value);
}

void ferryi_json_text(ferryi_line *line, const char *key, const char *text) {
    ferryi_json_key(line, key);
    if (text != NULL)
        ferryi_text_put_json(line, text);
    else
        ferryi_line_put_text(line, "null");
}

void ferryi_json_end(ferryi_line *line) {
    ferryi_line_put_text(line, "}\n");
}
