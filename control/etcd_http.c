/*
 * libcurl sends a question again, by itself, if a connection that it kept was
 * closed before an answer came. The first copy may have been carried out, and
 * the answer to the second would say that it was not. So each question has a
 * connection of its own.
 */
#include "control/etcd_http.h"

#include "base/assert.h"
#include "control/etcd_json.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    URL_BYTES_MAX = 320,
    PROBLEM_BYTES_MAX = 640,
    CONNECT_MS = 1000,
    ANSWER_MS = 3000,
    BACK_OFF_MS = 100,
    TAIL_BYTES_MAX = 64,
};

struct etcd_http {
    char endpoints[ETCD_ENDPOINTS_MAX][ETCD_ENDPOINT_BYTES_MAX + 1];
    size_t endpoint_count;
    size_t current; /* The one that is asked first. */
    CURL *asking;
    CURL *listening;
    struct curl_slist *headers;
    uint32_t answer_ms;
    char reason[CURL_ERROR_SIZE];
    char problem[PROBLEM_BYTES_MAX];
};

/* What a stream brings is only searched for one word. */
struct listening {
    const char *word;
    char tail[TAIL_BYTES_MAX]; /* A word may come in two pieces. */
    size_t tail_size;
};

static enum dalv_status refuse(struct text *problem, const char *what,
                               const char *about)
{
    text_put(problem, about);
    text_put(problem, ": ");
    text_put(problem, what);
    return DALV_INVALID;
}

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_this_machine(const char *plain)
{
    const char *host = plain + strlen("http://");

    return begins_with(host, "127.") || begins_with(host, "localhost:") ||
           begins_with(host, "[::1]");
}

static enum dalv_status add_endpoint(struct etcd_http *http,
                                     const struct etcd_http_options *options,
                                     const char *text, struct text *problem)
{
    char *endpoint = http->endpoints[http->endpoint_count];
    bool is_plain = begins_with(text, "http://");

    if (!is_plain && !begins_with(text, "https://"))
        return refuse(problem, "an endpoint is https://HOST:PORT", text);
    if (is_plain && !options->is_plain_allowed && !is_this_machine(text))
        return refuse(problem,
                      "without TLS only this machine is asked, unless the "
                      "configuration allows it",
                      text);
    (void)snprintf(endpoint, ETCD_ENDPOINT_BYTES_MAX + 1, "%s", text);
    http->endpoint_count++;
    return DALV_OK;
}

static enum dalv_status read_endpoints(struct etcd_http *http,
                                       const struct etcd_http_options *options,
                                       struct text *problem)
{
    const char *rest = options->endpoints;

    while (*rest != '\0') {
        char one[ETCD_ENDPOINT_BYTES_MAX + 1];
        size_t size = strcspn(rest, ",");
        enum dalv_status status;

        if (size > ETCD_ENDPOINT_BYTES_MAX)
            return refuse(problem, "an endpoint is too long", "etcd");
        if (http->endpoint_count == ETCD_ENDPOINTS_MAX)
            return refuse(problem, "there are too many endpoints", "etcd");
        memcpy(one, rest, size);
        one[size] = '\0';
        status = add_endpoint(http, options, one, problem);
        if (status != DALV_OK)
            return status;
        rest += size;
        rest += *rest == ',' ? 1 : 0;
    }
    if (http->endpoint_count == 0)
        return refuse(problem, "no endpoint is named", "etcd");
    return DALV_OK;
}

/* libcurl wants `long`, whatever the option. */
static CURLcode set_number(CURL *curl, CURLoption option, long number)
{
    return curl_easy_setopt(curl, option, number);
}

static CURLcode set_text(CURL *curl, CURLoption option, const char *text)
{
    return text == NULL ? CURLE_OK : curl_easy_setopt(curl, option, text);
}

/* The security of a connection. */
static void set_trust(CURL *curl, const struct etcd_http_options *options)
{
    ASSERT(set_number(curl, CURLOPT_SSL_VERIFYPEER, 1) == CURLE_OK);
    ASSERT(set_number(curl, CURLOPT_SSL_VERIFYHOST, 2) == CURLE_OK);
    ASSERT(set_text(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK);
    /* No proxy, whatever the environment says. */
    ASSERT(set_text(curl, CURLOPT_PROXY, "") == CURLE_OK);
    ASSERT(set_text(curl, CURLOPT_CAINFO, options->authority) == CURLE_OK);
    ASSERT(set_text(curl, CURLOPT_SSLCERT, options->certificate) == CURLE_OK);
    ASSERT(set_text(curl, CURLOPT_SSLKEY, options->key) == CURLE_OK);
}

/* How a question travels. */
static void set_habits(CURL *curl, const struct etcd_http_options *options)
{
    long connect_ms =
        options->connect_ms > 0 ? (long)options->connect_ms : CONNECT_MS;

    ASSERT(set_number(curl, CURLOPT_NOSIGNAL, 1) == CURLE_OK);
    ASSERT(set_number(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) == CURLE_OK);
    ASSERT(set_number(curl, CURLOPT_TCP_NODELAY, 1) == CURLE_OK);
    ASSERT(set_number(curl, CURLOPT_FRESH_CONNECT, 1) == CURLE_OK);
    ASSERT(set_number(curl, CURLOPT_FORBID_REUSE, 1) == CURLE_OK);
    ASSERT(set_number(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) ==
           CURLE_OK);
}

/* What both handles share; an option that is refused would be a mistake of
   ours. */
static CURL *make_handle(struct etcd_http *http,
                         const struct etcd_http_options *options)
{
    CURL *curl = curl_easy_init();

    ASSERT(curl != NULL);
    set_trust(curl, options);
    set_habits(curl, options);
    ASSERT(curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->reason) ==
           CURLE_OK);
    ASSERT(curl_easy_setopt(curl, CURLOPT_HTTPHEADER, http->headers) ==
           CURLE_OK);
    return curl;
}

enum dalv_status etcd_http_open(const struct etcd_http_options *options,
                                struct etcd_http **out_http,
                                struct text *problem)
{
    struct etcd_http *http;
    enum dalv_status status;

    if ((options->certificate == NULL) != (options->key == NULL))
        return refuse(problem, "a certificate and its key belong together",
                      "etcd");
    http = calloc(1, sizeof(*http));
    if (http == NULL)
        return DALV_NO_MEMORY;
    status = read_endpoints(http, options, problem);
    if (status != DALV_OK) {
        free(http);
        return status;
    }
    ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    http->answer_ms = options->answer_ms > 0 ? options->answer_ms : ANSWER_MS;
    http->headers = curl_slist_append(NULL, "Content-Type: application/json");
    ASSERT(http->headers != NULL);
    http->asking = make_handle(http, options);
    http->listening = make_handle(http, options);
    *out_http = http;
    return DALV_OK;
}

void etcd_http_close(struct etcd_http **http_p)
{
    struct etcd_http *http = *http_p;

    if (http == NULL)
        return;
    *http_p = NULL;
    curl_easy_cleanup(http->asking);
    curl_easy_cleanup(http->listening);
    curl_slist_free_all(http->headers);
    free(http);
}

/* libcurl says what a write function is, and which numbers mean failure. */
static size_t on_body(const char *bytes, size_t size, size_t count, void *owner)
{
    struct buffer *body = owner;

    size *= count;
    if (size > ETCD_ANSWER_BYTES_MAX - body->size)
        return 0;
    buffer_put(body, bytes_make(bytes, size));
    return size;
}

static size_t on_stream(const char *bytes, size_t size, size_t count,
                        void *owner)
{
    struct listening *listening = owner;

    size *= count;
    for (size_t i = 0; i < size; i++) {
        if (listening->tail_size == TAIL_BYTES_MAX - 1) {
            memmove(listening->tail, listening->tail + 1, TAIL_BYTES_MAX - 2);
            listening->tail_size--;
        }
        listening->tail[listening->tail_size++] = bytes[i];
        listening->tail[listening->tail_size] = '\0';
        if (bytes[i] == '"' && strstr(listening->tail, listening->word) != NULL)
            return 0; /* Ends the stream. */
    }
    return size;
}

static void prepare(struct etcd_http *http, CURL *curl, const char *path,
                    struct bytes question)
{
    char url[URL_BYTES_MAX];

    (void)snprintf(url, sizeof(url), "%s%s", http->endpoints[http->current],
                   path);
    ASSERT(set_text(curl, CURLOPT_URL, url) == CURLE_OK);
    ASSERT(curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                            (curl_off_t)question.size) == CURLE_OK);
    ASSERT(curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                            (const char *)question.data) == CURLE_OK);
    http->reason[0] = '\0';
}

/* True if not a byte of the question can have left this machine. */
static bool is_unsent(CURL *curl, CURLcode code)
{
    curl_off_t sent = 0;
    long request_bytes = 0;

    if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
        code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CERTPROBLEM ||
        code == CURLE_SSL_CACERT_BADFILE ||
        code == CURLE_PEER_FAILED_VERIFICATION)
        return true;
    return curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &sent) == CURLE_OK &&
           curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &request_bytes) ==
               CURLE_OK &&
           sent == 0 && request_bytes == 0;
}

static enum etcd_http_outcome ask_current(struct etcd_http *http,
                                          const char *path,
                                          struct bytes question,
                                          struct buffer *out_body)
{
    CURL *curl = http->asking;
    CURLcode code;
    long answered = 0;

    buffer_clear(out_body);
    prepare(http, curl, path, question);
    ASSERT(set_number(curl, CURLOPT_TIMEOUT_MS, (long)http->answer_ms) ==
           CURLE_OK);
    ASSERT(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK);
    ASSERT(curl_easy_setopt(curl, CURLOPT_WRITEDATA, out_body) == CURLE_OK);
    code = curl_easy_perform(curl);
    if (code == CURLE_OK) {
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answered);
        return answered == 200 ? ETCD_HTTP_ANSWERED : ETCD_HTTP_REFUSED;
    }
    (void)snprintf(http->problem, sizeof(http->problem), "etcd at %s: %s",
                   http->endpoints[http->current],
                   http->reason[0] != '\0' ? http->reason
                                           : curl_easy_strerror(code));
    return is_unsent(curl, code) ? ETCD_HTTP_UNSENT : ETCD_HTTP_LOST;
}

enum etcd_http_outcome etcd_http_ask(struct etcd_http *http, const char *path,
                                     struct bytes question,
                                     struct buffer *out_body)
{
    enum etcd_http_outcome outcome = ETCD_HTTP_UNSENT;

    for (size_t i = 0; i < http->endpoint_count; i++) {
        outcome = ask_current(http, path, question, out_body);
        if (outcome == ETCD_HTTP_ANSWERED)
            return outcome;
        /* A member that refuses may be one without a leader. */
        http->current = (http->current + 1) % http->endpoint_count;
        if (outcome != ETCD_HTTP_UNSENT)
            return outcome;
    }
    return outcome;
}

void etcd_http_listen(struct etcd_http *http, const char *path,
                      struct bytes question, const char *word,
                      uint32_t patience_ms)
{
    static const struct timespec pause = {.tv_nsec = BACK_OFF_MS * 1000000L};
    struct listening listening = {.word = word};
    CURL *curl = http->listening;
    CURLcode code;

    prepare(http, curl, path, question);
    ASSERT(set_number(curl, CURLOPT_TIMEOUT_MS, (long)patience_ms) == CURLE_OK);
    ASSERT(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_stream) ==
           CURLE_OK);
    ASSERT(curl_easy_setopt(curl, CURLOPT_WRITEDATA, &listening) == CURLE_OK);
    code = curl_easy_perform(curl);
    if (code != CURLE_WRITE_ERROR && code != CURLE_OPERATION_TIMEDOUT)
        (void)nanosleep(&pause, NULL);
}

const char *etcd_http_problem(const struct etcd_http *http)
{
    return http->problem;
}
