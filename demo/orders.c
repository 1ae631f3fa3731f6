#include "demo/orders.h"

#include "base/buffer.h"
#include "base/prng.h"
#include "cli/csv.h"
#include "cli/line_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MADE_UP_CUSTOMERS = 120,
    MADE_UP_ORDERS = 400,
    MADE_UP_LINES_MAX = 20,
    MADE_UP_SEED = 1210,
};

enum column {
    COLUMN_INVOICE,
    COLUMN_ARTICLE,
    COLUMN_DESCRIPTION,
    COLUMN_QUANTITY,
    COLUMN_PRICE,
    COLUMN_CUSTOMER,
    COLUMN_COUNT,
};

static const char *const column_names[COLUMN_COUNT] = {
    [COLUMN_INVOICE] = "InvoiceNo",       [COLUMN_ARTICLE] = "StockCode",
    [COLUMN_DESCRIPTION] = "Description", [COLUMN_QUANTITY] = "Quantity",
    [COLUMN_PRICE] = "UnitPrice",         [COLUMN_CUSTOMER] = "CustomerID",
};

/* One article of an order, before it is put into the order's document. */
struct article {
    struct bytes fields[COLUMN_COUNT];
};

/* ---- Documents ---- */

static void put_text(struct buffer *out, const char *text)
{
    buffer_put(out, bytes_from_text(text));
}

static void put_json_string(struct buffer *out, struct bytes bytes)
{
    put_text(out, "\"");
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char character = bytes.data[i];
        char escaped[8];

        if (character < ' ' || character == '"' || character == '\\') {
            (void)snprintf(escaped, sizeof(escaped), "\\u%04x", character);
            put_text(out, escaped);
        } else {
            buffer_put(out, bytes_make(&bytes.data[i], 1));
        }
    }
    put_text(out, "\"");
}

static void put_article(struct buffer *out, const struct article *article)
{
    put_text(out, "{\"article\":");
    put_json_string(out, article->fields[COLUMN_ARTICLE]);
    put_text(out, ",\"name\":");
    put_json_string(out, article->fields[COLUMN_DESCRIPTION]);
    put_text(out, ",\"quantity\":");
    buffer_put(out, article->fields[COLUMN_QUANTITY]);
    put_text(out, ",\"price\":");
    buffer_put(out, article->fields[COLUMN_PRICE]);
    put_text(out, "}");
}

/* ---- Collecting ---- */

static void *must(void *memory)
{
    if (memory == NULL) {
        (void)fputs("dalv-demo: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return memory;
}

static void reject(struct orders *orders, const char *reason)
{
    for (size_t i = 0; i < orders->rejection_count; i++) {
        if (strcmp(orders->rejections[i].reason, reason) == 0) {
            orders->rejections[i].count++;
            return;
        }
    }
    orders->rejections[orders->rejection_count++] =
        (struct order_rejection){.reason = reason, .count = 1};
}

static void copy_name(char name[ORDERS_NAME_MAX + 1], struct bytes bytes)
{
    memcpy(name, bytes.data, bytes.size);
    name[bytes.size] = '\0';
}

static void note_customer(struct orders *orders, const char *customer)
{
    for (size_t i = 0; i < orders->customer_count; i++) {
        if (strcmp(orders->customers[i], customer) == 0)
            return;
    }
    orders->customers =
        must(realloc(orders->customers, (orders->customer_count + 1) *
                                            sizeof(*orders->customers)));
    (void)snprintf(orders->customers[orders->customer_count++],
                   ORDERS_NAME_MAX + 1, "%s", customer);
}

static struct order *begin_order(struct orders *orders, struct bytes invoice,
                                 struct bytes customer)
{
    struct order *order;

    orders->items = must(
        realloc(orders->items, (orders->count + 1) * sizeof(*orders->items)));
    order = &orders->items[orders->count++];
    memset(order, 0, sizeof(*order));
    copy_name(order->invoice, invoice);
    copy_name(order->customer, customer);
    note_customer(orders, order->customer);
    return order;
}

/* Lines of one order stand together in an export. */
static void add_article(struct orders *orders, const struct article *article)
{
    struct bytes invoice = article->fields[COLUMN_INVOICE];
    struct order *order =
        orders->count == 0 ? NULL : &orders->items[orders->count - 1];
    struct buffer line;

    if (order == NULL || !bytes_equal(bytes_from_text(order->invoice), invoice))
        order = begin_order(orders, invoice, article->fields[COLUMN_CUSTOMER]);
    buffer_init(&line);
    put_text(&line, order->line_count == 0 ? "[" : ",");
    put_article(&line, article);
    order->document =
        must(realloc(order->document, order->document_size + line.size + 1));
    memcpy(order->document + order->document_size, line.data, line.size);
    order->document_size += line.size;
    order->line_count++;
    orders->used_count++;
    buffer_deinit(&line);
}

static void end_documents(struct orders *orders)
{
    for (size_t i = 0; i < orders->count; i++)
        orders->items[i].document[orders->items[i].document_size++] = ']';
}

/* ---- Reading ---- */

static bool is_number(struct bytes bytes)
{
    bool has_digit = false;
    size_t dots = 0;

    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char character = bytes.data[i];

        if (character >= '0' && character <= '9')
            has_digit = true;
        else if (character == '.')
            dots++;
        else if (character != '-' || i > 0)
            return false;
    }
    return has_digit && dots <= 1;
}

static const char *objection(const struct article *article)
{
    const struct bytes *fields = article->fields;

    if (fields[COLUMN_CUSTOMER].size == 0)
        return "no customer";
    if (fields[COLUMN_INVOICE].size == 0)
        return "no invoice";
    if (fields[COLUMN_CUSTOMER].size > ORDERS_NAME_MAX ||
        fields[COLUMN_INVOICE].size > ORDERS_NAME_MAX)
        return "customer or invoice is too long";
    if (!is_number(fields[COLUMN_QUANTITY]) || !is_number(fields[COLUMN_PRICE]))
        return "quantity or price is no number";
    if (!bytes_is_utf8(fields[COLUMN_DESCRIPTION]) ||
        !bytes_is_utf8(fields[COLUMN_ARTICLE]))
        return "text is no UTF-8";
    return NULL;
}

static bool find_columns(const struct csv_record *heading,
                         size_t places[COLUMN_COUNT])
{
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        struct bytes name = bytes_from_text(column_names[column]);
        size_t place = 0;

        while (place < heading->count &&
               !bytes_equal(heading->fields[place], name))
            place++;
        if (place == heading->count) {
            (void)fprintf(stderr, "dalv-demo: the input has no column %s\n",
                          column_names[column]);
            return false;
        }
        places[column] = place;
    }
    return true;
}

static void take_record(struct orders *orders, const struct csv_record *record,
                        const size_t places[COLUMN_COUNT])
{
    struct article article;
    const char *reason;

    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        if (places[column] >= record->count) {
            reject(orders, "too few fields");
            return;
        }
        article.fields[column] = record->fields[places[column]];
    }
    reason = objection(&article);
    if (reason != NULL)
        reject(orders, reason);
    else
        add_article(orders, &article);
}

static bool read_records(struct orders *orders, struct line_reader *reader)
{
    static struct csv_record record;
    size_t places[COLUMN_COUNT];
    enum dalv_status status = csv_next(reader, ',', &record);

    if (status != DALV_OK || !find_columns(&record, places))
        return false;
    while ((status = csv_next(reader, ',', &record)) != DALV_NOT_FOUND) {
        if (status == DALV_IO)
            return false;
        orders->line_count++;
        if (status == DALV_OK)
            take_record(orders, &record, places);
        else
            reject(orders, "no readable record");
    }
    return true;
}

bool orders_read(struct orders *orders, const char *path)
{
    struct line_reader reader;
    FILE *in = fopen(path, "rbe");
    bool is_read;

    memset(orders, 0, sizeof(*orders));
    if (in == NULL) {
        (void)fprintf(stderr, "dalv-demo: %s: %s\n", path, strerror(errno));
        return false;
    }
    line_reader_init(&reader, in);
    is_read = read_records(orders, &reader);
    line_reader_deinit(&reader);
    (void)fclose(in);
    end_documents(orders);
    if (is_read && orders->count == 0)
        (void)fprintf(stderr, "dalv-demo: %s: no order in it\n", path);
    return is_read && orders->count > 0;
}

/* ---- Making up ---- */

static struct bytes number_text(char text[24], const char *prefix,
                                uint64_t number)
{
    (void)snprintf(text, 24, "%s%llu", prefix, (unsigned long long)number);
    return bytes_from_text(text);
}

static void make_up_order(struct orders *orders, struct prng *prng,
                          uint64_t number)
{
    char texts[COLUMN_COUNT][24];
    struct article article;
    uint64_t line_count = 1 + prng_below(prng, MADE_UP_LINES_MAX);

    article.fields[COLUMN_INVOICE] =
        number_text(texts[COLUMN_INVOICE], "", 500000 + number);
    article.fields[COLUMN_CUSTOMER] =
        number_text(texts[COLUMN_CUSTOMER], "",
                    10000 + prng_below(prng, MADE_UP_CUSTOMERS));
    for (uint64_t i = 0; i < line_count; i++) {
        article.fields[COLUMN_ARTICLE] =
            number_text(texts[COLUMN_ARTICLE], "A", prng_below(prng, 1000));
        article.fields[COLUMN_DESCRIPTION] = number_text(
            texts[COLUMN_DESCRIPTION], "ARTICLE ", prng_below(prng, 1000));
        article.fields[COLUMN_QUANTITY] =
            number_text(texts[COLUMN_QUANTITY], "", 1 + prng_below(prng, 12));
        article.fields[COLUMN_PRICE] =
            number_text(texts[COLUMN_PRICE], "", 1 + prng_below(prng, 90));
        orders->line_count++;
        add_article(orders, &article);
    }
}

void orders_make_up(struct orders *orders)
{
    struct prng prng;

    memset(orders, 0, sizeof(*orders));
    prng_init(&prng, MADE_UP_SEED);
    for (uint64_t i = 0; i < MADE_UP_ORDERS; i++)
        make_up_order(orders, &prng, i);
    end_documents(orders);
}

void orders_deinit(struct orders *orders)
{
    for (size_t i = 0; i < orders->count; i++)
        free(orders->items[i].document);
    free(orders->items);
    free(orders->customers);
}
