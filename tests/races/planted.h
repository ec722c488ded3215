/* Included before one file of the channel: what releases in it no longer does. ThreadSanitizer has
 * to find what comes of it, or it would not find it where it is a mistake either. */
#include <stdatomic.h>

#define memory_order_release memory_order_relaxed
#define memory_order_seq_cst memory_order_relaxed
