/* One measurement: its processes, and what they report. */
#include <inttypes.h>
#include <stdio.h>

#include "consume.h"
#include "produce.h"
#include "shared.h"
#include "system.h"

/* The work of one process. */
typedef struct role {
    bench_shared *shared;
    const bench_transport *transport;
    bench_end end;
    bool produces;
} role;

static void run(void *argument) {
    role *r = argument;
    if (r->end.plan->apart && !system_pin(r->produces ? 0 : 1 + r->end.index)) {
        bench_fail(&r->end, "there is no core for each process");
        return;
    }
    if (r->produces)
        produce_frames(r->transport, &r->end, r->shared);
    else
        consume_frames(r->transport, &r->end, r->shared);
}

static bool run_all(const bench_transport *transport, const bench_plan *plan, void *common,
                    bench_shared *shared) {
    const double grace_s = 20;
    static role roles[BENCH_MAX_CONSUMERS + 1];
    int children[BENCH_MAX_CONSUMERS + 1];
    for (uint32_t i = 0; i <= plan->consumers; i++) {
        bool produces = i == plan->consumers;
        roles[i] = (role){
            .shared = shared,
            .transport = transport,
            .produces = produces,
            .end = {.plan = plan,
                    .index = produces ? 0 : i,
                    .common = common,
                    .side = produces ? &shared->producer : &shared->consumer[i]},
        };
        children[i] = system_spawn(run, &roles[i]);
    }
    uint64_t limit_ns = (uint64_t)((plan->seconds * 3 + grace_s) * 1e9);
    return system_wait(children, plan->consumers + 1, limit_ns);
}

/* From the start on, consumers are measured from the producer's first frame: theirs may have been
 * long in coming. */
static void measure_from_start(bench_shared *shared, uint32_t consumers) {
    for (uint32_t i = 0; i < consumers; i++) {
        bench_side *side = &shared->consumer[i];
        if (side->from_ns == 0)
            continue;
        side->from_ns = shared->producer.from_ns;
        side->frames++;
    }
}

static void print_side(const char *name, const bench_side *side) {
    printf("\"%s\":{\"frames\":%" PRIu64 ",\"last\":%" PRIu64 ",\"skipped\":%" PRIu64
           ",\"lost\":%" PRIu64 ",\"doubled\":%" PRIu64 ",\"torn\":%" PRIu64
           ",\"elapsed_ns\":%" PRIu64 ",\"cpu_ns\":%" PRIu64 ",\"resident_bytes\":%" PRIu64
           ",\"wakeups\":%" PRIu64 ",\"slots_touched\":%" PRIu64 ",\"reserved_bytes\":%" PRIu64 "}",
           name, side->frames, side->last, side->skipped, side->lost, side->doubled, side->torn,
           side->to_ns - side->from_ns, side->cpu_ns, side->resident_bytes, side->wakeups,
           side->slots_touched, side->reserved_bytes);
}

static void print_list(const char *name, const uint64_t *from, const uint64_t *to, size_t count) {
    const size_t step = sizeof(bench_times) / sizeof(uint64_t);
    const char *comma = "";
    printf(",\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        uint64_t from_ns = from[i * step], to_ns = to[i * step];
        if (from_ns != 0 && to_ns >= from_ns) {
            printf("%s%" PRIu64, comma, to_ns - from_ns);
            comma = ",";
        }
    }
    printf("]");
}

static void print_times(const bench_shared *shared) {
    const bench_times *t = shared->times;
    size_t count =
        shared->producer.frames < BENCH_MAX_TIMES ? shared->producer.frames : BENCH_MAX_TIMES;
    print_list("wake_ns", &t->published_ns, &t->woken_ns, count);
    print_list("end_to_end_ns", &t->begun_ns, &t->received_ns, count);
    print_list("send_ns", &t->begun_ns, &t->sent_ns, count);
}

/* A reason comes from a library: characters that JSON cannot have become spaces. */
static void print_failure(bench_side *side) {
    for (char *c = side->failure; *c != '\0'; c++)
        if (*c == '"' || *c == '\\' || (unsigned char)*c < 0x20)
            *c = ' ';
    printf("\"failure\":\"%s\"", side->failure);
}

static void report(const bench_transport *transport, const bench_plan *plan, bench_shared *shared,
                   bool ended) {
    bench_side *failed = &shared->producer;
    for (uint32_t i = 0; i < plan->consumers && failed->failure[0] == '\0'; i++)
        failed = &shared->consumer[i];
    if (!ended && failed->failure[0] == '\0')
        snprintf(failed->failure, sizeof failed->failure, "a process failed or was stuck");
    printf("{\"transport\":\"%s\",", transport->name);
    print_failure(failed);
    printf(",");
    print_side("producer", &shared->producer);
    printf(",\"consumers\":[");
    for (uint32_t i = 0; i < plan->consumers; i++) {
        printf(i == 0 ? "{" : ",{");
        print_side("side", &shared->consumer[i]);
        printf("}");
    }
    printf("]");
    if (plan->paced)
        print_times(shared);
    printf("}\n");
}

int bench_carry(const bench_transport *transport, const bench_plan *plan) {
    enum { WARM_UP = 16 };
    bench_shared *shared = shared_new();
    void *common = transport->prepare == NULL ? NULL : transport->prepare(plan);
    if (shared == NULL || (transport->prepare != NULL && common == NULL)) {
        fprintf(stderr, "%s: cannot be prepared\n", transport->name);
        return 1;
    }
    shared->warm = plan->from_start ? 0 : WARM_UP;
    bool ended = run_all(transport, plan, common, shared);
    if (transport->clean != NULL)
        transport->clean(plan);
    if (plan->from_start)
        measure_from_start(shared, plan->consumers);
    report(transport, plan, shared, ended);
    return ended && atomic_load(&shared->broken) == 0 ? 0 : 1;
}
