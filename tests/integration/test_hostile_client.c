/*
 * Whatever anybody sends to a port: the server stays, small and quick.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/prng.h"
#include "tests/support/live_server.h"
#include "tests/support/raw_client.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    TIMES = 1000,
    WARM_UP_TIMES = 50,
    GARBAGE_BYTES = 5 << 10,
    GROWTH_MAX = MEMORY_FACTOR * (16 << 20),
    HELD = 200,
    DEPTH = 10000,
    PULLS = 256,
    BIG_BYTES = 1 << 20,
    /* queues.client_bytes, 8 MiB, are all that its answers may take, wherever
       they are. Beside them: 256 requests of a few KiB each, and what one
       answer is made in, of twice its size. */
    UNREAD_MAX = MEMORY_FACTOR * (8 * BIG_BYTES + BIG_BYTES + 2 * BIG_BYTES),
    LATENCY_MS_MAX = 1000,
    CALL_MS = 10000,
    PORTS = 3,
};

static const unsigned ports[PORTS] = {0, 2, 10};

/* One server for all: what one enemy leaves behind, the next may use. */
static struct live_server server;

static unsigned port_of(unsigned offset)
{
    return server.base_port + offset;
}

static bool is_well(void)
{
    char text[64] = "";
    struct dalv_backend *backend;
    struct dalv_value *value = NULL;
    bool is_answered;

    if (!live_server_ask(&server, "/healthz", text, sizeof(text)) ||
        strncmp(text, "live", 4) != 0)
        return false;
    backend = live_server_connect(&server, CALL_MS);
    is_answered = backend != NULL &&
                  dalv_backend_put(backend, dalv_text("anna"), dalv_text("k"),
                                   dalv_text("v"), NULL) == DALV_OK &&
                  dalv_backend_get(backend, dalv_text("anna"), dalv_text("k"),
                                   &value) == DALV_OK;
    dalv_value_destroy(&value);
    dalv_backend_close(&backend);
    return is_answered;
}

static void send_garbage(struct prng *prng, unsigned offset)
{
    uint8_t garbage[GARBAGE_BYTES];
    struct raw_client client;

    for (size_t i = 0; i < sizeof(garbage); i++)
        garbage[i] = (uint8_t)prng_below(prng, 256);
    if (!raw_client_open(&client, port_of(offset)))
        return;
    (void)raw_client_send(&client, bytes_make(garbage, sizeof(garbage)));
    raw_client_close(&client);
}

static void stays_whatever_bytes_come(void)
{
    struct prng prng;
    size_t before;

    prng_init(&prng, 31);
    for (int i = 0; i < WARM_UP_TIMES; i++)
        send_garbage(&prng, ports[i % PORTS]);
    CU_ASSERT_TRUE_FATAL(is_well());
    before = live_server_resident_bytes(&server);
    for (int i = 0; i < TIMES * PORTS; i++)
        send_garbage(&prng, ports[i % PORTS]);
    CU_ASSERT_TRUE(is_well());
    CU_ASSERT_TRUE(live_server_resident_bytes(&server) < before + GROWTH_MAX);
}

static void claim_length(unsigned offset, uint8_t flags, uint64_t size)
{
    uint8_t head[9] = {flags};
    struct raw_client client;

    for (size_t i = 0; i < 8; i++)
        head[1 + i] = (uint8_t)(size >> (56 - 8 * i));
    CU_ASSERT_TRUE_FATAL(raw_client_open(&client, port_of(offset)));
    CU_ASSERT_TRUE(raw_client_greet(&client));
    (void)raw_client_send(&client, bytes_make(head, sizeof(head)));
    CU_ASSERT_TRUE(raw_client_is_hung_up(&client, CALL_MS));
    raw_client_close(&client);
}

static void hangs_up_on_a_length_beyond_the_bound(void)
{
    static const uint64_t lengths[] = {UINT64_MAX, INT64_MAX, UINT64_C(1) << 40,
                                       UINT64_C(1) << 30};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        claim_length(0, 2, lengths[i]);
        claim_length(2, 2, lengths[i]);
    }
    CU_ASSERT_TRUE(is_well());
}

/* Each stays open, half said, until it is hung up on or we go. */
static void bears_greetings_that_are_not_finished(void)
{
    static struct raw_client held[HELD];
    struct bytes greeting = raw_client_greeting();

    for (size_t i = 0; i < HELD; i++) {
        CU_ASSERT_TRUE(raw_client_open(&held[i], port_of(ports[i % 2])));
        greeting.size = i % RAW_CLIENT_GREETING_BYTES;
        (void)raw_client_send(&held[i], greeting);
    }
    CU_ASSERT_TRUE(is_well());
    for (size_t i = 0; i < HELD; i++)
        raw_client_close(&held[i]);
    CU_ASSERT_TRUE(is_well());
}

static struct bytes hello_of(enum token_role role)
{
    static char token[LIVE_SERVER_TOKEN_BYTES];
    struct message hello = {
        .type = MESSAGE_HELLO,
        .request = 1,
        .hello = {.protocol = 1, .is_device = role == TOKEN_DEVICE}};

    live_server_token(&server, role, role == TOKEN_DEVICE ? "anna" : "", token);
    hello.hello.token = bytes_from_text(token);
    return raw_client_encode(&hello);
}

static void bears_frames_that_end_too_soon(void)
{
    struct bytes whole = hello_of(TOKEN_BACKEND);

    for (size_t size = 0; size < whole.size; size += 7) {
        struct raw_client client;

        CU_ASSERT_TRUE_FATAL(raw_client_open(&client, port_of(0)));
        CU_ASSERT_TRUE(raw_client_greet(&client));
        (void)raw_client_send_frame(&client, bytes_make(whole.data, size));
        raw_client_close(&client);
    }
    CU_ASSERT_TRUE(is_well());
}

static void bears_every_flipped_byte_of_a_frame(void)
{
    static const enum token_role roles[] = {TOKEN_BACKEND, TOKEN_DEVICE};
    static uint8_t flipped[RAW_CLIENT_FRAME_MAX];

    for (size_t role = 0; role < 2; role++) {
        struct bytes whole = hello_of(roles[role]);
        struct raw_client client;

        ASSERT(whole.size <= sizeof(flipped));
        CU_ASSERT_TRUE_FATAL(raw_client_open(&client, port_of(ports[role])));
        CU_ASSERT_TRUE(raw_client_greet(&client));
        for (size_t i = 0; i < whole.size; i++) {
            memcpy(flipped, whole.data, whole.size);
            flipped[i] ^= 0xff;
            (void)raw_client_send_frame(&client,
                                        bytes_make(flipped, whole.size));
        }
        raw_client_close(&client);
    }
    CU_ASSERT_TRUE(is_well());
}

/* A field within a field within a field, as protobuf has them, and lists of
   lists, as the claims of a token could have them. */
static void bears_deep_nesting(void)
{
    static uint8_t frame[3 + 2 * DEPTH];
    static uint8_t brackets[3 + DEPTH];
    struct raw_client client;

    memset(frame, 0x0b, sizeof(frame)); /* Begins a group. */
    memset(brackets, '[', sizeof(brackets));
    for (unsigned i = 0; i < 2; i++) {
        for (int type = MESSAGE_HELLO; type <= MESSAGE_PING; type++) {
            const uint8_t head[3] = {1, (uint8_t)type, 1};

            memcpy(frame, head, sizeof(head));
            memcpy(brackets, head, sizeof(head));
            CU_ASSERT_TRUE_FATAL(raw_client_open(&client, port_of(ports[i])));
            CU_ASSERT_TRUE(raw_client_greet(&client));
            (void)raw_client_send_frame(&client,
                                        bytes_make(frame, sizeof(frame)));
            (void)raw_client_send_frame(&client,
                                        bytes_make(brackets, sizeof(brackets)));
            raw_client_close(&client);
        }
    }
    CU_ASSERT_TRUE(is_well());
}

/* ---- Who does not read ---- */

static void put_big_value(void)
{
    static uint8_t value[BIG_BYTES];
    struct dalv_backend *backend = live_server_connect(&server, CALL_MS);

    CU_ASSERT_PTR_NOT_NULL_FATAL(backend);
    CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text("anna"),
                                     dalv_text("big"),
                                     dalv_bytes(value, sizeof(value)), NULL),
                    DALV_OK);
    dalv_backend_close(&backend);
}

static void pull_without_reading(struct raw_client *client)
{
    struct message welcomed;

    CU_ASSERT_TRUE_FATAL(raw_client_open(client, port_of(0)));
    CU_ASSERT_TRUE_FATAL(raw_client_greet(client));
    CU_ASSERT_TRUE(raw_client_send_frame(client, hello_of(TOKEN_BACKEND)));
    CU_ASSERT_TRUE_FATAL(raw_client_receive(client, 1, &welcomed));
    CU_ASSERT_EQUAL_FATAL(welcomed.type, MESSAGE_WELCOMED);
    for (uint32_t i = 0; i < PULLS; i++) {
        const struct message get = {.type = MESSAGE_GET,
                                    .request = 2 + i,
                                    .get = {.user = bytes_from_text("anna"),
                                            .key = bytes_from_text("big")}};

        (void)raw_client_send_frame(client, raw_client_encode(&get));
    }
}

static uint64_t slowest_put_ms(struct dalv_backend *backend, unsigned times)
{
    uint64_t slowest_ms = 0;

    for (unsigned i = 0; i < times; i++) {
        uint64_t began_ms = clock_boot_ms();
        uint64_t took_ms;

        CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text("bert"),
                                         dalv_text("k"), dalv_text("v"), NULL),
                        DALV_OK);
        took_ms = clock_boot_ms() - began_ms;
        slowest_ms = took_ms > slowest_ms ? took_ms : slowest_ms;
    }
    return slowest_ms;
}

static void bears_a_client_that_never_reads(void)
{
    struct dalv_backend *other = live_server_connect(&server, CALL_MS);
    struct raw_client client;
    uint64_t slowest_ms;
    size_t before;
    size_t grown;

    CU_ASSERT_PTR_NOT_NULL_FATAL(other);
    put_big_value();
    (void)slowest_put_ms(other, 10);
    before = live_server_resident_bytes(&server);
    pull_without_reading(&client);
    slowest_ms = slowest_put_ms(other, 100);
    grown = live_server_resident_bytes(&server) - before;
    (void)printf("slowest of others %llu ms, memory grown by %zu KiB\n",
                 (unsigned long long)slowest_ms, grown >> 10);
    CU_ASSERT_TRUE(slowest_ms < LATENCY_MS_MAX);
    CU_ASSERT_TRUE((ssize_t)grown < UNREAD_MAX);
    raw_client_close(&client);
    dalv_backend_close(&other);
    CU_ASSERT_TRUE(is_well());
}

static void ends_in_order_after_all_of_this(void)
{
    CU_ASSERT_EQUAL(live_server_stop(&server), 0);
    CU_ASSERT_FALSE(live_server_said(&server, "assert"));
}

static const struct suite_test tests[] = {
    SUITE_TEST(stays_whatever_bytes_come),
    SUITE_TEST(hangs_up_on_a_length_beyond_the_bound),
    SUITE_TEST(bears_greetings_that_are_not_finished),
    SUITE_TEST(bears_frames_that_end_too_soon),
    SUITE_TEST(bears_every_flipped_byte_of_a_frame),
    SUITE_TEST(bears_deep_nesting),
    SUITE_TEST(bears_a_client_that_never_reads),
    SUITE_TEST(ends_in_order_after_all_of_this),
};

int main(void)
{
    int result;

    live_server_open(&server);
    result = live_server_start_ready(&server)
                 ? SUITE_RUN("integration/hostile_client", tests)
                 : 1;
    live_server_close(&server);
    return result;
}
