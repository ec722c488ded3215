/* A name in shared memory, as the holder of an object that had it finds it. */
#ifndef FERRYI_PLATFORM_STANDING_H
#define FERRYI_PLATFORM_STANDING_H

typedef enum ferryi_standing {
    FERRYI_NAME_STANDS, /* for the object */
    FERRYI_NAME_GONE,   /* for nothing */
    FERRYI_NAME_TAKEN   /* for something else */
} ferryi_standing;

#endif
