#include <frameferry/status.h>
#include <frameferry/version.h>

const char *ferry_version(void) {
    return FERRY_VERSION_STRING;
}

const char *ferry_status_text(ferry_status status) {
    switch (status) {
    case FERRY_OK: return "ok";
    case FERRY_TIMEOUT: return "timed out";
    case FERRY_END_OF_STREAM: return "end of stream";
    case FERRY_PRODUCER_LOST: return "producer lost";
    case FERRY_EVICTED: return "evicted";
    case FERRY_OVERRUN: return "overrun";
    case FERRY_FULL: return "full";
    case FERRY_TOO_MANY_HELD: return "too many held";
    case FERRY_INTERRUPTED: return "interrupted";
    case FERRY_OVERTAKEN: return "overtaken";
    case FERRY_ABANDONED: return "abandoned";
    case FERRY_WOKEN: return "woken";
    case FERRY_TOO_LARGE: return "too large";
    case FERRY_NO_SPACE: return "no space";
    case FERRY_BUSY: return "busy";
    case FERRY_TOO_MANY_CONSUMERS: return "too many consumers";
    case FERRY_NO_PRODUCER: return "no producer";
    case FERRY_EXHAUSTED: return "exhausted";
    case FERRY_FOREIGN: return "foreign object";
    case FERRY_MALFORMED: return "malformed";
    case FERRY_WRONG_VERSION: return "wrong version";
    case FERRY_NOT_ALLOWED: return "not allowed";
    case FERRY_BAD_NAME: return "bad name";
    case FERRY_UNREADABLE: return "unreadable";
    case FERRY_INVALID_ARGUMENT: return "invalid argument";
    case FERRY_NOT_SUPPORTED: return "not supported";
    case FERRY_FORKED: return "handle belongs to the parent process";
    case FERRY_NO_MEMORY: return "out of memory";
    case FERRY_SYSTEM_ERROR: return "system error";
    }
    return "unknown status";
}
