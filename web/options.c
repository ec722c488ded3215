#include "options.h"

#include <getopt.h>
#include <string.h>

#include <frameferry/frameferry.h>

#include "shared/arguments.h"
#include "shared/meant.h"
#include "shared/message.h"
#include "shared/parse.h"

#define PORT_USUAL "127.0.0.1:8090"
#define MEMORY_USUAL ((uint64_t)1 << 30)
#define CONNECTIONS_USUAL 1000
#define CONNECTIONS_MOST 100000

static const char help[] =
    "Usage: ferry-web [OPTION]... [NAME]...\n"
    "Show channels in a browser, and serve their frames over HTTP.\n"
    "NAMEs are the channels that are served (default: all of this user).\n"
    "  --listen ADDRESS:PORT  listen there (default: 127.0.0.1:8090); port 0 chooses\n"
    "                     one that is free; may be given several times\n"
    "  --host NAME        answer under this host name too; may be given several times\n"
    "  --token-file FILE  answer only those who have the token in FILE\n"
    "  --cert FILE        use TLS, with this certificate (PEM) and the key in --key\n"
    "  --key FILE         the key of --cert (PEM)\n"
    "  --connections N    have at most N connections (default: 1000)\n"
    "  --memory SIZE      keep up to SIZE of pictures for slow readers\n"
    "                     (default: 1G)\n"
    "  --group[=NAME]     show a group's channels too (default: any group of yours)\n"
    "  --everyone         show any user's channels too\n"
    "Other: -q, --quiet (warnings only)  -h, --help  -v, -V, --version\n"
    "Exit codes: 0 success, 1 failure, 2 wrong usage.\n"
    "Example, for a machine without a screen:\n"
    "  ferry-web        and elsewhere  ssh -L 8090:localhost:8090 MACHINE\n";

enum {
    OPTION_LISTEN = APP_OPTION_OWN,
    OPTION_HOST,
    OPTION_TOKEN_FILE,
    OPTION_CERT,
    OPTION_KEY,
    OPTION_CONNECTIONS,
    OPTION_MEMORY,
};

static const struct option long_options[] = {
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"host", required_argument, NULL, OPTION_HOST},
    {"token-file", required_argument, NULL, OPTION_TOKEN_FILE},
    {"cert", required_argument, NULL, OPTION_CERT},
    {"key", required_argument, NULL, OPTION_KEY},
    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"group", optional_argument, NULL, APP_OPTION_GROUP},
    {"everyone", no_argument, NULL, APP_OPTION_EVERYONE},
    {"quiet", no_argument, NULL, APP_OPTION_QUIET},
    {"help", no_argument, NULL, APP_OPTION_HELP},
    {"version", no_argument, NULL, APP_OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static const app_arguments_letter letters[] = {
    {'h', "help"}, {'q', "quiet"}, {'v', "version"}, {'V', "version"}, {0, NULL}};

static int take_listen(web_options *o, const char *value) {
    if (o->listen_count == SERVER_LISTEN_MAX)
        return app_message_usage("--listen may be given %d times", SERVER_LISTEN_MAX);
    if (!listen_parse(value, &o->listen[o->listen_count]))
        return app_message_usage("--listen needs an address in numbers and a port, such as "
                                 "127.0.0.1:8090, [::1]:8090 or 0.0.0.0:8090, not \"%s\"",
                                 value);
    o->listen_count++;
    return APP_EXIT_NONE;
}

static int take_host(web_options *o, const char *value) {
    if (o->host_count == sizeof o->hosts / sizeof o->hosts[0])
        return app_message_usage("--host may be given %zu times",
                                 sizeof o->hosts / sizeof o->hosts[0]);
    if (*value == '\0' || strpbrk(value, ":/ ") != NULL)
        return app_message_usage("--host needs the name of a machine, such as camera.example.org, "
                                 "without a port, not \"%s\"",
                                 value);
    o->hosts[o->host_count++] = value;
    return APP_EXIT_NONE;
}

static int take_connections(web_options *o, const char *value) {
    if (!app_parse_whole(value, 1, CONNECTIONS_MOST, &o->connections))
        return app_message_usage("--connections needs a whole number from 1 to %d, not \"%s\"",
                                 CONNECTIONS_MOST, value);
    return APP_EXIT_NONE;
}

static int take_memory(web_options *o, const char *value) {
    if (!app_parse_size(value, &o->memory_bytes))
        return app_message_usage("--memory needs a size such as " APP_SIZES ", not \"%s\"", value);
    return APP_EXIT_NONE;
}

static int take(web_options *o, int option, const char *value) {
    app_arguments common = {.share = o->share};
    int code = APP_EXIT_NONE;
    switch (option) {
    case OPTION_LISTEN: return take_listen(o, value);
    case OPTION_HOST: return take_host(o, value);
    case OPTION_TOKEN_FILE: o->token_file = value; break;
    case OPTION_CERT: o->certificate = value; break;
    case OPTION_KEY: o->key = value; break;
    case OPTION_CONNECTIONS: return take_connections(o, value);
    case OPTION_MEMORY: return take_memory(o, value);
    default:
        code = app_arguments_take(&common, option, value, help, "ferry-web");
        o->share = common.share;
    }
    return code;
}

static int take_names(web_options *o, int count, char **arguments) {
    ferry_error error;
    o->names = (const char **)arguments;
    o->name_count = (size_t)count;
    for (int i = 0; i < count; i++) {
        if (app_arguments_check_dashes_with(arguments[i], long_options, letters) != APP_EXIT_NONE)
            return APP_EXIT_USAGE;
        if (ferry_name_check(arguments[i], &error) != FERRY_OK)
            return app_message_usage("%s", error.message);
    }
    return APP_EXIT_NONE;
}

static int check_together(web_options *o) {
    if ((o->certificate == NULL) != (o->key == NULL))
        return app_message_usage("--cert and --key go together: a certificate and its key");
    if (o->listen_count == 0)
        return take_listen(o, PORT_USUAL);
    return APP_EXIT_NONE;
}

int options_parse(web_options *out, int count, char **arguments) {
    int option = 0;
    *out = (web_options){.memory_bytes = MEMORY_USUAL, .connections = CONNECTIONS_USUAL};
    app_arguments_begin();
    while ((option = app_arguments_next_with(count, arguments, long_options, letters)) !=
           APP_ARGUMENTS_END) {
        int code = option == APP_ARGUMENTS_WRONG ? APP_EXIT_USAGE : take(out, option, optarg);
        if (code != APP_EXIT_NONE)
            return code;
    }
    int code = take_names(out, count - optind, arguments + optind);
    return code != APP_EXIT_NONE ? code : check_together(out);
}
