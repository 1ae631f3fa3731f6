#include "dalvd/manual.h"

#include "base/man.h"

enum {
    TERM_COLUMNS = 23, /* Of the usage, with the space behind a term. */
};

struct item {
    const char *term;
    const char *value; /* May be NULL. */
    const char *usage; /* Short, for a terminal. */
    const char *page;
};

static const char *const synopsis[] = {
    "dalvd dev [--data DIR] [--base-port N]",
    "dalvd --config FILE",
    "dalvd --check-config FILE",
    "dalvd dev [--data DIR] --restored",
    "dalvd --config FILE --restored",
};

static const char summary[] = "the server of DalvDB";

static const char description[] =
    "Keeps users' data and serves it to backends and devices. Its "
    "configuration gives it the roles storage, router or both.\n\n"
    "Every line of its log, on standard error, is a level, an event and what "
    "belongs to it as key=value.";

static const struct item options[] = {
    {"dev", NULL, "one process with both roles, on loopback only",
     "Serve from one process with both roles, on loopback only. Keys and an "
     "owner's profile are made at the first start: the profile is "
     "DIR/profile.yaml."},
    {"--data", "DIR", "where it keeps everything (default: dalv-data)",
     "With dev: where it keeps everything. By default dalv-data in the "
     "current folder."},
    {"--base-port", "N", "the first of its ports (default: 7470)",
     "With dev: backends are served at port N, devices at N + 2, health and "
     "metrics at N + 10. By default N is 7470."},
    {"--config", "FILE", "serve as FILE says; see dalvd.example.yaml",
     "Serve as FILE says."},
    {"--check-config", "FILE", "only say whether FILE is right",
     "Only say whether FILE is right, and if not, where."},
    {"--restored", NULL, "mark a data folder that was put back, and end",
     "The data folder was put back from a copy: mark it, and end. Devices then "
     "bring back what they have seen and the folder lacks, instead of taking "
     "it for deleted. Once for each time that a folder is put back, before it "
     "is served again; what was interrupted is run again."},
    {"--help", NULL, "print this", "Print how it is called."},
    {"--version", NULL, "print the version", "Print the version."},
    {"--man", NULL, "print the man page, in roff", "Print this page, in roff."},
};

static const struct item signals[] = {
    {"SIGTERM, SIGINT", NULL, "end in order",
     "Take nothing new, answer what is under way and make it durable, then "
     "end. A second one ends at once, which loses nothing that was "
     "acknowledged."},
    {"SIGHUP", NULL, "read FILE again",
     "Read FILE again and take the keys that may change while it runs. Key "
     "files are read again whatever else has changed; if one cannot be read, "
     "the old ones stay."},
};

static const struct item exit_codes[] = {
    {"0", NULL, "ended in order", "Ended in order."},
    {"2", NULL, "called wrongly", "Called wrongly."},
    {"4", NULL, "a port or the folder is in use",
     "A port or the data folder is in use."},
    {"6", NULL, "damaged data",
     "Data is damaged. Nothing was changed; dalv log verify says where."},
    {"73", NULL, "no space left on the disk",
     "The disk is full. Nothing that was acknowledged is lost: free some space "
     "and start it again."},
    {"75", NULL, "the disk failed: start it again",
     "The disk failed. Nothing that was acknowledged is lost; a new start "
     "looks "
     "at what is there, and makes a damaged index anew."},
    {"78", NULL, "bad configuration",
     "Bad configuration; the message names the file, the line and the key."},
};

#define ITEMS(table) (table), sizeof(table) / sizeof((table)[0])

static void print_terms(FILE *out, const char *title, const struct item *items,
                        size_t count)
{
    (void)fprintf(out, "\n%s:\n", title);
    for (size_t i = 0; i < count; i++) {
        int width = fprintf(out, "  %s%s%s", items[i].term,
                            items[i].value != NULL ? " " : "",
                            items[i].value != NULL ? items[i].value : "");

        (void)fprintf(out, "%*s%s\n", TERM_COLUMNS - width, "", items[i].usage);
    }
}

void manual_print_usage(FILE *out)
{
    for (size_t i = 0; i < sizeof(synopsis) / sizeof(synopsis[0]); i++)
        (void)fprintf(out, "%s%s\n", i == 0 ? "usage: " : "       ",
                      synopsis[i]);
    (void)fprintf(out, "\nThis is %s.\n", summary);
    print_terms(out, "Options", ITEMS(options));
    print_terms(out, "Signals", ITEMS(signals));
    print_terms(out, "Ends with", ITEMS(exit_codes));
}

static void print_items(FILE *out, const char *title, const struct item *items,
                        size_t count)
{
    man_section(out, title);
    for (size_t i = 0; i < count; i++)
        man_item(out, items[i].term, items[i].value, items[i].page);
}

void manual_print_page(FILE *out)
{
    static const struct man_page page = {
        .name = "dalvd",
        .section = 8,
        .summary = summary,
        .version = DALV_VERSION,
    };

    man_begin(out, &page);
    man_section(out, "SYNOPSIS");
    for (size_t i = 0; i < sizeof(synopsis) / sizeof(synopsis[0]); i++)
        man_line(out, synopsis[i]);
    man_section(out, "DESCRIPTION");
    man_text(out, description);
    print_items(out, "OPTIONS", ITEMS(options));
    print_items(out, "SIGNALS", ITEMS(signals));
    print_items(out, "EXIT STATUS", ITEMS(exit_codes));
    man_section(out, "FILES");
    man_item(out, DALV_EXAMPLE_CONFIG, NULL,
             "Every key of a configuration, with its default.");
    man_section(out, "SEE ALSO");
    man_reference(out, "dalv", 1);
}
