#include "sources/convert.h"

#include <stdlib.h>

#include <frameferry/convert.h>
#include <frameferry/frame.h>

#include "shared/message.h"

typedef struct converter {
    source base;
    source *from;
    stored_form form;
    ferry_image picture; /* what becomes a frame in another format */
} converter;

static bool fetch(converter *c, ferry_image *into) {
    if (!c->from->next(c->from, into))
        return false;
    if (c->from->draw == NULL)
        return true;
    if (ferry_image_reserve(into, into->info.length_bytes) != FERRY_OK) {
        app_message_fail("out of memory");
        c->base.is_broken = true;
        return false;
    }
    c->from->draw(c->from, into->pixels);
    return true;
}

static bool converter_next(source *self, ferry_image *into) {
    converter *c = (converter *)self;
    bool fetched = fetch(c, into);
    c->base.is_broken = c->base.is_broken || c->from->is_broken;
    uint32_t format = stored_format(&c->form, into->info.format);
    if (!fetched || format == into->info.format)
        return fetched;
    ferry_error error;
    app_yuv_say(&c->form.yuv, &into->info);
    if (ferry_image_convert(&into->info, into->pixels, format, &c->picture, &error) != FERRY_OK) {
        app_message_fail("%s", error.message);
        c->base.is_broken = true;
        return false;
    }
    ferry_image converted = c->picture;
    c->picture = *into;
    *into = converted;
    return true;
}

static void converter_interrupt(source *self) {
    const converter *c = (const converter *)self;
    if (c->from->interrupt != NULL)
        c->from->interrupt(c->from);
}

static void converter_close(source *self) {
    converter *c = (converter *)self;
    c->from->close(c->from);
    ferry_image_free(&c->picture);
    free(c);
}

source *source_convert(source *from, const stored_form *form) {
    converter *c = calloc(1, sizeof *c);
    if (c == NULL) {
        from->close(from);
        return NULL;
    }
    c->base = source_like(from);
    c->base.next = converter_next;
    c->base.interrupt = converter_interrupt;
    c->base.close = converter_close;
    c->from = from;
    c->form = *form;
    return &c->base;
}
