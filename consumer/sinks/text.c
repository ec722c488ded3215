#include "sinks/sink.h"

#include <stdlib.h>
#include <string.h>

#include "shared/message.h"
#include "shared/output.h"
#include "shared/text.h"

typedef struct text {
    sink base;
    app_line line;
    sink *others; /* lines about frames that are no texts */
} text;

static bool text_take(sink *self, receipt *r) {
    text *t = (text *)self;
    if (r->text == NULL)
        return t->others->take(t->others, r);
    char *copy = sink_copy_text(r);
    if (copy != NULL)
        app_text_put_escaped(&t->line, copy);
    else
        t->line.is_cut = true; /* which is told when the line is to go out */
    free(copy);
    app_line_put_text(&t->line, "\n");
    return app_output_line(&t->line);
}

static void text_close(sink *self) {
    text *t = (text *)self;
    t->others->close(t->others);
    app_line_free(&t->line);
    free(t);
}

sink *sink_open_text(void) {
    sink *others = sink_open_print();
    text *t = others != NULL ? calloc(1, sizeof *t) : NULL;
    if (t != NULL) {
        t->base = (sink){.take = text_take, .close = text_close};
        t->others = others;
        return &t->base;
    }
    if (others != NULL) {
        others->close(others);
        app_message_fail("out of memory");
    }
    return NULL;
}
