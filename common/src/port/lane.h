/* The memory of a lane: finding it, making it, and whether it may be written. */
#ifndef FERRYI_PORT_LANE_H
#define FERRYI_PORT_LANE_H

#include "port/port_handle.h"

/* Sets up an empty lane. */
void ferryi_lane_init(ferryi_lane *lane, ferry_port_object memory);

/* Whether this side writes a lane. */
bool ferryi_lane_is_written(const ferry_port *port, const ferryi_lane *lane);

/* Opens the memory that has the lane's name, unless it is open. FERRY_NO_PRODUCER: there is none
 * yet. FERRY_BUSY: it is a channel's. Others as ferryi_plain_memory_open. */
ferry_status ferryi_lane_open(ferry_port *port, ferryi_lane *lane, ferry_error *error);

/* The same, but makes it if there is none. */
ferry_status ferryi_lane_make(ferry_port *port, ferryi_lane *lane, ferry_error *error);

/* Whether this side may write memory that it has found: it has the company that the convention
 * gives it (semaphores, events), or nobody has written into it yet, or the user has said so. A
 * program may make its memory first and the rest a moment later: FERRY_NO_PRODUCER for half a
 * second, then FERRY_FOREIGN. FERRY_OK also for a side that does not write. */
ferry_status ferryi_lane_check(ferry_port *port, ferryi_lane *lane, bool has_company,
                               ferry_error *error);

/* Whether nobody has written into the memory. Looking takes no memory, and goes no further than a
 * program of a convention would leave empty. */
bool ferryi_lane_is_fresh(const ferryi_lane *lane);

/* The memory, and the bytes of it that may be read and written now; 0: none. */
uint8_t *ferryi_lane_base(const ferryi_lane *lane);
uint64_t ferryi_lane_room(const ferryi_lane *lane);

/* Makes sure that the first bytes can be written. FERRY_NO_SPACE. */
ferry_status ferryi_lane_reserve(const ferryi_lane *lane, uint64_t bytes, ferry_error *error);

/* Hands what was written to the file behind the memory, if there is one. */
void ferryi_lane_flush(const ferryi_lane *lane, uint64_t bytes);

/* Whether the memory, if it is open, still has its name and its length. */
bool ferryi_lane_stands(const ferryi_lane *lane);

/* Closes everything in it. removes: names of what was made go, if nobody else uses it. */
void ferryi_lane_close(ferryi_lane *lane, bool removes);

#endif
