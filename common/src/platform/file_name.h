/* The temporary names of files that are being written.
 *
 * Contract: any thread. */
#ifndef FERRYI_PLATFORM_FILE_NAME_H
#define FERRYI_PLATFORM_FILE_NAME_H

#include <stddef.h>
#include <stdint.h>

/* The bytes that a temporary name for the path takes, with the zero at its end. */
size_t ferryi_file_name_bytes(const char *path);

/* Writes a temporary name in the folder of the path, which begins with a dot. last points to the
 * last part of the path; number tells the name from others. */
void ferryi_file_name_temporary(char *out, const char *path, const char *last, uint64_t number);

#endif
