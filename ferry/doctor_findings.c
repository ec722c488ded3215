/* Findings on their way to the reader. */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>

#include "host/host.h"
#include "shared/json.h"
#include "shared/text.h"

static const char *text_of(app_line *line) {
    app_line_put(line, "", 1);
    return line->text;
}

void doctor_finish(doctor *d) {
    if (!d->has_finding)
        return;
    const char *what = text_of(&d->what);
    const char *advice = d->advice.used > 0 ? text_of(&d->advice) : NULL;
    if (d->what.is_cut || d->advice.is_cut)
        d->has_no_memory = true;
    else
        d->deliver(d->argument, &(doctor_finding){.level = d->level,
                                                  .check = d->check,
                                                  .channel = d->channel,
                                                  .what = what,
                                                  .advice = advice});
    app_line_clear(&d->what);
    app_line_clear(&d->advice);
    d->has_finding = false;
}

static FERRYI_PRINTF(2, 0) void put(app_line *line, const char *format, va_list values) {
    char text[1024];
    vsnprintf(text, sizeof text, format, values);
    app_line_put_text(line, text);
}

void doctor_find(doctor *d, doctor_level level, const char *format, ...) {
    va_list values;
    doctor_finish(d);
    d->has_finding = true;
    d->level = level;
    va_start(values, format);
    put(&d->what, format, values);
    va_end(values);
}

void doctor_find_more(doctor *d, const char *format, ...) {
    va_list values;
    va_start(values, format);
    put(&d->what, format, values);
    va_end(values);
}

void doctor_advise(doctor *d, const char *format, ...) {
    va_list values;
    va_start(values, format);
    put(&d->advice, format, values);
    va_end(values);
}

const char *doctor_size(char out[DOCTOR_SIZE_BYTES], uint64_t bytes) {
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1024;
        unit++;
    }
    bool is_whole = unit == 0 || value >= 100 || value == (double)(unsigned)value;
    snprintf(out, DOCTOR_SIZE_BYTES, is_whole ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return out;
}

void doctor_put_text(app_line *line, const doctor_finding *f) {
    static const char *const words[] = {"OK    ", "WARN  ", "FAIL  "};
    app_line_put_text(line, words[f->level]);
    app_text_put_escaped(line, f->what);
    if (f->advice != NULL) {
        app_line_put_text(line, ": ");
        app_text_put_escaped(line, f->advice);
    }
    app_line_put_text(line, "\n");
}

void doctor_put_json(app_line *line, const doctor_finding *f) {
    static const char *const words[] = {"ok", "warn", "fail"};
    app_json_begin(line, "finding", host_wall_clock_us());
    app_json_text(line, "check", f->check);
    app_json_text(line, "level", words[f->level]);
    app_json_text(line, "channel", f->channel);
    app_json_text(line, "what", f->what);
    app_json_text(line, "advice", f->advice);
    app_json_end(line);
}
