/* Copies of frames, for callers: of the next one, by whatever way a channel has, and of one in
 * hand. */
#include "channel/explain.h"
#include "channel/follow.h"
#include "channel/hold.h"
#include "channel/receive.h"
#include "channel/wait.h"
#include "platform/self.h"
#include "support/error.h"
#include "support/need.h"

ferry_status ferry_consumer_copy_held(ferry_consumer *consumer, ferry_frame *frame,
                                      ferry_image *image, ferry_error *error) {
    ferry_status status = ferryi_need(consumer, "consumer", error);
    if (status == FERRY_OK)
        status = ferryi_need(frame, "frame", error);
    if (status == FERRY_OK)
        status = ferryi_need(image, "image", error);
    if (status != FERRY_OK)
        return status;
    if (consumer->fork_count != ferryi_self_fork_count())
        return ferryi_explain(consumer, FERRY_FORKED, error);
    if (!ferryi_hold_has(consumer, frame))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "this frame is not in hand, or not whole yet");
    status = ferryi_receive_copy(consumer, NULL, frame, image);
    return status == FERRY_OK ? status : ferryi_explain(consumer, status, error);
}

ferry_status ferry_consumer_copy(ferry_consumer *consumer, int64_t timeout_ns, ferry_image *image,
                                 ferry_error *error) {
    ferry_status status = ferryi_need(consumer, "consumer", error);
    if (status == FERRY_OK)
        status = ferryi_need(image, "image", error);
    if (status == FERRY_OK)
        status = ferryi_need_time(timeout_ns, "timeout_ns", error);
    if (status != FERRY_OK)
        return status;
    if (consumer->upstream == NULL) /* never attached */
        return ferryi_explain(consumer, ferryi_wait_check(consumer), error);
    if (consumer->hold_limit == 0) {
        status = ferryi_wait_conclude(
            consumer, ferryi_wait_for(consumer, timeout_ns, consumer->upstream->copy, image));
    } else if (consumer->follow_early) {
        return ferryi_follow_copy(consumer, timeout_ns, image, error);
    } else {
        ferry_frame frame;
        status = ferry_consumer_acquire(consumer, timeout_ns, &frame, error);
        if (status != FERRY_OK)
            return status;
        status = ferryi_receive_copy(consumer, &consumer->copier, &frame, image);
    }
    return status == FERRY_OK ? status : ferryi_explain(consumer, status, error);
}
