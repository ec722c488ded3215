#define _GNU_SOURCE /* posix_spawn_file_actions_addclosefrom_np, ppoll */
#include "platform/child_process.h"

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

#include "platform/environment.h"
#include "platform/linux/split_command.h"
#include "support/error.h"

struct ferryi_child_process {
    pid_t id;
    int descriptor; /* a pidfd, which becomes readable when the child ends; -1: not available */
    bool has_group; /* it leads a process group of its own */
    int end_signal; /* what has been sent last to end it; 0: nothing */
};

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
static int spawn(ferryi_child_process *process, int input, char **words, char **environment) {
    posix_spawnattr_t attributes;
    int code = posix_spawnattr_init(&attributes);
    if (code != 0)
        return code;
    posix_spawn_file_actions_t actions;
    code = posix_spawn_file_actions_init(&actions);
    if (code == 0) {
        code = set_attributes(&attributes, process->has_group);
        if (code == 0 && input >= 0)
            code = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
        /* Not every descriptor of the host program is marked close-on-exec, and a stray one keeps
         * pipes, files and leases alive in a child that knows nothing of it. */
        if (code == 0)
            code = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        if (code == 0)
            code = posix_spawnp(&process->id, words[0], &actions, &attributes, words, environment);
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

static ferry_status start_words(ferryi_child_process *process, const ferryi_split_words *words,
                                int input, const ferry_child_options *options, ferry_error *error) {
    ferryi_environment environment;
    ferry_status status = ferryi_environment_make(&environment, options, error);
    if (status != FERRY_OK)
        return status;
    int code = spawn(process, input, words->list, environment.block);
    ferryi_environment_free(&environment);
    if (code != 0)
        return ferryi_fail(error, code == ENOMEM ? FERRY_NO_MEMORY : FERRY_SYSTEM_ERROR, code,
                           "cannot start \"%s\": %s", words->list[0], strerror(code));
    process->descriptor = open_process(process->id);
    return FERRY_OK;
}

ferry_status ferryi_child_process_start(ferryi_child_process **out,
                                        const ferry_child_options *options, intptr_t input,
                                        ferry_error *error) {
    ferryi_split_words words;
    ferry_status status = ferryi_split_command(&words, options->command, error);
    if (status != FERRY_OK)
        return status;
    ferryi_child_process *process = calloc(1, sizeof *process);
    if (process == NULL) {
        status = ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to start %s", words.list[0]);
    } else {
        process->has_group = options->own_group != 0;
        status = start_words(process, &words, (int)input, options, error);
    }
    ferryi_split_command_free(&words);
    if (status == FERRY_OK)
        *out = process;
    else
        free(process);
    return status;
}

/* Whether the child has not been collected yet; found->si_pid is 0 while it runs. */
static bool is_there(const ferryi_child_process *process, siginfo_t *found) {
    *found = (siginfo_t){.si_pid = 0};
    return waitid(P_PID, (id_t)process->id, found, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* The signal for a group misses a program that a shell starts at this moment: while it does, some
 * shells block signals, and a program does not inherit what is pending. The shell is dead by the
 * time that it can be found, and what it has started is there: it gets the signal now, before the
 * number of the group can become another's. */
static void repeat_end(const ferryi_child_process *process) {
    siginfo_t found;
    if (process->end_signal != 0 && process->has_group && is_there(process, &found) &&
        found.si_pid != 0)
        kill(-process->id, process->end_signal);
}

ferry_status ferryi_child_process_look(ferryi_child_process *process, ferry_child_exit *how) {
    int status = 0;
    pid_t found = 0;
    repeat_end(process);
    do
        found = waitpid(process->id, &status, WNOHANG);
    while (found < 0 && errno == EINTR);
    if (found == 0)
        return FERRY_TIMEOUT;
    if (found < 0) /* someone else has collected it: how it ended cannot be known any more */
        return FERRY_SYSTEM_ERROR;
    *how = WIFEXITED(status) ? (ferry_child_exit){.exited = true, .code = WEXITSTATUS(status)}
                             : (ferry_child_exit){.exited = false, .code = WTERMSIG(status)};
    return FERRY_OK;
}

bool ferryi_child_process_sleep(const ferryi_child_process *process, int64_t limit_ns) {
    if (process->descriptor < 0 && limit_ns > FERRYI_CHILD_PROCESS_LOOK_NS)
        limit_ns = FERRYI_CHILD_PROCESS_LOOK_NS;
    struct timespec limit = {.tv_sec = (time_t)(limit_ns / FERRY_SECOND_NS),
                             .tv_nsec = (long)(limit_ns % FERRY_SECOND_NS)};
    struct pollfd ended = {.fd = process->descriptor, .events = POLLIN};
    return ppoll(&ended, 1, &limit, NULL) >= 0 || errno != EINTR;
}

void ferryi_child_process_end(ferryi_child_process *process, bool by_force) {
    siginfo_t found;
    /* Once it has been collected, its number may be another's. */
    if (!is_there(process, &found))
        return;
    process->end_signal = by_force ? SIGKILL : SIGTERM;
    kill(process->has_group ? -process->id : process->id, process->end_signal);
}

int64_t ferryi_child_process_id(const ferryi_child_process *process) {
    return process->id;
}

intptr_t ferryi_child_process_handle(const ferryi_child_process *process) {
    return process->descriptor;
}

void ferryi_child_process_close(ferryi_child_process *process) {
    if (process == NULL)
        return;
    if (process->descriptor >= 0)
        close(process->descriptor);
    free(process);
}
