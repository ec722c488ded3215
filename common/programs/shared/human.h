/* Figures as people read them in a narrow column. */
#ifndef APP_HUMAN_H
#define APP_HUMAN_H

#include <stdint.h>

/* Long enough for each of these. */
#define APP_HUMAN_BYTES 24

/* Bytes: 512B, 2740K, 11M, with up to four digits. A K has 1024 bytes. */
void app_human_size(char out[APP_HUMAN_BYTES], uint64_t bytes);

/* A time: 0.4ms, 31ms, 1.2s, 48s, 12m, 20h, 3d. */
void app_human_time(char out[APP_HUMAN_BYTES], uint64_t ns);

/* A rate or another figure that may have a fraction: 0.25, 30.1, 1200. Below 0: "-". */
void app_human_real(char out[APP_HUMAN_BYTES], double value);

/* Permissions as ls shows them, without the kind: rw-r-----. */
void app_human_mode(char out[APP_HUMAN_BYTES], uint32_t mode);

#endif
