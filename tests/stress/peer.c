/* One process of a stress test. Commands come from standard input and are answered on standard
 * output, so that the driver sets the pace:
 *
 *     stress_peer CHANNEL
 *         ready                            -> ready NS, on the clock of all answers
 *         names                            -> names COUNT, see peer_has_names
 *         peek                             -> peeked STATUS STATE HEAD GRABBED NUMBER
 *         bury                             -> buried STATUS REMOVED, bits of ferry_name_bit
 *         arm POINT PASSES kill|stop       -> armed 1         (builds with fault points)
 *         create native|baseimage SLOTS wait|drop STALL_MS    -> created STATUS NS SENTENCE
 *         send COUNT PAUSE_US p|e|c|r        -> sent STATUS NUMBER NS
 *         stall MS                         -> limited MS, for one that does not move
 *         abort [e], show, wait, drain, count, end
 *         open DELIVERY WAIT_MS            -> opened STATUS NS SENTENCE
 *         receive COUNT TIMEOUT_MS DELIVERY place|copy|early        -> received STATUS NS ...
 *         hold, follow, leave
 *
 * DELIVERY is latest, every, or boundedN: every, and up to N frames behind.
 *
 * At an armed point it says "at POINT NS" first. It ends with its input, and by SIGTERM after what
 * it is doing. Exit code 9: a frame was not what it has to be. */
#include "peer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

#include "peer_system.h"
#include "picture.h"
#include "platform/fault_point.h"

volatile sig_atomic_t peer_ending;
static peer the_peer;

void say(const char *format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0 || length > (int)sizeof line - 2)
        length = (int)sizeof line - 2;
    line[length] = '\n';
    if (fwrite(line, (size_t)length + 1, 1, stdout) != 1 || fflush(stdout) != 0)
        _Exit(PEER_BROKEN); /* the driver has gone */
}

void say_tick(uint64_t *last_ns, uint64_t number) {
    uint64_t now_ns = ferry_clock_ns();
    if (now_ns - *last_ns < PEER_TICK_NS)
        return;
    *last_ns = now_ns;
    say("tick %llu", (unsigned long long)number);
}

_Noreturn void peer_fail(int code, const char *what, uint64_t number) {
    say("failed %d %llu %s", code, (unsigned long long)number, what);
    _Exit(code);
}

static void on_signal(int number) {
    (void)number;
    peer_ending = 1;
    if (the_peer.producer != NULL)
        ferry_producer_interrupt(the_peer.producer);
    if (the_peer.consumer != NULL)
        ferry_consumer_interrupt(the_peer.consumer);
}

#ifdef FERRY_FAULTS
static void tell_and_kill(const char *point) {
    say("at %s %llu", point, (unsigned long long)ferry_clock_ns());
    ferryi_fault_point_kill(point);
}

static void tell_and_stop(const char *point) {
    say("at %s %llu", point, (unsigned long long)ferry_clock_ns());
    peer_stop(point);
}

static bool arm_command(const char *arguments) {
    char point[64], action[16];
    unsigned passes = 0;
    if (sscanf(arguments, "%63s %u %15s", point, &passes, action) != 3)
        peer_fail(PEER_BROKEN, "arm", 0);
    bool kills = strcmp(action, "kill") == 0;
    say("armed %d", ferryi_fault_point_arm(point, passes, kills ? tell_and_kill : tell_and_stop));
    return true;
}
#else
static bool arm_command(const char *arguments) {
    (void)arguments;
    return false;
}
#endif

/* The channel as it looks from outside. STATE is one word; GRABBED and NUMBER are of the newest
 * frame, which is checked. */
static void peek_command(void) {
    static ferry_peek seen;
    ferry_image image = FERRY_IMAGE_INIT;
    picture_tag tag;
    ferry_status status = ferry_peek_look(the_peer.channel, &seen, NULL);
    ferry_status grabbed = ferry_peek_grab(the_peer.channel, &image, NULL);
    if (grabbed == FERRY_OK && !picture_is_whole(&image.info, image.pixels, &tag))
        peer_fail(PEER_TORN, "grabbed", image.info.number);
    say("peeked %d %s %llu %d %llu", (int)status,
        status == FERRY_OK ? ferry_peek_state_text(seen.state) : "-", (unsigned long long)seen.head,
        (int)grabbed, (unsigned long long)image.info.number);
    ferry_image_free(&image);
}

static void bury_command(void) {
    ferry_bury_report report;
    ferry_status status = ferry_channel_bury(the_peer.channel, 0, &report, NULL);
    say("buried %d %u", (int)status, (unsigned)report.removed);
}

static void obey(char *line) {
    line[strcspn(line, "\n")] = '\0';
    char *arguments = line + strcspn(line, " ");
    if (*arguments != '\0')
        *arguments++ = '\0';
    if (strcmp(line, "ready") == 0) {
        say("ready %llu", (unsigned long long)ferry_clock_ns());
        return;
    }
    if (strcmp(line, "names") == 0) {
        say("names %d", peer_has_names(arguments));
        return;
    }
    if (strcmp(line, "peek") == 0) {
        peek_command();
        return;
    }
    if (strcmp(line, "bury") == 0) {
        bury_command();
        return;
    }
    bool known = strcmp(line, "arm") == 0 ? arm_command(arguments)
                                          : produce_command(&the_peer, line, arguments) ||
                                                consume_command(&the_peer, line, arguments);
    if (!known)
        peer_fail(PEER_BROKEN, line, 0);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: stress_peer CHANNEL\n", stderr);
        return 2;
    }
    the_peer.channel = argv[1];
    peer_begin(on_signal);
    char line[256];
    while (!peer_ending && fgets(line, sizeof line, stdin) != NULL)
        obey(line);
    ferry_consumer_close(&the_peer.consumer);
    ferry_producer_close(&the_peer.producer);
    say("gone %llu", (unsigned long long)ferry_clock_ns());
    return 0;
}
