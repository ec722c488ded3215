/* Conventions of other programs that are no dialects of a channel: what to say to somebody who
 * meets one of their objects under a channel's name. */
#ifndef FERRYI_CHANNEL_ADVICE_H
#define FERRYI_CHANNEL_ADVICE_H

#include <frameferry/status.h>
#include <stdint.h>

#define FERRYI_ADVICE_BYTES 240

/* Writes the end of a sentence about an object that is neither a channel nor an image: whose it may
 * be, by what else there is of such programs, and what to do. end_bytes: where the object ends; 0:
 * not known. */
void ferryi_advice_write(char out[FERRYI_ADVICE_BYTES], const char *name, uint64_t end_bytes);

/* Ends the sentence in error, unless it is NULL, in this way. FERRY_FOREIGN. */
ferry_status ferryi_advice_refuse(const char *name, ferry_error *error);

#endif
