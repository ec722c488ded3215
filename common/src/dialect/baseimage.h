/* BaseImage: receiving from a sender that knows only the mapping and the event. Sending in this
 * dialect is the channel's own protocol with one slot (objects.c, claim.c, publish.c).
 *
 * Such a sender writes header and pixels without any lock, then sets the event; it leaves no sign
 * of life. What can be seen from outside is checked: the header's values against the mapping, and
 * after the copy whether header, pixels and event are still as they were. A sender that was
 * half-way through a frame during all of that is not noticed. */
#ifndef FERRYI_DIALECT_BASEIMAGE_H
#define FERRYI_DIALECT_BASEIMAGE_H

#include "channel/consumer_handle.h"
#include "channel/producer_handle.h"

/* Describes a frame from its header alone. Rows may have no padding, or be padded to 4 bytes as in
 * a device-independent bitmap (BITMAPINFOHEADER in the Win32 manual): the length tells. 8 bits are
 * gray, 16 format_16bit, 24 bgr24, 32 bgra. FERRY_MALFORMED when the values cannot be. */
ferry_status ferryi_baseimage_describe(ferry_frame_info *out, const ferryi_header *header,
                                       uint64_t mapping_bytes, uint32_t format_16bit);

/* Whether frames of 16 bits can be said to have this format. */
bool ferryi_baseimage_has_16bit_format(uint32_t format);

/* Makes, or opens, the event that a producer of ours sets for such programs, and notes in the block
 * whether it was made: what it takes back then, so does whoever buries it. */
ferry_status ferryi_baseimage_make_event(ferryi_objects *objects, ferry_error *error);

/* The event that was the last to get the name. */
ferryi_signal_event *ferryi_baseimage_newest_event(const ferryi_objects *objects);

/* Makes one more under the name, which nothing has. False: something has it by now, or it cannot be
 * made. Called under the producer's lock. */
bool ferryi_baseimage_add_event(ferryi_objects *objects);

/* Sets all of them: a frame is there. */
void ferryi_baseimage_announce(ferry_producer *producer);

/* Attaches to an object without block whose event exists; FERRY_FOREIGN when there is none,
 * FERRY_NO_PRODUCER while a producer of ours is just putting its block there. */
ferry_status ferryi_baseimage_attach(ferry_consumer *consumer, ferry_error *error);

/* Whether the sender has gone: another object has the name, or a producer of ours has taken the
 * object over: FERRY_PRODUCER_LOST. Else FERRY_OK. */
ferry_status ferryi_baseimage_look(ferry_consumer *consumer);

/* Waits for the event: true when it came. From any thread. */
bool ferryi_baseimage_wait(ferry_consumer *consumer, int64_t timeout_ns);

/* One attempt to copy an announced frame into a ferry_image. */
ferry_status ferryi_baseimage_attempt(ferry_consumer *consumer, void *target);

#endif
