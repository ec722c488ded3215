/* The distance of optimal string alignment: L. Boytsov, "Indexing methods for approximate
 * dictionary searching" (2011), 2. */
#include "shared/near.h"

#include <string.h>

enum { LETTERS_MAX = 64 };

static char plain(char c) {
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '_' ? '-' : c;
}

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

static bool are_exchanged(const char *a, const char *b, size_t i, size_t j) {
    return i > 1 && j > 1 && plain(a[i - 1]) == plain(b[j - 2]) &&
           plain(a[i - 2]) == plain(b[j - 1]);
}

unsigned app_near_distance(const char *a, const char *b) {
    size_t a_letters = strlen(a);
    size_t b_letters = strlen(b);
    if (a_letters > LETTERS_MAX || b_letters > LETTERS_MAX)
        return APP_NEAR_FAR;
    /* Row i: the distances of the first i letters of a from the beginnings of b. */
    unsigned rows[3][LETTERS_MAX + 1] = {{0}};
    for (size_t j = 0; j <= b_letters; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_letters; i++) {
        unsigned *now = rows[i % 3];
        const unsigned *before = rows[(i + 2) % 3];
        const unsigned *long_before = rows[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= b_letters; j++) {
            unsigned changed = before[j - 1] + (plain(a[i - 1]) != plain(b[j - 1]));
            now[j] = least(changed, 1 + least(before[j], now[j - 1]));
            if (are_exchanged(a, b, i, j))
                now[j] = least(now[j], 1 + long_before[j - 2]);
        }
    }
    return rows[a_letters % 3][b_letters];
}

bool app_near_is(const char *word, const char *known) {
    enum { SHORT = 4, USUAL = 8 };
    size_t letters = strlen(known) < strlen(word) ? strlen(known) : strlen(word);
    unsigned most = letters <= SHORT ? 1 : letters <= USUAL ? 2 : 3;
    /* As many changes as a word has letters make anything of it. */
    unsigned distance = app_near_distance(word, known);
    return distance <= most && distance < letters;
}
