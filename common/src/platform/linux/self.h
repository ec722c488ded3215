/* This process on systems that have fork. */
#ifndef FERRYI_PLATFORM_LINUX_SELF_H
#define FERRYI_PLATFORM_LINUX_SELF_H

/* Raises ferryi_self_fork_count. Called in the child of a fork, by the handler that closes its
 * leases, and which is there from the first lease on. */
void ferryi_self_count_fork(void);

#endif
