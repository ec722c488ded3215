/* The objects in shared memory that have a name which an object of a channel has. Any thread. */
#ifndef HOST_FACTS_OBJECTS_H
#define HOST_FACTS_OBJECTS_H

#include <stdbool.h>

typedef enum host_object_part {
    HOST_OBJECT_NONE,      /* no channel could have an object of this name */
    HOST_OBJECT_FRAMES,    /* the channel's own name, which other programs' objects may have too */
    HOST_OBJECT_CONSUMERS, /* NAME~consumers */
    HOST_OBJECT_EVENT      /* the event of a dialect */
} host_object_part;

/* An object as it is seen from outside. */
typedef struct host_object {
    const char *channel; /* allowed by ferry_name_check */
    host_object_part part;
    bool is_plain;      /* a plain file, as all objects are */
    bool is_own;        /* this user's */
    bool is_of_root;    /* the superuser's */
    const char *owner;  /* for people */
    unsigned mode;      /* as in chmod(2) */
    bool has_frames;    /* the channel's own name is there */
    bool has_consumers; /* NAME~consumers is there */
    bool is_unused; /* of HOST_OBJECT_EVENT without these two, and a plain file: it is known that
                       no process has it open */
} host_object;

/* Calls see with these objects, in no order; looks at some thousand names at most. Only what
 * is_unused speaks of is opened, for a moment. False: this system does not list them. Source:
 * readdir(3), stat(2). */
bool host_visit_objects(void (*see)(void *argument, const host_object *object), void *argument);

/* Puts the whole name of a channel's object, with its folder, into path: at most 320 bytes. */
#define HOST_OBJECT_PATH_BYTES 320
void host_object_path(char path[HOST_OBJECT_PATH_BYTES], const char *channel,
                      host_object_part part);

#endif
