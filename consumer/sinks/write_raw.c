/* The pixels of each frame in rows without padding, one frame after the other, and nothing else. */
#include "sinks/write.h"

static uint32_t keep_format(uint32_t format) {
    return format;
}

static bool takes_all(uint32_t format) {
    (void)format;
    return true;
}

static ferry_status put_raw(write_stream *w, const write_frame *frame, bool is_first,
                            ferry_error *error) {
    packed_frame packed;
    (void)is_first;
    ferry_status status = packed_take(&w->packed, frame->info, frame->pixels, &packed, error);
    return status != FERRY_OK ? status
                              : host_write_outlet(w->outlet, packed.pixels, packed.bytes, error);
}

const write_kind write_kind_raw = {"a raw stream", true, keep_format, takes_all, put_raw};
