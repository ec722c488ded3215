#include "port_sending.h"

#include <inttypes.h>
#include <stdatomic.h>

#include <frameferry/frameferry.h>

#include "host/host.h"
#include "launch.h"
#include "pace.h"
#include "shared/line.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/port.h"
#include "shared/text.h"
#include "sources/open.h"

#define SLICE_NS (FERRY_SECOND_NS / 10)
/* A wait that takes longer is told. */
#define PATIENCE_NS (FERRY_SECOND_NS / 2)

/* The port that Ctrl-C interrupts; NULL: there is none. */
static _Atomic(ferry_port *) current;

typedef struct port_sending {
    const producer_options *options;
    source *from;
    ferry_port *port;
    app_port_news news;
    launch launch;
    pace pace;
    ferry_image back; /* what the other side of a duplex port says */
    uint64_t sent;
    uint64_t refused; /* messages that cannot be sent, and were left out */
    uint64_t first_ns;
    uint64_t last_ns;
} port_sending;

void port_sending_interrupt(void) {
    ferry_port_interrupt(atomic_load(&current));
}

static bool is_stopped(void) {
    return host_stop_count() > 0;
}

static int fail(const ferry_error *error) {
    app_message_fail("%s", error->message);
    return APP_EXIT_FAILED;
}

/* ---- what comes back ---- */

/* Prints a text as a line. */
static void print_back(const ferry_image *image) {
    app_line line = APP_LINE_INIT;
    if (image->info.format != FERRY_FORMAT_TEXT)
        return;
    app_text_put_escaped(&line, (const char *)image->pixels);
    app_line_put_text(&line, "\n");
    app_output_line(&line);
    app_line_free(&line);
}

/* The other side of a duplex port may say something at any time; in turns it has to, before the
 * next message. */
static ferry_status take_back(port_sending *s, int64_t timeout_ns, ferry_error *error) {
    ferry_status status = FERRY_OK;
    if (s->options->common.port.options.dialect != FERRY_PORT_DUPLEX)
        return FERRY_OK;
    uint64_t begin_ns = ferry_clock_ns();
    while (status == FERRY_OK) {
        status = ferry_port_receive(s->port, &s->back, timeout_ns, error);
        app_port_tell(&s->news, s->port, status == FERRY_MALFORMED ? error : NULL);
        if (status == FERRY_OK)
            print_back(&s->back);
        if (ferry_clock_ns() - begin_ns > (uint64_t)SLICE_NS)
            break; /* it says a lot */
    }
    return status;
}

/* ---- waiting ---- */

/* Asks the launch until there is somebody to send to. LAUNCH_WAIT: the user asked to stop. */
static launch_verdict await_launch(port_sending *s) {
    for (;;) {
        launch_verdict verdict = launch_tick(&s->launch);
        if (verdict != LAUNCH_WAIT || is_stopped())
            return verdict;
        host_sleep_until(ferry_clock_ns() + SLICE_NS);
    }
}

/* Waits until the source has a frame, or its end. False: the user asked to stop. */
static bool await_source(port_sending *s) {
    ferry_error error;
    while (s->from->await != NULL && !is_stopped()) {
        take_back(s, 0, &error);
        ferry_port_drain(s->port, 0, &error); /* an answer that has come */
        if (s->from->await(s->from, ferry_clock_ns() + SLICE_NS))
            return true;
        launch_tick(&s->launch);
    }
    return !is_stopped();
}

/* Waits until the next message is due. False: the user asked to stop. */
static bool await_pace(port_sending *s) {
    uint64_t due_ns = pace_due_ns(&s->pace);
    while (ferry_clock_ns() < due_ns) {
        uint64_t until_ns = ferry_clock_ns() + SLICE_NS;
        ferry_error error;
        take_back(s, 0, &error);
        if (host_sleep_until(until_ns < due_ns ? until_ns : due_ns))
            return false;
    }
    pace_take(&s->pace, ferry_clock_ns());
    return !is_stopped();
}

static int64_t limit_of(const port_sending *s) {
    return s->options->wait == WAIT_LIMITED ? s->options->wait_ns : FERRY_FOREVER;
}

/* ---- sending ---- */

/* Draws what is not drawn yet. */
static ferry_status draw(port_sending *s, ferry_image *frame, ferry_error *error) {
    if (s->from->draw == NULL)
        return FERRY_OK;
    if (ferry_image_reserve(frame, frame->info.length_bytes) != FERRY_OK) {
        *error = (ferry_error){.status = FERRY_NO_MEMORY, .message = "out of memory"};
        return FERRY_NO_MEMORY;
    }
    s->from->draw(s->from, frame->pixels);
    return FERRY_OK;
}

static void note_sent(port_sending *s) {
    s->sent++;
    s->last_ns = ferry_clock_ns();
    if (s->first_ns == 0)
        s->first_ns = s->last_ns;
    if (app_message_shows_progress())
        app_message_progress("%" PRIu64 " sent", s->sent);
}

static bool takes_turns(const port_sending *s) {
    const ferry_port_options *o = &s->options->common.port.options;
    return o->dialect == FERRY_PORT_DUPLEX && o->reading == FERRY_PORT_SINGLE;
}

/* Waits for the answer to the last message, without which there is no next one. */
static ferry_status await_answer(port_sending *s, ferry_error *error) {
    ferry_status status = FERRY_TIMEOUT;
    uint64_t begin_ns = ferry_clock_ns();
    while (status == FERRY_TIMEOUT && !is_stopped()) {
        status = ferry_port_receive(s->port, &s->back, SLICE_NS, error);
        app_port_tell(&s->news, s->port, status == FERRY_MALFORMED ? error : NULL);
        if (status == FERRY_TIMEOUT && !s->news.is_waiting &&
            ferry_clock_ns() - begin_ns > (uint64_t)PATIENCE_NS) {
            app_message_inform("waiting for the answer to message %" PRIu64, s->sent);
            s->news.is_waiting = true;
        }
        if (status == FERRY_TIMEOUT && limit_of(s) != FERRY_FOREVER &&
            ferry_clock_ns() - begin_ns > (uint64_t)limit_of(s))
            return status;
    }
    if (status == FERRY_OK)
        print_back(&s->back);
    s->news.is_waiting = false;
    return status == FERRY_MALFORMED ? FERRY_OK : status;
}

static int exit_code(ferry_status status, const ferry_error *error) {
    switch (status) {
    case FERRY_OK: return APP_EXIT_FINE;
    case FERRY_INTERRUPTED: return APP_EXIT_FINE;
    case FERRY_TIMEOUT:
        if (!is_stopped())
            app_message_fail("%s", error->message);
        return is_stopped() ? APP_EXIT_FINE : APP_EXIT_TIMED_OUT;
    default: return fail(error);
    }
}

/* Sends one message. Returns whether to go on; if not, *code is the exit code. */
static bool send_one(port_sending *s, ferry_image *frame, int *code) {
    ferry_error error;
    launch_verdict verdict = await_launch(s);
    *code = verdict == LAUNCH_FAILED      ? APP_EXIT_FAILED
            : verdict == LAUNCH_TIMED_OUT ? APP_EXIT_TIMED_OUT
                                          : APP_EXIT_FINE;
    if (verdict != LAUNCH_SEND || !await_pace(s))
        return false;
    ferry_status status = draw(s, frame, &error);
    if (status == FERRY_OK)
        status = app_port_send(&s->news, s->port, &frame->info, frame->pixels, limit_of(s), &error);
    if (app_port_is_refused(status)) { /* and the next one may be fine */
        app_message_warn("%s; it is left out", error.message);
        s->refused++;
        return true;
    }
    if (status == FERRY_OK)
        note_sent(s);
    if (status == FERRY_OK && takes_turns(s))
        status = await_answer(s, &error);
    *code = exit_code(status, &error);
    return status == FERRY_OK;
}

static int send_all(port_sending *s) {
    ferry_image frame = FERRY_IMAGE_INIT;
    uint64_t count = s->options->common.count;
    int code = APP_EXIT_FINE;
    bool goes_on = true;
    while (goes_on && (count == 0 || s->sent < count) && await_source(s)) {
        if (!s->from->next(s->from, &frame)) {
            if (s->from->is_broken || (s->sent == 0 && !s->from->is_piped && !is_stopped()))
                code = APP_EXIT_FAILED;
            break;
        }
        goes_on = send_one(s, &frame, &code);
    }
    ferry_image_free(&frame);
    return code;
}

/* Waits for the last message to be taken, unless that is not wanted. */
static int drain(port_sending *s) {
    ferry_error error;
    if (s->sent == 0 || s->options->wait == WAIT_NOT || is_stopped())
        return APP_EXIT_FINE;
    return exit_code(app_port_drain(&s->news, s->port, limit_of(s), &error), &error);
}

static void linger(const port_sending *s) {
    int64_t time_ns = s->options->has_linger ? s->options->linger_ns
                                             : app_port_usual_linger_ns(&s->options->common.port);
    if (s->sent > 0 && time_ns > 0)
        host_sleep_until(ferry_clock_ns() + (uint64_t)time_ns);
}

static void sum_up(const port_sending *s) {
    double seconds = (double)(s->last_ns - s->first_ns) / 1e9;
    app_message_clear_progress();
    if (s->sent > 1 && seconds > 0)
        app_message_inform("%" PRIu64 " messages sent in %.2f s (%.1f per second)", s->sent,
                           seconds, (double)(s->sent - 1) / seconds);
    else
        app_message_inform("%" PRIu64 " message%s sent", s->sent, s->sent == 1 ? "" : "s");
}

/* Messages that were left out are a failure, as files that are skipped. */
static int judge_refused(const port_sending *s, int code) {
    if (s->refused == 0)
        return code;
    bool is_fine = code != APP_EXIT_FINE || s->options->skips_bad;
    app_message_warn("%" PRIu64 " message%s left out%s", s->refused,
                     s->refused == 1 ? " was" : "s were",
                     is_fine ? "" : ", so the exit code is 1; --skip-bad makes it 0");
    return is_fine ? code : APP_EXIT_FAILED;
}

static void begin_launch(port_sending *s) {
    const producer_options *o = s->options;
    launch_init(&s->launch, NULL, o->launch, app_port_name(&o->common.port));
    s->launch.sent = &s->sent;
    s->launch.may_stay_silent = true;
    s->launch.waits = o->wait != WAIT_NOT;
}

int port_sending_run(const producer_options *o, source *from) {
    port_sending s = {.options = o, .from = from, .back = FERRY_IMAGE_INIT};
    ferry_error error;
    s.pace.rate = open_rate(o, from);
    begin_launch(&s);
    app_port port = o->common.port;
    if (port.options.memory_bytes == 0 && port.options.payload == FERRY_PAYLOAD_IMAGE &&
        from->slot_bytes > FERRY_DEFAULT_SLOT_BYTES)
        port.options.memory_bytes = from->slot_bytes;
    if (app_port_open(&s.port, &port, FERRY_PORT_SENDER, &o->common.share, &error) != FERRY_OK) {
        from->close(from);
        return fail(&error);
    }
    atomic_store(&current, s.port);
    int code = send_all(&s);
    from->close(from); /* the writer of a pipe must not wait for what follows */
    if (code == APP_EXIT_FINE)
        code = drain(&s);
    linger(&s);
    atomic_store(&current, NULL);
    host_settle_notify();
    ferry_port_close(&s.port);
    ferry_image_free(&s.back);
    if (!launch_finish(&s.launch) && code == APP_EXIT_FINE)
        code = APP_EXIT_FAILED;
    if (code == APP_EXIT_FINE || s.sent > 0)
        sum_up(&s);
    return judge_refused(&s, code);
}
