/* ferry hz: the rate of a channel, and how even it is. */
#include "verbs.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include <frameferry/frameferry.h>

#include "beat.h"
#include "host/host.h"
#include "missing.h"
#include "options.h"
#include "shared/human.h"
#include "shared/interval.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/parse.h"
#include "shared/wall.h"
#include "sight.h"

static const char help[] =
    "Usage: ferry hz [OPTION]... [CHANNEL]\n"
    "Measure the frame rate of a channel and how even it is, by the times at which\n"
    "frames were published: a line each second, and a summary at the end or Ctrl-C.\n"
    "  -n, --name NAME    the channel (default: $FERRY_NAME, else BaseImage)\n"
    "  --count N          stop after N frames\n"
    "  --seconds SECONDS  stop after SECONDS\n"
    "  --json             write an object each second, and one at the end\n"
    "Other: -h, --help  -v, -V, --version\n"
    "period: the median of the times between two frames. jitter: how far times\n"
    "between frames are off it. gaps: times of more than one and a half periods.\n"
    "Times of frames that come between two looks are not seen; they are counted.\n"
    "Exit codes: 0 success, 1 failure or the producer died, 2 wrong usage, 3 there\n"
    "is no such channel, or no frame came.\n";

enum { OPTION_SECONDS = APP_OPTION_OWN };

static const struct option long_options[] = {
    OPTIONS_OF_ALL,
    OPTIONS_OF_CHANNEL,
    {"count", required_argument, NULL, APP_OPTION_COUNT},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {NULL, 0, NULL, 0},
};
static const app_arguments_letter letters[] = {OPTIONS_LETTERS, OPTIONS_LETTERS_OF_CHANNEL,
                                               OPTIONS_LETTERS_END};

/* Looks are so far apart that most frames are the newest at one of them. */
#define LOOK_AT_FIRST_NS (FERRY_SECOND_NS / 1000)
#define LOOK_LEAST_NS (FERRY_SECOND_NS / 2000)
#define LOOK_MOST_NS (FERRY_SECOND_NS / 50)
#define LOOKS_A_FRAME 4

typedef struct hz {
    const char *channel;
    bool json;
    uint64_t count;        /* 0: no limit */
    int64_t limit_ns;      /* 0: no limit */
    ferry_peek look;       /* the last one, of a channel that was there */
    ferry_peek_keep *keep; /* of its producer; NULL: there is none */
    beat beat;
    uint64_t begin_ns;
    uint64_t frames;   /* since the first one that was seen */
    uint64_t pause_ns; /* between two looks */
    app_interval interval;
} hz;

static int take(void *argument, int option, const char *value) {
    hz *h = argument;
    if (option == OPTION_SECONDS)
        return options_parse_seconds("--seconds", value, FERRY_SECOND_NS / 10, &h->limit_ns);
    if (!app_parse_whole(value, 1, UINT64_MAX, &h->count))
        return app_message_usage("--count needs a whole number from 1 on, not \"%s\"", value);
    return APP_EXIT_NONE;
}

/* ---- telling ---- */

static void put_times(app_line *out, const beat_figures *f) {
    char period[APP_HUMAN_BYTES];
    app_human_time(period, f->period_ns);
    if (f->has_jitter)
        app_line_print(out, "  period %s  jitter %.2f ms p50 %.2f p99 %.2f max", period,
                       (double)f->p50_ns / 1e6, (double)f->p99_ns / 1e6, (double)f->most_ns / 1e6);
    app_line_print(out, "  gaps %" PRIu64 "  dropped %" PRIu64, f->gaps, f->dropped);
    if (f->lost > 0)
        app_line_print(out, "  lost by the source %" PRIu64, f->lost);
    if (f->seen < f->frames)
        app_line_print(out, "  seen %" PRIu64 " of %" PRIu64, f->seen, f->frames);
}

static void put_line(app_line *out, const hz *h, const beat_figures *f) {
    char age[APP_HUMAN_BYTES];
    app_human_time(age, h->look.newest_age_ns);
    app_line_print(out, "%.2f fps", f->fps);
    if (f->frames > 0)
        put_times(out, f);
    else if (h->look.has_newest != 0)
        app_line_print(out, "  no frame for %s", age);
    else
        app_line_put_text(out, "  no frame yet");
    app_line_put_text(out, "\n");
}

static void put_summary(app_line *out, const hz *h, const beat_figures *f) {
    app_line_print(out, "%s: %" PRIu64 " frames in %.1f s: %.2f fps", h->channel, f->frames,
                   f->seconds, f->fps);
    put_times(out, f);
    app_line_put_text(out, "\n");
}

static void put_ms(app_line *out, const char *key, bool is_known, uint64_t ns) {
    if (is_known)
        app_json_real(out, key, (double)ns / 1e6);
    else
        app_json_text(out, key, NULL);
}

static void put_object(app_line *out, const hz *h, const char *event, const beat_figures *f) {
    app_json_begin(out, event, app_wall_at(ferry_clock_ns()));
    app_json_text(out, "channel", h->channel);
    app_json_real(out, "seconds", f->seconds);
    app_json_number(out, "frames", f->frames);
    app_json_number(out, "seen", f->seen);
    if (f->has_rate || f->frames == 0)
        app_json_real(out, "fps", f->fps);
    else
        app_json_text(out, "fps", NULL);
    put_ms(out, "period_ms", f->has_jitter, f->period_ns);
    put_ms(out, "jitter_p50_ms", f->has_jitter, f->p50_ns);
    put_ms(out, "jitter_p99_ms", f->has_jitter, f->p99_ns);
    put_ms(out, "jitter_max_ms", f->has_jitter, f->most_ns);
    app_json_number(out, "gaps", f->gaps);
    app_json_number(out, "dropped", f->dropped);
    app_json_number(out, "lost", f->lost);
    app_json_end(out);
}

/* False: it failed, which has been reported. */
static bool tell(const hz *h, const beat_figures *f, bool is_summary) {
    app_line out = APP_LINE_INIT;
    if (h->json)
        put_object(&out, h, is_summary ? "summary" : "rate", f);
    else if (is_summary)
        put_summary(&out, h, f);
    else
        put_line(&out, h, f);
    bool is_written = app_output_line(&out);
    app_line_free(&out);
    return is_written;
}

/* ---- looking ---- */

static void adapt_pause(hz *h, const beat_figures *f) {
    if (!f->has_rate)
        return;
    double period_ns = FERRY_SECOND_NS / f->fps;
    h->pause_ns = (uint64_t)(period_ns / LOOKS_A_FRAME);
    if (h->pause_ns < LOOK_LEAST_NS)
        h->pause_ns = LOOK_LEAST_NS;
    if (h->pause_ns > LOOK_MOST_NS)
        h->pause_ns = LOOK_MOST_NS;
}

/* The exit code with which the run ends in a state. APP_EXIT_NONE: it goes on. */
static int judge_state(const hz *h, uint32_t state, const char *detail) {
    switch (state) {
    case FERRY_PEEK_STARTING:
    case FERRY_PEEK_EMPTY:
    case FERRY_PEEK_LIVE:
    case FERRY_PEEK_IDLE: return APP_EXIT_NONE;
    case FERRY_PEEK_ENDED:
        app_message_inform("the producer has ended the stream");
        return APP_EXIT_FINE;
    case FERRY_PEEK_DEAD: app_message_fail("the producer has died"); return APP_EXIT_FAILED;
    case FERRY_PEEK_BARE:
        app_message_fail("the sender of channel %s knows only the BaseImage layout, which has no "
                         "times: ferry-consumer --name %s --stats 1",
                         h->channel, h->channel);
        return APP_EXIT_FAILED;
    default: app_message_fail("channel %s: %s", h->channel, detail); return APP_EXIT_FAILED;
    }
}

/* The same after a look that has found something. */
static int judge(const hz *h, const ferry_peek *now) {
    uint32_t state = now->state;
    if (now->has_block != 0 && h->look.has_block != 0 && now->generation != h->look.generation) {
        app_message_inform("another producer has come: its frames are not these");
        return APP_EXIT_FAILED;
    }
    if (now->has_block == 0 && state <= FERRY_PEEK_DEAD && h->keep != NULL)
        state = ferry_peek_keep_state(h->keep); /* the names are just being taken away */
    return judge_state(h, state, now->detail);
}

/* The same when the channel was there, and nothing has its name any more. */
static int judge_gone(const hz *h) {
    int code = judge_state(h, ferry_peek_keep_state(h->keep), "its object was cut short");
    if (code != APP_EXIT_NONE)
        return code;
    /* Consumers clear up after a producer that was killed: nothing is left that could tell. */
    app_message_inform("the channel is gone: its producer has ended the stream, or was killed");
    return APP_EXIT_FINE;
}

/* Looks once. APP_EXIT_NONE: there is no reason to stop. */
static int look(hz *h) {
    static ferry_peek now; /* a large one */
    ferry_error error;
    ferry_status status = ferry_peek_look(h->channel, &now, &error);
    if (status == FERRY_NO_PRODUCER && h->look.has_block != 0)
        return judge_gone(h);
    if (status == FERRY_NO_PRODUCER)
        return missing_tell(h->channel);
    if (status != FERRY_OK) {
        app_message_fail("%s", error.message);
        return APP_EXIT_FAILED;
    }
    int code = judge(h, &now);
    bool is_same = h->look.has_block == 0 || now.generation == h->look.generation;
    if (now.has_block == 0 || !is_same)
        return code;
    if (h->look.has_block == 0)
        h->keep = sight_take(h->channel, &now);
    h->look = now;
    if (now.has_newest != 0 && !beat_note(&h->beat, &now.newest)) {
        app_message_fail("out of memory");
        return APP_EXIT_FAILED;
    }
    if (h->beat.has_all_first)
        h->frames = h->beat.last.number - h->beat.all_first.number;
    return code;
}

/* APP_EXIT_NONE: it goes on. */
static int tell_in_time(hz *h, uint64_t now_ns) {
    uint64_t elapsed_ns;
    beat_figures f;
    if (!app_interval_is_over(&h->interval, now_ns, &elapsed_ns))
        return APP_EXIT_NONE;
    beat_take(&h->beat, now_ns, &f);
    adapt_pause(h, &f);
    return tell(h, &f, false) ? APP_EXIT_NONE : APP_EXIT_FAILED;
}

static bool has_enough(const hz *h, uint64_t now_ns) {
    return (h->count > 0 && h->frames >= h->count) ||
           (h->limit_ns > 0 && now_ns - h->begin_ns >= (uint64_t)h->limit_ns);
}

static int measure(hz *h) {
    h->begin_ns = ferry_clock_ns();
    beat_begin(&h->beat, h->begin_ns);
    uint64_t next_ns = h->begin_ns;
    for (;;) {
        int code = look(h);
        uint64_t now_ns = ferry_clock_ns();
        if (code == APP_EXIT_NONE)
            code = tell_in_time(h, now_ns);
        if (code != APP_EXIT_NONE)
            return code;
        next_ns += h->pause_ns;
        if (next_ns < now_ns) /* a look took long */
            next_ns = now_ns + h->pause_ns;
        if (has_enough(h, now_ns) || host_sleep_until(next_ns))
            return APP_EXIT_FINE;
    }
}

int verb_hz(int count, char **arguments) {
    static hz h; /* a large one */
    options_found found;
    const options_plan plan = {.help = help,
                               .options = long_options,
                               .letters = letters,
                               .take = take,
                               .argument = &h,
                               .words_most = 1};
    int code = options_parse(&found, &plan, count, arguments);
    if (code == APP_EXIT_NONE)
        code = options_choose_channel(&found, &h.channel);
    if (code != APP_EXIT_NONE)
        return code;
    h.json = found.json;
    h.pause_ns = LOOK_AT_FIRST_NS;
    h.interval.length_ns = FERRY_SECOND_NS;
    code = measure(&h);
    beat_figures all;
    beat_sum_up(&h.beat, ferry_clock_ns(), &all);
    bool is_seen = h.look.has_block != 0;
    if (is_seen && !tell(&h, &all, true))
        code = APP_EXIT_FAILED;
    beat_free(&h.beat);
    ferry_peek_keep_close(&h.keep);
    return code == APP_EXIT_FINE && all.frames == 0 ? APP_EXIT_TIMED_OUT : code;
}
