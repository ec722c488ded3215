/* Stopping cleanly when the user asks for it, and sleeping until then. */
#ifndef HOST_STOP_H
#define HOST_STOP_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/status.h>

/* Catches what asks a program to stop: SIGINT (Ctrl-C), SIGTERM, and SIGHUP (a terminal that goes
 * away, which counts once however often it comes) unless that is ignored, as under nohup. On
 * Windows these are Ctrl-C, Ctrl-Break, closing the console, logging off and shutting down; the
 * system ends the process a few seconds after the last three.
 *
 * notify, which may be NULL, runs at each request. It runs in the signal handler or, on Windows, in
 * a thread of the system's, and may only do what is safe there. The third request ends the process
 * at once, for a user who does not want to wait. SIGQUIT is left alone: it is there for a core
 * dump. SIGPIPE and SIGXFSZ are ignored, so that a closed pipe, or a file that may not become
 * larger, is a failed write. SIGCHLD gets its default action, whatever the parent left: with
 * SIGCHLD ignored, nothing could tell how a command ended.
 *
 * Once a process. Source: sigaction(2), SetConsoleCtrlHandler. */
ferry_status host_catch_stop(void (*notify)(void *argument), void *argument, ferry_error *error);

/* Returns when every notify that had begun before has ended: what it could reach until now can be
 * freed. For the main thread. */
void host_settle_notify(void);

/* How often the user has asked to stop. Any thread. */
int host_stop_count(void);

/* Sleeps until a time on ferry_clock_ns. Returns true at once when the user asks to stop, or has
 * done so before; false when the time has come. Any thread. */
bool host_sleep_until(uint64_t deadline_ns);

#endif
