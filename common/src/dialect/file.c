/* file: a mapping, of a file or of memory alone, and nothing else. The writer makes it, copies each
 * message into it, and leaves the last one there; the reader looks when it likes. Nothing keeps
 * either out while the other is at work, so that a message counts when it stays as it is for a
 * moment, and that is all that can be done from outside. */
#include "dialect/file.h"

#include "port/lane.h"
#include "port/payload.h"
#include "port/wait.h"

/* Whether memory that was found is as long as the convention makes it: nothing else shows that it
 * is one of its own. A system may have rounded it up to whole pages. */
static bool has_usual_size(const ferry_port *port, const ferryi_lane *lane) {
    uint64_t made = ferryi_payload_memory_bytes(port), found = lane->memory.shm.size_bytes;
    uint64_t rounded = (made + FERRYI_SHM_PAGE - 1) / FERRYI_SHM_PAGE * FERRYI_SHM_PAGE;
    return found == made || found == rounded;
}

static ferry_status connect(ferry_port *port, ferry_error *error) {
    ferryi_lane *lane = &port->lanes[0];
    if (!ferryi_port_is_sender(port))
        return ferryi_lane_open(port, lane, error);
    ferry_status status = ferryi_lane_make(port, lane, error);
    return status == FERRY_OK ? ferryi_lane_check(port, lane, has_usual_size(port, lane), error)
                              : status;
}

static bool stands(const ferry_port *port) {
    return ferryi_lane_stands(&port->lanes[0]);
}

static ferry_status enter(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    (void)port;
    (void)lane;
    return ferryi_wait_check(wait);
}

static void leave(ferry_port *port, ferryi_lane *lane, bool has_worked) {
    (void)port;
    (void)lane;
    (void)has_worked;
}

static void disconnect(ferry_port *port, bool removes) {
    ferryi_lane_close(&port->lanes[0], removes);
}

const ferryi_convention ferryi_convention_file = {
    .dialect = FERRY_PORT_FILE,
    .name = "file",
    .names = {{FERRY_PORT_MEMORY, "shared_memory"}},
    .may_have = 1 << FERRY_PORT_OBJECT_FILE,
    .payloads = 1 << FERRY_PAYLOAD_IMAGE | 1 << FERRY_PAYLOAD_TEXT | 1 << FERRY_PAYLOAD_RAW,
    .text_bytes = 1024,
    .memory_bytes = 5120,
    .settles = true,
    .keeps_names = true,
    .connect = connect,
    .stands = stands,
    .enter_send = enter,
    .leave_send = leave,
    .enter_receive = enter,
    .leave_receive = leave,
    .disconnect = disconnect,
};
