/* The system as the bench needs it beside the transports: time, sleeping, memory, sharing. */
#ifndef FERRY_BENCH_SYSTEM_H
#define FERRY_BENCH_SYSTEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t system_now_ns(void);               /* the same clock in all processes */
uint64_t system_cpu_ns(void);               /* user and system time of this process */
uint64_t system_resident_bytes(void);       /* proportional share (PSS) of this process */
void system_sleep_until(uint64_t until_ns); /* on system_now_ns */

/* Zeroed memory that the children share, or a private picture. NULL: there is none. */
void *system_share(size_t bytes);
uint8_t *system_picture(size_t bytes);

/* Sleeps while *word is expected, for a slice at most; wakes all who do. Source: futex(2). */
void system_futex_wait(_Atomic(uint32_t) *word, uint32_t expected);
void system_futex_wake(_Atomic(uint32_t) *word);

/* Runs a function in a child; its number, or -1. */
int system_spawn(void (*run)(void *argument), void *argument);

/* Waits for all children; false: one failed, or was not done before limit_ns and was killed. */
bool system_wait(const int *children, size_t count, uint64_t limit_ns);

/* This process runs on one core from now on, the index-th of those that it may use; false: there is
 * none. */
bool system_pin(unsigned index);

#endif
