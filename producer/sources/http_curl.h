/* libcurl, which is loaded when an address is given (docs/decisions/0060): the functions of it that
 * are used, under their names without "curl_". Source: libcurl's manual pages, 7.88. */
#ifndef PRODUCER_HTTP_CURL_H
#define PRODUCER_HTTP_CURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include <frameferry/status.h>

typedef struct http_curl {
    CURLcode (*global_init)(long flags);
    const char *(*easy_strerror)(CURLcode code);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
    CURLcode (*easy_pause)(CURL *easy, int action);
    void (*easy_cleanup)(CURL *easy);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_add_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_perform)(CURLM *multi, int *running);
    CURLMcode (*multi_poll)(CURLM *multi, struct curl_waitfd *others, unsigned other_count,
                            int limit_ms, int *count);
    CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
    CURLMcode (*multi_cleanup)(CURLM *multi);
} http_curl;

/* Loads it once; the table stays. For the main thread, before there are others. Returns
 * FERRY_NOT_SUPPORTED with a sentence that says which package to install. */
ferry_status http_curl_load(const http_curl **out, ferry_error *error);

#endif
