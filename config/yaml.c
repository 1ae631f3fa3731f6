/*
 * The reader follows libyaml's events with a stack of its own, one level for
 * each mapping or list that is open:
 *
 *     LEVEL_GROUP   a mapping of known keys      scalar -> key, then value
 *     LEVEL_ITEMS   the items of a list          scalar -> item
 *     LEVEL_RULES   a mapping of free prefixes   scalar -> prefix, then choice
 *
 * Each handler returns false once it has written the error, and the reading
 * ends there. So an unknown key ends it before anything nests below.
 */
#include "config/yaml.h"

#include "base/assert.h"

#include <string.h>
#include <yaml.h>

enum level_type {
    LEVEL_GROUP,
    LEVEL_ITEMS,
    LEVEL_RULES,
};

struct level {
    enum level_type type;
    const struct field *field; /* NULL for the mapping that is the file. */
};

struct walk {
    const struct field_table *table;
    void *target;
    struct yaml_places *places;
    struct config_error *error;
    struct level levels[YAML_DEPTH_MAX];
    size_t depth;
    size_t document_count;
    const struct field *field; /* The key whose value comes next, or NULL. */
    bool has_prefix;           /* The same for a rule. */
    size_t prefix_size;
    char prefix[FIELD_PREFIX_MAX + 1]; /* One more shows that it is too long. */
};

/* Errors */

static struct text begin_error(struct walk *walk, const yaml_mark_t *mark,
                               enum dalv_status status)
{
    return config_error_begin(walk->error, status, mark->line + 1,
                              mark->column + 1);
}

static bool refuse(struct walk *walk, const yaml_mark_t *mark,
                   const char *message)
{
    struct text text = begin_error(walk, mark, DALV_INVALID);

    text_put(&text, message);
    return false;
}

static bool refuse_field(struct walk *walk, const yaml_mark_t *mark,
                         const struct field *field, const char *message)
{
    struct text text = begin_error(walk, mark, DALV_INVALID);

    text_put(&text, field->path);
    text_put(&text, " ");
    text_put(&text, message);
    return false;
}

/* Keys */

static const struct level *top(const struct walk *walk)
{
    return &walk->levels[walk->depth - 1];
}

/* The part of `path` behind "group.", or NULL if it is not right below. */
static const char *name_below(const struct field *group, const char *path)
{
    if (group != NULL) {
        size_t size = strlen(group->path);

        if (strncmp(path, group->path, size) != 0 || path[size] != '.')
            return NULL;
        path += size + 1;
    }
    return strchr(path, '.') == NULL ? path : NULL;
}

static const struct field *find_field(const struct walk *walk,
                                      struct bytes name)
{
    for (size_t i = 0; i < walk->table->count; i++) {
        const struct field *field = &walk->table->fields[i];
        const char *known = name_below(top(walk)->field, field->path);

        if (known != NULL && bytes_equal(name, bytes_from_text(known)))
            return field;
    }
    return NULL;
}

static bool refuse_unknown(struct walk *walk, const yaml_mark_t *mark,
                           struct bytes name)
{
    struct text text = begin_error(walk, mark, DALV_INVALID);
    const struct field *group = top(walk)->field;
    const char *separator = "";

    text_put(&text, "unknown key \"");
    text_put_bytes(&text,
                   bytes_make(name.data, name.size > 64 ? 64 : name.size));
    text_put(&text, "\"; known ");
    text_put(&text, group == NULL ? "at the top" : "below ");
    text_put(&text, group == NULL ? "" : group->path);
    text_put(&text, " are: ");
    for (size_t i = 0; i < walk->table->count; i++) {
        const char *known = name_below(group, walk->table->fields[i].path);

        if (known == NULL)
            continue;
        text_put(&text, separator);
        text_put(&text, known);
        separator = ", ";
    }
    return false;
}

static bool on_key(struct walk *walk, const yaml_mark_t *mark,
                   struct bytes name)
{
    const struct field *field = find_field(walk, name);
    struct yaml_place *place;

    if (field == NULL)
        return refuse_unknown(walk, mark, name);
    place = &walk->places->fields[field - walk->table->fields];
    if (place->line != 0)
        return refuse_field(walk, mark, field,
                            "stands twice; keep one of them");
    place->line = mark->line + 1;
    place->column = mark->column + 1;
    walk->field = field;
    return true;
}

static bool on_prefix(struct walk *walk, struct bytes prefix)
{
    size_t size =
        prefix.size < sizeof(walk->prefix) ? prefix.size : sizeof(walk->prefix);

    memcpy(walk->prefix, prefix.data, size);
    walk->prefix_size = size;
    walk->has_prefix = true;
    return true;
}

/* Values */

static bool is_list(const struct field *field)
{
    return field->type == FIELD_FLAGS || field->type == FIELD_TEXTS ||
           field->type == FIELD_ADDRESSES;
}

static bool is_mapping(const struct field *field)
{
    return field->type == FIELD_GROUP || field->type == FIELD_RULES;
}

/* The path stands before the reason: "log.segment_bytes must be ...". */
static struct text begin_reason(struct walk *walk, const yaml_mark_t *mark,
                                const struct field *field)
{
    struct text text = begin_error(walk, mark, DALV_INVALID);

    text_put(&text, field->path);
    text_put(&text, " ");
    return text;
}

static bool on_value(struct walk *walk, const yaml_mark_t *mark,
                     const struct field *field, struct bytes value)
{
    struct text reason;

    if (is_mapping(field))
        return refuse_field(walk, mark, field,
                            "must be a mapping: put \"key: value\" lines "
                            "below it, indented");
    if (is_list(field) && top(walk)->type != LEVEL_ITEMS) {
        if (field->type != FIELD_ADDRESSES)
            return refuse_field(walk, mark, field,
                                "must be a list, such as [a, b]");
        field_clear(field, walk->target);
    }
    reason = begin_reason(walk, mark, field);
    return field_assign(field, value, walk->target, &reason);
}

static bool on_rule(struct walk *walk, const yaml_mark_t *mark,
                    const struct field *field, struct bytes value)
{
    struct text reason = begin_reason(walk, mark, field);

    walk->has_prefix = false;
    return field_assign_rule(field, bytes_make(walk->prefix, walk->prefix_size),
                             value, walk->target, &reason);
}

static bool on_text(struct walk *walk, const yaml_mark_t *mark,
                    struct bytes value)
{
    const struct level *level = top(walk);
    const struct field *field = walk->field;

    switch (level->type) {
    case LEVEL_ITEMS:
        return on_value(walk, mark, level->field, value);
    case LEVEL_RULES:
        if (walk->has_prefix)
            return on_rule(walk, mark, level->field, value);
        return on_prefix(walk, value);
    case LEVEL_GROUP:
        break;
    }
    if (field == NULL)
        return on_key(walk, mark, value);
    walk->field = NULL;
    return on_value(walk, mark, field, value);
}

/* Levels */

static bool push(struct walk *walk, const yaml_mark_t *mark,
                 enum level_type type, const struct field *field)
{
    if (walk->depth == YAML_DEPTH_MAX) {
        struct text text = begin_error(walk, mark, DALV_TOO_BIG);

        text_put(&text, "nested too deeply");
        return false;
    }
    walk->levels[walk->depth++] = (struct level){.type = type, .field = field};
    walk->field = NULL;
    return true;
}

/* The field whose value begins here; NULL, and an error, if none can. */
static const struct field *expect_value(struct walk *walk,
                                        const yaml_mark_t *mark)
{
    if (walk->depth > 0 && walk->field != NULL)
        return walk->field;
    (void)refuse(walk, mark,
                 walk->depth == 0
                     ? "the file must be a mapping: \"key: value\" lines"
                     : "a plain text must stand here");
    return NULL;
}

static bool on_mapping(struct walk *walk, const yaml_mark_t *mark)
{
    const struct field *field;

    if (walk->depth == 0)
        return push(walk, mark, LEVEL_GROUP, NULL);
    field = expect_value(walk, mark);
    if (field == NULL)
        return false;
    if (field->type == FIELD_GROUP)
        return push(walk, mark, LEVEL_GROUP, field);
    if (field->type != FIELD_RULES)
        return refuse_field(walk, mark, field, "must not be a mapping");
    field_clear(field, walk->target);
    return push(walk, mark, LEVEL_RULES, field);
}

static bool on_sequence(struct walk *walk, const yaml_mark_t *mark)
{
    const struct field *field = expect_value(walk, mark);

    if (field == NULL)
        return false;
    if (!is_list(field))
        return refuse_field(walk, mark, field, "must not be a list");
    field_clear(field, walk->target);
    return push(walk, mark, LEVEL_ITEMS, field);
}

/* Events */

static bool is_marked(const yaml_char_t *anchor, const yaml_char_t *tag)
{
    return anchor != NULL || tag != NULL;
}

/* Anchors lead to aliases, and tags to types of others: people need neither. */
static bool has_marks(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return is_marked(event->data.scalar.anchor, event->data.scalar.tag);
    if (event->type == YAML_MAPPING_START_EVENT)
        return is_marked(event->data.mapping_start.anchor,
                         event->data.mapping_start.tag);
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return is_marked(event->data.sequence_start.anchor,
                         event->data.sequence_start.tag);
    return event->type == YAML_ALIAS_EVENT;
}

static bool on_scalar(struct walk *walk, const yaml_event_t *event)
{
    struct bytes value =
        bytes_make(event->data.scalar.value, event->data.scalar.length);

    if (walk->depth > 0)
        return on_text(walk, &event->start_mark, value);
    /* "---" and nothing behind it is an empty file as well. */
    if (value.size == 0)
        return true;
    return refuse(walk, &event->start_mark,
                  "the file must be a mapping: \"key: value\" lines");
}

static bool on_event(struct walk *walk, const yaml_event_t *event)
{
    const yaml_mark_t *mark = &event->start_mark;

    if (has_marks(event))
        return refuse(walk, mark, "anchors, aliases and tags are not taken");
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return walk->document_count++ == 0 ||
               refuse(walk, mark, "a second document is not taken");
    case YAML_SCALAR_EVENT:
        return on_scalar(walk, event);
    case YAML_MAPPING_START_EVENT:
        return on_mapping(walk, mark);
    case YAML_SEQUENCE_START_EVENT:
        return on_sequence(walk, mark);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        walk->depth--;
        return true;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_ALIAS_EVENT:
        break;
    }
    return true;
}

static bool refuse_syntax(struct walk *walk, const yaml_parser_t *parser)
{
    struct text text = begin_error(walk, &parser->problem_mark, DALV_INVALID);

    text_put(&text, "not YAML: ");
    text_put(&text, parser->problem == NULL ? "unreadable" : parser->problem);
    return false;
}

/* True once the stream has ended and everything was taken. */
static bool follow(struct walk *walk, yaml_parser_t *parser)
{
    bool is_good = true;
    bool is_ended = false;

    while (is_good && !is_ended) {
        yaml_event_t event;

        if (yaml_parser_parse(parser, &event) != 1)
            return refuse_syntax(walk, parser);
        is_good = on_event(walk, &event);
        is_ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    return is_good;
}

static enum dalv_status refuse_size(struct config_error *error)
{
    struct text text = config_error_begin(error, DALV_TOO_BIG, 0, 0);

    text_put(&text, "the file is larger than 64KiB");
    return DALV_TOO_BIG;
}

enum dalv_status yaml_read(const struct field_table *table, struct bytes text,
                           void *target, struct yaml_places *out_places,
                           struct config_error *out_error)
{
    yaml_parser_t parser;
    struct walk walk = {.table = table,
                        .target = target,
                        .places = out_places,
                        .error = out_error};
    bool is_good;

    ASSERT(table->count <= FIELD_TABLE_MAX);
    if (text.size > YAML_FILE_MAX)
        return refuse_size(out_error);
    memset(out_places, 0, sizeof(*out_places));
    if (yaml_parser_initialize(&parser) != 1)
        return DALV_NO_MEMORY;
    /* Nothing else may guess at an encoding: a file is UTF-8. */
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    /* libyaml asserts that there is a pointer, also to nothing. */
    if (text.size == 0)
        text = bytes_make("", 0);
    yaml_parser_set_input_string(&parser, text.data, text.size);
    is_good = follow(&walk, &parser);
    yaml_parser_delete(&parser);
    return is_good ? DALV_OK : out_error->status;
}

/* Writing */

static size_t count_dots(const char *path)
{
    size_t count = 0;

    for (; *path != '\0'; path++)
        count += *path == '.';
    return count;
}

void yaml_write(const struct field_table *table, const void *source,
                struct text *out_text)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->fields[i];
        const char *dot = strrchr(field->path, '.');

        for (size_t j = count_dots(field->path); j > 0; j--)
            text_put(out_text, "  ");
        text_put(out_text, dot == NULL ? field->path : dot + 1);
        text_put(out_text, field->type == FIELD_GROUP ? ":" : ": ");
        field_format(field, source, out_text);
        text_put(out_text, "\n");
    }
}
