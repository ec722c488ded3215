#define _GNU_SOURCE /* posix_spawn_file_actions_addclosefrom_np, ppoll, environ */
#include <frameferry/launch.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/frame.h>

#include "platform/posix/words.h"
#include "support/error.h"

#define NAME_VARIABLE "FERRY_NAME="

/* How often a child is looked at where the kernel has no pidfd (Linux before 5.3, some sandboxes).
 */
#define LOOK_INTERVAL_NS (FERRY_SECOND_NS / 100)

struct ferry_child {
    pid_t id;
    int descriptor; /* a pidfd, which becomes readable when the child ends; -1: not available */
    bool ended;
    ferry_child_exit how;
};

/* A copy of the environment with FERRY_NAME=channel. The strings still are those of environ, but
 * for *name_out, which the caller frees as well as the list. NULL: no memory. */
static char **copy_environment(const char *channel, char **name_out) {
    size_t count = 0;
    while (environ != NULL && environ[count] != NULL)
        count++;
    char **list = calloc(count + 2, sizeof *list);
    size_t name_bytes = sizeof NAME_VARIABLE + strlen(channel);
    char *name = malloc(name_bytes);
    if (list == NULL || name == NULL) {
        free(list);
        free(name);
        return NULL;
    }
    snprintf(name, name_bytes, "%s%s", NAME_VARIABLE, channel);
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], NAME_VARIABLE, strlen(NAME_VARIABLE)) != 0)
            list[used++] = environ[i];
    list[used] = name;
    *name_out = name;
    return list;
}

/* Default actions for all signals and none blocked: what the parent ignores or blocks for itself
 * (SIGPIPE, say) would otherwise stay so in a program that does not expect it. Returns 0 or an
 * errno. */
static int set_signals(posix_spawnattr_t *attributes) {
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    int code = posix_spawnattr_setsigdefault(attributes, &all);
    if (code == 0)
        code = posix_spawnattr_setsigmask(attributes, &none);
    if (code == 0)
        code = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    return code;
}

/* Returns 0 or an errno; failures of execve come back too. */
static int spawn(pid_t *id, char **words, char **environment) {
    posix_spawnattr_t attributes;
    int code = posix_spawnattr_init(&attributes);
    if (code != 0)
        return code;
    posix_spawn_file_actions_t actions;
    code = posix_spawn_file_actions_init(&actions);
    if (code == 0) {
        code = set_signals(&attributes);
        /* Not every descriptor of the host program is marked close-on-exec, and a stray one keeps
         * pipes, files and leases alive in a child that knows nothing of it. */
        if (code == 0)
            code = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        if (code == 0)
            code = posix_spawnp(id, words[0], &actions, &attributes, words, environment);
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

static ferry_status start_words(ferry_child *child, const ferryi_words *words, const char *channel,
                                ferry_error *error) {
    char *name = NULL;
    char **environment = copy_environment(channel, &name);
    if (environment == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to start %s", words->list[0]);
    int code = spawn(&child->id, words->list, environment);
    free(environment);
    free(name);
    if (code != 0)
        return ferryi_fail(error, code == ENOMEM ? FERRY_NO_MEMORY : FERRY_SYSTEM_ERROR, code,
                           "cannot start \"%s\": %s", words->list[0], strerror(code));
    child->descriptor = open_process(child->id);
    return FERRY_OK;
}

ferry_status ferry_child_start(ferry_child **out, const char *command, const char *channel,
                               ferry_error *error) {
    if (out == NULL || command == NULL || channel == NULL)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "starting a child needs a command and a channel's name");
    ferryi_words words;
    ferry_status status = ferryi_words_split(&words, command, error);
    if (status != FERRY_OK)
        return status;
    ferry_child *child = calloc(1, sizeof *child);
    if (child == NULL)
        status = ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to start %s", words.list[0]);
    else
        status = start_words(child, &words, channel, error);
    ferryi_words_free(&words);
    if (status != FERRY_OK) {
        free(child);
        return status;
    }
    *out = child;
    return FERRY_OK;
}

/* Looks once whether the child has ended. */
static ferry_status look(ferry_child *child) {
    int status = 0;
    pid_t found = 0;
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
    if (child->descriptor < 0 && limit_ns > LOOK_INTERVAL_NS)
        limit_ns = LOOK_INTERVAL_NS;
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
        ferry_status status = look(child);
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

int64_t ferry_child_id(const ferry_child *child) {
    return child->id;
}

void ferry_child_free(ferry_child **child) {
    if (child == NULL || *child == NULL)
        return;
    if ((*child)->descriptor >= 0)
        close((*child)->descriptor);
    free(*child);
    *child = NULL;
}
