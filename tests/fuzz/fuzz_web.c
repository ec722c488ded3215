/* Requests to ferry-web: the first four bytes are the parameters that are known, then come a target
 * up to a line end, and a Host header. */
#include "fuzz.h"

#include "gate.h"
#include "parameters.h"

static void check_path(const char *target) {
    target_path p;
    if (!parameters_read_path(&p, target))
        return;
    FUZZ_CHECK(target[0] == '/' && p.count >= 1 && p.count <= PARAMETERS_PARTS_MAX);
    for (unsigned i = 0; i < p.count; i++)
        FUZZ_CHECK(memchr(p.part[i], '\0', sizeof p.part[i]) != NULL);
}

static void check_values(const parameters *p, uint32_t allowed) {
    FUZZ_CHECK((p->given & ~allowed) == 0);
    FUZZ_CHECK(p->whole[PARAMETER_WAIT] <= 60000000000u);
    FUZZ_CHECK(!parameters_has(p, PARAMETER_Q) ||
               (p->whole[PARAMETER_Q] >= 1 && p->whole[PARAMETER_Q] <= 100));
    FUZZ_CHECK(!parameters_has(p, PARAMETER_W) ||
               (p->whole[PARAMETER_W] >= 1 && p->whole[PARAMETER_W] <= 65535));
    FUZZ_CHECK(p->real[PARAMETER_LO] > -1e16 && p->real[PARAMETER_LO] < 1e16);
    FUZZ_CHECK(!parameters_has(p, PARAMETER_TOKEN) || p->token[0] != '\0');
    FUZZ_CHECK(memchr(p->token, '\0', sizeof p->token) != NULL);
}

static void check_complaint(const char *complaint) {
    size_t length = strlen(complaint);
    FUZZ_CHECK(length > 0 && length < PARAMETERS_COMPLAINT_BYTES);
    for (size_t i = 0; i < length; i++)
        FUZZ_CHECK(complaint[i] >= ' ' && complaint[i] <= '~');
}

/* Only names of this machine, an address that is listened at, and one of --host are ours. */
static void check_host(const char *host) {
    gate closed = {.hosts = {"camera.example.org", "192.0.2.1"}, .host_count = 2};
    gate open = closed;
    open.takes_numbers = true;
    bool is_ours = gate_is_our_host(&closed, host);
    FUZZ_CHECK(!is_ours || gate_is_our_host(&open, host));
    FUZZ_CHECK(!is_ours || strpbrk(host, "lLcC1:") != NULL);
    FUZZ_CHECK(!is_ours ||
               strlen(host) == strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789.:[]"));
    gate_is_bearer(&closed, host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input in = {.data = data, .left = size};
    uint32_t allowed = (uint32_t)fuzz_take(&in, 4);
    char *text = fuzz_text(in.data, in.left);
    char *end = strchr(text, '\n');
    char complaint[PARAMETERS_COMPLAINT_BYTES] = "";
    if (end != NULL)
        *end = '\0';
    check_path(text);
    parameters p;
    if (parameters_read(&p, text, allowed, complaint))
        check_values(&p, allowed);
    else
        check_complaint(complaint);
    if (end != NULL)
        check_host(end + 1);
    free(text);
    return 0;
}
