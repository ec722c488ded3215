/* Standard input, and files that are read in the same way: pipes, regular files, sockets. */
#ifndef HOST_INPUT_H
#define HOST_INPUT_H

#include <stddef.h>

#include <frameferry/status.h>

/* Read by one thread at a time. */
typedef struct host_input host_input;

/* Takes standard input over. Programs that are started from now on get the null device in its
 * place: they must neither take bytes away nor keep the writer of a pipe waiting when this program
 * ends. Returns FERRY_NO_MEMORY, FERRY_SYSTEM_ERROR. Once a process; not while another thread
 * starts something. On Windows a thread reads ahead, since a read there cannot be waited for
 * together with other things. Source: fcntl(2), pipe(7), CancelSynchronousIo. */
ferry_status host_open_input(host_input **out, ferry_error *error);

/* Opens a regular file, a FIFO, or a name that stands for an open pipe, such as /dev/fd/63. Opening
 * does not wait for the writer of a FIFO, reading does. path stays the caller's, and has to be
 * there until the input is closed. On Windows a named pipe counts as a FIFO. Returns as
 * host_open_input, and FERRY_NOT_ALLOWED. Source: fifo(7). */
ferry_status host_open_input_file(host_input **out, const char *path, ferry_error *error);

/* Waits until host_read_input would not block: FERRY_OK. FERRY_TIMEOUT: limit_ms milliseconds are
 * over. FERRY_INTERRUPTED: as there. */
ferry_status host_await_input(const host_input *input, int limit_ms);

/* Blocks until there is something to read, and reads up to count bytes, which is at least 1.
 * Returns FERRY_OK and how many in *got, at least 1; FERRY_END_OF_STREAM; FERRY_INTERRUPTED when
 * the user asks to stop, or host_interrupt_input is called, or either has happened before;
 * FERRY_SYSTEM_ERROR and the like when the system cannot read it (a directory, for example). A stop
 * request is noticed only on a pipe or socket that nobody else reads from. Source: poll(2),
 * read(2). */
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

#endif
