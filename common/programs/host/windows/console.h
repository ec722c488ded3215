/* The encoding of the console's output. */
#ifndef HOST_WINDOWS_CONSOLE_H
#define HOST_WINDOWS_CONSOLE_H

/* Has the console take output as UTF-8 until the process ends, if it does not yet. */
void host_console_use_utf8(void);

/* Gives the console the encoding back that it had. Any thread. */
void host_console_restore(void);

#endif
