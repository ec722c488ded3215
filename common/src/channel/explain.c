#include "channel/explain.h"

#include "support/error.h"

ferry_status ferryi_explain(const ferry_consumer *c, ferry_status status, ferry_error *error) {
    const char *name = c->names.frames;
    switch (status) {
    case FERRY_TIMEOUT:
        return ferryi_fail(error, status, 0, "no frame came on channel %s in time", name);
    case FERRY_END_OF_STREAM:
        return ferryi_fail(error, status, 0, "the producer of channel %s has ended", name);
    case FERRY_PRODUCER_LOST:
        return ferryi_fail(
            error, status, 0,
            "the producer of channel %s died or was replaced: open the channel again "
            "to wait for the next one",
            name);
    case FERRY_NO_PRODUCER:
        return ferryi_fail(error, status, 0,
                           "this consumer is not attached to a producer of channel %s: attach it "
                           "first",
                           name);
    case FERRY_EVICTED:
        return ferryi_fail(
            error, status, 0,
            "the producer of channel %s no longer waits for this consumer, which did "
            "not take a frame for longer than the stall limit: open it again",
            name);
    case FERRY_OVERTAKEN:
        return ferryi_fail(error, status, 0,
                           "the producer of channel %s overwrote the frame during every attempt to "
                           "take it: try again, or slow it down",
                           name);
    case FERRY_MALFORMED:
        return ferryi_fail(error, status, 0,
                           "channel %s holds values that cannot be: restart its producer", name);
    case FERRY_FORKED:
        return ferryi_fail(error, status, 0,
                           "this consumer was opened before a fork and belongs to the parent "
                           "process");
    default:
        return ferryi_fail(error, status, 0, "channel %s: %s", name, ferry_status_text(status));
    }
}

ferry_status ferryi_explain_one_slot(const ferry_consumer *c, const ferryi_dialect *dialect,
                                     ferry_error *error) {
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                       "channel %s has one slot (%s dialect), which cannot keep every frame: "
                       "receive the latest",
                       c->names.frames, dialect->name);
}
