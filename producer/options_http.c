/* The address of another machine's channel, and options that go with one. */
#include <stdlib.h>
#include <string.h>

#include "elsewhere.h"
#include "host/host.h"
#include "options.h"
#include "shared/arguments.h"
#include "shared/message.h"
#include "sources/http_url.h"
#include "sources/source.h"

/* An address of a film is for ffmpeg. */
static bool is_channel(const char *text) {
    return http_url_is(text) && !elsewhere_has_film_name(text) && !host_exists(text);
}

static int check_others(const producer_options *o) {
    const char *text = o->sources[0];
    if (o->source_count > 1)
        return app_message_usage("%s must be the only SOURCE", text);
    if (o->loop)
        return app_message_usage("%s cannot be repeated: leave out --loop", text);
    if (o->stream.is_raw)
        return app_message_usage("%s says itself what its frames are: leave out --raw", text);
    /* Each claims a slot, and one has the newest frame. */
    uint32_t slots = o->slots != 0 ? o->slots : FERRY_DEFAULT_SLOTS;
    if (o->http.requests >= slots && o->form.dialect == FERRY_DIALECT_NATIVE && !o->is_port)
        return app_message_usage("--requests %u needs --slots %u or more", o->http.requests,
                                 o->http.requests + 1);
    return APP_EXIT_NONE;
}

/* The channel here has the name of the one over there, unless another one is given. */
static void take_name(producer_options *o, const http_url *url) {
    const char *name = getenv("FERRY_NAME");
    memcpy(o->http.channel, url->channel, sizeof o->http.channel);
    if (!o->has_name && !o->is_port && (name == NULL || *name == '\0'))
        o->common.name = o->http.channel;
}

static int take_address(producer_options *o) {
    http_url url;
    ferry_error error;
    if (http_url_parse(&url, o->sources[0], &error) != FERRY_OK)
        return app_message_usage("%s", error.message);
    o->is_http = true;
    if (o->http.requests == 0)
        o->http.requests = 1;
    if (o->http.token_file == NULL)
        o->http.token = getenv("FERRY_TOKEN");
    take_name(o, &url);
    return check_others(o);
}

int options_check_http(producer_options *o) {
    for (size_t i = 0; i < o->source_count && !o->is_from_port; i++) {
        if (!is_channel(o->sources[i]))
            continue;
        if (i > 0)
            return app_message_usage("%s must be the only SOURCE", o->sources[i]);
        return take_address(o);
    }
    if (o->http.first != NULL)
        return app_message_usage("%s goes with a SOURCE such as http://HOST:8090/CHANNEL",
                                 o->http.first);
    return APP_EXIT_NONE;
}
