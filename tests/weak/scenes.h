/* What the actors of the weak machine play: the real code of channel/, in scenes whose sizes, roles
 * and lengths are drawn by lot. */
#ifndef FERRY_TEST_WEAK_SCENES_H
#define FERRY_TEST_WEAK_SCENES_H

#include <stdint.h>

typedef struct scene {
    const char *name;
    void (*play)(void);
    int races_allowed;
} scene;

/* Ends with a name that is NULL. */
extern const scene scenes[];

/* Plays one execution; what it showed that must not be, or NULL. */
const char *scene_play(const scene *s, uint64_t seed);

#endif
