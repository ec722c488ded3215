/* The virtual clock of the weak machine, and what else its system.c puts in the real one's place.
 */
#ifndef FERRY_TEST_WEAK_SYSTEM_H
#define FERRY_TEST_WEAK_SYSTEM_H

#include "channel/layout.h"
#include "machine.h"

void system_begin(void);
void system_pass_time(int64_t time_ns);

long weak_futex(const volatile void *word, int operation, uint32_t value, const void *timeout);
void weak_info_write(const ferry_frame_info *info, ferryi_header *header,
                     ferryi_descriptor *descriptor);
void weak_shape_write(const ferry_frame_info *info, ferryi_header *header,
                      ferryi_descriptor *descriptor);
void weak_rest_write(const ferry_frame_info *info, ferryi_descriptor *descriptor);
ferry_status weak_shape_read(ferry_frame_info *out, const ferryi_header *header,
                             const ferryi_descriptor *descriptor, uint64_t capacity_bytes);
ferry_status weak_rest_read(ferry_frame_info *out, const ferryi_descriptor *descriptor);
ferry_status weak_info_read(ferry_frame_info *out, const ferryi_header *header,
                            const ferryi_descriptor *descriptor, uint64_t capacity_bytes);

#endif
