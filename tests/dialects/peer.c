/* Options, steps and messages of all peers. */
#include "peer.h"

#include "peer_system.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USAGE = 2, FAILED = 1, LINE_BYTES = 256, LOOK_MS = 1 };

void peer_say(const char *format, ...) {
    char line[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    printf("%s\n", line);
    fflush(stdout);
}

/* False: the input has ended. index: what the line says, if it says anything. */
static bool await_line(uint32_t *index) {
    char line[LINE_BYTES];
    if (fgets(line, sizeof line, stdin) == NULL)
        return false;
    unsigned long told = strtoul(line, NULL, 10);
    if (told != 0 && index != NULL)
        *index = (uint32_t)told;
    return true;
}

/* ---- steps ---- */

/* Whether an option names this step: STEP for its first time, or STEP:N for message N. */
static bool is_named(const flow *f, const char *option, const char *step) {
    size_t prefix = strlen(f->prefix), length = strlen(step);
    if (option == NULL || strncmp(option, f->prefix, prefix) != 0 ||
        strncmp(option + prefix, step, length) != 0)
        return false;
    const char *behind = option + prefix + length;
    return *behind == '\0' || (*behind == ':' && strtoul(behind + 1, NULL, 10) == f->index);
}

void peer_step(const flow *f, const char *step) {
    if (is_named(f, f->options->die_at, step))
        system_die();
    if (!is_named(f, f->options->hold, step))
        return;
    peer_say("held %s%s", f->prefix, step);
    if (!await_line(NULL))
        exit(FAILED);
}

bool peer_go_on(flow *f) {
    const peer_options *o = f->options;
    if (f->seen_last)
        return false;
    return !o->lines || await_line(&f->index);
}

void peer_missing(const peer_options *options, const char *name) {
    static bool said;
    if (!options->retry) {
        peer_say("gives up: %s", name);
        exit(FAILED);
    }
    if (!said)
        peer_say("missing %s", name);
    said = true;
    system_pause_ms(LOOK_MS);
}

/* ---- messages ---- */

flow peer_flow(const peer_options *options) {
    const char *const *names = options->names;
    return (flow){.options = options,
                  .prefix = "",
                  .memory = names[NAME_MEMORY],
                  .semaphore = names[NAME_SEMAPHORE],
                  .read = names[NAME_READ],
                  .write = names[NAME_WRITE]};
}

flow peer_back_flow(const peer_options *options) {
    const char *const *names = options->names;
    return (flow){.options = options,
                  .prefix = "back-",
                  .memory = names[NAME_BACK],
                  .semaphore = names[NAME_BACK_SEMAPHORE],
                  .read = names[NAME_BACK_READ],
                  .write = names[NAME_BACK_WRITE]};
}

void *peer_semaphore(const flow *f, const char *name, uint32_t initial) {
    uint32_t told = f->options->initial;
    if (told == PEER_INITIAL)
        return system_semaphore_make(name, (long)initial, 1);
    return system_semaphore_make(name, (long)told, (long)told + 1);
}

static uint8_t *allocate(size_t size) {
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL) {
        fprintf(stderr, "dialect_peer: no memory\n");
        exit(FAILED);
    }
    return bytes;
}

void peer_put(const flow *f, uint8_t *to, size_t room) {
    const peer_options *o = f->options;
    size_t size = message_size(&o->payload, f->index);
    uint8_t *bytes = allocate(size > room ? size : room);
    if (o->nonsense != NULL && f->index == o->first)
        size = message_make_nonsense(o->nonsense, &o->payload, bytes, room);
    else
        message_make(&o->payload, f->index, bytes);
    if (o->bare && o->payload.kind == PAYLOAD_TEXT)
        size--;
    if (size > room)
        size = room; /* an old program would write behind the mapping */
    memcpy(to, bytes, size / 2);
    peer_step(f, "half");
    memcpy(to + size / 2, bytes + size / 2, size - size / 2);
    free(bytes);
}

void peer_sent(flow *f) {
    const peer_options *o = f->options;
    peer_say("sent %lu", (unsigned long)f->index);
    f->index++;
    f->seen_last = o->count != 0 && f->index - o->first >= o->count;
    if (o->pause_ms != 0)
        system_pause_ms(o->pause_ms);
}

uint8_t *peer_take(const flow *f, const uint8_t *from, size_t room, size_t *size) {
    uint8_t *bytes = allocate(room);
    *size = message_extent(&f->options->payload, from, room);
    memcpy(bytes, from, *size);
    return bytes;
}

void peer_got(flow *f, const uint8_t *bytes, size_t size, bool event) {
    const peer_options *o = f->options;
    char why[MESSAGE_WHY_BYTES];
    uint32_t index = 0;
    verdict v = message_check(&o->payload, bytes, size, &index, why);
    bool news = v != MESSAGE_NONE && (index != f->last || v != f->last_verdict);
    if (!event && !news)
        return;
    if (v == MESSAGE_OK)
        peer_say("%lu ok", (unsigned long)index);
    else if (v == MESSAGE_TORN)
        peer_say("%lu torn", (unsigned long)index);
    else
        peer_say("%lu bad: %s", (unsigned long)index, v == MESSAGE_NONE ? "empty" : why);
    f->last = index;
    f->last_verdict = v;
    f->index++;
    f->seen_last = (o->count != 0 && f->index >= o->count) || (o->until != 0 && index == o->until);
}

/* ---- options ---- */

typedef enum option_kind { TAKES_TEXT, TAKES_NUMBER, TAKES_SIZE, IS_SWITCH, IS_OTHER } option_kind;

typedef struct option {
    const char *name;
    option_kind kind;
    size_t offset;
} option;

#define PLACE(field) offsetof(peer_options, field)
#define PLACE_OF(name) (offsetof(peer_options, names) + (name) * sizeof(const char *))

static const option option_table[] = {
    {"--memory", TAKES_TEXT, PLACE_OF(NAME_MEMORY)},
    {"--semaphore", TAKES_TEXT, PLACE_OF(NAME_SEMAPHORE)},
    {"--read", TAKES_TEXT, PLACE_OF(NAME_READ)},
    {"--write", TAKES_TEXT, PLACE_OF(NAME_WRITE)},
    {"--event", TAKES_TEXT, PLACE_OF(NAME_EVENT)},
    {"--back", TAKES_TEXT, PLACE_OF(NAME_BACK)},
    {"--back-semaphore", TAKES_TEXT, PLACE_OF(NAME_BACK_SEMAPHORE)},
    {"--back-read", TAKES_TEXT, PLACE_OF(NAME_BACK_READ)},
    {"--back-write", TAKES_TEXT, PLACE_OF(NAME_BACK_WRITE)},
    {"--file", TAKES_TEXT, PLACE(file)},
    {"--beside", TAKES_TEXT, PLACE(beside)},
    {"--size", TAKES_SIZE, PLACE(size)},
    {"--payload", IS_OTHER, 0},
    {"--width", TAKES_NUMBER, PLACE(payload.width)},
    {"--height", TAKES_NUMBER, PLACE(payload.height)},
    {"--bits", TAKES_NUMBER, PLACE(payload.bits)},
    {"--order", TAKES_TEXT, PLACE(payload.order)},
    {"--tail", TAKES_SIZE, PLACE(payload.tail)},
    {"--vary", IS_SWITCH, PLACE(payload.vary)},
    {"--reading", TAKES_TEXT, PLACE(reading)},
    {"--initial", TAKES_NUMBER, PLACE(initial)},
    {"--first", TAKES_NUMBER, PLACE(first)},
    {"--count", TAKES_NUMBER, PLACE(count)},
    {"--until", TAKES_NUMBER, PLACE(until)},
    {"--pause-ms", TAKES_NUMBER, PLACE(pause_ms)},
    {"--linger-ms", TAKES_NUMBER, PLACE(linger_ms)},
    {"--die-at", TAKES_TEXT, PLACE(die_at)},
    {"--hold", TAKES_TEXT, PLACE(hold)},
    {"--nonsense", TAKES_TEXT, PLACE(nonsense)},
    {"--lines", IS_SWITCH, PLACE(lines)},
    {"--retry", IS_SWITCH, PLACE(retry)},
    {"--changes-only", IS_SWITCH, PLACE(changes_only)},
    {"--bare", IS_SWITCH, PLACE(bare)},
};

static _Noreturn void refuse(const char *what, const char *word) {
    fprintf(stderr,
            "dialect_peer: %s: %s\nusage: dialect_peer CONVENTION ROLE [--list-steps] [OPTIONS]\n",
            what, word);
    exit(USAGE);
}

static const convention *find_convention(const char *name, const convention *const *table) {
    for (; *table != NULL; table++)
        if (strcmp((*table)->name, name) == 0)
            return *table;
    refuse("no such convention", name);
}

static const peer_role *find_role(const char *name, const convention *c) {
    for (const peer_role *role = c->roles; role->name != NULL; role++)
        if (strcmp(role->name, name) == 0)
            return role;
    refuse("no such role", name);
}

static payload_kind read_payload(const char *word) {
    if (strcmp(word, "text") == 0)
        return PAYLOAD_TEXT;
    if (strcmp(word, "image") == 0)
        return PAYLOAD_IMAGE;
    if (strcmp(word, "short") == 0)
        return PAYLOAD_SHORT;
    if (strcmp(word, "raw") == 0)
        return PAYLOAD_RAW;
    refuse("no such payload", word);
}

static _Noreturn void list(const char *words) {
    for (size_t length; *words != '\0'; words += length) {
        words += strspn(words, " ");
        length = strcspn(words, " ");
        peer_say("%.*s", (int)length, words);
    }
    exit(0);
}

static _Noreturn void list_nonsense(void) {
    for (size_t i = 0; *message_nonsense(i) != '\0'; i++)
        peer_say("%s", message_nonsense(i));
    exit(0);
}

static void set_option(peer_options *o, const option *known, const char *value) {
    char *place = (char *)o + known->offset;
    unsigned long number = 0;
    char *end = NULL;
    if (known->kind == TAKES_NUMBER || known->kind == TAKES_SIZE) {
        number = strtoul(value, &end, 10);
        if (*value == '\0' || *end != '\0')
            refuse("no number", value);
    }
    switch (known->kind) {
    case TAKES_TEXT: memcpy(place, &value, sizeof value); break;
    case TAKES_NUMBER: memcpy(place, &(uint32_t){(uint32_t)number}, sizeof(uint32_t)); break;
    case TAKES_SIZE: memcpy(place, &(size_t){number}, sizeof(size_t)); break;
    case IS_SWITCH: memcpy(place, &(bool){true}, sizeof(bool)); break;
    case IS_OTHER: o->payload.kind = read_payload(value); break;
    }
}

static const option *find_option(const char *word) {
    for (size_t i = 0; i < sizeof option_table / sizeof *option_table; i++)
        if (strcmp(option_table[i].name, word) == 0)
            return &option_table[i];
    refuse("no such option", word);
}

/* Most programs of a convention differ only in names and sizes. */
static peer_options default_options(const convention *c) {
    peer_options o = {.convention = c->name,
                      .size = c->size,
                      .payload = {PAYLOAD_TEXT, 40, 30, 24, false, "whs", c->tail},
                      .reading = "pairs",
                      .initial = PEER_INITIAL,
                      .first = 1,
                      .linger_ms = 20000};
    memcpy(o.names, c->names, sizeof o.names);
    return o;
}

const peer_role *peer_parse(peer_options *options, int count, char **arguments,
                            const convention *const *table) {
    if (count < 3)
        refuse("too few words", count < 2 ? "" : arguments[1]);
    const convention *c = find_convention(arguments[1], table);
    const peer_role *role = find_role(arguments[2], c);
    *options = default_options(c);
    options->role = role->name;
    bool lists_steps = false;
    for (int i = 3; i < count; i++) {
        if (strcmp(arguments[i], "--list-steps") == 0) {
            lists_steps = true;
            continue;
        }
        if (strcmp(arguments[i], "--list-nonsense") == 0)
            list_nonsense();
        const option *known = find_option(arguments[i]);
        if (known->kind != IS_SWITCH && ++i == count)
            refuse("needs a value", arguments[i - 1]);
        set_option(options, known, arguments[i]);
    }
    if (lists_steps)
        list(role->steps_of != NULL ? role->steps_of(options) : role->steps);
    return role;
}
