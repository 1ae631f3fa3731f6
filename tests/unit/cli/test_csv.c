/*
 * Text as files hold it, and its fields in brackets, records ended by
 * semicolons.
 */
#include "cli/csv.h"

#include "base/text.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static char shown[512];

static void show(struct text *text, const struct csv_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        text_put_char(text, '[');
        text_put_bytes(text, record->fields[i]);
        text_put_char(text, ']');
    }
    text_put_char(text, ';');
}

/* Every record; what is none as its reason. */
static const char *read_all(const char *content)
{
    FILE *file = tmpfile();
    struct line_reader reader;
    struct csv_record record;
    struct text text;
    enum dalv_status status;

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    (void)fputs(content, file);
    rewind(file);
    text_init(&text, shown, sizeof(shown));
    line_reader_init(&reader, file);
    while ((status = csv_next(&reader, ',', &record)) != DALV_NOT_FOUND) {
        if (status == DALV_OK)
            show(&text, &record);
        else
            text_put(&text, record.reason);
        if (status != DALV_OK && status != DALV_INVALID)
            break;
    }
    line_reader_deinit(&reader);
    (void)fclose(file);
    return text_string(&text);
}

static void splits_at_commas(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("a,b,,c\n"), "[a][b][][c];");
    CU_ASSERT_STRING_EQUAL(read_all("a,\n,b"), "[a][];[][b];");
}

static void skips_a_byte_order_mark_and_takes_either_line_end(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("\xef\xbb\xbf"
                                    "a,b\r\nc,d\r\n"),
                           "[a][b];[c][d];");
}

static void skips_the_mark_before_a_field_of_two_lines(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("\xef\xbb\xbf"
                                    "\"a\nb\",c\n"),
                           "[a\\x0ab][c];");
}

static void takes_an_empty_line_for_one_empty_field(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("\na\n\n"), "[];[a];[];");
}

static void unquotes_fields(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("\"a,b\",\"say \"\"hi\"\"\",\"\"\n"),
                           "[a,b][say \"hi\"][];");
}

static void goes_over_line_ends_inside_quotes(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("1,\"two\nlines\",3\n4\n"),
                           "[1][two\\x0alines][3];[4];");
}

/* Looking again from its start at each line end would take an hour. */
static void looks_once_at_a_field_of_many_lines(void)
{
    enum {
        LINES = 1000000
    };
    static char content[LINES + 4];

    memset(content, '\n', sizeof(content) - 1);
    content[0] = '"';
    content[LINES] = '"';
    content[LINES + 1] = ',';
    CU_ASSERT_NSTRING_EQUAL(read_all(content), "[\\x0a\\x0a\\x0a", 13);
}

/* A quote in the middle of a bare field is a quote, such as of inches. */
static void keeps_a_quote_in_a_bare_field(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("5\" NAIL,x\ny\n"), "[5\" NAIL][x];[y];");
}

static void refuses_what_stands_behind_a_closing_quote(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("\"a\"b,c\ne\n"),
                           "something stands behind a closing quote[e];");
}

static void refuses_a_quote_that_is_never_closed(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("a\n\"b,c\n"),
                           "[a];a quote is open at the end of the file");
}

static const struct suite_test tests[] = {
    SUITE_TEST(splits_at_commas),
    SUITE_TEST(skips_a_byte_order_mark_and_takes_either_line_end),
    SUITE_TEST(skips_the_mark_before_a_field_of_two_lines),
    SUITE_TEST(takes_an_empty_line_for_one_empty_field),
    SUITE_TEST(unquotes_fields),
    SUITE_TEST(goes_over_line_ends_inside_quotes),
    SUITE_TEST(looks_once_at_a_field_of_many_lines),
    SUITE_TEST(keeps_a_quote_in_a_bare_field),
    SUITE_TEST(refuses_what_stands_behind_a_closing_quote),
    SUITE_TEST(refuses_a_quote_that_is_never_closed),
};

int main(void)
{
    return SUITE_RUN("cli/csv", tests);
}
