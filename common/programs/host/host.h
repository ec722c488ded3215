/* What our own programs need of the operating system beside the library: their command line,
 * stopping cleanly, waiting until a time, standard input and output, directories, terminals. Not
 * installed and not part of the public interface. Text, and so every path, is UTF-8. */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <frameferry/clock.h>
#include <frameferry/status.h>

/* Puts the null device where standard input, output or error is closed. Else the next thing that is
 * opened, a channel's memory say, would take the place and get what is printed. Writing to what was
 * closed still fails. What is printed goes out byte by byte as it is, and a console shows it as
 * UTF-8, on Windows too. The first thing that a program does. */
void host_secure_streams(void);

/* Puts the command line in the place of main's, whose text has another encoding on Windows; else
 * leaves it as it is. The second thing that a program does. Source: CommandLineToArgvW. */
void host_take_arguments(int *count, char ***arguments);

/* Catches what asks a program to stop: SIGINT (Ctrl-C), SIGTERM, and SIGHUP (a terminal that goes
 * away, which counts once however often it comes) unless that is ignored, as under nohup; on
 * Windows Ctrl-C, Ctrl-Break, closing the console, logging off and shutting down, and the system
 * ends the process a few seconds after the last three. notify, which may be NULL, runs at each of
 * them, in the signal handler or, on Windows, in a thread of the system's, and may only do what is
 * safe there. A third one ends the process at once, for a user who does not want to wait. SIGQUIT
 * is left alone: it is there for a core dump. SIGPIPE and SIGXFSZ are ignored, so that a closed
 * pipe, or a file that may not become larger, is a failed write. SIGCHLD is not, whatever the
 * parent left: how a command ended could not be known. Once a process. Source: sigaction(2),
 * SetConsoleCtrlHandler. */
ferry_status host_catch_stop(void (*notify)(void *argument), void *argument, ferry_error *error);

/* Returns when no notify is running that has begun before: what it could find until now can be
 * freed. For the main thread. */
void host_settle_notify(void);

/* How often the user has asked to stop. */
int host_stop_count(void);

/* Sleeps until a time on ferry_clock_ns; returns true at once when the user asks to stop (or has
 * done so before), false when the time has come. */
bool host_sleep_until(uint64_t deadline_ns);

/* Microseconds since 1970, UTC, by the clock on the wall, which can be set: for file names. */
uint64_t host_wall_clock_us(void);

/* Standard input, read by one thread at a time; a pipe, a file or a socket. */
typedef struct host_input host_input;

/* Takes standard input over. What the program starts from now on gets the null device in its place:
 * it must neither take bytes away nor keep the writer of a pipe waiting when this program is done.
 * Returns FERRY_NO_MEMORY, FERRY_SYSTEM_ERROR. Once a process; not while another thread starts
 * something. On Windows a thread reads ahead, since a read there cannot be waited for together with
 * other things. Source: fcntl(2), pipe(7), CancelSynchronousIo. */
ferry_status host_open_input(host_input **out, ferry_error *error);

/* Opens a file that is read in the same way: a regular one, a FIFO, or a name that stands for an
 * open pipe, such as /dev/fd/63. It does not wait for the writer of a FIFO, reading does. path
 * stays the caller's, and has to be there until the input is closed. On Windows a named pipe counts
 * as a FIFO. Returns as host_open_input, and FERRY_NOT_ALLOWED. Source: fifo(7). */
ferry_status host_open_input_file(host_input **out, const char *path, ferry_error *error);

/* Waits until host_read_input would not block: FERRY_OK. FERRY_TIMEOUT: so many milliseconds
 * are over. FERRY_INTERRUPTED: as there. */
ferry_status host_await_input(const host_input *input, int limit_ms);

/* Blocks until there is something to read, and reads up to count bytes, which is at least 1.
 * Returns FERRY_OK and how many in *got, at least 1; FERRY_END_OF_STREAM; FERRY_INTERRUPTED when
 * the user asks to stop, or host_interrupt_input is called, or either has happened before;
 * FERRY_SYSTEM_ERROR and the like when the system cannot read it (a directory, say). That the user
 * is heard needs a pipe or socket that nobody else reads from. Source: poll(2), read(2). */
ferry_status host_read_input(host_input *input, void *bytes, size_t count, size_t *got,
                             ferry_error *error);

/* Goes back to the beginning of a regular file, after FERRY_END_OF_STREAM, in the thread that
 * reads. Returns FERRY_OK, FERRY_SYSTEM_ERROR, FERRY_NO_MEMORY. Source: lseek(2), SetFilePointerEx.
 */
ferry_status host_rewind_input(host_input *input, ferry_error *error);

/* From any thread: the read that is under way and all later ones are interrupted. */
void host_interrupt_input(host_input *input);

/* The writer of a pipe has no reader any more, unless this process shares the pipe with others.
 * Sets *input to NULL; NULL is accepted. */
void host_close_input(host_input **input);

/* Whether a command, as in ferry_child_start, names a program that can be started now. Returns
 * FERRY_OK, or what ferry_child_start would say of it: FERRY_INVALID_ARGUMENT, FERRY_NO_MEMORY,
 * FERRY_SYSTEM_ERROR (it is not there, or may not be run). What shows only when it is started is
 * not found. Source: execvp(3), SearchPathW. */
ferry_status host_check_command(const char *command, ferry_error *error);

typedef enum host_channel_state {
    HOST_CHANNEL_LIVE,   /* a producer holds its lease */
    HOST_CHANNEL_DEAD,   /* none does */
    HOST_CHANNEL_UNKNOWN /* it cannot be told, as of a sender that knows only the BaseImage layout
                          */
} host_channel_state;

/* A channel as its names show it from outside. */
typedef struct host_channel_sight {
    const char *name;  /* allowed by ferry_name_check */
    const char *owner; /* for people; NULL: this user */
    host_channel_state state;
} host_channel_sight;

/* Calls see for the channels that have names in shared memory, in no order, without opening or
 * mapping anything: nobody notices. Looks at some thousand names at most, and shows some dozens.
 * False: this system does not list them. */
bool host_visit_channels(void (*see)(void *argument, const host_channel_sight *sight),
                         void *argument);

/* Whether shared memory here is known to be another than that of the machine's other programs, as
 * in most containers. False: it is the same, or nothing tells. */
bool host_has_own_memory(void);

typedef enum host_stream { HOST_STREAM_OUTPUT, HOST_STREAM_ERROR } host_stream;

/* How long output waits for a reader once the user has asked to stop, in all. */
#define HOST_OUTPUT_GRACE_NS FERRY_SECOND_NS

/* Writes all of it to standard output or standard error; sleeps while a pipe or a socket is full,
 * or a terminal is held. Nothing else may write there by way of a FILE. Up to 4096 bytes go out in
 * one piece, unless the reader is a socket or a terminal.
 *
 * Returns FERRY_OK. FERRY_INTERRUPTED: the user has asked to stop, and nobody has read for
 * HOST_OUTPUT_GRACE_NS, or the reader is gone too; nothing gets through any more, so that what
 * has been written is the beginning of what should have been. FERRY_NO_SPACE, FERRY_SYSTEM_ERROR
 * and the like: it cannot be written, with the reason.
 *
 * Each of the two by one thread at a time. The mode of what is shared with other programs stays as
 * it is. Source: poll(2), pipe(7), CancelSynchronousIo. */
ferry_status host_write(host_stream stream, const void *bytes, size_t count, ferry_error *error);

/* Whether standard output is a pipe, a socket or a terminal that nobody reads any more. False on
 * Windows, where only a write could tell. Source: poll(2). */
bool host_has_lost_reader(void);

/* Whether a program that ended in this way, as in ferry_child_exit, has written to a pipe that
 * nobody read: SIGPIPE killed it, or, in the words of a shell, what that ran last. Never on
 * Windows.
 */
bool host_is_broken_pipe(bool exited, int32_t code);

/* Whether this separates the parts of a path: '/', and '\\' on Windows. */
bool host_is_separator(char c);

bool host_is_directory(const char *path);

typedef enum host_file_kind {
    HOST_FILE_NONE, /* or it cannot be seen */
    HOST_FILE_REGULAR,
    HOST_FILE_DIRECTORY,
    HOST_FILE_PIPE,   /* what is read there is gone: to be opened once */
    HOST_FILE_CAMERA, /* never on Windows, where cameras are no files */
    HOST_FILE_OTHER
} host_file_kind;

/* What a path, or what a link of that name leads to, is. Opens nothing. Source: stat(2). */
host_file_kind host_kind_of_file(const char *path);

/* Quotes a word for the shell that people use on the system, if it needs that: sh and bash, or
 * cmd.exe. is_escaped: some of its bytes will be shown as \xNN, and the shell shall take them as
 * that. What does not fit is cut off. */
void host_quote(char *out, size_t capacity, const char *word, bool is_escaped);

/* The names in a directory that are regular files (or links to such), and those that cannot be
 * looked at, so that opening them says why; without hidden ones, in no order. The caller frees each
 * name and the list with host_free_names. */
ferry_status host_list_directory(const char *path, char ***names, size_t *count,
                                 ferry_error *error);
void host_free_names(char **names, size_t count);

/* Calls see with each name in a directory, hidden ones too, in no order, and whether it is a
 * directory, or a link to one. */
ferry_status host_visit_directory(const char *path,
                                  void (*see)(void *argument, const char *name, bool is_directory),
                                  void *argument, ferry_error *error);

/* Whether anything has this name: also a link to nothing, which a new file would replace. */
bool host_exists(const char *path);

/* Makes a directory and those above it where they are missing. */
ferry_status host_make_directories(const char *path, ferry_error *error);

/* How many threads can run at once, at least 1: the processors that this process may use. */
unsigned host_core_count(void);

bool host_is_terminal(FILE *stream);

/* How many columns the terminal of a stream has now; 0: it does not say. Source: TIOCGWINSZ in
 * ioctl_tty(2), GetConsoleScreenBufferInfo. */
unsigned host_terminal_columns(FILE *stream);

#endif
