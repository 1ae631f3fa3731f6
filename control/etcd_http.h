/*
 * Questions to one of several etcd members over HTTP: the only file pair that
 * knows libcurl.
 *
 * A question goes to one endpoint until that fails, then the next is the first
 * to be asked. Whether a question may have arrived is told apart from whether
 * it was answered: only one that certainly did not arrive is asked again
 * elsewhere.
 */
#ifndef DALV_CONTROL_ETCD_HTTP_H
#define DALV_CONTROL_ETCD_HTTP_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ETCD_ENDPOINTS_MAX = 9,
    ETCD_ENDPOINT_BYTES_MAX = 255,
};

struct etcd_http_options {
    const char *endpoints;   /* "https://a:2379,https://b:2379" */
    const char *authority;   /* File of the certificates that are believed. */
    const char *certificate; /* Files of our own; both or none. */
    const char *key;
    bool is_plain_allowed; /* http:// to others than this machine, too. */
    uint32_t connect_ms;   /* 0 for a second. */
    uint32_t answer_ms;    /* With connecting; 0 for three seconds. */
};

enum etcd_http_outcome {
    ETCD_HTTP_ANSWERED, /* With the body of an answer. */
    ETCD_HTTP_REFUSED,  /* With the body of a refusal. */
    ETCD_HTTP_UNSENT,   /* It did not arrive and never will. */
    ETCD_HTTP_LOST,     /* It may have arrived. */
};

struct etcd_http;

/* DALV_INVALID, and `problem` says what is wrong with the options. */
DALV_MUST_CHECK enum dalv_status etcd_http_open(
    const struct etcd_http_options *options, struct etcd_http **out_http,
    struct text *problem);
void etcd_http_close(struct etcd_http **http_p);

/*
 * Ask, trying each endpoint at most once. `out_body` is cleared, and filled
 * with up to ETCD_ANSWER_BYTES_MAX bytes; more than that count as lost.
 */
enum etcd_http_outcome etcd_http_ask(struct etcd_http *http, const char *path,
                                     struct bytes question,
                                     struct buffer *out_body);

/*
 * Ask for a stream and return once `word` comes in it, or after `patience_ms`,
 * or when the stream ends or can not be had (but then not before a moment).
 */
void etcd_http_listen(struct etcd_http *http, const char *path,
                      struct bytes question, const char *word,
                      uint32_t patience_ms);

/* What was wrong with the last question that was lost or not sent. */
const char *etcd_http_problem(const struct etcd_http *http);

#endif
