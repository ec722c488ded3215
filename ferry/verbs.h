/* The verbs of ferry: each reads its own command line, in which arguments[0] is the verb, and
 * returns an exit code. */
#ifndef VERBS_H
#define VERBS_H

int verb_clean(int count, char **arguments);
int verb_doctor(int count, char **arguments);
int verb_list(int count, char **arguments);
int verb_show(int count, char **arguments);
int verb_top(int count, char **arguments);
int verb_hz(int count, char **arguments);
int verb_watch(int count, char **arguments);
int verb_grab(int count, char **arguments);

#endif
