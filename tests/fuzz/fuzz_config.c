/*
 * The text of a configuration file. Whatever it is, reading it ends; and what
 * is accepted is described as a text that gives the same configuration.
 */
#include "base/assert.h"
#include "config/config.h"
#include "config/profile.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config config;
static struct config again;
static struct profile profile;

static void describe_and_read_back(void)
{
    static char description[64 << 10];
    struct config_changes changes;
    struct config_error error;
    struct text text;

    text_init(&text, description, sizeof(description));
    config_describe(&config, &text);
    ASSERT(!text.is_cut);
    ASSERT(config_parse(bytes_make(text.data, text.size), &again, &error) ==
           DALV_OK);
    config_diff(&config, &again, &changes);
    ASSERT(changes.count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config_error error = {0};

    if (config_parse(bytes_make(data, size), &config, &error) == DALV_OK)
        describe_and_read_back();
    else
        ASSERT(error.status != DALV_OK && error.text[0] != '\0');
    if (profile_parse(bytes_make(data, size), &profile, &error) != DALV_OK)
        ASSERT(error.status != DALV_OK && error.text[0] != '\0');
    return 0;
}
