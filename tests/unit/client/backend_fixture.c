#include "tests/unit/client/backend_fixture.h"

#include <CUnit/CUnit.h>

struct dalv_backend *backend_fixture_open(const struct fake_router *const *list,
                                          size_t count, uint32_t timeout_ms)
{
    struct dalv_backend_options *options = NULL;
    struct dalv_backend *backend = NULL;

    CU_ASSERT_EQUAL_FATAL(dalv_backend_options_create(&options), DALV_OK);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL(dalv_backend_options_add_endpoint(
                            options, fake_router_endpoint(list[i])),
                        DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_options_set_token(options, "token"), DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_options_set_timeout(options, timeout_ms),
                    DALV_OK);
    CU_ASSERT_EQUAL_FATAL(dalv_backend_open(options, &backend), DALV_OK);
    dalv_backend_options_destroy(&options);
    return backend;
}

struct dalv_backend *backend_fixture_open_one(const struct fake_router *router)
{
    return backend_fixture_open(&router, 1, 5000);
}

void backend_fixture_updated(struct fake_router *router, uint64_t peer,
                             const struct message *question,
                             enum dalv_status status)
{
    static const int64_t numbers[] = {42};
    const struct message answer = {
        .type = MESSAGE_UPDATED,
        .request = question->request,
        .updated = {.status = status,
                    .head = {.history_id = 5, .revision = 9},
                    .epoch = 3,
                    .numbers = numbers,
                    .number_count = 1},
    };

    fake_router_send(router, peer, &answer);
}
