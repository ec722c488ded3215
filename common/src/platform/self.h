/* This process: its number, its name, and a random number for a handle.
 *
 * Contract: any thread, never blocks, never fails. */
#ifndef FERRYI_PLATFORM_SELF_H
#define FERRYI_PLATFORM_SELF_H

#include <stdint.h>

/* A random number other than 0, from the system's generator. */
uint64_t ferryi_self_random_id(void);

uint32_t ferryi_self_process_id(void);

/* The name of the running program without its folder. Static storage. */
const char *ferryi_self_program_name(void);

/* How many forks lie between the first process and this one. A handle that was made under another
 * count belongs to the parent. Systems without fork always answer 0. */
uint32_t ferryi_self_fork_count(void);

#endif
