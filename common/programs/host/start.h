/* The first two things that a program does. */
#ifndef HOST_START_H
#define HOST_START_H

/* Puts the null device where standard input, output or error is closed. Otherwise the next thing
 * that is opened, such as a channel's memory, would take the place and get what is printed. Writing
 * to a stream that was closed still fails. Output goes out byte by byte as it is, and a console
 * shows it as UTF-8, on Windows too. */
void host_secure_streams(void);

/* On Windows, puts the command line as UTF-8 in the place of main's, which has another encoding.
 * Elsewhere it leaves main's as it is. Source: CommandLineToArgvW. */
void host_take_arguments(int *count, char ***arguments);

#endif
