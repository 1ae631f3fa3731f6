#include "token/key.h"

#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* RFC 8032, 7.1, test 1: the seed and the public key that it makes. */
#define SEED_TEXT "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
#define PUBLIC_TEXT "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

struct fixture {
    struct folder folder;
    struct token_key_set set;
    struct token_secret_key secret;
    char path[PATH_MAX];
};

static void begin(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    CU_ASSERT_EQUAL_FATAL(token_start(), DALV_OK);
    folder_open(&fixture->folder);
}

static void end(struct fixture *fixture)
{
    folder_close(&fixture->folder);
}

/* What loading a file of public keys with this text says. */
static enum dalv_status load_set(struct fixture *fixture, const char *text)
{
    folder_put(&fixture->folder, "keys", 0644, text, fixture->path);
    return token_key_set_load(fixture->path, &fixture->set);
}

static enum dalv_status load_secret(struct fixture *fixture, mode_t mode,
                                    const char *text)
{
    folder_put(&fixture->folder, "secret", mode, text, fixture->path);
    return token_secret_key_load(fixture->path, &fixture->secret);
}

static void loads_the_keys_of_a_known_answer(void)
{
    struct fixture fixture;
    struct token_public_key public_key;

    begin(&fixture);
    CU_ASSERT_EQUAL(
        load_secret(&fixture, 0600, "dalv-secret-key-1 rfc " SEED_TEXT "\n"),
        DALV_OK);
    CU_ASSERT_EQUAL(
        load_set(&fixture, "dalv-public-key-1 rfc " PUBLIC_TEXT "\n"), DALV_OK);
    token_secret_key_public(&fixture.secret, &public_key);
    CU_ASSERT_STRING_EQUAL(public_key.kid, "rfc");
    CU_ASSERT_EQUAL(
        memcmp(&public_key, &fixture.set.keys[0], sizeof(public_key)), 0);
    end(&fixture);
}

static void saves_what_it_loads(void)
{
    struct fixture fixture;
    struct token_secret_key other;
    struct token_public_key public_key;
    struct token_key_set set = {0};

    begin(&fixture);
    CU_ASSERT_EQUAL(token_secret_key_generate("a", &fixture.secret), DALV_OK);
    folder_path(&fixture.folder, "issuer.key", fixture.path);
    CU_ASSERT_EQUAL(token_secret_key_save(fixture.path, &fixture.secret),
                    DALV_OK);
    CU_ASSERT_EQUAL(token_secret_key_load(fixture.path, &other), DALV_OK);
    CU_ASSERT_EQUAL(memcmp(&other, &fixture.secret, sizeof(other)), 0);

    token_secret_key_public(&other, &public_key);
    CU_ASSERT_EQUAL(token_key_set_add(&set, &public_key), DALV_OK);
    CU_ASSERT_EQUAL(token_secret_key_generate("b", &other), DALV_OK);
    token_secret_key_public(&other, &public_key);
    CU_ASSERT_EQUAL(token_key_set_add(&set, &public_key), DALV_OK);
    folder_path(&fixture.folder, "issuer.pub", fixture.path);
    CU_ASSERT_EQUAL(token_key_set_save(fixture.path, &set), DALV_OK);
    CU_ASSERT_EQUAL(token_key_set_load(fixture.path, &fixture.set), DALV_OK);
    CU_ASSERT_EQUAL(fixture.set.count, 2);
    CU_ASSERT_EQUAL(memcmp(set.keys, fixture.set.keys, sizeof(set.keys)), 0);
    end(&fixture);
}

static void keeps_a_secret_to_its_owner(void)
{
    struct fixture fixture;
    struct stat facts;
    const char *good = "dalv-secret-key-1 a " SEED_TEXT "\n";

    begin(&fixture);
    CU_ASSERT_EQUAL(load_secret(&fixture, 0640, good), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(load_secret(&fixture, 0604, good), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(load_secret(&fixture, 0620, good), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(load_secret(&fixture, 0400, good), DALV_OK);
    CU_ASSERT_EQUAL(unlink(fixture.path), 0);
    CU_ASSERT_EQUAL(token_secret_key_save(fixture.path, &fixture.secret),
                    DALV_OK);
    CU_ASSERT_EQUAL(stat(fixture.path, &facts), 0);
    CU_ASSERT_EQUAL(facts.st_mode & 07777, 0600);
    end(&fixture);
}

/* Who can write the public keys can make himself an issuer. */
static void refuses_public_keys_that_others_may_write(void)
{
    struct fixture fixture;

    begin(&fixture);
    folder_put(&fixture.folder, "keys", 0646,
               "dalv-public-key-1 a " PUBLIC_TEXT "\n", fixture.path);
    CU_ASSERT_EQUAL(token_key_set_load(fixture.path, &fixture.set),
                    DALV_NOT_PERMITTED);
    end(&fixture);
}

static void refuses_a_file_that_is_not_one_secret_key(void)
{
    static const char *const texts[] = {
        "",
        "\n",
        "dalv-secret-key-1\n",
        "dalv-secret-key-1 a\n",
        "dalv-secret-key-1 a \n",
        "dalv-secret-key-1  a " SEED_TEXT "\n",
        "dalv-secret-key-1 a " SEED_TEXT "=\n",
        "dalv-secret-key-1 a " SEED_TEXT " \n",
        "dalv-secret-key-1 a " SEED_TEXT "\r\n",
        "dalv-secret-key-1 a/b " SEED_TEXT "\n",
        "dalv-secret-key-2 a " SEED_TEXT "\n",
        "dalv-public-key-1 a " PUBLIC_TEXT "\n",
        "dalv-secret-key-1 a " SEED_TEXT "\n\n",
        "dalv-secret-key-1 a " SEED_TEXT "\ndalv-secret-key-1 b " SEED_TEXT,
        /* The last character's spare bits are set. */
        "dalv-secret-key-1 a nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2B\n",
    };
    struct fixture fixture;

    begin(&fixture);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_EQUAL(load_secret(&fixture, 0600, texts[i]), DALV_INVALID);
    CU_ASSERT_EQUAL(
        load_secret(&fixture, 0600, "dalv-secret-key-1 a " SEED_TEXT), DALV_OK);
    end(&fixture);
}

static void reads_several_keys_and_skips_remarks(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(load_set(&fixture,
                             "# until May\ndalv-public-key-1 old " PUBLIC_TEXT
                             "\n\ndalv-public-key-1 new " SEED_TEXT),
                    DALV_OK);
    CU_ASSERT_EQUAL(fixture.set.count, 2);
    CU_ASSERT_STRING_EQUAL(fixture.set.keys[0].kid, "old");
    CU_ASSERT_STRING_EQUAL(fixture.set.keys[1].kid, "new");
    end(&fixture);
}

static void leaves_the_set_alone_where_a_file_is_bad(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(
        load_set(&fixture, "dalv-public-key-1 a " PUBLIC_TEXT "\nrubbish\n"),
        DALV_INVALID);
    CU_ASSERT_EQUAL(load_set(&fixture, "# nothing\n"), DALV_INVALID);
    CU_ASSERT_EQUAL(load_set(&fixture, ""), DALV_INVALID);
    CU_ASSERT_EQUAL(load_set(&fixture, "dalv-secret-key-1 a " SEED_TEXT "\n"),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(fixture.set.count, 0);
    CU_ASSERT_EQUAL(token_key_set_load("/nowhere/keys", &fixture.set),
                    DALV_NOT_FOUND);
    end(&fixture);
}

static void gives_a_name_to_one_key_only(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(load_set(&fixture,
                             "dalv-public-key-1 a " PUBLIC_TEXT
                             "\ndalv-public-key-1 a " PUBLIC_TEXT "\n"),
                    DALV_OK);
    CU_ASSERT_EQUAL(fixture.set.count, 1);
    CU_ASSERT_EQUAL(load_set(&fixture, "dalv-public-key-1 a " SEED_TEXT "\n"),
                    DALV_OCCUPIED);
    CU_ASSERT_EQUAL(fixture.set.count, 1);
    end(&fixture);
}

static void holds_four_keys_at_most(void)
{
    struct fixture fixture;
    struct token_public_key key = {.kid = "0"};

    begin(&fixture);
    for (int i = 0; i < 4; i++) {
        key.kid[0] = (char)('0' + i);
        CU_ASSERT_EQUAL(token_key_set_add(&fixture.set, &key), DALV_OK);
    }
    key.kid[0] = '4';
    CU_ASSERT_EQUAL(token_key_set_add(&fixture.set, &key), DALV_TOO_BIG);
    end(&fixture);
}

static void takes_plain_names_only(void)
{
    struct token_secret_key key;

    CU_ASSERT_EQUAL(token_start(), DALV_OK);
    CU_ASSERT_TRUE(token_kid_is_valid(bytes_from_text("2026-01_A.z")));
    CU_ASSERT_FALSE(token_kid_is_valid(bytes_from_text("")));
    CU_ASSERT_FALSE(token_kid_is_valid(bytes_from_text("a/b")));
    CU_ASSERT_FALSE(token_kid_is_valid(bytes_from_text("a b")));
    CU_ASSERT_FALSE(token_kid_is_valid(bytes_make("a\0", 2)));
    CU_ASSERT_EQUAL(token_secret_key_generate("../a", &key), DALV_INVALID);
}

static void wipes_a_secret(void)
{
    struct token_secret_key key;
    static const struct token_secret_key nothing;

    CU_ASSERT_EQUAL(token_start(), DALV_OK);
    CU_ASSERT_EQUAL(token_secret_key_generate("a", &key), DALV_OK);
    token_secret_key_wipe(&key);
    CU_ASSERT_EQUAL(memcmp(&key, &nothing, sizeof(key)), 0);
}

static const struct suite_test tests[] = {
    SUITE_TEST(loads_the_keys_of_a_known_answer),
    SUITE_TEST(saves_what_it_loads),
    SUITE_TEST(keeps_a_secret_to_its_owner),
    SUITE_TEST(refuses_public_keys_that_others_may_write),
    SUITE_TEST(refuses_a_file_that_is_not_one_secret_key),
    SUITE_TEST(reads_several_keys_and_skips_remarks),
    SUITE_TEST(leaves_the_set_alone_where_a_file_is_bad),
    SUITE_TEST(gives_a_name_to_one_key_only),
    SUITE_TEST(holds_four_keys_at_most),
    SUITE_TEST(takes_plain_names_only),
    SUITE_TEST(wipes_a_secret),
};

int main(void)
{
    return SUITE_RUN("token/key", tests);
}
