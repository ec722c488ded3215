#include "shared/port.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <frameferry/clock.h>

#include "host/host.h"
#include "shared/frame_size.h"
#include "shared/limit.h"
#include "shared/message.h"
#include "shared/option.h"
#include "shared/parse.h"
#include "shared/text.h"

#define DIALECTS "baseimage, mutex, lockstep, duplex, rwevents, file and qt"

/* Waits are cut into slices, between which the program looks around. */
#define SLICE_NS (FERRY_SECOND_NS / 10)
/* A wait that takes longer is told. */
#define PATIENCE_NS (FERRY_SECOND_NS / 2)

const char app_port_help[] =
    "Ports: programs that share one image, or one text, by a convention of their own.\n"
    "  ferry-producer --dialect DIALECT SOURCE   send to such a program\n"
    "  ferry-consumer --dialect DIALECT          receive from one\n"
    "  ferry-producer from:DIALECT[:NAME]        bring one onto a channel\n"
    "  ferry-consumer --to DIALECT[:NAME]        feed one from a channel\n"
    "DIALECT: " DIALECTS ".\n"
    "Options, with usual values of the convention where they are left out:\n"
    "  --name NAME          with --dialect: the name of the shared memory\n"
    "  --object ROLE=NAME   the name of another object; ROLE: memory, semaphore,\n"
    "                       read, write, event, lock, back, back-semaphore,\n"
    "                       back-read, back-write, or file with a path\n"
    "  --payload PAYLOAD    image (default): a header of 4 numbers and pixels; text:\n"
    "                       a line each; raw:WxH:FORMAT: pixels alone\n"
    "  --size SIZE          size of the memory that is made, in bytes, K, M, G\n"
    "  --access ACCESS      read, write or execute: what the memory is opened for\n"
    "  --order ORDER        rwevents: the order of width, height and size: whs\n"
    "  --reading READING    duplex: pairs (default), single or mutex\n"
    "  --break-lock SECONDS  go on without a program that has kept its turn so long\n"
    "  --adopt              overwrite any memory of that name\n"
    "Examples:\n"
    "  ls | ferry-producer --dialect lockstep --payload text -\n"
    "  ferry-consumer --dialect mutex --payload text --print\n"
    "  ferry-producer --name cam from:rwevents:ShareMemoryMap-cam\n";

/* ---- the command line ---- */

int app_port_take_end(app_port *port, const char *label, const char *value) {
    char name[16] = "";
    size_t length = strcspn(value, ":");
    if (length < sizeof name)
        memcpy(name, value, length);
    if (ferry_port_dialect_from_name(name) == 0)
        return app_message_usage("%s%s needs a dialect, and behind a colon the name of its memory "
                                 "if that is not the usual one; there are " DIALECTS,
                                 label, value);
    port->options.dialect = ferry_port_dialect_from_name(name);
    if (value[length] == ':')
        port->options.names[FERRY_PORT_MEMORY] = value + length + 1;
    return APP_EXIT_NONE;
}

static int take_object(app_port *port, const char *value) {
    char word[24] = "";
    size_t length = strcspn(value, "=");
    if (length < sizeof word)
        memcpy(word, value, length);
    uint32_t object = ferry_port_object_from_word(word);
    if (value[length] == '\0' || object >= FERRY_PORT_OBJECTS)
        return app_message_usage(
            "--object needs ROLE=NAME, not \"%s\"; the roles are memory, semaphore, read, write, "
            "event, lock, back, back-semaphore, back-read, back-write and file",
            value);
    port->options.names[object] = value + length + 1;
    return APP_EXIT_NONE;
}

static int take_raw(app_port *port, const char *value) {
    ferry_frame_info *raw = &port->options.raw;
    const char *format = app_frame_size_take(value, &raw->width, &raw->height);
    if (format == NULL)
        return app_message_usage(
            "--payload raw needs WxH:FORMAT, such as raw:640x480:bgr24, not \"raw:%s\"", value);
    raw->format = app_frame_size_format(format, strlen(format));
    if (raw->format != 0)
        return APP_EXIT_NONE;
    char formats[APP_TEXT_FORMATS_BYTES];
    app_text_formats(formats);
    return app_message_usage("--payload \"raw:%s\": unknown pixel format; there are %s", value,
                             formats);
}

static int take_payload(app_port *port, const char *value) {
    static const char raw[] = "raw:";
    port->is_text = strcmp(value, "text") == 0;
    port->options.payload = port->is_text ? FERRY_PAYLOAD_TEXT : FERRY_PAYLOAD_IMAGE;
    if (port->is_text || strcmp(value, "image") == 0)
        return APP_EXIT_NONE;
    port->options.payload = FERRY_PAYLOAD_RAW;
    if (strncmp(value, raw, sizeof raw - 1) == 0)
        return take_raw(port, value + sizeof raw - 1);
    return app_message_usage("--payload needs image, text or raw:WxH:FORMAT, not \"%s\"", value);
}

/* One of some words, each of which stands for its place in the list. */
static int take_word(const char *option, const char *value, const char *const *words, size_t count,
                     uint32_t *out) {
    char list[64] = "";
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (words[i] != NULL && strcmp(words[i], value) == 0) {
            *out = (uint32_t)i;
            return APP_EXIT_NONE;
        }
        if (words[i] != NULL && used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                                     used == 0       ? ""
                                     : i + 1 < count ? ", "
                                                     : " or ",
                                     words[i]);
    }
    return app_message_usage("%s needs %s, not \"%s\"", option, list, value);
}

static int take_access(app_port *port, const char *value) {
    static const char *const words[] = {NULL, "read", "write", "execute"};
    return take_word("--access", value, words, sizeof words / sizeof words[0],
                     &port->options.access);
}

static int take_reading(app_port *port, const char *value) {
    static const char *const words[] = {"pairs", "single", "mutex"};
    return take_word("--reading", value, words, sizeof words / sizeof words[0],
                     &port->options.reading);
}

static int take_size(app_port *port, const char *value) {
    if (app_parse_size(value, &port->options.memory_bytes) &&
        port->options.memory_bytes <= (uint64_t)INT32_MAX + 1)
        return APP_EXIT_NONE;
    return app_message_usage(
        "--size needs a size from 1 byte to 2G, such as " APP_SIZES ", not \"%s\"", value);
}

static int take_break_lock(app_port *port, const char *value) {
    if (app_parse_seconds(value, &port->options.break_lock_ns) && port->options.break_lock_ns != 0)
        return APP_EXIT_NONE;
    return app_message_usage("--break-lock needs seconds above 0, such as 2 or 0.5, not \"%s\"",
                             value);
}

static int take_order(app_port *port, const char *value) {
    port->options.header_order = value;
    if (strlen(value) == 3 && strchr(value, 'w') != NULL && strchr(value, 'h') != NULL &&
        strchr(value, 's') != NULL)
        return APP_EXIT_NONE;
    return app_message_usage("--order needs the letters w, h and s in the order of width, height "
                             "and size, such as whs, not \"%s\"",
                             value);
}

static int take_adopt(app_port *port, const char *value) {
    (void)value;
    port->options.adopt = 1;
    return APP_EXIT_NONE;
}

static int take_dialect(app_port *port, const char *value) {
    port->options.dialect = ferry_port_dialect_from_name(value);
    if (port->options.dialect != 0)
        return APP_EXIT_NONE;
    return app_message_usage("unknown dialect \"%s\"; there are " DIALECTS, value);
}

int app_port_take(app_port *port, int option, const char *value) {
    static const struct {
        int option;
        const char *name;
        int (*take)(app_port *port, const char *value);
    } takers[] = {
        {APP_OPTION_DIALECT, NULL, take_dialect}, /* channels have one too, */
        {APP_OPTION_ADOPT, NULL, take_adopt},     /* and this */
        {APP_OPTION_OBJECT, "--object", take_object},
        {APP_OPTION_PAYLOAD, "--payload", take_payload},
        {APP_OPTION_SIZE, "--size", take_size},
        {APP_OPTION_ACCESS, "--access", take_access},
        {APP_OPTION_ORDER, "--order", take_order},
        {APP_OPTION_READING, "--reading", take_reading},
        {APP_OPTION_BREAK_LOCK, "--break-lock", take_break_lock},
    };
    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
        if (takers[i].option != option)
            continue;
        if (port->first == NULL)
            port->first = takers[i].name;
        return takers[i].take(port, value);
    }
    return APP_EXIT_NONE;
}

const char *app_port_of_port_alone(const app_port *port) {
    const ferry_port_options *o = &port->options;
    for (int i = 0; i < FERRY_PORT_NAMES; i++)
        if (o->names[i] != NULL && i != FERRY_PORT_MEMORY && i != FERRY_PORT_EVENT)
            return "--object";
    return o->payload != FERRY_PAYLOAD_IMAGE ? "--payload"
           : o->memory_bytes != 0            ? "--size"
           : o->access != 0                  ? "--access"
           : o->header_order != NULL         ? "--order"
           : o->reading != 0                 ? "--reading"
           : o->break_lock_ns != 0           ? "--break-lock"
                                             : NULL;
}

/* ---- the port ---- */

const char *app_port_name(const app_port *port) {
    const ferry_port_options *o = &port->options;
    if (o->names[FERRY_PORT_MEMORY] != NULL)
        return o->names[FERRY_PORT_MEMORY];
    const char *usual =
        ferry_port_default_name(o->dialect, o->reading, o->payload, FERRY_PORT_MEMORY);
    return usual != NULL ? usual : "";
}

ferry_status app_port_open(ferry_port **out, const app_port *port, ferry_port_role role,
                           const app_share *share, ferry_error *error) {
    ferry_port_options options = port->options;
    options.size = sizeof options;
    options.role = role;
    options.group_sharing = share->with;
    options.group_name = share->group;
    return ferry_port_open(out, &options, error);
}

int app_port_check(const char *label, const app_port *port, ferry_port_role role) {
    ferry_port_options options = port->options;
    ferry_error error;
    options.size = sizeof options;
    options.role = role;
    if (ferry_port_check(&options, &error) == FERRY_OK)
        return APP_EXIT_NONE;
    return app_message_usage("%s%s", label, error.message);
}

void app_port_answer(ferry_port *port, const app_port *plan, const ferry_image *image) {
    const int64_t answer_ns = FERRY_SECOND_NS;
    ferry_error error;
    if (plan->options.dialect != FERRY_PORT_DUPLEX || plan->options.reading != FERRY_PORT_SINGLE)
        return;
    ferry_status status = ferry_port_send(port, &image->info, image->pixels, answer_ns, &error);
    if (status == FERRY_TOO_LARGE && plan->is_text) /* it had no zero at its end */
        status = ferry_port_send_text(port, "", answer_ns, &error);
    if (status != FERRY_OK)
        app_message_warn("a message could not be answered: %s", error.message);
}

int64_t app_port_usual_linger_ns(const app_port *port) {
    const ferry_port_options *o = &port->options;
    bool goes = o->names[FERRY_PORT_OBJECT_FILE] == NULL && !host_memory_outlives_users();
    switch (o->dialect) {
    case FERRY_PORT_MUTEX:
    case FERRY_PORT_RWEVENTS: return FERRY_SECOND_NS;
    case FERRY_PORT_QT: return o->names[FERRY_PORT_READ] == NULL ? FERRY_SECOND_NS : 0;
    case FERRY_PORT_FILE: return goes ? 20 * FERRY_SECOND_NS : 0;
    default: return 0;
    }
}

/* ---- what is said ---- */

static void tell_broken(app_port_news *news, const ferry_port_counters *counters) {
    if (counters->broken == news->broken)
        return;
    news->broken = counters->broken;
    app_message_warn("a program has kept its turn for longer than --break-lock allows, and counts "
                     "as killed: went on without it (%" PRIu64 " time%s so far)",
                     counters->broken, counters->broken == 1 ? "" : "s");
}

void app_port_tell(app_port_news *news, ferry_port *port, const ferry_error *error) {
    ferry_port_counters counters;
    ferry_port_get_counters(port, &counters);
    tell_broken(news, &counters);
    if (error == NULL || strcmp(error->message, news->refused.message) == 0)
        return;
    news->refused = *error;
    app_message_warn("%s; it is passed over", error->message);
}

/* ---- sending ---- */

/* Called before each slice of a wait; whether it goes on. */
static bool goes_on(app_port_news *news, ferry_port *port, ferry_status status, uint64_t begin_ns,
                    int64_t limit_ns, const ferry_error *error) {
    app_port_tell(news, port, NULL);
    if (status == FERRY_OK)
        news->is_waiting = false;
    if ((status != FERRY_TIMEOUT && status != FERRY_INTERRUPTED && status != FERRY_WOKEN) ||
        host_stop_count() > 0)
        return false;
    if (!news->is_waiting && status == FERRY_TIMEOUT &&
        app_limit_left_ns(begin_ns, PATIENCE_NS) == 0) {
        app_message_inform("waiting: %s", error->message);
        news->is_waiting = true;
    }
    return app_limit_left_ns(begin_ns, limit_ns) > 0;
}

static ferry_status conclude(ferry_status status) {
    return status == FERRY_TIMEOUT && host_stop_count() > 0 ? FERRY_INTERRUPTED : status;
}

bool app_port_is_refused(ferry_status status) {
    return status == FERRY_TOO_LARGE || status == FERRY_INVALID_ARGUMENT ||
           status == FERRY_NOT_SUPPORTED;
}

ferry_status app_port_send(app_port_news *news, ferry_port *port, const ferry_frame_info *info,
                           const uint8_t *pixels, int64_t limit_ns, ferry_error *error) {
    uint64_t begin_ns = ferry_clock_ns();
    ferry_status status;
    do {
        int64_t left_ns = app_limit_left_ns(begin_ns, limit_ns);
        status =
            ferry_port_send(port, info, pixels, left_ns < SLICE_NS ? left_ns : SLICE_NS, error);
    } while (goes_on(news, port, status, begin_ns, limit_ns, error));
    return conclude(status);
}

ferry_status app_port_drain(app_port_news *news, ferry_port *port, int64_t limit_ns,
                            ferry_error *error) {
    uint64_t begin_ns = ferry_clock_ns();
    ferry_status status;
    do {
        int64_t left_ns = app_limit_left_ns(begin_ns, limit_ns);
        status = ferry_port_drain(port, left_ns < SLICE_NS ? left_ns : SLICE_NS, error);
    } while (goes_on(news, port, status, begin_ns, limit_ns, error));
    return conclude(status);
}

void app_port_sum_up(ferry_port *port) {
    ferry_port_counters counters;
    ferry_port_get_counters(port, &counters);
    if (counters.torn > 0)
        app_message_inform("%" PRIu64 " look%s torn, for the sender was writing meanwhile: each "
                           "was repeated",
                           counters.torn, counters.torn == 1 ? " was" : "s were");
    if (counters.malformed > 0)
        app_message_warn("%" PRIu64 " message%s could not be, and %s passed over",
                         counters.malformed, counters.malformed == 1 ? "" : "s",
                         counters.malformed == 1 ? "was" : "were");
}
