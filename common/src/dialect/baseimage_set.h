/* Images that come together: a count in front, and then one after the other, each with a header of
 * its own. They are copied at once, so that they belong together, and given out one by one. */
#ifndef FERRYI_DIALECT_BASEIMAGE_SET_H
#define FERRYI_DIALECT_BASEIMAGE_SET_H

#include "channel/consumer_handle.h"

/* Many more than programs send; so that a count that cannot be keeps nobody busy. */
enum { FERRYI_BASEIMAGE_IMAGES_MOST = 1024 };

/* Copies what the sender's memory has now. FERRY_MALFORMED: it is no set, and *refused says what it
 * is. FERRY_OVERTAKEN: it changed meanwhile. FERRY_NO_MEMORY. Nothing is left to be given out
 * before ferryi_baseimage_set_begin. */
ferry_status ferryi_baseimage_set_copy(ferry_consumer *consumer, ferryi_bare_refused *refused);

/* Whether the copy is what the sender's memory still has. */
bool ferryi_baseimage_set_is_same(const ferry_consumer *consumer);

/* Gives the images of the copy out from here on; passed_over sets were announced before it. */
void ferryi_baseimage_set_begin(ferry_consumer *consumer, uint64_t passed_over);

/* Copies the next one that is left into image. FERRY_NO_MEMORY: it is still left. */
ferry_status ferryi_baseimage_set_next(ferry_consumer *consumer, ferry_image *image);

/* For a header that cannot be: the count that the four numbers may begin with, in front of a
 * header that can; 0: they do not. */
int32_t ferryi_baseimage_set_guess(const ferry_consumer *consumer);

#endif
