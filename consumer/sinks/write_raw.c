/* The pixels of each frame in rows without padding, one frame after the other, and nothing else. */
#include "sinks/write.h"

static uint32_t as_it_is(uint32_t format) {
    return format;
}

static bool has_all(uint32_t format) {
    (void)format;
    return true;
}

static ferry_status put(write_stream *w, const write_frame *frame, bool is_first,
                        ferry_error *error) {
    packed_frame packed;
    (void)is_first;
    ferry_status status = write_pack(w, frame, &packed, error);
    return status != FERRY_OK ? status
                              : host_write_outlet(w->outlet, packed.pixels, packed.bytes, error);
}

const write_kind write_kind_raw = {"a raw stream", true, as_it_is, has_all, put};
