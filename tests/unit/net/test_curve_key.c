#include "net/curve_key.h"

#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <sys/stat.h>

static struct folder folder;

static const char *path_of(const char *name)
{
    static char path[PATH_MAX];

    folder_path(&folder, name, path);
    return path;
}

static void put(const char *name, const char *text, mode_t mode)
{
    char path[PATH_MAX];

    folder_put(&folder, name, mode, text, path);
}

/* The pair of RFC 26's example in Z85. */
static const char public_text[] = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
static const char secret_text[] = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";

static void makes_text_and_takes_it_back(void)
{
    struct curve_key key;
    struct curve_key again;
    char text[CURVE_KEY_TEXT_BYTES];

    CU_ASSERT_EQUAL_FATAL(curve_key_parse(bytes_from_text(public_text), &key),
                          DALV_OK);
    curve_key_format(&key, text);
    CU_ASSERT_STRING_EQUAL(text, public_text);
    CU_ASSERT_EQUAL(curve_key_parse(bytes_from_text(text), &again), DALV_OK);
    CU_ASSERT(curve_key_equal(&key, &again));
}

static void refuses_what_is_no_key(void)
{
    struct curve_key key;

    CU_ASSERT_EQUAL(curve_key_parse(bytes_from_text(""), &key), DALV_INVALID);
    CU_ASSERT_EQUAL(curve_key_parse(bytes_make(public_text, 39), &key),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(
        curve_key_parse(
            bytes_from_text("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI\""), &key),
        DALV_INVALID);
    CU_ASSERT_EQUAL(
        curve_key_parse(
            bytes_make("Yne@$w-vo<fVvi]a\0NY6T1ed:M$fCG*[IaLV{hID", 40), &key),
        DALV_INVALID);
}

static void makes_pairs_that_differ(void)
{
    struct curve_pair one;
    struct curve_pair other;

    curve_pair_generate(&one);
    curve_pair_generate(&other);
    CU_ASSERT_FALSE(curve_key_equal(&one.public_key, &other.public_key));
    CU_ASSERT_FALSE(curve_key_equal(&one.secret_key, &other.secret_key));
    CU_ASSERT_FALSE(curve_key_equal(&one.public_key, &one.secret_key));
}

static void keeps_a_secret_key_in_a_file(void)
{
    struct curve_pair pair;
    struct curve_pair loaded;
    struct stat facts;

    CU_ASSERT_EQUAL_FATAL(
        curve_key_parse(bytes_from_text(public_text), &pair.public_key),
        DALV_OK);
    CU_ASSERT_EQUAL_FATAL(
        curve_key_parse(bytes_from_text(secret_text), &pair.secret_key),
        DALV_OK);
    CU_ASSERT_EQUAL_FATAL(curve_pair_save(path_of("own.key"), &pair), DALV_OK);
    CU_ASSERT_EQUAL(stat(path_of("own.key"), &facts), 0);
    CU_ASSERT_EQUAL(facts.st_mode & 0777, 0600);
    CU_ASSERT_EQUAL_FATAL(curve_pair_load(path_of("own.key"), &loaded),
                          DALV_OK);
    CU_ASSERT(curve_key_equal(&loaded.secret_key, &pair.secret_key));
    /* It stands in no file: it follows from the secret one. */
    CU_ASSERT(curve_key_equal(&loaded.public_key, &pair.public_key));
}

static void refuses_a_secret_that_others_may_read(void)
{
    struct curve_pair pair;

    curve_pair_generate(&pair);
    CU_ASSERT_EQUAL_FATAL(curve_pair_save(path_of("open.key"), &pair), DALV_OK);
    CU_ASSERT_EQUAL(chmod(path_of("open.key"), 0640), 0);
    CU_ASSERT_EQUAL(curve_pair_load(path_of("open.key"), &pair),
                    DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(curve_pair_load(path_of("none.key"), &pair),
                    DALV_NOT_FOUND);
    put("public.key",
        "dalv-curve-public-1 Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\n", 0600);
    CU_ASSERT_EQUAL(curve_pair_load(path_of("public.key"), &pair),
                    DALV_INVALID);
    put("empty.key", "", 0600);
    CU_ASSERT_EQUAL(curve_pair_load(path_of("empty.key"), &pair), DALV_INVALID);
}

static void reads_a_list_of_public_keys(void)
{
    struct curve_key keys[2];
    size_t count = 0;

    put("list.pub",
        "# the shop's backends\n\n"
        "dalv-curve-public-1 Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\n"
        "dalv-curve-public-1 rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
        0644);
    CU_ASSERT_EQUAL_FATAL(curve_keys_load(path_of("list.pub"), keys, 2, &count),
                          DALV_OK);
    CU_ASSERT_EQUAL(count, 2);
    CU_ASSERT_FALSE(curve_key_equal(&keys[0], &keys[1]));
    CU_ASSERT_EQUAL(curve_keys_load(path_of("list.pub"), keys, 1, &count),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(chmod(path_of("list.pub"), 0666), 0);
    CU_ASSERT_EQUAL(curve_keys_load(path_of("list.pub"), keys, 2, &count),
                    DALV_NOT_PERMITTED);
    put("bad.pub", "dalv-curve-public-1 too-short\n", 0644);
    CU_ASSERT_EQUAL(curve_keys_load(path_of("bad.pub"), keys, 2, &count),
                    DALV_INVALID);
}

static void writes_a_public_key_for_others(void)
{
    struct curve_pair pair;
    struct curve_key read;
    size_t count = 0;

    curve_pair_generate(&pair);
    CU_ASSERT_EQUAL_FATAL(curve_key_save(path_of("own.pub"), &pair.public_key),
                          DALV_OK);
    CU_ASSERT_EQUAL_FATAL(curve_keys_load(path_of("own.pub"), &read, 1, &count),
                          DALV_OK);
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT(curve_key_equal(&read, &pair.public_key));
}

static const struct suite_test tests[] = {
    SUITE_TEST(makes_text_and_takes_it_back),
    SUITE_TEST(refuses_what_is_no_key),
    SUITE_TEST(makes_pairs_that_differ),
    SUITE_TEST(keeps_a_secret_key_in_a_file),
    SUITE_TEST(refuses_a_secret_that_others_may_read),
    SUITE_TEST(reads_a_list_of_public_keys),
    SUITE_TEST(writes_a_public_key_for_others),
};

int main(void)
{
    int failed;

    folder_open(&folder);
    failed = SUITE_RUN("net/curve_key", tests);
    folder_close(&folder);
    return failed;
}
