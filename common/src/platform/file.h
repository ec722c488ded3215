/* Files: opening for reading, and output that is whole or not there at all.
 *
 * Contract: paths are UTF-8. Errors name the path. Blocks for as long as the file system takes. */
#ifndef FERRYI_PLATFORM_FILE_H
#define FERRYI_PLATFORM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <frameferry/status.h>

/* Opens a regular file for reading in binary (also a pipe or device; not a directory). */
ferry_status ferryi_file_open(FILE **out, const char *path, ferry_error *error);

/* A file that is being written. It has no name where the system has such files, so that even a
 * process that is killed leaves nothing; elsewhere it has a temporary name in the same folder. */
typedef struct ferryi_file_output {
    FILE *stream; /* to write to */
    char *path;
    char *temporary;  /* the name so far; empty: none */
    bool must_be_new; /* set before the commit, which then replaces nothing */
    unsigned quiet;   /* the system's; 0: nothing is to be undone */
} ferryi_file_output;

/* Makes the file. Ends with commit or abort, in the same thread. Until then no signal tells this
 * thread that a file has become too large, on systems that have one; the write fails, as on others.
 * (With several files at once, this ends with the first of them.) A path that cannot be that of a
 * file is refused here; one that names something else than a file too: FERRY_SYSTEM_ERROR. */
ferry_status ferryi_file_output_open(ferryi_file_output *out, const char *path, ferry_error *error);

/* Hands what was written to the system, so that a full disk shows here at the latest on most file
 * systems. On failure of this or of any write before, the output is aborted. */
ferry_status ferryi_file_output_flush(ferryi_file_output *out, ferry_error *error);

/* Flushes what was written to the disk, then gives the file its name, replacing a file that was
 * there. One that must be new replaces nothing that has the name, however late that came: then it
 * is FERRY_SYSTEM_ERROR with the system's code for a file that exists. On failure of any write
 * before, or of these, nothing is left behind.
 *
 * The folder is not flushed: that would be one more wait for the disk for each file. After a loss
 * of power a file is there whole or not there at all, and one that was committed just before may be
 * among those that are not. */
ferry_status ferryi_file_output_commit(ferryi_file_output *out, ferry_error *error);

/* Removes the file. */
void ferryi_file_output_abort(ferryi_file_output *out);

/* The system's part of the calls above, beside ferryi_file_open. A code is the system's own number
 * of what failed; 0: nothing did. */

/* Whether a path can be that of a file to write, as ferryi_file_output_open refuses it. */
ferry_status ferryi_file_check_target(const char *path, ferry_error *error);

/* Opens the stream; path is set, and temporary has room. Returns a code, and then nothing is left.
 */
int32_t ferryi_file_begin(ferryi_file_output *out);

/* Hands what was written to the system. Returns a code, also for a write that failed before. */
int32_t ferryi_file_flush(const ferryi_file_output *out);

/* Flushes to the disk, gives the file its name and closes the stream. Returns a code, and then
 * nothing is left. */
int32_t ferryi_file_finish(ferryi_file_output *out);

/* Closes the stream and removes the file. */
void ferryi_file_discard(ferryi_file_output *out);

/* The status and the sentence of a code that is not 0: the path cannot be written. */
ferry_status ferryi_file_refuse(int32_t code, const char *path, ferry_error *error);

/* Whether a code says that something has the name. */
bool ferryi_file_is_taken(int32_t code);

#endif
