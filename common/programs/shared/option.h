/* The numbers of the options that all programs have, for getopt_long. */
#ifndef APP_OPTION_H
#define APP_OPTION_H

/* Those of one program alone begin at APP_OPTION_OWN. */
enum {
    APP_OPTION_NAME = 256,
    APP_OPTION_GROUP,
    APP_OPTION_EVERYONE,
    APP_OPTION_COUNT,
    APP_OPTION_MATRIX,
    APP_OPTION_RANGE,
    APP_OPTION_JSON,
    APP_OPTION_STATS,
    APP_OPTION_QUIET,
    APP_OPTION_HELP,
    APP_OPTION_VERSION,
    /* of ports (port.h) */
    APP_OPTION_DIALECT,
    APP_OPTION_OBJECT,
    APP_OPTION_PAYLOAD,
    APP_OPTION_SIZE,
    APP_OPTION_ACCESS,
    APP_OPTION_ORDER,
    APP_OPTION_READING,
    APP_OPTION_BREAK_LOCK,
    APP_OPTION_ADOPT,
    APP_OPTION_HELP_PORTS,
    APP_OPTION_OWN
};

#endif
