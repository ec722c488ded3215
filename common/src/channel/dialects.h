/* The list of dialects. */
#ifndef FERRYI_CHANNEL_DIALECTS_H
#define FERRYI_CHANNEL_DIALECTS_H

#include "channel/dialect.h"

/* The dialect with an id; NULL: the channel is a native one, or nobody knows it. */
const ferryi_dialect *ferryi_dialects_find(uint32_t id);

/* FERRY_OK for a ferry_dialect; else FERRY_INVALID_ARGUMENT with a sentence that lists them. */
ferry_status ferryi_dialects_check(uint32_t id, ferry_error *error);

/* name_beside, remove_unused_beside, is_left_beside and read_options of all. */
void ferryi_dialects_name_beside(ferryi_names *names, const char *channel);
bool ferryi_dialects_remove_unused_beside(const ferryi_names *names);
bool ferryi_dialects_are_left_beside(const ferryi_names *names);
ferry_status ferryi_dialects_read_options(ferry_consumer_options *options, ferry_error *error);

/* attach of the first one whose object it is. FERRY_FOREIGN, with what the last one says: of none.
 */
ferry_status ferryi_dialects_attach(ferry_consumer *consumer, ferry_error *error);

#endif
