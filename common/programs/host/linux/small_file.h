/* Files of the system with some lines of text, which are read with a bound. */
#ifndef HOST_LINUX_SMALL_FILE_H
#define HOST_LINUX_SMALL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Reads the next line, without its end; the rest of one that is longer is passed over. False: there
 * is none. */
bool host_small_file_line(FILE *file, char *line, size_t capacity);

/* Reads a file, up to capacity - 1 bytes of it, and ends them with a zero. False: it is no plain
 * file, or cannot be read; *code, unless it is NULL, is the reason as in errno(3). Does not wait
 * for the other side of a pipe. */
bool host_small_file_read(const char *path, char *text, size_t capacity, int *code);

#endif
