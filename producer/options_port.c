/* Options that speak of ports, and what goes together with them. */
#include <string.h>

#include "host/host.h"
#include "options.h"
#include "shared/arguments.h"
#include "shared/message.h"
#include "sources/source.h"

/* A file of that name is a file. */
static bool is_from(const char *text) {
    return strncmp(text, FROM_PORT_PREFIX, strlen(FROM_PORT_PREFIX)) == 0 && !host_exists(text);
}

/* from:DIALECT[:NAME] takes all options that speak of a port. */
static int take_from(producer_options *o, const char *text) {
    const app_port *common = &o->common.port;
    o->is_from_port = true;
    o->from = *common;
    o->from.options.names[FERRY_PORT_MEMORY] = NULL;
    int code = app_port_take_end(&o->from, FROM_PORT_PREFIX, text + strlen(FROM_PORT_PREFIX));
    if (code == APP_EXIT_NONE && o->from.options.names[FERRY_PORT_MEMORY] == NULL)
        o->from.options.names[FERRY_PORT_MEMORY] = common->options.names[FERRY_PORT_MEMORY];
    return code;
}

static int find_from(producer_options *o) {
    for (size_t i = 0; i < o->source_count; i++) {
        if (!is_from(o->sources[i]))
            continue;
        if (o->source_count > 1)
            return app_message_usage("%s must be the only SOURCE", o->sources[i]);
        if (o->loop)
            return app_message_usage("%s cannot be repeated: leave out --loop", o->sources[i]);
        return take_from(o, o->sources[i]);
    }
    return APP_EXIT_NONE;
}

/* Options that only a channel has. */
static int refuse_of_channel(const producer_options *o, const char *dialect) {
    const struct {
        bool is_given;
        const char *option;
    } of_channel[] = {
        {o->slots != 0, "--slots"},
        {o->max_held != 0, "--max-held"},
        {o->capacity_bytes != 0, "--capacity"},
        {o->shows_early, "--early"},
        {o->when_full != FULL_AS_SOURCE, "--when-full"},
        {o->has_stall_limit, "--stall-limit"},
        {o->notes.metadata_bytes != 0, "--meta"},
        {o->form.row_align_bytes != 0, "--row-align"},
        {o->common.json, "--json"},
        {o->common.stats_ns != 0, "--stats"},
    };
    for (size_t i = 0; i < sizeof of_channel / sizeof of_channel[0]; i++)
        if (of_channel[i].is_given)
            return app_message_usage("--dialect %s sends straight to a program of that convention, "
                                     "without a channel: leave out %s",
                                     dialect, of_channel[i].option);
    return APP_EXIT_NONE;
}

/* Straight to a port. */
static int take_port(producer_options *o) {
    app_port *port = &o->common.port;
    const char *dialect = ferry_port_dialect_name(port->options.dialect);
    int code = refuse_of_channel(o, dialect);
    if (code != APP_EXIT_NONE)
        return code;
    if (o->is_from_port)
        return app_message_usage("--dialect %s and %s exclude each other: bring the sender onto a "
                                 "channel, and feed the receiver from that (ferry-consumer --to "
                                 "%s)",
                                 dialect, o->sources[0], dialect);
    o->is_port = true;
    if (o->has_name)
        port->options.names[FERRY_PORT_MEMORY] = o->common.name;
    o->common.name = app_port_name(port);
    port->options.bottom_up = o->form.is_bottom_up;
    o->form.is_bottom_up = false;
    o->capacity_bytes = (uint64_t)INT32_MAX + 1; /* the port says what fits */
    if (port->options.payload == FERRY_PAYLOAD_RAW && o->form.format == 0)
        o->form.format = port->options.raw.format;
    else if (port->options.payload == FERRY_PAYLOAD_IMAGE)
        o->form.dialect = FERRY_DIALECT_BASEIMAGE; /* pictures become bitmaps */
    return APP_EXIT_NONE;
}

static int check_text(producer_options *o) {
    if (o->form.format != 0)
        return app_message_usage("--payload text has no pixels: leave out --format");
    if (o->is_from_port)
        return APP_EXIT_NONE;
    if (o->source_count != 1 || o->loop || o->stream.is_raw)
        return app_message_usage("--payload text needs one SOURCE, of which each line is a text: - "
                                 "for standard input, or a file");
    o->is_lines = true;
    o->is_stream = strcmp(o->sources[0], STREAM_SOURCE) == 0;
    return APP_EXIT_NONE;
}

/* A channel of the baseimage dialect has two objects, and the rest as it is. */
static int take_baseimage(producer_options *o) {
    app_port *port = &o->common.port;
    const char *memory = port->options.names[FERRY_PORT_MEMORY];
    const char *other = app_port_of_port_alone(port);
    o->form.dialect = FERRY_DIALECT_BASEIMAGE;
    o->event_name = port->options.names[FERRY_PORT_EVENT];
    if (other != NULL && !o->is_from_port)
        return app_message_usage("--dialect baseimage has images of its own form: leave out %s",
                                 other);
    if (memory != NULL && !o->is_from_port) {
        o->common.name = memory;
        o->has_name = true;
    }
    return APP_EXIT_NONE;
}

int options_check_port(producer_options *o) {
    app_port *port = &o->common.port;
    uint32_t dialect = port->options.dialect;
    int code = find_from(o);
    if (code == APP_EXIT_NONE && dialect != 0 && dialect != FERRY_PORT_BASEIMAGE)
        code = take_port(o);
    else if (code == APP_EXIT_NONE && dialect == FERRY_PORT_BASEIMAGE)
        code = take_baseimage(o);
    if (code == APP_EXIT_NONE && o->is_port)
        code = app_port_check("", port, FERRY_PORT_SENDER);
    if (code == APP_EXIT_NONE && o->is_from_port)
        code = app_port_check("", &o->from, FERRY_PORT_RECEIVER);
    if (code != APP_EXIT_NONE)
        return code;
    o->adopts = port->options.adopt != 0 && !o->is_port;
    if (port->first != NULL && !port->is_text && dialect == 0 && !o->is_from_port)
        return app_message_usage(
            "%s needs --dialect, or a SOURCE that begins with " FROM_PORT_PREFIX, port->first);
    if (o->has_linger && !o->is_port)
        return app_message_usage("--linger needs --dialect");
    return port->is_text ? check_text(o) : APP_EXIT_NONE;
}
