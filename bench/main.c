/* ferry-bench JOB [OPTION VALUE]...: one measurement, as one JSON object. bench/run.py has the list
 * of measurements that make sense. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { WRONG_USAGE = 2 };

static const char usage[] =
    "usage: %s JOB [OPTION VALUE]...\n"
    "jobs: list, carry, limits, price, attach\n"
    "options: --transport NAME --channel NAME --size WIDTHxHEIGHTxBYTES --slots N --consumers N\n"
    "         --way send+copy|send+acquire|fill+read|claim+acquire --delivery every|latest\n"
    "         --from start|steady --seconds S --fps N (and note the times of each frame)\n"
    "         --pause S (the first consumer stands still so long, every 40 frames)\n"
    "         --apart yes (each process on a core of its own)\n";

static bool read_way(bench_plan *plan, const char *value) {
    static const char *const names[] = {"send+copy", "send+acquire", "fill+read", "claim+acquire"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(value, names[i]) == 0) {
            plan->way = (bench_way)i;
            return true;
        }
    return false;
}

static bool read_number(const char *value, double from, double to, double *number) {
    char *end;
    *number = strtod(value, &end);
    return end != value && *end == '\0' && *number >= from && *number <= to;
}

static bool read_size(bench_plan *plan, const char *value) {
    char rest;
    if (sscanf(value, "%ux%ux%u%c", &plan->width, &plan->height, &plan->depth, &rest) != 3)
        return false;
    uint64_t length = (uint64_t)plan->width * plan->height * plan->depth;
    plan->length_bytes = (uint32_t)length;
    return plan->width <= 1u << 24 && plan->height <= 1u << 24 && plan->depth <= 4 &&
           length >= sizeof(uint64_t) && length <= 1u << 30;
}

static bool read_option(bench_plan *plan, const char **transport, const char *name,
                        const char *value) {
    double number = 0;
    if (strcmp(name, "--transport") == 0)
        *transport = value;
    else if (strcmp(name, "--channel") == 0)
        plan->channel = value;
    else if (strcmp(name, "--size") == 0)
        return read_size(plan, value);
    else if (strcmp(name, "--way") == 0)
        return read_way(plan, value);
    else if (strcmp(name, "--delivery") == 0)
        plan->latest = strcmp(value, "latest") == 0;
    else if (strcmp(name, "--from") == 0)
        plan->from_start = strcmp(value, "start") == 0;
    else if (strcmp(name, "--apart") == 0)
        plan->apart = strcmp(value, "yes") == 0;
    else if (strcmp(name, "--slots") == 0 && read_number(value, 0, 64, &number) && number != 1)
        plan->slots = (uint32_t)number;
    else if (strcmp(name, "--consumers") == 0 &&
             read_number(value, 0, BENCH_MAX_CONSUMERS, &number))
        plan->consumers = (uint32_t)number;
    else if (strcmp(name, "--seconds") == 0 && read_number(value, 0, 3600, &number))
        plan->seconds = number;
    else if (strcmp(name, "--pause") == 0 && read_number(value, 0, 60, &number))
        plan->pause = number;
    else if (strcmp(name, "--fps") == 0 && read_number(value, 0.1, 1e6, &number)) {
        plan->fps = number;
        plan->paced = true;
    } else
        return false;
    return true;
}

static const bench_transport *find(const char *name) {
    for (size_t i = 0; bench_transports[i] != NULL; i++)
        if (strcmp(bench_transports[i]->name, name) == 0)
            return bench_transports[i];
    return NULL;
}

static int list(void) {
    for (size_t i = 0; bench_transports[i] != NULL; i++) {
        const bench_transport *t = bench_transports[i];
        printf("%s claim=%d acquire=%d lossy=%d many=%d in_parts=%d\n", t->name, t->claim != NULL,
               t->acquire != NULL, t->lossy, t->many, t->in_parts);
    }
    return 0;
}

static int carry(const bench_plan *plan, const char *name) {
    const bench_transport *t = find(name);
    if (t == NULL || (plan->way != BENCH_SEND_COPY && t->acquire == NULL) ||
        (bench_fills_in_place(plan) && t->claim == NULL) || plan->consumers == 0 ||
        (plan->consumers > 1 && !t->many)) {
        fprintf(stderr, "%s is not there or cannot do that\n", name);
        return WRONG_USAGE;
    }
    return bench_carry(t, plan);
}

int main(int count, char **arguments) {
    bench_plan plan = {.channel = "ferry-bench",
                       .width = 640,
                       .height = 480,
                       .depth = 3,
                       .length_bytes = 640 * 480 * 3,
                       .slots = 4,
                       .consumers = 1,
                       .seconds = 1};
    const char *transport = bench_transports[0]->name;
    const char *job = count > 1 ? arguments[1] : "";
    bool well = count % 2 == 0;
    for (int i = 2; i + 1 < count && well; i += 2)
        well = read_option(&plan, &transport, arguments[i], arguments[i + 1]);
    if (well && strcmp(job, "list") == 0)
        return list();
    if (well && strcmp(job, "carry") == 0)
        return carry(&plan, transport);
    if (well && strcmp(job, "limits") == 0)
        return bench_limits(&plan);
    if (well && strcmp(job, "price") == 0)
        return bench_price(&plan);
    if (well && strcmp(job, "attach") == 0)
        return bench_attach(&plan);
    fprintf(stderr, usage, arguments[0]);
    return WRONG_USAGE;
}
