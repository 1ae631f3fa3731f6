#include "base/log.h"

#include "base/bytes.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

/* A sink in memory; what follows the time of each line is compared. */
struct fixture {
    char storage[8192];
    FILE *sink;
};

enum {
    STAMP_SIZE = sizeof("2026-01-31T10:00:00.123456Z ") - 1,
};

static void begin(struct fixture *fixture, enum log_level level_max)
{
    memset(fixture->storage, 0, sizeof(fixture->storage));
    fixture->sink = fmemopen(fixture->storage, sizeof(fixture->storage), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture->sink);
    log_open(fixture->sink, level_max);
}

static const char *end(struct fixture *fixture)
{
    log_open(NULL, LOG_INFO);
    (void)fclose(fixture->sink);
    return strlen(fixture->storage) < STAMP_SIZE
               ? ""
               : fixture->storage + STAMP_SIZE;
}

static void writes_a_line_of_fields(void)
{
    struct fixture fixture;

    begin(&fixture, LOG_INFO);
    LOG(LOG_INFO, "started", log_text("role", "storage"), log_u64("port", 7470),
        log_bytes("user", bytes_from_text("u1")));
    CU_ASSERT_STRING_EQUAL(end(&fixture),
                           "info started role=storage port=7470 user=u1\n");
}

/* Any digit counts as 0, so that a time can be compared with a pattern. */
static void blank_digits(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= '0' && *text <= '9')
            *text = '0';
    }
}

static void begins_a_line_with_the_time(void)
{
    struct fixture fixture;

    begin(&fixture, LOG_INFO);
    LOG(LOG_INFO, "started", log_u64("port", 1));
    (void)end(&fixture);
    CU_ASSERT_EQUAL(strncmp(fixture.storage, "20", 2), 0);
    blank_digits(fixture.storage);
    CU_ASSERT_STRING_EQUAL(fixture.storage, "0000-00-00T00:00:00.000000Z "
                                            "info started port=0\n");
}

static void lets_no_value_forge_a_line_or_a_field(void)
{
    struct fixture fixture;

    begin(&fixture, LOG_INFO);
    LOG(LOG_WARNING, "refused", log_text("key", "a\nerror"),
        log_text("user", "x admin=yes"), log_text("empty", ""),
        log_text("quoted", "say \"hi\""));
    CU_ASSERT_STRING_EQUAL(end(&fixture), "warning refused key=a\\x0aerror "
                                          "user=\"x admin=yes\" empty=\"\" "
                                          "quoted=\"say \\x22hi\\x22\"\n");
}

static void leaves_out_what_is_beyond_its_level(void)
{
    struct fixture fixture;

    begin(&fixture, LOG_INFO);
    CU_ASSERT_FALSE(log_is_on(LOG_DEBUG));
    LOG(LOG_DEBUG, "decided", log_u64("a", 1));
    log_set_level(LOG_DEBUG);
    CU_ASSERT_TRUE(log_is_on(LOG_DEBUG));
    LOG(LOG_DEBUG, "decided", log_u64("a", 2));
    CU_ASSERT_STRING_EQUAL(end(&fixture), "debug decided a=2\n");
}

static void says_nothing_without_a_sink(void)
{
    log_open(NULL, LOG_DEBUG);
    CU_ASSERT_FALSE(log_is_on(LOG_ERROR));
    log_write(LOG_ERROR, "lost", NULL, 0);
}

static void marks_a_line_that_was_cut(void)
{
    struct fixture fixture;
    char value[6000];
    const char *line;

    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    begin(&fixture, LOG_INFO);
    LOG(LOG_INFO, "big", log_text("value", value));
    line = end(&fixture);
    CU_ASSERT_TRUE(strlen(line) < 4096);
    CU_ASSERT_STRING_EQUAL(line + strlen(line) - 6, "vv...\n");
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(writes_a_line_of_fields),
        SUITE_TEST(begins_a_line_with_the_time),
        SUITE_TEST(lets_no_value_forge_a_line_or_a_field),
        SUITE_TEST(leaves_out_what_is_beyond_its_level),
        SUITE_TEST(says_nothing_without_a_sink),
        SUITE_TEST(marks_a_line_that_was_cut),
    };

    return SUITE_RUN("base/log", tests);
}
