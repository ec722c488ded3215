/* Lets the compiler check the arguments of functions in printf's manner. */
#ifndef FERRYI_FORMAT_H
#define FERRYI_FORMAT_H

#if defined(__clang__)
#define FERRYI_FORMAT(template, first) __attribute__((format(printf, template, first)))
#elif defined(__GNUC__)
/* Standard C's conversions, where gcc's plain printf would mean those of an old C library. */
#define FERRYI_FORMAT(template, first) __attribute__((format(gnu_printf, template, first)))
#else
#define FERRYI_FORMAT(template, first)
#endif

#endif
