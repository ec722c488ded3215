/* The memory that shared objects are made of. Any thread. */
#ifndef HOST_FACTS_MEMORY_H
#define HOST_FACTS_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* The file system that has the objects. */
typedef struct host_memory_facts {
    const char *place;      /* its folder */
    bool is_there;          /* there is a folder */
    bool is_in_memory;      /* it is a tmpfs. The rest is known if there is a folder */
    bool is_read_only;      /* nobody may write */
    bool may_write;         /* this user may make objects */
    bool has_unnamed;       /* a file can be made there that has no name yet */
    bool has_bound;         /* the next two are known */
    uint64_t total_bytes;   /* that its files can take */
    uint64_t free_bytes;    /* that this user can still take */
    bool has_names_left;    /* there can be more files */
    unsigned unnamed_error; /* the system's reason why has_unnamed is false */
} host_memory_facts;

/* Leaves nothing there, and nobody notices. False: objects are in no file system here (Windows).
 * Source: statvfs(3), statfs(2), O_TMPFILE in open(2). */
bool host_get_memory_facts(host_memory_facts *out);

/* The memory that a group of processes may take together, with all groups above it. */
typedef struct host_memory_limit {
    uint64_t limit_bytes; /* the kernel ends processes of the group that take more */
    uint64_t used_bytes;  /* without what the kernel can take back from its files */
    char group[256];      /* the file that has the limit; may be cut */
} host_memory_limit;

/* The limit of a group which this process is in that leaves the least. False: there is none, or it
 * cannot be seen. Source: cgroups(7). */
bool host_get_memory_limit(host_memory_limit *out);

#endif
