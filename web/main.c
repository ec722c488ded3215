/* ferry-web: shows channels in a browser, and serves their frames over HTTP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/frameferry.h>

#include "host/host.h"
#include "options.h"
#include "secret.h"
#include "server.h"
#include "shared/message.h"
#include "socket.h"

/* Descriptors beside those of connections: for channels, files, and what the libraries have. */
#define DESCRIPTORS_APART 256

typedef struct web {
    web_options options;
    services services;
    server *server;
    char *certificate, *key;
} web;

/* ---- secrets ---- */

static bool read_secret(const char *option, const char *path, char **out) {
    ferry_error error;
    bool is_open = false;
    if (secret_read(path, out, &is_open, &error) != FERRY_OK) {
        app_message_fail("%s: %s", option, error.message);
        return false;
    }
    if (is_open)
        app_message_warn("%s: other users may read %s: chmod 600 keeps it to yourself", option,
                         path);
    return true;
}

static bool take_token(web *w) {
    char *text = NULL;
    const char *path = w->options.token_file;
    if (path == NULL)
        return true;
    if (!read_secret("--token-file", path, &text))
        return false;
    text[strcspn(text, "\r\n")] = '\0';
    bool is_fine = gate_can_be_token(text);
    if (is_fine)
        snprintf(w->services.gate.token, sizeof w->services.gate.token, "%s", text);
    else
        app_message_fail("--token-file: the first line of %s has to be %d to %d characters of A-Z "
                         "a-z 0-9 . _ ~ and -, such as those that openssl rand -hex 16 prints",
                         path, GATE_TOKEN_LEAST, PARAMETERS_TOKEN_MAX);
    free(text);
    return is_fine;
}

/* The certificate is no secret, so that only its key is warned of. */
static bool take_certificate(web *w) {
    ferry_error error;
    bool is_open = false;
    const web_options *o = &w->options;
    if (o->certificate == NULL)
        return true;
    if (secret_read(o->certificate, &w->certificate, &is_open, &error) != FERRY_OK) {
        app_message_fail("--cert: %s", error.message);
        return false;
    }
    w->services.has_tls = true;
    return read_secret("--key", o->key, &w->key);
}

/* ---- who is answered ---- */

static void open_gate(web *w) {
    gate *g = &w->services.gate;
    const web_options *o = &w->options;
    for (size_t i = 0; i < o->host_count; i++)
        g->hosts[g->host_count++] = o->hosts[i];
    for (size_t i = 0; i < o->listen_count; i++) {
        g->hosts[g->host_count++] = o->listen[i].host;
        g->takes_numbers = g->takes_numbers || o->listen[i].is_any;
    }
}

static void warn(const web *w) {
    const web_options *o = &w->options;
    char text[LISTEN_TEXT_BYTES];
    for (size_t i = 0; i < o->listen_count; i++) {
        if (o->listen[i].is_loopback)
            continue;
        listen_write(text, &o->listen[i]);
        if (o->token_file == NULL)
            app_message_warn("--listen %s: whoever reaches that address sees all channels that are "
                             "served; --token-file keeps them to those who have a token",
                             text);
        else if (o->certificate == NULL)
            app_message_warn("--listen %s: pictures and token are sent in the clear; --cert and "
                             "--key encrypt them",
                             text);
    }
    app_share_warn(&o->share, "channels of any user of this machine are shown");
}

static void tell(const web *w) {
    const web_options *o = &w->options;
    const char *token = w->services.gate.token;
    char text[LISTEN_TEXT_BYTES];
    for (size_t i = 0; i < o->listen_count; i++) {
        listen_write(text, &o->listen[i]);
        app_message_inform("%s://%s/%s%s", o->certificate != NULL ? "https" : "http", text,
                           *token != '\0' ? "?token=" : "", token);
    }
}

/* ---- running ---- */

static bool on_tick(void *argument) {
    web *w = argument;
    bool has_frames = kept_sweep(&w->services.kept);
    return feeds_sweep(w->services.feeds) || has_frames;
}

static unsigned limit_of(const web_options *o) {
    uint64_t wanted = o->connections + VISITORS_BEYOND_MAX + DESCRIPTORS_APART;
    uint64_t allowed = socket_allow(wanted);
    if (allowed >= wanted)
        return (unsigned)o->connections;
    uint64_t left = allowed > VISITORS_BEYOND_MAX + DESCRIPTORS_APART
                        ? allowed - VISITORS_BEYOND_MAX - DESCRIPTORS_APART
                        : 1;
    app_message_warn("the system allows %llu open files, so that there can be %llu connections; "
                     "ulimit -Hn says the most that it would allow",
                     (unsigned long long)allowed, (unsigned long long)left);
    return (unsigned)left;
}

static bool open_services(web *w) {
    const web_options *o = &w->options;
    services *s = &w->services;
    if (!store_open(&s->store, (size_t)o->memory_bytes))
        return false;
    s->kept.store = &s->store;
    s->feeds = feeds_open(&s->store, &o->share);
    s->channels = channels_open(o->names, o->name_count, &o->share);
    s->encoders = encoders_open(&s->store, host_core_count());
    return s->feeds != NULL && s->channels != NULL && s->encoders != NULL;
}

/* Encoders give back frames, whose slots the feeds have. */
static void close_services(web *w) {
    services *s = &w->services;
    if (s->store.lock == NULL)
        return;
    kept_drop_all(&s->kept);
    encoders_close(s->encoders);
    feeds_close(s->feeds);
    channels_close(s->channels);
    store_close(&s->store);
}

static bool start(web *w) {
    ferry_error error;
    web_options *o = &w->options;
    if (!take_token(w) || !take_certificate(w))
        return false;
    open_gate(w);
    if (!open_services(w)) {
        app_message_fail("out of memory");
        return false;
    }
    const server_plan plan = {
        .services = &w->services,
        .limit = limit_of(o),
        .addresses = o->listen,
        .count = o->listen_count,
        .certificate = w->certificate,
        .key = w->key,
        .tick = on_tick,
        .argument = w,
    };
    w->server = server_start(&plan, &error);
    if (w->server == NULL)
        app_message_fail("%s", error.message);
    return w->server != NULL;
}

static int run(web *w) {
    bool has_started = start(w);
    if (has_started) {
        warn(w);
        tell(w);
        while (!host_sleep_until(UINT64_MAX))
            continue;
    }
    server_stop(w->server);
    close_services(w);
    free(w->certificate);
    free(w->key);
    return has_started ? APP_EXIT_FINE : APP_EXIT_FAILED;
}

int main(int count, char **arguments) {
    host_secure_streams();
    host_take_arguments(&count, &arguments);
    app_message_start("ferry-web");
    static web w;
    ferry_error error;
    int code = options_parse(&w.options, count, arguments);
    if (code != APP_EXIT_NONE)
        return code;
    if (host_catch_stop(NULL, NULL, &error) != FERRY_OK) {
        app_message_fail("%s", error.message);
        return APP_EXIT_FAILED;
    }
    if (ferry_guard_install() != FERRY_OK)
        app_message_warn("a peer that truncates shared memory will crash this program");
    return run(&w);
}
