/* Options that speak of ports, and what goes together with them. */
#include "options.h"
#include "shared/arguments.h"
#include "shared/message.h"

/* A channel of the baseimage dialect has two objects, and the rest as it is. */
static int take_baseimage(consumer_options *o) {
    const app_port *port = &o->common.port;
    const char *memory = port->options.names[FERRY_PORT_MEMORY];
    const char *other = app_port_of_port_alone(port);
    if (other != NULL)
        return app_message_usage("--dialect baseimage has images of its own form: leave out %s",
                                 other);
    o->event_name = port->options.names[FERRY_PORT_EVENT];
    o->common.name = memory != NULL ? memory : o->common.name;
    return APP_EXIT_NONE;
}

/* --to takes all options that speak of a port. */
static void complete_to(consumer_options *o) {
    const app_port *common = &o->common.port;
    uint32_t dialect = o->to.options.dialect;
    const char *memory = o->to.options.names[FERRY_PORT_MEMORY];
    o->to.options = common->options;
    o->to.is_text = common->is_text;
    o->to.options.dialect = dialect;
    if (memory != NULL)
        o->to.options.names[FERRY_PORT_MEMORY] = memory;
}

/* A port in the place of the channel. */
static void take_port(consumer_options *o) {
    app_port *port = &o->common.port;
    if (o->common.name != NULL)
        port->options.names[FERRY_PORT_MEMORY] = o->common.name;
    o->common.name = app_port_name(port);
    port->options.format_16bit = o->bare_16bit_format;
    port->options.format = o->bare_format;
    port->options.bottom_up = o->bare_bottom_up;
    o->from = port;
}

static int check_ends(consumer_options *o) {
    const app_port *port = &o->common.port;
    uint32_t from = port->options.dialect;
    bool is_direct = from != 0 && from != FERRY_PORT_BASEIMAGE;
    bool feeds = o->to.options.dialect != 0;
    if (is_direct && feeds)
        return app_message_usage("--dialect and --to exclude each other: bring the sender onto a "
                                 "channel (ferry-producer from:%s), and feed the receiver from "
                                 "that",
                                 ferry_port_dialect_name(from));
    if (from == 0 && !feeds && port->first != NULL && !port->is_text)
        return app_message_usage("%s needs --dialect, or --to", port->first);
    if (port->options.adopt != 0 && !feeds)
        return app_message_usage("--adopt needs --to: what is only read is not overwritten");
    if (from == FERRY_PORT_BASEIMAGE && !feeds)
        return take_baseimage(o);
    if (feeds)
        complete_to(o);
    if (is_direct)
        take_port(o);
    return APP_EXIT_NONE;
}

/* Texts are printed unless they go elsewhere, and saved as texts. */
static int check_text(consumer_options *o) {
    bool goes_elsewhere =
        o->common.json || o->saves || o->exec != NULL || o->to.options.dialect != 0;
    if (!o->common.port.is_text && o->saves && o->save.is_text)
        return app_message_usage("--save: a file \"%s\" is for --payload text", o->save.text);
    if (!o->common.port.is_text)
        return APP_EXIT_NONE;
    if (o->write.place != NULL)
        return app_message_usage("--write: a stream has pictures, and --payload text has none");
    o->print = o->print || !goes_elsewhere;
    if (!o->saves || app_save_pattern_for_text(&o->save))
        return APP_EXIT_NONE;
    return app_message_usage("--save: with --payload text, a pattern must end in .txt or .raw, and "
                             "\"%s\" does not",
                             o->save.text);
}

int options_check_port(consumer_options *o) {
    int code = check_ends(o);
    if (code == APP_EXIT_NONE && o->from != NULL)
        code = app_port_check("", o->from, FERRY_PORT_RECEIVER);
    if (code == APP_EXIT_NONE && o->to.options.dialect != 0)
        code = app_port_check("--to: ", &o->to, FERRY_PORT_SENDER);
    return code == APP_EXIT_NONE ? check_text(o) : code;
}
