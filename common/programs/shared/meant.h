/* Finds the option that was meant by an unknown word. */
#ifndef APP_MEANT_H
#define APP_MEANT_H

#include <stdbool.h>

struct option;

/* The option of that name, in full; NULL: there is none. */
const struct option *app_meant_find(const char *name, const struct option *options);

/* The option that a word without dashes names, or nearly does, or that many programs call so; NULL:
 * none. */
const char *app_meant_option(const char *word, const struct option *options);

/* An option that the other one of the two programs has alone. */
typedef struct app_meant_other {
    const char *program; /* NULL: there is none */
    const char *option;
} app_meant_other;

/* The one that a word names in full. */
app_meant_other app_meant_of_other(const char *word, const struct option *options);

/* The one that it names nearly, or that many programs call so. */
app_meant_other app_meant_near_other(const char *word, const struct option *options);

/* The rest behind the dashes with which a word begins, if they are not all the keyboard's own:
 * programs that lay out text, and pages copied from them, have longer ones for "-" and "--". NULL:
 * they are, or there are none. */
const char *app_meant_behind_dashes(const char *word);

#endif
