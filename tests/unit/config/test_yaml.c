/*
 * The table is that of a small file:
 *
 *     name: text of 1 to 32 bytes
 *     size: 1 to 1024
 *     store:
 *       files: [list]
 *       deep:
 *         colour: red or green
 *     rules: {prefix: red or green}
 */
#include "config/yaml.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

static const char *const colours[] = {"red", "green", NULL};

struct sample {
    char name[33];
    uint64_t size;
    struct field_texts files;
    uint32_t colour;
    struct field_rules rules;
};

#define FIELD(kind, member, name, most)                                        \
    {                                                                          \
        .path = (name), .type = (kind),                                        \
        .offset = offsetof(struct sample, member),                             \
        .size = sizeof(((struct sample *)NULL)->member), .min = 1,             \
        .max = (most), .choices = colours                                      \
    }

static const struct field fields[] = {
    FIELD(FIELD_TEXT, name, "name", 32),
    FIELD(FIELD_NUMBER, size, "size", 1024),
    {.path = "store", .type = FIELD_GROUP},
    FIELD(FIELD_TEXTS, files, "store.files", 100),
    {.path = "store.deep", .type = FIELD_GROUP},
    FIELD(FIELD_CHOICE, colour, "store.deep.colour", 0),
    FIELD(FIELD_RULES, rules, "rules", 0),
};

static const struct field_table table = {
    .fields = fields,
    .count = sizeof(fields) / sizeof(fields[0]),
};

static struct sample sample;
static struct yaml_places places;
static char said[CONFIG_ERROR_TEXT_MAX + 32];

/* "" if the text was taken, else "LINE:COLUMN WHY". */
static const char *read_bytes(struct bytes yaml)
{
    struct config_error error = {0};
    struct text text;

    memset(&sample, 0, sizeof(sample));
    text_init(&text, said, sizeof(said));
    if (yaml_read(&table, yaml, &sample, &places, &error) != DALV_OK) {
        text_put_u64(&text, error.line);
        text_put(&text, ":");
        text_put_u64(&text, error.column);
        text_put(&text, " ");
        text_put(&text, error.text);
    }
    return text_string(&text);
}

static const char *read_text(const char *yaml)
{
    return read_bytes(bytes_from_text(yaml));
}

static void reads_every_kind_of_field(void)
{
    CU_ASSERT_STRING_EQUAL(read_text("# remark\n"
                                     "name: \"a \\\"b\\\"\"\n"
                                     "size: 17\n"
                                     "store:\n"
                                     "  files:\n"
                                     "    - x\n"
                                     "    - 'y z'\n"
                                     "  deep: {colour: green}\n"
                                     "rules:\n"
                                     "  \"\": red\n"
                                     "  cart/: green\n"),
                           "");
    CU_ASSERT_STRING_EQUAL(sample.name, "a \"b\"");
    CU_ASSERT_EQUAL(sample.size, 17);
    CU_ASSERT_EQUAL(sample.files.count, 2);
    CU_ASSERT_STRING_EQUAL(sample.files.items[1], "y z");
    CU_ASSERT_EQUAL(sample.colour, 1);
    CU_ASSERT_EQUAL(sample.rules.count, 2);
    CU_ASSERT_EQUAL(sample.rules.items[1].prefix_size, 5);
}

static void remembers_where_each_key_stands(void)
{
    CU_ASSERT_STRING_EQUAL(
        read_text("name: a\n\nstore:\n  deep:\n    colour: red\n"), "");
    CU_ASSERT_EQUAL(places.fields[0].line, 1);
    CU_ASSERT_EQUAL(places.fields[1].line, 0);
    CU_ASSERT_EQUAL(places.fields[5].line, 5);
    CU_ASSERT_EQUAL(places.fields[5].column, 5);
}

static void takes_an_empty_file(void)
{
    CU_ASSERT_STRING_EQUAL(read_text(""), "");
    CU_ASSERT_STRING_EQUAL(read_bytes(bytes_make(NULL, 0)), "");
    CU_ASSERT_STRING_EQUAL(read_text("# nothing\n"), "");
    CU_ASSERT_STRING_EQUAL(read_text("---\n"), "");
    CU_ASSERT_STRING_EQUAL(read_text("{}\n"), "");
}

static void names_the_keys_that_it_knows(void)
{
    CU_ASSERT_STRING_EQUAL(read_text("name: a\nzise: 3\n"),
                           "2:1 unknown key \"zise\"; known at the top are: "
                           "name, size, store, rules");
    CU_ASSERT_STRING_EQUAL(read_text("store:\n  name: a\n"),
                           "2:3 unknown key \"name\"; known below store are: "
                           "files, deep");
    CU_ASSERT_STRING_EQUAL(
        read_text("store: {deep: {colours: red}}"),
        "1:16 unknown key \"colours\"; known below store.deep are: colour");
    /* A path is no key. */
    CU_ASSERT_STRING_EQUAL(read_text("store.files: [a]\n"),
                           "1:1 unknown key \"store.files\"; known at the top "
                           "are: name, size, store, rules");
}

static void refuses_a_key_that_stands_twice(void)
{
    CU_ASSERT_STRING_EQUAL(read_text("size: 3\nname: a\nsize: 3\n"),
                           "3:1 size stands twice; keep one of them");
    CU_ASSERT_STRING_EQUAL(read_text("store: {}\nstore: {}\n"),
                           "2:1 store stands twice; keep one of them");
    CU_ASSERT_STRING_EQUAL(read_text("rules: {a: red, a: green}\n"),
                           "1:20 rules names a prefix twice");
}

static void says_what_a_value_must_be(void)
{
    CU_ASSERT_STRING_EQUAL(
        read_text("size: many\n"),
        "1:7 size must be a number from 1 to 1024; it is \"many\"");
    CU_ASSERT_STRING_EQUAL(
        read_text("size:\n"),
        "1:6 size must be a number from 1 to 1024; it is \"\"");
    CU_ASSERT_STRING_EQUAL(
        read_text("store: {deep: {colour: blue}}\n"),
        "1:24 store.deep.colour must be one of: red, green; it is \"blue\"");
    CU_ASSERT_STRING_EQUAL(read_text("rules: {a: blue}\n"),
                           "1:12 rules must be one of: red, green; it is "
                           "\"blue\"");
}

static void tells_mappings_lists_and_texts_apart(void)
{
    CU_ASSERT_STRING_EQUAL(read_text("name: [a]\n"),
                           "1:7 name must not be a list");
    CU_ASSERT_STRING_EQUAL(read_text("name: {a: b}\n"),
                           "1:7 name must not be a mapping");
    CU_ASSERT_STRING_EQUAL(read_text("store: a\n"),
                           "1:8 store must be a mapping: put \"key: value\" "
                           "lines below it, indented");
    CU_ASSERT_STRING_EQUAL(read_text("rules: a\n"),
                           "1:8 rules must be a mapping: put \"key: value\" "
                           "lines below it, indented");
    CU_ASSERT_STRING_EQUAL(read_text("store: [a]\n"),
                           "1:8 store must not be a list");
    CU_ASSERT_STRING_EQUAL(read_text("store: {files: a}\n"),
                           "1:16 store.files must be a list, such as [a, b]");
    CU_ASSERT_STRING_EQUAL(read_text("store: {files: {a: b}}\n"),
                           "1:16 store.files must not be a mapping");
}

static void wants_plain_texts_in_lists_and_as_keys(void)
{
    static const char *const texts[] = {
        "store: {files: [[a]]}",
        "store: {files: [{a: b}]}",
        "{[a]: b}",
        "{{a: b}: c}",
        "rules: {a: [red]}",
        "rules: {[a]: red}",
        "rules: {a: {b: red}}",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_PTR_NOT_NULL(
            strstr(read_text(texts[i]), " a plain text must stand here"));
}

static void refuses_a_file_that_is_no_mapping(void)
{
    CU_ASSERT_STRING_EQUAL(
        read_text("just words\n"),
        "1:1 the file must be a mapping: \"key: value\" lines");
    CU_ASSERT_STRING_EQUAL(
        read_text("- a\n"),
        "1:1 the file must be a mapping: \"key: value\" lines");
}

static void refuses_anchors_aliases_and_tags(void)
{
    static const char *const texts[] = {
        "name: &a b\n",      "name: *a\n",
        "name: !!str b\n",   "store: &a {}\n",
        "store: !!map {}\n", "*a : b\n",
        "&a name: b\n",      "store: {files: &a []}",
        "name: !mine b\n",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(
            read_text(texts[i]), "anchors, aliases and tags are not taken"));
}

static void refuses_a_second_document(void)
{
    CU_ASSERT_STRING_EQUAL(read_text("name: a\n---\nname: b\n"),
                           "2:1 a second document is not taken");
}

static void says_where_it_is_no_yaml(void)
{
    CU_ASSERT_STRING_EQUAL(
        read_text("name: a\n\tsize: 3\n"),
        "2:1 not YAML: found a tab character that violates indentation");
    CU_ASSERT_PTR_NOT_NULL(strstr(read_text("name: \"a\n"), "not YAML: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(read_text("name: \xff\n"), "not YAML: "));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(read_bytes(bytes_make("name: a\0b\n", 10)), "not YAML: "));
}

/* A zero that YAML's escapes bring in is no text either. */
static void refuses_zeros_and_controls_in_texts(void)
{
    CU_ASSERT_STRING_NOT_EQUAL(read_text("name: \"a\\0b\"\n"), "");
    CU_ASSERT_STRING_NOT_EQUAL(read_text("name: \"a\\nb\"\n"), "");
    CU_ASSERT_STRING_NOT_EQUAL(read_text("rules: {\"a\\0\": red}\n"), "");
}

static void bounds_the_file(void)
{
    static char text[YAML_FILE_MAX + 1];

    memset(text, '#', sizeof(text));
    CU_ASSERT_STRING_EQUAL(read_bytes(bytes_make(text, YAML_FILE_MAX)), "");
    CU_ASSERT_STRING_EQUAL(read_bytes(bytes_make(text, YAML_FILE_MAX + 1)),
                           "0:0 the file is larger than 64KiB");
}

/* libyaml alone takes seconds over this; we end at the first wrong event. */
static void is_not_held_up_by_brackets(void)
{
    static char text[40000];
    static const char key[] = {'n', 'a', 'm', 'e', ':', ' '};
    clock_t began = clock();

    memset(text, '[', sizeof(text));
    CU_ASSERT_STRING_NOT_EQUAL(read_bytes(bytes_make(text, sizeof(text))), "");
    memset(text, '{', sizeof(text));
    CU_ASSERT_STRING_NOT_EQUAL(read_bytes(bytes_make(text, sizeof(text))), "");
    memcpy(text, key, sizeof(key));
    CU_ASSERT_STRING_NOT_EQUAL(read_bytes(bytes_make(text, sizeof(text))), "");
    CU_ASSERT_TRUE(clock() - began < CLOCKS_PER_SEC);
}

static void writes_what_it_reads(void)
{
    static const char yaml[] = "name: \"a \\\"b\\\"\"\n"
                               "size: 17\n"
                               "store:\n"
                               "  files: [\"x\", \"y z\"]\n"
                               "  deep:\n"
                               "    colour: green\n"
                               "rules: {\"\": red, \"cart/\": green}\n";
    char written[512];
    struct text text;

    CU_ASSERT_STRING_EQUAL(read_text(yaml), "");
    text_init(&text, written, sizeof(written));
    yaml_write(&table, &sample, &text);
    CU_ASSERT_STRING_EQUAL(text_string(&text), yaml);
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_every_kind_of_field),
    SUITE_TEST(remembers_where_each_key_stands),
    SUITE_TEST(takes_an_empty_file),
    SUITE_TEST(names_the_keys_that_it_knows),
    SUITE_TEST(refuses_a_key_that_stands_twice),
    SUITE_TEST(says_what_a_value_must_be),
    SUITE_TEST(tells_mappings_lists_and_texts_apart),
    SUITE_TEST(wants_plain_texts_in_lists_and_as_keys),
    SUITE_TEST(refuses_a_file_that_is_no_mapping),
    SUITE_TEST(refuses_anchors_aliases_and_tags),
    SUITE_TEST(refuses_a_second_document),
    SUITE_TEST(says_where_it_is_no_yaml),
    SUITE_TEST(refuses_zeros_and_controls_in_texts),
    SUITE_TEST(bounds_the_file),
    SUITE_TEST(is_not_held_up_by_brackets),
    SUITE_TEST(writes_what_it_reads),
};

int main(void)
{
    return SUITE_RUN("config/yaml", tests);
}
