#include "platform/windows/named.h"

#include <sddl.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "platform/windows/failure.h"
#include "platform/windows/wide.h"

/* ---- names ---- */

void ferryi_named_make(wchar_t out[FERRYI_NAMED_LENGTH], const char *name) {
    /* Never too long: a channel's name has FERRY_NAME_MAX characters. */
    if (!ferryi_wide_into(out, FERRYI_NAMED_LENGTH, name))
        out[0] = L'\0';
}

ferry_status ferryi_named_check(wchar_t out[FERRYI_NAMED_LENGTH], const char *name,
                                ferry_error *error) {
    ferryi_named_make(out, name);
    if (out[0] != L'\0')
        return FERRY_OK;
    return ferryi_fail(error, FERRY_BAD_NAME, 0,
                       "\"%.40s\" cannot be the name of an object: it has to be text of at most %d "
                       "characters",
                       name, FERRYI_NAMED_LENGTH - 1);
}

void ferryi_named_beside(wchar_t out[FERRYI_NAMED_LENGTH], const char *name, const char *kind) {
    char text[FERRYI_NAMED_LENGTH];
    snprintf(text, sizeof text, "%s~%s", name, kind);
    ferryi_named_make(out, text);
}

void ferryi_named_of(wchar_t out[FERRYI_NAMED_LENGTH], const char *name, const char *kind,
                     unsigned index, uint64_t key) {
    char text[FERRYI_NAMED_LENGTH];
    snprintf(text, sizeof text, "%s~%s~%u~%llx", name, kind, index, (unsigned long long)key);
    ferryi_named_make(out, text);
}

bool ferryi_named_event_exists(const wchar_t *name) {
    HANDLE event = OpenEventW(SYNCHRONIZE, FALSE, name);
    if (event == NULL)
        return GetLastError() != ERROR_FILE_NOT_FOUND;
    CloseHandle(event);
    return true;
}

/* ---- making ---- */

ferry_status ferryi_named_refuse(DWORD code, const char *name, ferry_error *error) {
    static const char global[] = "Global\\";
    if (code == ERROR_ACCESS_DENIED && strncmp(name, global, sizeof global - 1) == 0)
        return ferryi_fail(error, FERRY_NOT_ALLOWED, (int32_t)code,
                           "cannot make %s: that needs the right to create global objects, which "
                           "services and administrators have; without Global\\ it is an object of "
                           "this session",
                           name);
    return ferryi_fail_win32(error, code, "cannot make the object %s", name);
}

ferry_status ferryi_named_refuse_section(DWORD code, const char *name, uint64_t bytes,
                                         ferry_error *error) {
    switch (code) {
    case ERROR_ALREADY_EXISTS:
    case ERROR_INVALID_HANDLE: /* it is the name of something else than a section */
        return ferryi_fail(error, FERRY_BUSY, (int32_t)code, "%s exists already", name);
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_DISK_FULL:
        return ferryi_fail(error, FERRY_NO_SPACE, (int32_t)code,
                           "the system cannot promise %llu bytes of memory for %s: end other "
                           "programs or enlarge the page file",
                           (unsigned long long)bytes, name);
    default: return ferryi_named_refuse(code, name, error);
    }
}

/* ---- who may use them ---- */

enum { SID_BYTES = SECURITY_MAX_SID_SIZE, MODE_GROUP_READ = 040, MODE_GROUP_WRITE = 020 };

/* The system's answer about this process's token: a pointer to a SID, and the SID behind it. */
typedef struct identity {
    alignas(sizeof(void *)) unsigned char bytes[sizeof(TOKEN_USER) + SID_BYTES];
} identity;

static bool ask_token(identity *out, TOKEN_INFORMATION_CLASS what) {
    HANDLE token;
    DWORD bytes;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    bool known = GetTokenInformation(token, what, out, sizeof *out, &bytes) != 0;
    DWORD code = GetLastError();
    CloseHandle(token);
    SetLastError(code);
    return known;
}

/* The SID of this process's user, as text; to be freed with LocalFree. NULL: GetLastError. */
static wchar_t *user_text(void) {
    identity user;
    wchar_t *text = NULL;
    if (!ask_token(&user, TokenUser) ||
        !ConvertSidToStringSidW(((TOKEN_USER *)(void *)&user)->User.Sid, &text))
        return NULL;
    return text;
}

/* The rights of the others: generic ones, which each kind of object has its own meaning for. To
 * wait for an event counts as reading. */
static unsigned long group_rights(unsigned mode) {
    unsigned long rights = 0;
    if ((mode & MODE_GROUP_READ) != 0)
        rights |= GENERIC_READ | SYNCHRONIZE;
    if ((mode & MODE_GROUP_WRITE) != 0)
        rights |= GENERIC_WRITE;
    return rights;
}

/* One was made for each combination of the group's two bits. */
static struct {
    INIT_ONCE once;
    SECURITY_ATTRIBUTES attributes;
} made[4];

static BOOL CALLBACK make_attributes(INIT_ONCE *once, void *argument, void **context) {
    (void)once;
    (void)context;
    unsigned mode = *(const unsigned *)argument;
    SECURITY_ATTRIBUTES *attributes = &made[mode / MODE_GROUP_WRITE % 4].attributes;
    wchar_t text[8 * SID_BYTES], others[32] = L"";
    wchar_t *user = user_text();
    if (user == NULL)
        return FALSE;
    /* Owner: the user, also where the system would take the administrators' group. Protected:
     * nothing is inherited. BU: all users of the machine. */
    if (group_rights(mode) != 0)
        swprintf(others, sizeof others / sizeof others[0], L"(A;;0x%lx;;;BU)", group_rights(mode));
    swprintf(text, sizeof text / sizeof text[0], L"O:%lsD:P(A;;GA;;;%ls)%ls", user, user, others);
    LocalFree(user);
    attributes->nLength = sizeof *attributes;
    return ConvertStringSecurityDescriptorToSecurityDescriptorW(
        text, SDDL_REVISION_1, &attributes->lpSecurityDescriptor, NULL);
}

SECURITY_ATTRIBUTES *ferryi_named_security(unsigned mode) {
    unsigned index = mode / MODE_GROUP_WRITE % 4;
    /* One that fails is tried again the next time. */
    return InitOnceExecuteOnce(&made[index].once, make_attributes, &mode, NULL)
               ? &made[index].attributes
               : NULL;
}

/* An object that this process makes belongs to its user or, unless told otherwise, to the owner
 * that its token names: the administrators' group for a process that runs as an administrator. Both
 * count as this user. */
static bool is_own(PSID owner) {
    identity own;
    if (ask_token(&own, TokenUser) && EqualSid(owner, ((TOKEN_USER *)(void *)&own)->User.Sid))
        return true;
    return ask_token(&own, TokenOwner) && EqualSid(owner, ((TOKEN_OWNER *)(void *)&own)->Owner);
}

ferry_status ferryi_named_check_owner(HANDLE object, const char *name, ferry_error *error) {
    alignas(sizeof(void *)) unsigned char descriptor[sizeof(SECURITY_DESCRIPTOR) + SID_BYTES];
    DWORD bytes;
    BOOL by_default;
    PSID owner = NULL;
    if (!GetKernelObjectSecurity(object, OWNER_SECURITY_INFORMATION, descriptor, sizeof descriptor,
                                 &bytes) ||
        !GetSecurityDescriptorOwner(descriptor, &owner, &by_default))
        return ferryi_fail_win32(error, GetLastError(), "cannot tell whose %s is", name);
    /* Under Wine, what was made without a word about it has no owner. One Wine serves one user. */
    if (owner == NULL || is_own(owner))
        return FERRY_OK;
    return ferryi_fail(
        error, FERRY_NOT_ALLOWED, 0,
        "%s belongs to another user; both sides have to turn group sharing on to use "
        "it (--group)",
        name);
}
