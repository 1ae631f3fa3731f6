#include "cli/conflict_choice.h"

#include "cli/print.h"
#include "cli/process.h"
#include "cli/value_json.h"

#include <stdlib.h>
#include <string.h>

static void show_side(const struct conflict_choice *choice, const char *name,
                      const struct dalv_conflict *conflict,
                      const struct dalv_value *value)
{
    (void)fprintf(choice->invocation->err, "  %-7s ", name);
    print_key_value(dalv_conflict_key(conflict), value,
                    choice->invocation->err);
}

/* Show the three sides and ask until the answer is one. The end of the input
   leaves it for later. */
static enum dalv_resolution ask(void *owner,
                                const struct dalv_conflict *conflict,
                                struct dalv_transaction *answer)
{
    const struct conflict_choice *choice = owner;
    FILE *err = choice->invocation->err;
    char line[64];

    (void)fprintf(err, "Conflict:\n");
    show_side(choice, "base", conflict, dalv_conflict_base(conflict));
    show_side(choice, "mine", conflict, dalv_conflict_mine(conflict));
    show_side(choice, "theirs", conflict, dalv_conflict_theirs(conflict));
    for (;;) {
        (void)fprintf(err, "[m]ine, [t]heirs, m[e]rge or [l]ater? ");
        if (fgets(line, sizeof(line), choice->invocation->in) == NULL ||
            line[0] == 'l')
            return DALV_RESOLVE_LATER;
        if (line[0] == 'm')
            return DALV_RESOLVE_MINE;
        if (line[0] == 't')
            return DALV_RESOLVE_THEIRS;
        if (line[0] == 'e')
            return dalv_resolve_merge(NULL, conflict, answer);
    }
}

static json_t *conflict_json(const struct dalv_conflict *conflict)
{
    struct dalv_bytes key = dalv_conflict_key(conflict);
    json_t *document = json_object();

    (void)value_json_set_bytes(document, "key", key);
    (void)json_object_set_new(
        document, "base",
        value_json_make(key, dalv_conflict_base(conflict), 0));
    (void)json_object_set_new(
        document, "mine",
        value_json_make(key, dalv_conflict_mine(conflict), 0));
    (void)json_object_set_new(
        document, "theirs",
        value_json_make(key, dalv_conflict_theirs(conflict), 0));
    return document;
}

/* {"value": V}, or one of the words. What is neither leaves it for later. */
static enum dalv_resolution read_decision(const char *text,
                                          const struct dalv_conflict *conflict,
                                          struct dalv_transaction *answer)
{
    json_t *document = NULL;
    struct dalv_bytes value;
    void *owned = NULL;
    enum dalv_resolution resolution = DALV_RESOLVE_LATER;

    if (strncmp(text, "mine", 4) == 0)
        return DALV_RESOLVE_MINE;
    if (strncmp(text, "theirs", 6) == 0)
        return DALV_RESOLVE_THEIRS;
    document = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (json_is_object(document) &&
        value_json_get_bytes(document, "value", &value, &owned) &&
        dalv_transaction_put(answer, dalv_conflict_key(conflict), value,
                             NULL) == DALV_OK)
        resolution = DALV_RESOLVE_ANSWER;
    free(owned);
    json_decref(document);
    return resolution;
}

static enum dalv_resolution ask_command(void *owner,
                                        const struct dalv_conflict *conflict,
                                        struct dalv_transaction *answer)
{
    const struct conflict_choice *choice = owner;
    json_t *document = conflict_json(conflict);
    char *text = json_dumps(document, JSON_COMPACT);
    char *decision = NULL;
    enum dalv_resolution resolution = DALV_RESOLVE_LATER;

    json_decref(document);
    if (text != NULL)
        decision = process_run(choice->command, text);
    if (decision != NULL)
        resolution = read_decision(decision, conflict, answer);
    else
        (void)fprintf(choice->invocation->err,
                      "dalv: the command for conflicts failed; the conflict "
                      "stays for later\n");
    free(text);
    free(decision);
    return resolution;
}

dalv_resolver *conflict_choice_resolver(struct invocation *invocation,
                                        const char *word,
                                        struct conflict_choice *choice)
{
    *choice =
        (struct conflict_choice){.invocation = invocation, .command = word};
    if (word == NULL)
        return NULL;
    if (strcmp(word, "mine") == 0)
        return dalv_resolve_mine;
    if (strcmp(word, "theirs") == 0)
        return dalv_resolve_theirs;
    if (strcmp(word, "merge") == 0)
        return dalv_resolve_merge;
    return strcmp(word, "ask") == 0 ? ask : ask_command;
}
