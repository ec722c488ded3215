#include "gate.h"

#include <stdio.h>
#include <string.h>

static const char *const loopback[] = {"localhost", "127.0.0.1", "::1"};

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(const char *text, size_t bytes, const char *word) {
    for (size_t i = 0; i < bytes; i++)
        if (word[i] == '\0' || lower(text[i]) != lower(word[i]))
            return false;
    return word[bytes] == '\0';
}

/* Digits and points, or what is in brackets, is no name that somebody could give an address to. */
static bool is_number(const char *text, size_t bytes, bool has_brackets) {
    for (size_t i = 0; i < bytes; i++)
        if (!has_brackets && text[i] != '.' && (text[i] < '0' || text[i] > '9'))
            return false;
    return bytes > 0;
}

void gate_name_cookie(gate *a, uint16_t port) {
    snprintf(a->cookie, sizeof a->cookie, "ferry_web_%u", (unsigned)port);
}

bool gate_is_our_host(const gate *a, const char *host) {
    if (host == NULL)
        return true;
    bool has_brackets = *host == '[';
    const char *text = has_brackets ? host + 1 : host;
    size_t bytes = strcspn(text, has_brackets ? "]" : ":");
    if (has_brackets && text[bytes] != ']')
        return false;
    const char *rest = text + bytes + (has_brackets ? 1 : 0);
    if (*rest != '\0' && (*rest != ':' || rest[1 + strspn(rest + 1, "0123456789")] != '\0'))
        return false;
    for (size_t i = 0; i < sizeof loopback / sizeof loopback[0]; i++)
        if (is_word(text, bytes, loopback[i]))
            return true;
    for (size_t i = 0; i < a->host_count; i++)
        if (is_word(text, bytes, a->hosts[i]))
            return true;
    return a->takes_numbers && is_number(text, bytes, has_brackets);
}

bool gate_is_foreign_page(const char *site, const char *mode) {
    return site != NULL && strcmp(site, "cross-site") == 0 &&
           (mode == NULL || strcmp(mode, "navigate") != 0);
}

bool gate_is_token(const gate *a, const char *text) {
    size_t length = strlen(a->token);
    size_t given = strlen(text);
    unsigned different = length == given ? 0 : 1;
    for (size_t i = 0; i < length; i++)
        different |= (unsigned char)a->token[i] ^ (unsigned char)(given > 0 ? text[i % given] : 0);
    return different == 0;
}

bool gate_can_be_token(const char *text) {
    size_t length = strlen(text);
    return length >= GATE_TOKEN_LEAST && length <= PARAMETERS_TOKEN_MAX &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") ==
               length;
}

bool gate_is_bearer(const gate *a, const char *header) {
    static const char scheme[] = "Bearer ";
    size_t bytes = sizeof scheme - 1;
    if (header == NULL || strlen(header) < bytes || !is_word(header, bytes, scheme))
        return false;
    return gate_is_token(a, header + bytes + strspn(header + bytes, " "));
}
