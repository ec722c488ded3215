/* This process: its number, its name, and a random number for a handle.
 *
 * Contract: any thread, never blocks, never fails but where a status says so. */
#ifndef FERRYI_PLATFORM_SELF_H
#define FERRYI_PLATFORM_SELF_H

#include <stddef.h>
#include <stdint.h>

#include <frameferry/status.h>

/* A random number other than 0, from the system's generator. */
uint64_t ferryi_self_random_id(void);

uint32_t ferryi_self_process_id(void);

/* The name of the running program without its folder. Static storage. */
const char *ferryi_self_program_name(void);

/* The user that this process acts for, for people, cut to what out has room for: the number of the
 * effective user on Linux, since a name may have to come over the network; the account's name on
 * Windows. Empty when it cannot be had. */
void ferryi_self_user(char *out, size_t capacity);

/* Has forks counted from now on, in this process and its children. FERRY_SYSTEM_ERROR,
 * FERRY_NO_MEMORY. */
ferry_status ferryi_self_count_forks(ferry_error *error);

/* How many forks that were counted lie between the first process and this one. A handle that was
 * made under another count belongs to the parent. Systems without fork always answer 0. */
uint32_t ferryi_self_fork_count(void);

#endif
