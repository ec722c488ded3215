/* Our side of a convention as a program of its own: <frameferry/port.h> and nothing else of the
 * library's. The cases run with it in the place of ferry-producer and ferry-consumer.
 *
 *     port_program send|receive|both|answer --dialect D [OPTIONS]
 *
 * Texts are lines, images are raw pixels of the size that --raw says. "both" and "answer" are the
 * two ends of a duplex port: either sends each line of its standard input and receives a message
 * for it, "both" in this order, "answer" the other way round. Exits as our programs do. */
#define _POSIX_C_SOURCE 200809L
#include <frameferry/port.h>

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#else
#include <unistd.h>
#endif

enum { FINE, FAILED, USAGE, TIMED_OUT, NOT_YET = -1 };
enum { LINE_BYTES = 1 << 16, PATH_BYTES = 1024 };

typedef struct program {
    ferry_port_options options;
    const char *role;
    const char *save;   /* a folder for images */
    uint64_t count;     /* of messages to receive, or of turns; 0: without end */
    int64_t timeout_ns; /* of each call */
    ferry_port *port;
    ferry_image image;
    uint8_t *pixels; /* of one image that is sent */
    size_t pixel_bytes;
    char line[LINE_BYTES];
} program;

/* ---- an end from outside ---- */

static _Atomic(ferry_port *) current;
static atomic_bool is_stopped, is_reading;

/* Also ends a read of standard input, which the port knows nothing of. */
static void stop(int number) {
    (void)number;
    atomic_store(&is_stopped, true);
    ferry_port *port = atomic_load(&current);
    if (port != NULL)
        ferry_port_interrupt(port);
#ifdef _WIN32
    if (atomic_load(&is_reading))
        _exit(FINE); /* where nothing ends the read, and objects go by themselves */
#else
    close(STDIN_FILENO);
#endif
}

static void catch_signals(void) {
#ifdef _WIN32
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
#else
    struct sigaction action = {.sa_handler = stop}; /* without SA_RESTART */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
#endif
}

/* ---- words ---- */

static _Noreturn void refuse(const char *what, const char *word) {
    fprintf(stderr, "port_program: %s: %s\n", what, word);
    exit(USAGE);
}

static uint64_t number(const char *word) {
    char *end;
    unsigned long long value = strtoull(word, &end, 10);
    if (*word == '\0' || *word == '-' || *end != '\0')
        refuse("no number", word);
    return value;
}

static int64_t seconds(const char *word) {
    char *end;
    double value = strtod(word, &end);
    if (*word == '\0' || *end != '\0' || !(value >= 0 && value < 1e9))
        refuse("no time", word);
    return (int64_t)(value * 1e9);
}

static void take_dialect(program *p, char *word) {
    p->options.dialect = ferry_port_dialect_from_name(word);
    if (p->options.dialect == 0)
        refuse("no such dialect", word);
}

/* WxH:FORMAT */
static void take_raw(program *p, char *word) {
    ferry_frame_info *info = &p->options.raw;
    int used = 0;
    if (sscanf(word, "%dx%d:%n", &info->width, &info->height, &used) != 2 || used == 0)
        refuse("no WxH:FORMAT", word);
    info->format = ferry_format_from_name(word + used);
    if (info->format == 0)
        refuse("no such format", word + used);
}

static void take_payload(program *p, char *word) {
    if (strcmp(word, "text") == 0)
        p->options.payload = FERRY_PAYLOAD_TEXT;
    else if (strcmp(word, "image") == 0)
        p->options.payload = FERRY_PAYLOAD_IMAGE;
    else if (strcmp(word, "raw") == 0)
        p->options.payload = FERRY_PAYLOAD_RAW;
    else
        refuse("no such payload", word);
}

static void take_reading(program *p, char *word) {
    static const char *const words[] = {"pairs", "single", "mutex"};
    for (uint32_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0) {
            p->options.reading = i;
            return;
        }
    refuse("no such reading", word);
}

/* ROLE=NAME, which is the program's for as long as it runs. */
static void take_object(program *p, char *word) {
    char *name = strchr(word, '=');
    if (name == NULL)
        refuse("no ROLE=NAME", word);
    *name++ = '\0';
    uint32_t object = ferry_port_object_from_word(word);
    if (object == FERRY_PORT_OBJECTS)
        refuse("no such object", word);
    p->options.names[object] = name;
}

typedef enum option_kind { TAKES_TEXT, TAKES_NUMBER, TAKES_TIME, TAKES_OTHER } option_kind;

typedef struct option {
    const char *name;
    option_kind kind;
    size_t offset;                   /* of the value in the program */
    void (*take)(program *, char *); /* TAKES_OTHER */
} option;

#define PLACE(field) offsetof(program, field)

static const option option_table[] = {
    {"--dialect", TAKES_OTHER, 0, take_dialect},
    {"--name", TAKES_TEXT, PLACE(options.names[FERRY_PORT_MEMORY]), NULL},
    {"--object", TAKES_OTHER, 0, take_object},
    {"--payload", TAKES_OTHER, 0, take_payload},
    {"--raw", TAKES_OTHER, 0, take_raw},
    {"--reading", TAKES_OTHER, 0, take_reading},
    {"--order", TAKES_TEXT, PLACE(options.header_order), NULL},
    {"--size", TAKES_NUMBER, PLACE(options.memory_bytes), NULL},
    {"--break-lock", TAKES_TIME, PLACE(options.break_lock_ns), NULL},
    {"--count", TAKES_NUMBER, PLACE(count), NULL},
    {"--timeout", TAKES_TIME, PLACE(timeout_ns), NULL},
    {"--save", TAKES_TEXT, PLACE(save), NULL},
};

static const option *find_option(const char *word) {
    for (size_t i = 0; i < sizeof option_table / sizeof *option_table; i++)
        if (strcmp(option_table[i].name, word) == 0)
            return &option_table[i];
    refuse("no such option", word);
}

static void set_option(program *p, const option *known, char *word) {
    char *place = (char *)p + known->offset;
    switch (known->kind) {
    case TAKES_TEXT: memcpy(place, &(const char *){word}, sizeof(const char *)); break;
    case TAKES_NUMBER: memcpy(place, &(uint64_t){number(word)}, sizeof(uint64_t)); break;
    case TAKES_TIME: memcpy(place, &(int64_t){seconds(word)}, sizeof(int64_t)); break;
    case TAKES_OTHER: known->take(p, word); break;
    }
}

static void parse(program *p, int count, char **words) {
    if (count < 2 || count % 2 != 0)
        refuse("usage: port_program send|receive|both|answer --dialect D [OPTION VALUE]...", "");
    p->role = words[1];
    for (int i = 2; i < count; i += 2)
        set_option(p, find_option(words[i]), words[i + 1]);
    bool sends = strcmp(p->role, "send") == 0 || strcmp(p->role, "both") == 0;
    p->options.role = sends ? FERRY_PORT_SENDER : FERRY_PORT_RECEIVER;
}

/* ---- messages ---- */

/* NOT_YET: the call has done what it should, or may be called again. */
static int conclude(ferry_status status, const ferry_error *error) {
    if (status == FERRY_OK)
        return NOT_YET;
    if (status == FERRY_INTERRUPTED && atomic_load(&is_stopped))
        return FINE;
    fprintf(stderr, "port_program: %s\n", error->message);
    if (status == FERRY_MALFORMED || status == FERRY_OVERTAKEN)
        return NOT_YET;
    return status == FERRY_TIMEOUT ? TIMED_OUT : FAILED;
}

static int save(const program *p) {
    const ferry_frame_info *info = &p->image.info;
    if (p->save != NULL) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s/%06llu.raw", p->save, (unsigned long long)info->number);
        FILE *file = fopen(path, "wb");
        bool wrote = file != NULL &&
                     fwrite(p->image.pixels, 1, info->length_bytes, file) == info->length_bytes;
        if (file == NULL || fclose(file) != 0 || !wrote) {
            fprintf(stderr, "port_program: cannot write %s\n", path);
            return FAILED;
        }
    }
    printf("{\"event\": \"frame\", \"frame\": %llu, \"width\": %d, \"height\": %d}\n",
           (unsigned long long)info->number, (int)info->width, (int)info->height);
    return NOT_YET;
}

/* One message, whatever comes between. */
static int receive(program *p) {
    ferry_error error;
    ferry_status status;
    int code;
    do {
        status = ferry_port_receive(p->port, &p->image, p->timeout_ns, &error);
        code = conclude(status, &error);
    } while (code == NOT_YET && status != FERRY_OK);
    if (code != NOT_YET)
        return code;
    if (p->image.info.format == FERRY_FORMAT_TEXT)
        printf("%s\n", (const char *)p->image.pixels);
    else
        code = save(p);
    fflush(stdout);
    return code;
}

/* One message of standard input, FINE behind the last one. */
static int next(program *p) {
    atomic_store(&is_reading, true);
    if (atomic_load(&is_stopped)) /* when nobody was reading yet */
        return FINE;
    bool is_text = p->options.payload == FERRY_PAYLOAD_TEXT;
    bool read = is_text ? fgets(p->line, sizeof p->line, stdin) != NULL
                        : fread(p->pixels, 1, p->pixel_bytes, stdin) == p->pixel_bytes;
    atomic_store(&is_reading, false);
    if (is_text && read)
        p->line[strcspn(p->line, "\r\n")] = '\0';
    return read && !atomic_load(&is_stopped) ? NOT_YET : FINE;
}

static int send(program *p) {
    ferry_error error;
    int code = next(p);
    if (code != NOT_YET)
        return code;
    if (p->options.payload == FERRY_PAYLOAD_TEXT)
        return conclude(ferry_port_send_text(p->port, p->line, p->timeout_ns, &error), &error);
    return conclude(ferry_port_send(p->port, &p->options.raw, p->pixels, p->timeout_ns, &error),
                    &error);
}

static int drain(program *p) {
    ferry_error error;
    int code = conclude(ferry_port_drain(p->port, p->timeout_ns, &error), &error);
    return code == NOT_YET ? FINE : code;
}

/* ---- roles ---- */

/* In turns the other side waits for an answer, which is the message itself. */
static int answer(program *p) {
    ferry_error error;
    if (p->options.dialect != FERRY_PORT_DUPLEX || p->options.reading != FERRY_PORT_SINGLE)
        return NOT_YET;
    return conclude(
        ferry_port_send(p->port, &p->image.info, p->image.pixels, p->timeout_ns, &error), &error);
}

static int run_receive(program *p) {
    int code = NOT_YET;
    for (uint64_t got = 0; code == NOT_YET; got++) {
        if (p->count != 0 && got == p->count)
            return FINE;
        code = receive(p);
        if (code == NOT_YET)
            code = answer(p);
    }
    return code;
}

static int run_send(program *p) {
    int code;
    while ((code = send(p)) == NOT_YET) {
    }
    return code == FINE && !atomic_load(&is_stopped) ? drain(p) : code;
}

static int run_turns(program *p, int (*first)(program *), int (*second)(program *)) {
    for (uint64_t turn = 0; p->count == 0 || turn < p->count; turn++) {
        int code = first(p);
        if (code == NOT_YET)
            code = second(p);
        if (code != NOT_YET)
            return code;
    }
    return drain(p);
}

static int run(program *p) {
    if (strcmp(p->role, "receive") == 0)
        return run_receive(p);
    if (strcmp(p->role, "send") == 0)
        return run_send(p);
    if (strcmp(p->role, "both") == 0)
        return run_turns(p, send, receive);
    if (strcmp(p->role, "answer") == 0)
        return run_turns(p, receive, send);
    refuse("no such role", p->role);
}

static bool make_room(program *p) {
    ferry_layout layout = {0};
    if (p->options.payload == FERRY_PAYLOAD_TEXT || p->options.raw.format == 0)
        return true;
    const ferry_frame_info *raw = &p->options.raw;
    if (ferry_layout_compute(&layout, raw->format, raw->width, raw->height, 0) != FERRY_OK)
        return false;
    p->pixel_bytes = layout.length_bytes;
    p->pixels = malloc(p->pixel_bytes);
    return p->pixels != NULL;
}

int main(int count, char **words) {
    static program p = {
        .options = FERRY_PORT_OPTIONS_INIT, .timeout_ns = FERRY_FOREVER, .image = FERRY_IMAGE_INIT};
    ferry_error error;
    parse(&p, count, words);
    catch_signals();
    if (!make_room(&p))
        refuse("no such size", "--raw");
    int code = conclude(ferry_port_open(&p.port, &p.options, &error), &error);
    if (code != NOT_YET)
        return code;
    atomic_store(&current, p.port);
    if (atomic_load(&is_stopped)) /* before anybody could have been told */
        ferry_port_interrupt(p.port);
    code = run(&p);
    atomic_store(&current, (ferry_port *)NULL);
    ferry_port_close(&p.port);
    ferry_image_free(&p.image);
    free(p.pixels);
    return code;
}
