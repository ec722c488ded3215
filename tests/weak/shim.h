/* Included before a file of the library that is compiled for the weak machine: its atomic accesses,
 * its copies and its futex become the machine's. */
#ifndef FERRY_TEST_WEAK_SHIM_H
#define FERRY_TEST_WEAK_SHIM_H

#define _GNU_SOURCE
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "channel/info.h"
#include "channel/layout.h"
#include "machine.h"

#define WEAK_SITE(word) ((weak_site){__FILE__, __func__, #word, __LINE__})
#define WEAK_TYPE(word) __typeof__(*(word) + 0)
#define WEAK_MODIFY(op, word, value, order)                                                        \
    ((WEAK_TYPE(word))weak_modify((word), sizeof *(word), (op), (uint64_t)(value),                 \
                                  weak_order_of(order), WEAK_SITE(word)))

static inline weak_order weak_order_of(memory_order order) {
    switch (order) {
    case memory_order_relaxed: return RELAXED;
    case memory_order_acquire:
    case memory_order_consume: return ACQUIRE;
    case memory_order_release: return RELEASE;
    case memory_order_acq_rel: return ACQ_REL;
    default: return SEQ_CST;
    }
}

/* *expected is what was found, if that was something else. */
#define WEAK_COMPARE(word, expected, value, order, failing)                                        \
    weak_compare_and_tell((word), (expected), sizeof *(word), sizeof *(expected),                  \
                          (uint64_t)(value), weak_order_of(order), weak_order_of(failing),         \
                          WEAK_SITE(word))

static inline _Bool weak_compare_and_tell(volatile void *word, void *expected, size_t bytes,
                                          size_t expected_bytes, uint64_t value, weak_order order,
                                          weak_order failing, weak_site site) {
    uint64_t wanted = 0;
    memcpy(&wanted, expected, expected_bytes); /* little-endian, as the layout is */
    uint64_t found = weak_compare(word, bytes, wanted, value, order, failing, site);
    memcpy(expected, &found, expected_bytes);
    return found == wanted;
}

#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_exchange_explicit
#undef atomic_compare_exchange_strong_explicit
#undef atomic_fetch_or_explicit
#undef atomic_fetch_and_explicit
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub_explicit
#undef atomic_thread_fence
#define atomic_load_explicit(word, order)                                                          \
    ((WEAK_TYPE(word))weak_load((word), sizeof *(word), weak_order_of(order), WEAK_SITE(word)))
#define atomic_store_explicit(word, value, order)                                                  \
    weak_store((word), sizeof *(word), (uint64_t)(value), weak_order_of(order), WEAK_SITE(word))
#define atomic_exchange_explicit(word, value, order) WEAK_MODIFY(OP_SET, word, value, order)
#define atomic_fetch_or_explicit(word, value, order) WEAK_MODIFY(OP_OR, word, value, order)
#define atomic_fetch_and_explicit(word, value, order) WEAK_MODIFY(OP_AND, word, value, order)
#define atomic_fetch_add_explicit(word, value, order) WEAK_MODIFY(OP_ADD, word, value, order)
#define atomic_fetch_sub_explicit(word, value, order) WEAK_MODIFY(OP_SUB, word, value, order)
#define atomic_compare_exchange_strong_explicit WEAK_COMPARE
#define atomic_thread_fence(order) weak_fence(weak_order_of(order), WEAK_SITE(fence))

/* The pixels, and the description of a frame, a word at a time. */
void weak_info_write(const ferry_frame_info *info, ferryi_header *header,
                     ferryi_descriptor *descriptor);
ferry_status weak_info_read(ferry_frame_info *out, const ferryi_header *header,
                            const ferryi_descriptor *descriptor, uint64_t capacity_bytes);
void weak_shape_write(const ferry_frame_info *info, ferryi_header *header,
                      ferryi_descriptor *descriptor);
void weak_rest_write(const ferry_frame_info *info, ferryi_descriptor *descriptor);
ferry_status weak_shape_read(ferry_frame_info *out, const ferryi_header *header,
                             const ferryi_descriptor *descriptor, uint64_t capacity_bytes);
ferry_status weak_rest_read(ferry_frame_info *out, const ferryi_descriptor *descriptor);
#define ferryi_info_write weak_info_write
#define ferryi_info_read weak_info_read
#define ferryi_info_write_shape weak_shape_write
#define ferryi_info_write_rest weak_rest_write
#define ferryi_info_read_shape weak_shape_read
#define ferryi_info_read_rest weak_rest_read
#undef memcpy
#define memcpy weak_copy
#define ferryi_copy weak_copy
#define ferryi_watch_wait(watch, event, timeout_ns) ferryi_event_wait(event, timeout_ns)
#define ferryi_copier_copy(copier, to, from, bytes) weak_copy(to, from, bytes)

/* event.c: the kernel's look at the word and the sleep are one step. */
long weak_futex(const volatile void *word, int operation, uint32_t value, const void *timeout);
#define syscall(number, word, operation, value, timeout, ...)                                      \
    weak_futex((word), (operation), (uint32_t)(value), (timeout))

#endif
