/* The names in a directory. Paths and names are UTF-8. Any thread; blocks for as long as the file
 * system takes. */
#ifndef HOST_DIRECTORY_H
#define HOST_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

#include <frameferry/status.h>

/* The names in a directory that are regular files (or links to such), and those that cannot be
 * looked at, so that opening them says why; without hidden ones, in no order. The caller frees each
 * name and the list with host_free_names. */
ferry_status host_list_directory(const char *path, char ***names, size_t *count,
                                 ferry_error *error);
void host_free_names(char **names, size_t count);

/* Calls see with each name in a directory, hidden ones too, in no order, and whether it is a
 * directory, or a link to one. */
ferry_status host_visit_directory(const char *path,
                                  void (*see)(void *argument, const char *name, bool is_directory),
                                  void *argument, ferry_error *error);

/* The question that a walk answers for each name. */
typedef enum host_walk_question {
    HOST_WALK_LISTED,   /* whether host_list_directory lists it */
    HOST_WALK_DIRECTORY /* whether it is a directory, or a link to one */
} host_walk_question;

/* The system's part of the calls above: calls see with each name and the answer to the question.
 * When see returns false there is no memory to go on, and the walk says so. */
ferry_status host_walk_directory(const char *path, host_walk_question question,
                                 bool (*see)(void *argument, const char *name, bool answer),
                                 void *argument, ferry_error *error);

#endif
