/*
 * Who may come in, and what they may do there: end to end, at both ports.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "tests/support/forge.h"
#include "tests/support/live_server.h"
#include "tests/support/raw_client.h"
#include "tests/support/suite.h"
#include "token/token.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    BACKENDS = 0,
    DEVICES = 2,
    HOUR_S = 3600,
    CALL_MS = 10000,
};

static struct live_server server;

static uint64_t now_s(void)
{
    return clock_wall_us() / 1000000;
}

/* Claims that are taken as they are; each story changes one thing. */
static struct token_claims claims_of(enum token_role role)
{
    struct token_claims claims = {
        .role = role,
        .issuer = "dalvdb",
        .audience = "local",
        .issued_s = now_s(),
        .not_before_s = now_s(),
        .expires_s = now_s() + HOUR_S,
        .right_count = 1,
        .rights = {{.grants = TOKEN_READ | TOKEN_WRITE | TOKEN_WATCH}},
    };

    if (role == TOKEN_DEVICE)
        (void)snprintf(claims.user, sizeof(claims.user), "anna");
    return claims;
}

static struct token_secret_key key_of_server(void)
{
    char path[LIVE_SERVER_PATH_BYTES + 16];
    struct token_secret_key key;

    (void)snprintf(path, sizeof(path), "%s/issuer.key", server.data);
    ASSERT(token_secret_key_load(path, &key) == DALV_OK);
    return key;
}

static const char *issue_with(const struct token_secret_key *key,
                              const struct token_claims *claims)
{
    static char token[LIVE_SERVER_TOKEN_BYTES];
    struct text text;

    text_init(&text, token, sizeof(token));
    ASSERT(token_issue(key, claims, &text) == DALV_OK);
    return token;
}

static const char *issue(const struct token_claims *claims)
{
    struct token_secret_key key = key_of_server();

    return issue_with(&key, claims);
}

/* Show a token at a port: what is answered, the connection in `out_client`. */
static struct message show(unsigned port, const char *token,
                           struct raw_client *out_client)
{
    struct message hello = {
        .type = MESSAGE_HELLO,
        .request = 1,
        .hello = {.protocol = 1,
                  .token = bytes_from_text(token),
                  .is_device = port == DEVICES,
                  .install = {.bytes = {1, 2, 3}}},
    };
    struct message answer = {.type = MESSAGE_HELLO};

    CU_ASSERT_TRUE_FATAL(raw_client_open(out_client, server.base_port + port));
    CU_ASSERT_TRUE_FATAL(raw_client_greet(out_client));
    CU_ASSERT_TRUE(
        raw_client_send_frame(out_client, raw_client_encode(&hello)));
    CU_ASSERT_TRUE_FATAL(raw_client_receive(out_client, 1, &answer));
    return answer;
}

static void expect_refused(unsigned port, const char *token)
{
    struct raw_client client;
    struct message answer = show(port, token, &client);

    CU_ASSERT_EQUAL(answer.type, MESSAGE_REFUSED);
    CU_ASSERT_TRUE(answer.refused.status == DALV_NOT_PERMITTED ||
                   answer.refused.status == DALV_EXPIRED ||
                   answer.refused.status == DALV_INVALID);
    raw_client_close(&client);
}

/* At its own port, and so at the other one. */
static void expect_refused_everywhere(const struct token_secret_key *key,
                                      struct token_claims claims)
{
    claims.role = TOKEN_BACKEND;
    claims.user[0] = '\0';
    expect_refused(BACKENDS, issue_with(key, &claims));
    claims.role = TOKEN_DEVICE;
    (void)snprintf(claims.user, sizeof(claims.user), "anna");
    expect_refused(DEVICES, issue_with(key, &claims));
}

static void lets_in_whose_token_is_right(void)
{
    struct token_claims backend = claims_of(TOKEN_BACKEND);
    struct token_claims device = claims_of(TOKEN_DEVICE);
    struct raw_client client;

    CU_ASSERT_EQUAL(show(BACKENDS, issue(&backend), &client).type,
                    MESSAGE_WELCOMED);
    raw_client_close(&client);
    CU_ASSERT_EQUAL(show(DEVICES, issue(&device), &client).type,
                    MESSAGE_WELCOMED);
    raw_client_close(&client);
}

static void refuses_a_token_at_the_wrong_time(void)
{
    struct token_secret_key key = key_of_server();
    struct token_claims claims = claims_of(TOKEN_BACKEND);

    claims.issued_s = now_s() - 2 * HOUR_S;
    claims.not_before_s = claims.issued_s;
    claims.expires_s = now_s() - HOUR_S;
    expect_refused_everywhere(&key, claims);
    claims = claims_of(TOKEN_BACKEND);
    claims.not_before_s = now_s() + HOUR_S / 2;
    expect_refused_everywhere(&key, claims);
}

static void refuses_a_token_of_somebody_else(void)
{
    struct token_secret_key key = key_of_server();
    struct token_secret_key other = forge_key(key.kid);
    struct token_claims claims = claims_of(TOKEN_BACKEND);

    expect_refused_everywhere(&other, claims);
    (void)snprintf(claims.audience, sizeof(claims.audience), "elsewhere");
    expect_refused_everywhere(&key, claims);
    claims = claims_of(TOKEN_BACKEND);
    (void)snprintf(claims.issuer, sizeof(claims.issuer), "somebody");
    expect_refused_everywhere(&key, claims);
}

/* The claims of a right token under a header and a signature of the enemy's. */
static void forge_header(const char *header, struct bytes signature)
{
    char json[512];
    char token[LIVE_SERVER_TOKEN_BYTES];
    struct text text;

    (void)snprintf(json, sizeof(json),
                   "{\"iss\":\"dalvdb\",\"aud\":\"local\","
                   "\"role\":\"backend\",\"dom\":[{\"g\":7,\"p\":\"\"}],"
                   "\"iat\":%llu,\"nbf\":%llu,\"exp\":%llu,\"jti\":\"x\","
                   "\"gen\":0}",
                   (unsigned long long)now_s(), (unsigned long long)now_s(),
                   (unsigned long long)now_s() + HOUR_S);
    text_init(&text, token, sizeof(token));
    forge_signed(signature, bytes_from_text(header), bytes_from_text(json),
                 &text);
    expect_refused(BACKENDS, token);
    expect_refused(DEVICES, token);
}

static void refuses_what_nobody_signed(void)
{
    struct token_secret_key key = key_of_server();
    struct token_public_key public_key;
    uint8_t mac[32];

    token_secret_key_public(&key, &public_key);
    forge_header("{\"alg\":\"none\",\"typ\":\"dalv+jwt\",\"kid\":\"dev\"}",
                 bytes_make(NULL, 0));
    forge_header("{\"alg\":\"none\",\"typ\":\"dalv+jwt\"}",
                 bytes_make(NULL, 0));
    /* A library that is fooled takes the public key for a shared secret. */
    memcpy(mac, public_key.key, sizeof(mac));
    forge_header("{\"alg\":\"HS256\",\"typ\":\"dalv+jwt\",\"kid\":\"dev\"}",
                 bytes_make(mac, sizeof(mac)));
}

static void refuses_a_signature_with_any_other_letter(void)
{
    struct token_claims claims = claims_of(TOKEN_BACKEND);
    char token[LIVE_SERVER_TOKEN_BYTES];
    size_t size;

    (void)snprintf(token, sizeof(token), "%s", issue(&claims));
    size = strlen(token);
    for (size_t i = 1; i < size; i += 5) {
        char was = token[size - 1 - i];

        token[size - 1 - i] = was == 'A' ? 'B' : 'A';
        expect_refused(BACKENDS, token);
        token[size - 1 - i] = was;
    }
}

static void refuses_a_token_at_the_other_port(void)
{
    struct token_claims backend = claims_of(TOKEN_BACKEND);
    struct token_claims device = claims_of(TOKEN_DEVICE);

    expect_refused(DEVICES, issue(&backend));
    expect_refused(BACKENDS, issue(&device));
}

/* ---- Inside ---- */

static struct message ask(struct raw_client *client,
                          const struct message *question)
{
    struct message answer = {.type = MESSAGE_HELLO};

    CU_ASSERT_TRUE(raw_client_send_frame(client, raw_client_encode(question)));
    CU_ASSERT_TRUE_FATAL(
        raw_client_receive(client, question->request, &answer));
    return answer;
}

static struct dalv_backend *open_backend(const char *token)
{
    char endpoint[64];
    struct dalv_backend_options *options = NULL;
    struct dalv_backend *backend = NULL;

    live_server_endpoint(&server, BACKENDS, endpoint);
    CU_ASSERT_EQUAL(dalv_backend_options_create(&options), DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_options_add_endpoint(options, endpoint),
                    DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_options_set_token(options, token), DALV_OK);
    CU_ASSERT_EQUAL_FATAL(dalv_backend_open(options, &backend), DALV_OK);
    dalv_backend_options_destroy(&options);
    return backend;
}

static void put_secret_of_bert(void)
{
    struct token_claims claims = claims_of(TOKEN_BACKEND);
    struct dalv_backend *backend = open_backend(issue(&claims));

    CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text("bert"),
                                     dalv_text("secret"),
                                     dalv_text("of bert alone"), NULL),
                    DALV_OK);
    dalv_backend_close(&backend);
}

static bool tells(struct bytes page, const char *text)
{
    return page.size > 0 &&
           memmem(page.data, page.size, text, strlen(text)) != NULL;
}

static void refuses_a_device_what_only_backends_may(struct raw_client *client)
{
    const struct message questions[] = {
        {.type = MESSAGE_WATCH, .request = 4, .watch = {.is_all = true}},
        {.type = MESSAGE_WATCH,
         .request = 5,
         .watch = {.user = bytes_from_text("bert")}},
        {.type = MESSAGE_ERASE,
         .request = 6,
         .erase = {.user = bytes_from_text("bert"), .id = {.bytes = {1}}}},
    };

    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
        CU_ASSERT_EQUAL(ask(client, &questions[i]).type, MESSAGE_REFUSED);
}

/* A device's questions are about its own user, whomever they name. */
static void tells_a_device_nothing_of_others(void)
{
    struct token_claims device = claims_of(TOKEN_DEVICE);
    const struct message get = {.type = MESSAGE_GET,
                                .request = 2,
                                .get = {.user = bytes_from_text("bert"),
                                        .key = bytes_from_text("secret")}};
    const struct message range = {.type = MESSAGE_RANGE,
                                  .request = 3,
                                  .range = {.user = bytes_from_text("bert")}};
    struct raw_client client;
    struct message answer;

    put_secret_of_bert();
    CU_ASSERT_EQUAL_FATAL(show(DEVICES, issue(&device), &client).type,
                          MESSAGE_WELCOMED);
    answer = ask(&client, &get);
    CU_ASSERT_TRUE(answer.type == MESSAGE_REFUSED ||
                   (answer.type == MESSAGE_GOT && answer.got.page.size == 0));
    answer = ask(&client, &range);
    CU_ASSERT_TRUE(
        answer.type == MESSAGE_REFUSED ||
        (answer.type == MESSAGE_RANGED && !tells(answer.ranged.page, "bert")));
    refuses_a_device_what_only_backends_may(&client);
    raw_client_close(&client);
}

static bool on_dead_letter(void *owner, const struct dalv_loss *loss)
{
    size_t *count = owner;

    CU_ASSERT_EQUAL(loss->reason, DALV_NOT_PERMITTED);
    (*count)++;
    return true;
}

static struct dalv_device *open_device(const char *token)
{
    struct dalv_device_options *options = NULL;
    struct dalv_device *device = NULL;
    char path[LIVE_SERVER_PATH_BYTES];
    char endpoint[64];

    (void)snprintf(path, sizeof(path), "%s/phone", server.folder.path);
    live_server_endpoint(&server, DEVICES, endpoint);
    CU_ASSERT_EQUAL(dalv_device_options_create(&options), DALV_OK);
    CU_ASSERT_EQUAL(dalv_device_options_set_path(options, path), DALV_OK);
    CU_ASSERT_EQUAL(dalv_device_options_set_user(options, dalv_text("anna")),
                    DALV_OK);
    CU_ASSERT_EQUAL(dalv_device_options_add_endpoint(options, endpoint),
                    DALV_OK);
    CU_ASSERT_EQUAL(dalv_device_options_set_token(options, token), DALV_OK);
    CU_ASSERT_EQUAL_FATAL(dalv_device_open(options, &device), DALV_OK);
    dalv_device_options_destroy(&options);
    return device;
}

/* What its token does not allow is refused by the cluster alone: it goes to
   the dead letters, and what came behind it goes through. */
static void keeps_a_device_to_the_prefixes_of_its_rights(void)
{
    struct token_claims claims = claims_of(TOKEN_DEVICE);
    struct dalv_sync_report report;
    struct dalv_device *device;
    size_t dead_letters = 0;

    claims.rights[0].prefix_size = 5;
    memcpy(claims.rights[0].prefix, "cart/", 5);
    claims.rights[1] = (struct token_right){.grants = TOKEN_READ};
    claims.right_count = 2;
    device = open_device(issue(&claims));
    CU_ASSERT_EQUAL(
        dalv_device_put(device, dalv_text("sys/price"), dalv_text("0")),
        DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(
        dalv_device_put(device, dalv_text("profile"), dalv_text("1")), DALV_OK);
    CU_ASSERT_EQUAL(
        dalv_device_put(device, dalv_text("cart/b"), dalv_text("1")), DALV_OK);
    CU_ASSERT_EQUAL(dalv_device_sync(device, NULL, &report), DALV_OK);
    CU_ASSERT_EQUAL(report.refused_count, 1);
    CU_ASSERT_EQUAL(report.pushed_count, 1);
    CU_ASSERT_EQUAL(
        dalv_device_dead_letters(device, on_dead_letter, &dead_letters),
        DALV_OK);
    CU_ASSERT_EQUAL(dead_letters, 1);
    dalv_device_close(&device);
}

static void keeps_a_backend_to_the_prefixes_of_its_rights(void)
{
    struct token_claims claims = claims_of(TOKEN_BACKEND);
    struct dalv_bytes user = dalv_text("anna");
    struct dalv_value *value = NULL;
    struct dalv_backend *backend;

    claims.rights[0] = (struct token_right){.grants = TOKEN_READ | TOKEN_WRITE};
    claims.rights[0].prefix_size = 5;
    memcpy(claims.rights[0].prefix, "cart/", 5);
    backend = open_backend(issue(&claims));
    CU_ASSERT_EQUAL(dalv_backend_put(backend, user, dalv_text("cart/a"),
                                     dalv_text("1"), NULL),
                    DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_put(backend, user, dalv_text("profile"),
                                     dalv_text("1"), NULL),
                    DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(dalv_backend_put(backend, user, dalv_text("cart"),
                                     dalv_text("1"), NULL),
                    DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(
        dalv_backend_get(backend, user, dalv_text("profile"), &value),
        DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(
        dalv_backend_get(backend, user, dalv_text("cart/a"), &value), DALV_OK);
    dalv_value_destroy(&value);
    CU_ASSERT_EQUAL(dalv_backend_erase(backend, user), DALV_NOT_PERMITTED);
    dalv_backend_close(&backend);
}

static const struct suite_test tests[] = {
    SUITE_TEST(lets_in_whose_token_is_right),
    SUITE_TEST(refuses_a_token_at_the_wrong_time),
    SUITE_TEST(refuses_a_token_of_somebody_else),
    SUITE_TEST(refuses_what_nobody_signed),
    SUITE_TEST(refuses_a_signature_with_any_other_letter),
    SUITE_TEST(refuses_a_token_at_the_other_port),
    SUITE_TEST(tells_a_device_nothing_of_others),
    SUITE_TEST(keeps_a_device_to_the_prefixes_of_its_rights),
    SUITE_TEST(keeps_a_backend_to_the_prefixes_of_its_rights),
};

int main(void)
{
    int result;

    live_server_open(&server);
    result = live_server_start_ready(&server)
                 ? SUITE_RUN("integration/token_gate", tests)
                 : 1;
    live_server_close(&server);
    return result;
}
