/* Files: opening for reading, and output that is whole or not there at all.
 *
 * Contract: paths are UTF-8. Errors name the path. Blocks for as long as the file system takes. */
#ifndef FERRYI_PLATFORM_FILE_H
#define FERRYI_PLATFORM_FILE_H

#include <frameferry/status.h>
#include <stdio.h>

/* Opens a regular file for reading in binary (also a pipe or device; not a directory). */
ferry_status ferryi_file_open(FILE **out, const char *path, ferry_error *error);

/* A file on its way: written under a temporary name in the same folder. */
typedef struct ferryi_output {
    FILE *stream; /* to write to */
    char *path;
    char *temporary;
} ferryi_output;

/* Makes the temporary file, which did not exist before. Ends with commit or abort. */
ferry_status ferryi_output_open(ferryi_output *out, const char *path, ferry_error *error);

/* Hands what was written to the system, so that a full disk shows here at the latest on most file
 * systems. On failure of this or of any write before, the output is aborted. */
ferry_status ferryi_output_flush(ferryi_output *out, ferry_error *error);

/* Flushes what was written to the disk, then renames the temporary file to path, replacing what was
 * there. On failure of any write before, or of these, nothing is left behind. */
ferry_status ferryi_output_commit(ferryi_output *out, ferry_error *error);

/* Removes the temporary file. */
void ferryi_output_abort(ferryi_output *out);

#endif
