/* A program that follows one of the old conventions, and knows nothing of Frameferry.
 *
 *     dialect_peer CONVENTION ROLE [OPTIONS]
 *
 * A receiver says "I ok", "I torn" or "I bad: WHY" for each message, a sender "sent I", and each
 * "ready" when it has all that it works on, and "waiting" before its first wait. --list-steps
 * prints the steps of a role, --list-nonsense what --nonsense knows. The other options are in the
 * table in peer.c. */
#include "peer.h"
#include "peer_system.h"

#include <stdio.h>
#include <string.h>

static int write_messages(const peer_options *options) {
    for (uint32_t i = options->first; i < options->first + options->count; i++) {
        static uint8_t bytes[1 << 20];
        message_make(&options->payload, i, bytes);
        size_t size = message_size(&options->payload, i);
        fwrite(bytes, 1, options->payload.kind == PAYLOAD_TEXT ? strlen((char *)bytes) : size,
               stdout);
        if (options->payload.kind == PAYLOAD_TEXT)
            putchar('\n');
    }
    return 0;
}

/* The messages themselves, for whoever wants to send or compare them. */
static const convention messages = {
    .name = "messages",
    .tail = 200,
    .roles = {{"write", "", write_messages, NULL}},
};

static const convention *const conventions[] = {
    &messages,          &mutex_convention,     &lockstep_convention,
    &duplex_convention, &rwevents_convention,  &demo_convention,
    &file_convention,   &baseimage_convention, NULL};

int main(int count, char **arguments) {
    peer_options options;
    system_binary_streams();
    const peer_role *role = peer_parse(&options, count, arguments, conventions);
    return role->run(&options);
}
