/* Memory of a sender that knows only the BaseImage layout, which holds anything, and what a
 * consumer takes from it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <frameferry/consumer.h>

#include "fuzz.h"

enum { MEMORY_BYTES = 3 * 4096 };

static char name[64], memory_name[80], event_name[80];
static uint8_t *memory;
static sem_t *event;

static void remove_names(void) {
    shm_unlink(memory_name);
    sem_unlink(event_name);
}

static void make_sender(void) {
    snprintf(name, sizeof name, "fuzz-bare-%d", (int)getpid());
    snprintf(memory_name, sizeof memory_name, "/%s", name);
    snprintf(event_name, sizeof event_name, "/%sMutex", name);
    int descriptor = shm_open(memory_name, O_CREAT | O_EXCL | O_RDWR, 0600);
    FUZZ_CHECK(descriptor >= 0 && ftruncate(descriptor, MEMORY_BYTES) == 0);
    void *base = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    event = sem_open(event_name, O_CREAT | O_EXCL, 0600, 0);
    FUZZ_CHECK(base != MAP_FAILED && event != SEM_FAILED);
    memory = base;
    atexit(remove_names);
}

static ferry_consumer *attach(fuzz_input *in) {
    static const uint32_t formats[] = {0,
                                       FERRY_FORMAT_NV12,
                                       FERRY_FORMAT_YUV420P,
                                       FERRY_FORMAT_RGB48LE,
                                       FERRY_FORMAT_YUYV422,
                                       FERRY_FORMAT_BAYER_RGGB8,
                                       FERRY_FORMAT_YUV444P,
                                       FERRY_FORMAT_GRAYF32LE};
    uint8_t kind = (uint8_t)fuzz_take(in, 1);
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.wait_ns = 0;
    options.bare_images = kind & 1;
    options.bare_bottom_up = kind >> 1 & 1;
    options.bare_format = formats[kind >> 2 & 7];
    ferry_consumer *consumer = NULL;
    FUZZ_CHECK(ferry_consumer_open(&consumer, &options, NULL) == FERRY_OK);
    return consumer;
}

/* A frame that is taken lies in the memory, with all its rows. */
static void check(const ferry_image *image) {
    const ferry_frame_info *info = &image->info;
    ferry_layout layout;
    FUZZ_CHECK(info->width >= 1 && info->height >= 1);
    FUZZ_CHECK(info->length_bytes >= 1 && info->length_bytes <= MEMORY_BYTES - 16);
    FUZZ_CHECK(info->bit_count == ferry_format_bit_count(info->format));
    FUZZ_CHECK(ferry_layout_of(&layout, info) == FERRY_OK);
    FUZZ_CHECK(layout.length_bytes <= info->length_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (memory == NULL)
        make_sender();
    fuzz_input in = {.data = data, .left = size};
    ferry_consumer *consumer = attach(&in);
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer_counters c;
    ferry_error error;
    memset(memory, 0, MEMORY_BYTES);
    memcpy(memory, in.data, in.left < MEMORY_BYTES ? in.left : MEMORY_BYTES);
    FUZZ_CHECK(sem_post(event) == 0);
    ferry_status status;
    uint64_t number = 0;
    while ((status = ferry_consumer_copy(consumer, 0, &image, NULL)) == FERRY_OK) {
        check(&image);
        FUZZ_CHECK(image.info.number == ++number && image.skipped == 0);
    }
    FUZZ_CHECK(status == FERRY_TIMEOUT);
    ferry_consumer_get_counters(consumer, &c);
    FUZZ_CHECK(c.received == number && c.pending == 0 && c.head == c.received + c.skipped);
    FUZZ_CHECK(c.refused == c.skipped && c.skipped == (number == 0));
    status = ferry_consumer_explain_refused(consumer, &error);
    FUZZ_CHECK(status == (c.refused > 0 ? FERRY_MALFORMED : FERRY_OK));
    ferry_image_free(&image);
    ferry_consumer_close(&consumer);
    return 0;
}
