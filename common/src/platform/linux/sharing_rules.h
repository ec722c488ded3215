/* The users that a new file is shared with, and whether a file that was found may be used: stat(2).
 */
#ifndef FERRYI_PLATFORM_LINUX_SHARING_RULES_H
#define FERRYI_PLATFORM_LINUX_SHARING_RULES_H

#include <frameferry/status.h>
#include <sys/stat.h>

#include "platform/sharing.h"

/* Room for what ferryi_sharing_name_owner writes. */
enum { FERRYI_OWNER_BYTES = 64 };

/* FERRY_OK, or FERRY_NOT_ALLOWED with a sentence that names the path, the owner and the remedy. */
ferry_status ferryi_sharing_check(const ferryi_sharing *sharing, const struct stat *about,
                                  const char *path, ferry_error *error);

/* The same for a file that could not be opened, with open's errno. FERRY_NO_PRODUCER: it is not
 * there, or is just being removed. FERRY_FOREIGN: it is no plain file; foreign says so of the path.
 */
ferry_status ferryi_sharing_refuse(const ferryi_sharing *sharing, int code, const char *path,
                                   const char *foreign, ferry_error *error);

/* Gives a file of this user's the group and the mode that its sharing says, whatever the umask.
 * Sets errno on failure. FERRY_NOT_ALLOWED: not in the group. */
ferry_status ferryi_sharing_apply(const ferryi_sharing *sharing, int descriptor,
                                  unsigned others_write, ferry_error *error);

/* Writes "NAME (id NUMBER)", or "id NUMBER" of one without a name. */
void ferryi_sharing_name_owner(char text[static FERRYI_OWNER_BYTES], uid_t owner);

#endif
