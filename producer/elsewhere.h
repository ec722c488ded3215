/* Sources that another program has to decode or to capture: films, cameras, addresses. They are
 * told apart before anything is opened that could not be opened again. */
#ifndef PRODUCER_ELSEWHERE_H
#define PRODUCER_ELSEWHERE_H

#include <stdbool.h>

/* Says how frames of this SOURCE get here, with the line that does it, if another program has to
 * help; channel is that of --name, or NULL. Looks into regular files only, and not even into these
 * where is_raw says that their bytes are frames. Returns APP_EXIT_NONE if it is no such
 * source, else APP_EXIT_USAGE. */
int elsewhere_check(const char *text, const char *channel, bool is_raw);

/* Whether a path or an address ends as those of films do, and of lists of films. */
bool elsewhere_has_film_name(const char *text);

#endif
