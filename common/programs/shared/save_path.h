/* The path of each saved frame: a pattern with placeholders in braces, and their values.
 *
 * Pure: nothing here touches a file, and any text may be given. For any thread. */
#ifndef APP_SAVE_PATH_H
#define APP_SAVE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum app_save_problem {
    APP_SAVE_FINE,
    APP_SAVE_EMPTY,
    APP_SAVE_UNCLOSED_BRACE,      /* wrong is the text after it */
    APP_SAVE_UNKNOWN_PLACEHOLDER, /* wrong is the text between the braces */
    APP_SAVE_UNKNOWN_KIND,        /* of picture, by the ending of a pattern */
    APP_SAVE_OTHER_KIND,          /* looks like a file that cannot be written */
    APP_SAVE_OTHER_NUMBER         /* without {frame} or {time}, but with wrong, such as %06d */
} app_save_problem;

/* The kinds of file that can be written, as a message lists them. */
#define APP_SAVE_KINDS ".png, .jpg, .jpeg, .bmp, .tga and .raw"

/* The placeholders as a message lists them, and an example of a pattern. */
#define APP_SAVE_PLACEHOLDERS "{name}, {frame} and {time}"
#define APP_SAVE_EXAMPLE "out/{name}-{frame}.png"

typedef struct app_save_pattern {
    const char *text;   /* what the user wrote, not copied */
    bool is_directory;  /* stands for text/{name}-{frame}.png */
    bool is_one_file;   /* neither {frame} nor {time}: the same file again and again */
    bool makes_folders; /* {frame} or {time} stand in the name of a directory */
    bool is_counted;    /* {frame} stands in the first name behind the directory that all files have
                           in common: that of a directory if makes_folders, else that of the file */
    bool is_text;       /* files end in .txt, which only texts can be saved as */
    size_t fixed_bytes; /* of text: the directory that all files have in common, 0: there is none */
    const char *wrong;  /* inside text; what is wrong, see app_save_problem */
    size_t wrong_bytes;
} app_save_pattern;

/* Values of the placeholders. */
typedef struct app_save_values {
    const char *channel; /* checked by ferry_name_check; a prefix up to a backslash is left out */
    uint64_t frame;
    uint64_t time_us; /* of the wall clock, since 1970 UTC */
} app_save_values;

/* Takes the value of --save apart. A text without "{" and without the ending of a picture that can
 * be saved is a directory. APP_SAVE_OTHER_KIND: it could be, but has no slash at its end and the
 * ending of another kind of file, or one that is a letter away from ours (docs/decisions/0041). It
 * has been taken apart as APP_SAVE_FINE; likewise APP_SAVE_OTHER_NUMBER. */
app_save_problem app_save_pattern_parse(app_save_pattern *out, const char *text);

/* Makes a pattern one for texts: what is a directory stands for text/{name}-{frame}.txt. False: it
 * ends in what is for pictures alone. */
bool app_save_pattern_for_text(app_save_pattern *pattern);

/* Writes a frame's path for a pattern that was parsed well, as snprintf does: at most capacity
 * bytes, the final zero included; returns the length of the whole path. 0: the channel's name
 * cannot be a part of one. A placeholder never creates or leaves a directory: its value has no
 * slash, backslash or control character, and does not begin with a dot. */
size_t app_save_pattern_expand(const app_save_pattern *pattern, const app_save_values *values,
                               char *out, size_t capacity);

/* Writes the path of the directory that all files of a channel have in common, without a slash at
 * its end (but for the root). Returns as app_save_pattern_expand, also 0 when there is none: the
 * current directory. */
size_t app_save_pattern_directory(const app_save_pattern *pattern, const char *channel, char *out,
                                  size_t capacity);

/* Whether a name in the directory that all files have in common is one that a pattern which is
 * counted makes for a frame, with digits of any length; and the number of that frame, the highest
 * if it could be several. Any name may be given. */
bool app_save_pattern_match(const app_save_pattern *pattern, const char *channel, const char *name,
                            uint64_t *frame);

/* The length of the directory in front of a path's file, without a slash at its end (but for the
 * root); 0: there is none. */
size_t app_save_path_directory(const char *path);

#endif
