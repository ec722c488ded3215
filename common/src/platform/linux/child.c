#define _GNU_SOURCE /* posix_spawn_file_actions_addclosefrom_np, ppoll */
#include "platform/linux/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/clock.h>

#include "platform/linux/environment.h"
#include "platform/linux/split_command.h"
#include "support/child_options.h"
#include "support/error.h"
#include "support/need.h"

/* Default actions for all signals and none blocked: what the parent ignores or blocks for itself
 * (SIGPIPE, say) would otherwise stay so in a program that does not expect it. A SIGHUP that is
 * ignored stays so: nohup(1) is meant for all that a program starts. Returns 0 or an errno. */
static int set_attributes(posix_spawnattr_t *attributes, bool has_group) {
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    struct sigaction hang_up;
    if (sigaction(SIGHUP, NULL, &hang_up) == 0 && hang_up.sa_handler == SIG_IGN)
        sigdelset(&all, SIGHUP);
    int code = posix_spawnattr_setsigdefault(attributes, &all);
    if (code == 0)
        code = posix_spawnattr_setsigmask(attributes, &none);
    int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    if (has_group)
        flags |= POSIX_SPAWN_SETPGROUP; /* a new one: 0 is what the attribute begins with */
    if (code == 0)
        code = posix_spawnattr_setflags(attributes, (short)flags);
    return code;
}

/* Returns 0 or an errno; failures of execve come back too. input becomes standard input, unless it
 * is negative. */
static int spawn(ferry_child *child, int input, char **words, char **environment) {
    posix_spawnattr_t attributes;
    int code = posix_spawnattr_init(&attributes);
    if (code != 0)
        return code;
    posix_spawn_file_actions_t actions;
    code = posix_spawn_file_actions_init(&actions);
    if (code == 0) {
        code = set_attributes(&attributes, child->has_group);
        if (code == 0 && input >= 0)
            code = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
        /* Not every descriptor of the host program is marked close-on-exec, and a stray one keeps
         * pipes, files and leases alive in a child that knows nothing of it. */
        if (code == 0)
            code = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        if (code == 0)
            code = posix_spawnp(&child->id, words[0], &actions, &attributes, words, environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return code;
}

static int open_process(pid_t id) {
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, id, 0);
#else
    (void)id;
    return -1;
#endif
}

/* Returns 0 or an errno. */
static int spawn_with_pipe(ferry_child *child, char **words, char **environment) {
    int reading = -1;
    int code = ferryi_child_make_pipe(&reading, &child->input);
    if (code != 0)
        return code;
    code = spawn(child, reading, words, environment);
    close(reading);
    if (code != 0)
        ferry_child_close_input(child);
    return code;
}

static ferry_status start_words(ferry_child *child, const ferryi_split_words *words,
                                const ferry_child_options *options, ferry_error *error) {
    ferryi_environment environment;
    ferry_status status = ferryi_environment_make(&environment, options, error);
    if (status != FERRY_OK)
        return status;
    int code = options->pipe_input != 0 ? spawn_with_pipe(child, words->list, environment.list)
                                        : spawn(child, -1, words->list, environment.list);
    ferryi_environment_free(&environment);
    if (code != 0)
        return ferryi_fail(error, code == ENOMEM ? FERRY_NO_MEMORY : FERRY_SYSTEM_ERROR, code,
                           "cannot start \"%s\": %s", words->list[0], strerror(code));
    child->descriptor = open_process(child->id);
    return FERRY_OK;
}

static ferry_status start(ferry_child **out, const ferry_child_options *options,
                          ferry_error *error) {
    ferryi_split_words words;
    ferry_status status = ferryi_split_command(&words, options->command, error);
    if (status != FERRY_OK)
        return status;
    ferry_child *child = calloc(1, sizeof *child);
    if (child == NULL) {
        status = ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to start %s", words.list[0]);
    } else {
        child->input = -1;
        child->has_group = options->own_group != 0;
        status = start_words(child, &words, options, error);
    }
    ferryi_split_command_free(&words);
    if (status != FERRY_OK) {
        free(child);
        return status;
    }
    *out = child;
    return FERRY_OK;
}

ferry_status ferry_child_start_with(ferry_child **out, const ferry_child_options *options,
                                    ferry_error *error) {
    ferry_child_options wanted;
    ferry_status status = ferryi_need(out, "out", error);
    if (status == FERRY_OK)
        status = ferryi_child_options_read(&wanted, options, error);
    return status == FERRY_OK ? start(out, &wanted, error) : status;
}

ferry_status ferry_child_start(ferry_child **out, const char *command, const char *channel,
                               ferry_error *error) {
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.command = command;
    options.channel = channel;
    ferry_status status = ferryi_need(channel, "channel", error);
    return status == FERRY_OK ? ferry_child_start_with(out, &options, error) : status;
}

/* Whether the child has not been collected yet; found->si_pid is 0 while it runs. */
static bool is_there(const ferry_child *child, siginfo_t *found) {
    *found = (siginfo_t){.si_pid = 0};
    return waitid(P_PID, (id_t)child->id, found, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* The signal for a group misses a program that a shell starts at this moment: while it does, some
 * shells block signals, and a program does not inherit what is pending. The shell is dead by the
 * time that it can be found, and what it has started is there: it gets the signal now, before the
 * number of the group can become another's. */
static void repeat_end(const ferry_child *child) {
    siginfo_t found;
    if (child->end_signal != 0 && child->has_group && is_there(child, &found) && found.si_pid != 0)
        kill(-child->id, child->end_signal);
}

ferry_status ferryi_child_look(ferry_child *child) {
    int status = 0;
    pid_t found = 0;
    repeat_end(child);
    do
        found = waitpid(child->id, &status, WNOHANG);
    while (found < 0 && errno == EINTR);
    if (found == 0)
        return FERRY_TIMEOUT;
    if (found < 0) /* someone else has collected it: how it ended cannot be known any more */
        return FERRY_SYSTEM_ERROR;
    child->ended = true;
    child->how = WIFEXITED(status) ? (ferry_child_exit){.exited = true, .code = WEXITSTATUS(status)}
                                   : (ferry_child_exit){.exited = false, .code = WTERMSIG(status)};
    return FERRY_OK;
}

/* Sleeps until the child ends, up to limit_ns; false: a signal came. */
static bool sleep_for_child(const ferry_child *child, int64_t limit_ns) {
    if (child->descriptor < 0 && limit_ns > FERRYI_CHILD_LOOK_INTERVAL_NS)
        limit_ns = FERRYI_CHILD_LOOK_INTERVAL_NS;
    struct timespec limit = {.tv_sec = (time_t)(limit_ns / FERRY_SECOND_NS),
                             .tv_nsec = (long)(limit_ns % FERRY_SECOND_NS)};
    struct pollfd process = {.fd = child->descriptor, .events = POLLIN};
    return ppoll(&process, 1, &limit, NULL) >= 0 || errno != EINTR;
}

ferry_status ferry_child_wait(ferry_child *child, int64_t timeout_ns, ferry_child_exit *out) {
    if (child == NULL || timeout_ns < 0)
        return FERRY_INVALID_ARGUMENT;
    uint64_t begin_ns = ferry_clock_ns();
    while (!child->ended) {
        ferry_status status = ferryi_child_look(child);
        if (status == FERRY_OK)
            break;
        int64_t spent_ns = (int64_t)(ferry_clock_ns() - begin_ns);
        if (status != FERRY_TIMEOUT || spent_ns >= timeout_ns)
            return status;
        if (!sleep_for_child(child, timeout_ns - spent_ns))
            return FERRY_INTERRUPTED;
    }
    if (out != NULL)
        *out = child->how;
    return FERRY_OK;
}

void ferry_child_end(ferry_child *child, bool by_force) {
    siginfo_t found;
    /* Once it has been collected, its number may be another's. */
    if (child == NULL || child->ended || !is_there(child, &found))
        return;
    child->end_signal = by_force ? SIGKILL : SIGTERM;
    kill(child->has_group ? -child->id : child->id, child->end_signal);
}

int64_t ferry_child_id(const ferry_child *child) {
    return child != NULL ? child->id : 0;
}

void ferry_child_free(ferry_child **child) {
    if (child == NULL || *child == NULL)
        return;
    ferry_child_close_input(*child);
    if ((*child)->descriptor >= 0)
        close((*child)->descriptor);
    free(*child);
    *child = NULL;
}
