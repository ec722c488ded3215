#include "port/port_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/names.h"
#include "platform/qt_key.h"
#include "platform/shm.h"
#include "port/conventions.h"
#include "support/error.h"
#include "support/need.h"

#define DEFAULT_ORDER "whs"

/* ---- choices ---- */

static ferry_status check_choices(const ferry_port_options *o, ferry_error *error) {
    ferry_status status = ferryi_need_choice(o->role, FERRY_PORT_SENDER, "role",
                                             "FERRY_PORT_RECEIVER or FERRY_PORT_SENDER", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(o->payload, FERRY_PAYLOAD_RAW, "payload",
                                    "FERRY_PAYLOAD_IMAGE, FERRY_PAYLOAD_TEXT or FERRY_PAYLOAD_RAW",
                                    error);
    if (status == FERRY_OK)
        status =
            ferryi_need_choice(o->reading, FERRY_PORT_MUTEXES, "reading",
                               "FERRY_PORT_PAIRS, FERRY_PORT_SINGLE or FERRY_PORT_MUTEXES", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(o->access, FERRY_PORT_ACCESS_EXECUTE, "access",
                                    "a ferry_port_access", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(o->adopt, 1, "adopt", "0 or 1", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(o->bottom_up, 1, "bottom_up", "0 or 1", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(o->group_sharing, FERRY_SHARING_EVERYONE, "group_sharing",
                                    FERRYI_SHARING_CHOICES, error);
    return status == FERRY_OK ? ferryi_need_time(o->break_lock_ns, "break_lock_ns", error) : status;
}

static bool is_order(const char *order) {
    return strlen(order) == 3 && strchr(order, 'w') != NULL && strchr(order, 'h') != NULL &&
           strchr(order, 's') != NULL;
}

static ferry_status check_image(ferry_port_options *o, bool has_int32_header, ferry_error *error) {
    if (o->format_16bit == 0)
        o->format_16bit = FERRY_FORMAT_GRAY16LE;
    if (o->format_16bit != FERRY_FORMAT_GRAY16LE && o->format_16bit != FERRY_FORMAT_RGB565LE)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "format_16bit is 0x%08lx: it has to be FERRY_FORMAT_GRAY16LE or "
                           "FERRY_FORMAT_RGB565LE",
                           (unsigned long)o->format_16bit);
    if (o->format != 0 && ferry_format_bit_count(o->format) == 0)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "format is 0x%08lx: it has to be a format with a name that is not "
                           "compressed",
                           (unsigned long)o->format);
    if (o->header_order != NULL && (!has_int32_header || o->payload != FERRY_PAYLOAD_IMAGE))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "header_order (--order): only images of the convention rwevents have "
                           "such a header");
    if (o->header_order == NULL)
        o->header_order = DEFAULT_ORDER;
    if (is_order(o->header_order))
        return FERRY_OK;
    return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                       "header_order is \"%.20s\": it has to have the letters w, h and s in the "
                       "order of width, height and size",
                       o->header_order);
}

/* Fills in the length of a raw frame. */
static ferry_status check_raw(ferry_port_options *o, ferry_error *error) {
    ferry_layout layout;
    ferry_frame_info raw = {.width = o->raw.width,
                            .height = o->raw.height,
                            .format = o->raw.format,
                            .stride_bytes = o->raw.stride_bytes};
    if (o->payload != FERRY_PAYLOAD_RAW)
        return FERRY_OK;
    ferry_status status = ferry_layout_of(&layout, &raw);
    if (status != FERRY_OK)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "raw: no picture has this size, format and stride (%s)",
                           ferry_status_text(status));
    if (o->bottom_up != 0 && layout.plane_count != 1)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "bottom_up is 1, and the format of raw has %u planes, of which none has "
                           "the last row of all",
                           (unsigned)layout.plane_count);
    raw.stride_bytes = layout.planes[0].stride_bytes;
    raw.length_bytes = layout.length_bytes;
    raw.bit_count = ferry_format_bit_count(raw.format);
    o->raw = raw;
    return FERRY_OK;
}

/* ---- what the convention has ---- */

static ferry_status refuse_payload(const ferryi_convention *convention, ferry_error *error) {
    return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                       "payload (--payload): the convention %s carries images alone",
                       convention->name);
}

static ferry_status check_convention(const ferryi_convention *convention,
                                     const ferry_port_options *o, ferry_error *error) {
    if (convention == NULL)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "dialect is %lu: it has to be a ferry_port_dialect",
                           (unsigned long)o->dialect);
    if ((convention->payloads >> o->payload & 1) == 0)
        return refuse_payload(convention, error);
    if (o->reading != 0 && o->dialect != FERRY_PORT_DUPLEX)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "reading (--reading): only the convention duplex has several");
    if (o->access == FERRY_PORT_ACCESS_READ &&
        (o->role == FERRY_PORT_SENDER || convention->has_back))
        return ferryi_fail(
            error, FERRY_INVALID_ARGUMENT, 0,
            "access is FERRY_PORT_ACCESS_READ (--access read), and a port that sends "
            "has to write");
    return FERRY_OK;
}

/* ---- names ---- */

/* Writes a name as the system wants it. A key of Qt is not a name of the system, but one can be
 * made of it. */
static ferry_status read_name(char out[FERRYI_PORT_NAME_BYTES], const char *name,
                              ferry_port_object object, bool is_key, ferry_error *error) {
    char what[32];
    snprintf(what, sizeof what, "the %s", ferry_port_object_word(object));
    if (!is_key)
        return ferryi_names_take(out, name, what, error);
    if (name[0] == '\0' || strlen(name) > FERRY_NAME_MAX)
        return ferryi_fail(error, FERRY_BAD_NAME, 0,
                           "the key \"%.100s\" of %s: it has to have 1 to "
                           "%d bytes",
                           name, what, FERRY_NAME_MAX);
    char unused[FERRYI_QT_NAME_BYTES];
    ferry_error reason = FERRY_ERROR_INIT;
    if (ferryi_qt_key_name(unused, FERRYI_QT_MEMORY_PREFIX, name, &reason) != FERRY_OK)
        return ferryi_fail(error, FERRY_BAD_NAME, 0, "the key of %s: %s", what, reason.message);
    snprintf(out, FERRYI_PORT_NAME_BYTES, "%s", name);
    return FERRY_OK;
}

static ferry_status refuse_object(const ferryi_convention *convention, ferry_port_object object,
                                  ferry_error *error) {
    char list[120] = "";
    size_t used = 0;
    for (int i = 0; i < FERRY_PORT_OBJECTS; i++)
        if (ferryi_conventions_has(convention, (ferry_port_object)i))
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "",
                                     ferry_port_object_word((uint32_t)i));
    return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                       "names (--object): the convention %s has no %s; it has %s", convention->name,
                       ferry_port_object_word(object), list);
}

static ferry_status read_path(ferry_port *port, const char *path, ferry_error *error) {
    if (*path == '\0')
        return ferryi_fail(error, FERRY_BAD_NAME, 0,
                           "the path of the file is empty (--object file=PATH)");
    port->path = malloc(strlen(path) + 1);
    if (port->path == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    memcpy(port->path, path, strlen(path) + 1);
    return FERRY_OK;
}

/* The name of an object without the prefix of a session, which changes nothing. */
static const char *local_name(const ferry_port *port, int object) {
    static const char prefix[] = "Local\\";
    const char *name = port->names[object];
    bool is_local = !port->convention->has_keys && strncmp(name, prefix, sizeof prefix - 1) == 0;
    return is_local ? name + sizeof prefix - 1 : name;
}

static bool is_memory(int object) {
    return object == FERRY_PORT_MEMORY || object == FERRY_PORT_BACK;
}

/* Whether two objects are found in different places. Where all objects of a session have one space
 * of names, none are; and the memory of a key has a lock, which is the semaphore of that key. */
static bool are_apart(const ferry_port *port, int one, int other) {
    return is_memory(one) != is_memory(other) && !ferryi_shm_has_sessions() &&
           !port->convention->has_keys;
}

/* Two objects in one place cannot have the same name. */
static ferry_status check_apart(const ferry_port *port, ferry_error *error) {
    for (int i = 0; i < FERRY_PORT_OBJECTS; i++)
        for (int j = i + 1; j < FERRY_PORT_OBJECTS; j++)
            if (port->names[i][0] != '\0' && !are_apart(port, i, j) &&
                strcmp(local_name(port, i), local_name(port, j)) == 0)
                return ferryi_fail(error, FERRY_BAD_NAME, 0,
                                   "the %s and the %s have the same name, \"%.100s\"",
                                   ferry_port_object_word((uint32_t)i),
                                   ferry_port_object_word((uint32_t)j), port->names[i]);
    return FERRY_OK;
}

static ferry_status read_names(ferry_port *port, const ferry_port_options *o, ferry_error *error) {
    const ferryi_convention *convention = port->convention;
    ferry_status status = FERRY_OK;
    for (int i = 0; i < FERRY_PORT_NAMES && status == FERRY_OK; i++) {
        ferry_port_object object = (ferry_port_object)i;
        const char *name = o->names[i];
        if (i >= FERRY_PORT_OBJECTS && name != NULL)
            return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                               "names has one for object %d, which there is not", i);
        if (i >= FERRY_PORT_OBJECTS)
            break;
        if (name != NULL && !ferryi_conventions_has(convention, object))
            return refuse_object(convention, object, error);
        if (object == FERRY_PORT_MEMORY)
            port->is_named_usually = name == NULL;
        if (name == NULL)
            name = ferryi_conventions_name(convention, o->payload, object);
        if (name != NULL && object == FERRY_PORT_OBJECT_FILE)
            status = read_path(port, name, error);
        else if (name != NULL)
            status = read_name(port->names[i], name, object, convention->has_keys, error);
    }
    if (status == FERRY_OK && convention->has_keys &&
        (o->names[FERRY_PORT_READ] == NULL) != (o->names[FERRY_PORT_WRITE] == NULL))
        return ferryi_fail(
            error, FERRY_INVALID_ARGUMENT, 0,
            "names (--object): the semaphores read and write go together, and one of "
            "them has no name");
    return status == FERRY_OK ? check_apart(port, error) : status;
}

/* ---- all of it ---- */

ferry_status ferryi_port_options_read(ferry_port *port, const ferry_port_options *given,
                                      ferry_error *error) {
    ferry_port_options *o = &port->options;
    *o = (ferry_port_options)FERRY_PORT_OPTIONS_INIT;
    ferry_status status =
        ferryi_need_options(o, sizeof *o, given, "FERRY_PORT_OPTIONS_INIT", error);
    if (status == FERRY_OK)
        status = check_choices(o, error);
    if (status != FERRY_OK)
        return status;
    port->convention = ferryi_conventions_find(o->dialect, o->reading);
    if (port->convention != NULL && port->convention->with_option != NULL &&
        o->names[port->convention->option] != NULL)
        port->convention = port->convention->with_option;
    status = check_convention(port->convention, o, error);
    if (status == FERRY_OK)
        status = check_image(o, port->convention->has_int32_header, error);
    if (status == FERRY_OK)
        status = check_raw(o, error);
    if (status == FERRY_OK)
        status = read_names(port, o, error);
    if (status == FERRY_OK)
        status = ferryi_sharing_make(&port->sharing, o->group_sharing, o->group_name, error);
    if (status != FERRY_OK)
        return status;
    snprintf(port->order, sizeof port->order, "%s", o->header_order);
    o->header_order = port->order;
    return FERRY_OK;
}

void ferryi_port_options_free(ferry_port *port) {
    free(port->path);
    port->path = NULL;
}
