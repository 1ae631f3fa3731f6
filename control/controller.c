#include "control/controller_internal.h"

#include "base/assert.h"

static uint32_t or_default(uint32_t chosen, uint32_t standard)
{
    return chosen == 0 ? standard : chosen;
}

enum dalv_status controller_create(const struct controller_options *options,
                                   struct allocator *allocator,
                                   struct controller **out_controller)
{
    struct controller *controller =
        allocator_take_zeroed(allocator, sizeof(*controller));

    if (controller == NULL)
        return DALV_NO_MEMORY;
    controller->allocator = allocator;
    controller->options = (struct controller_options){
        .id = options->id,
        .term_ms = or_default(options->term_ms, CANDIDACY_TERM_MS),
        .heartbeat_ms =
            or_default(options->heartbeat_ms, CONTROLLER_HEARTBEAT_MS),
        .suspect_ms = or_default(options->suspect_ms, CONTROLLER_SUSPECT_MS),
        .repair_ms = or_default(options->repair_ms, CONTROLLER_REPAIR_MS),
        .rest_ms = or_default(options->rest_ms, BALANCE_REST_MS),
    };
    candidacy_init(&controller->candidacy, options->id, options->name,
                   controller->options.term_ms);
    controller->options.name = controller->candidacy.name;
    map_reader_init(&controller->reader, allocator);
    controller->scratch_memory =
        allocator_take(allocator, CONTROLLER_SCRATCH_BYTES);
    if (controller->scratch_memory == NULL ||
        map_change_init(&controller->change, allocator) != DALV_OK) {
        controller_destroy(&controller);
        return DALV_NO_MEMORY;
    }
    arena_init(&controller->scratch, controller->scratch_memory,
               CONTROLLER_SCRATCH_BYTES);
    *out_controller = controller;
    return DALV_OK;
}

static void give_partitions(struct controller *controller)
{
    struct allocator *allocator = controller->allocator;
    size_t count = controller->partition_count;

    allocator_give(allocator, controller->copies,
                   count * sizeof(*controller->copies));
    allocator_give(allocator, controller->watches,
                   count * sizeof(*controller->watches));
    allocator_give(allocator, controller->places,
                   count * sizeof(*controller->places));
    allocator_give(allocator, controller->placement_memory,
                   controller->placement_bytes);
    controller->copies = NULL;
    controller->watches = NULL;
    controller->places = NULL;
    controller->placement_memory = NULL;
    controller->partition_count = 0;
}

void controller_destroy(struct controller **controller_p)
{
    struct controller *controller = *controller_p;

    if (controller == NULL)
        return;
    *controller_p = NULL;
    give_partitions(controller);
    control_map_destroy(&controller->map);
    map_reader_deinit(&controller->reader);
    map_change_deinit(&controller->change);
    allocator_give(controller->allocator, controller->scratch_memory,
                   CONTROLLER_SCRATCH_BYTES);
    allocator_give(controller->allocator, controller, sizeof(*controller));
}

void controller_report(struct controller_effects *effects,
                       const struct controller_news *news)
{
    if (effects->news_count == CONTROLLER_NEWS_MAX)
        effects->news_lost++;
    else
        effects->news[effects->news_count++] = *news;
}

static bool take_partitions(struct controller *controller, uint32_t count)
{
    struct allocator *allocator = controller->allocator;

    give_partitions(controller);
    controller->partition_count = count;
    controller->copies =
        allocator_take_zeroed(allocator, count * sizeof(*controller->copies));
    controller->watches =
        allocator_take_zeroed(allocator, count * sizeof(*controller->watches));
    controller->places =
        allocator_take_zeroed(allocator, count * sizeof(*controller->places));
    controller->placement_bytes = placement_memory(count);
    controller->placement_memory =
        allocator_take(allocator, controller->placement_bytes);
    return controller->copies != NULL && controller->watches != NULL &&
           controller->places != NULL && controller->placement_memory != NULL;
}

/* The counter's lane. */

static const struct control_question *ask_counter(struct controller *controller)
{
    struct candidacy *candidacy = &controller->candidacy;
    struct control_question *question =
        &controller->questions[CONTROLLER_COUNTER];
    struct writer writer;

    controller->counter_key = control_key_candidacy();
    *question = (struct control_question){
        .type = CONTROL_GET,
        .key = control_key_bytes(&controller->counter_key)};
    switch (candidacy_ask(candidacy, controller->now_ms)) {
    case CANDIDACY_NOTHING:
        return NULL;
    case CANDIDACY_READ:
        return question;
    case CANDIDACY_SWAP:
        break;
    }
    writer_init(&writer, controller->counter_value,
                sizeof(controller->counter_value));
    control_frame_begin(&writer);
    ASSERT(candidacy_record_encode(&candidacy->next, &writer) == DALV_OK);
    control_frame_end(&writer, question->key);
    controller->counter_change = (struct control_change){
        .verb = CONTROL_PUT,
        .key = question->key,
        .revision = candidacy->revision,
        .value = writer_bytes(&writer),
    };
    question->type = CONTROL_COMMIT;
    question->transaction =
        (struct control_transaction){&controller->counter_change, 1};
    return question;
}

static void on_counter_read(struct controller *controller,
                            const struct control_reply *reply)
{
    enum dalv_status status = reply->status;
    struct candidacy_record record;
    struct bytes bytes = {0};

    if (status == DALV_OK)
        status = control_frame_open(reply->answer->entries[0].value,
                                    reply->answer->entries[0].key, &bytes);
    if (status == DALV_OK)
        status = candidacy_record_decode(bytes, &record);
    candidacy_on_read(
        &controller->candidacy, status, status == DALV_OK ? &record : NULL,
        status == DALV_OK ? reply->answer->entries[0].revision : 0,
        controller->now_ms);
}

static void on_counter(struct controller *controller,
                       const struct control_reply *reply)
{
    if (controller->candidacy.pending == CANDIDACY_READ)
        on_counter_read(controller, reply);
    else
        candidacy_on_swapped(&controller->candidacy, reply->status,
                             reply->revision, controller->now_ms);
}

/* Terms. */

void controller_read_anew(struct controller *controller)
{
    if (controller->state == CONTROLLER_LEADING)
        controller->state = CONTROLLER_READING;
}

/* What was heard in an earlier term may be long over. */
static void begin_term(struct controller *controller,
                       struct controller_effects *effects)
{
    controller->state = CONTROLLER_READING;
    controller->retry_ms = 0;
    balance_init(&controller->balance, controller->options.rest_ms,
                 controller->now_ms);
    controller->has_places = false;
    controller->is_rebalancing = false;
    controller->has_requests = false;
    controller->request_count = 0;
    roster_clear(&controller->roster);
    control_map_destroy(&controller->map);
    give_partitions(controller);
    controller_report(effects,
                      &(struct controller_news){.type = CONTROLLER_ELECTED});
}

static void follow_counter(struct controller *controller,
                           struct controller_effects *effects)
{
    bool is_holding =
        candidacy_is_holding(&controller->candidacy, controller->now_ms);

    if (is_holding && controller->state == CONTROLLER_WATCHING) {
        begin_term(controller, effects);
    } else if (!is_holding && controller->state != CONTROLLER_WATCHING) {
        controller->state = CONTROLLER_WATCHING;
        controller_report(effects,
                          &(struct controller_news){.type = CONTROLLER_LOST});
    }
}

/* Reading the map. */

static void begin_reading(struct controller *controller)
{
    for (uint32_t i = 0; i < controller->partition_count; i++) {
        struct partition_watch *watch = &controller->watches[i];

        watch->is_checked = watch->is_suspect;
        watch->is_suspect = false;
    }
    map_reader_begin(&controller->reader, (struct cluster_version){0});
}

void controller_align(struct controller *controller, uint32_t partition,
                      const struct partition_record *record)
{
    struct copies *copies = &controller->copies[partition];

    copies_align(copies, record);
    for (size_t i = 0; i < copies->count; i++) {
        struct roster_entry *entry =
            roster_find(&controller->roster, copies->items[i].member.node);

        if (entry != NULL && copies->items[i].boot == 0)
            roster_ask_all(entry);
    }
}

/* Rule 4: what was heard before this map was read must be in it. */
static void check_partition(struct controller *controller, uint32_t partition,
                            struct controller_effects *effects)
{
    struct partition_watch *watch = &controller->watches[partition];
    struct copies *copies = &controller->copies[partition];
    const struct partition_record *record =
        &controller->map->map.records[partition];
    bool is_ahead = copies_are_ahead(copies, record);

    if (watch->is_checked && is_ahead && !watch->is_halted) {
        watch->is_halted = true;
        controller_report(effects, &(struct controller_news){
                                       .type = CONTROLLER_HALTED,
                                       .partition = partition,
                                       .epoch = copies->heard_epoch,
                                   });
    }
    /* It was not doubted before: the store went back just now. */
    if (is_ahead && !watch->is_halted)
        watch->is_suspect = true;
    if (!is_ahead)
        watch->is_halted = false;
    watch->is_checked = false;
    watch->is_busy = true;
    controller_align(controller, partition, record);
}

static void adopt_map(struct controller *controller,
                      struct controller_effects *effects)
{
    uint32_t count;
    bool is_suspect = false;

    control_map_destroy(&controller->map);
    controller->map = map_reader_take(&controller->reader);
    count = controller->map->map.head.partition_count;
    if (count != controller->partition_count &&
        !take_partitions(controller, count)) {
        give_partitions(controller);
        controller->retry_ms = controller->now_ms + CONTROLLER_SWEEP_MS;
        return;
    }
    roster_align(&controller->roster, &controller->map->map,
                 controller->now_ms);
    for (uint32_t i = 0; i < count; i++) {
        check_partition(controller, i, effects);
        is_suspect = is_suspect || controller->watches[i].is_suspect;
    }
    /* What was heard during the reading may be newer than it. */
    if (!is_suspect)
        controller->state = CONTROLLER_LEADING;
    controller->sweep_ms = controller->now_ms;
}

static void fail_store(struct controller *controller, enum dalv_status status,
                       struct controller_effects *effects)
{
    controller->retry_ms = controller->now_ms + CONTROLLER_BACK_OFF_MS;
    controller_report(effects, &(struct controller_news){
                                   .type = CONTROLLER_STORE_FAILED,
                                   .status = status,
                               });
}

static void on_map_read(struct controller *controller,
                        const struct control_reply *reply,
                        struct controller_effects *effects)
{
    struct map_reader *reader = &controller->reader;

    map_reader_answer(reader, reply);
    if (reader->state == MAP_READER_FAILED)
        fail_store(controller, reader->status, effects);
    else if (reader->state == MAP_READER_DONE)
        adopt_map(controller, effects);
}

/* Somebody else may have changed the map: a watch is only a hint. */
static bool is_head_moved(const struct controller *controller,
                          const struct control_reply *reply)
{
    /* Without a map it is the answer to a question of an earlier term. */
    return reply->status == DALV_OK && controller->map != NULL &&
           reply->answer->entries[0].revision != controller->map->head_revision;
}

static void on_map(struct controller *controller,
                   const struct control_reply *reply,
                   struct controller_effects *effects)
{
    enum controller_errand errand = controller->errand;

    controller->errand = CONTROLLER_IDLE;
    if (controller->state == CONTROLLER_WATCHING)
        return;
    switch (errand) {
    case CONTROLLER_IDLE:
        ASSERT_UNREACHABLE("a lane that asked nothing gets no answer");
    case CONTROLLER_READS_MAP:
        if (map_reader_ask(&controller->reader, &(struct control_question){0}))
            on_map_read(controller, reply, effects);
        break;
    case CONTROLLER_READS_REQUESTS:
        if (reply->status == DALV_OK)
            controller_on_requests(controller, reply->answer);
        else
            fail_store(controller, reply->status, effects);
        break;
    case CONTROLLER_LOOKS:
        if (is_head_moved(controller, reply))
            controller_read_anew(controller);
        break;
    case CONTROLLER_COMMITS:
        if (reply->status != DALV_OK && reply->status != DALV_PRECONDITION)
            fail_store(controller, reply->status, effects);
        controller_on_committed(controller, reply, effects);
        break;
    }
}

static bool ask_reader(struct controller *controller,
                       struct control_question *question)
{
    if (!map_reader_ask(&controller->reader, question)) {
        begin_reading(controller);
        (void)map_reader_ask(&controller->reader, question);
    }
    controller->errand = CONTROLLER_READS_MAP;
    return true;
}

/* Once in a sweep: has anybody else changed the map, or asked for something? */
static bool ask_news(struct controller *controller,
                     struct control_question *question)
{
    if (!controller->has_looked) {
        controller->has_looked = true;
        controller->head_key = control_key_head();
        *question = (struct control_question){
            .type = CONTROL_GET,
            .key = control_key_bytes(&controller->head_key)};
        controller->errand = CONTROLLER_LOOKS;
        return true;
    }
    if (controller->has_requests)
        return false;
    controller->has_requests = true;
    *question = (struct control_question){.type = CONTROL_LIST,
                                          .key = control_prefix_requests()};
    controller->errand = CONTROLLER_READS_REQUESTS;
    return true;
}

/* What is to be changed goes before what is to be looked at. */
static const struct control_question *ask_map(
    struct controller *controller, struct controller_effects *effects)
{
    struct control_question *question = &controller->questions[CONTROLLER_MAP];

    if (controller->errand != CONTROLLER_IDLE ||
        controller->now_ms < controller->retry_ms)
        return NULL;
    if (controller->state == CONTROLLER_READING)
        return ask_reader(controller, question) ? question : NULL;
    if (controller_work(controller, question, effects)) {
        controller->errand = CONTROLLER_COMMITS;
        return question;
    }
    return ask_news(controller, question) ? question : NULL;
}

/* The step. */

void controller_stir(struct controller *controller)
{
    for (uint32_t i = 0; i < controller->partition_count; i++)
        controller->watches[i].is_busy = true;
}

static void sweep(struct controller *controller)
{
    if (controller->now_ms < controller->sweep_ms)
        return;
    controller->sweep_ms = controller->now_ms + CONTROLLER_SWEEP_MS;
    controller->has_looked = false;
    controller->has_requests = false;
    controller_place(controller);
    controller_stir(controller);
}

/* Somebody else changes who leads or holds what. */
static bool is_unsettled(const struct controller *controller)
{
    if (controller->is_rebalancing || controller->moving > 0)
        return true;
    for (size_t i = 0; i < controller->request_count; i++) {
        if (!operator_request_is_ended(&controller->requests[i].request))
            return true;
    }
    return false;
}

static void balance_leads(struct controller *controller,
                          struct controller_effects *effects)
{
    struct balance *balance = &controller->balance;
    const struct balance_view view = {
        .map = &controller->map->map,
        .roster = &controller->roster,
        .copies = controller->copies,
        .is_unsettled = is_unsettled(controller),
    };
    enum balance_state before = balance->state;

    balance_step(balance, &view, controller->now_ms);
    if (balance->node != 0)
        controller->watches[balance->partition].is_busy = true;
    if (balance->state != before)
        controller_report(effects, &(struct controller_news){
                                       .type = before == BALANCE_RESTING
                                                   ? CONTROLLER_BALANCING
                                                   : CONTROLLER_BALANCED});
}

static void watch_nodes(struct controller *controller,
                        struct controller_effects *effects)
{
    struct roster *roster = &controller->roster;

    if (!roster_expire(roster, controller->options.suspect_ms,
                       controller->now_ms))
        return;
    balance_disturb(&controller->balance, controller->now_ms);
    for (size_t i = 0; i < roster->count; i++) {
        struct controller_news news = {.type = CONTROLLER_NODE_AWAY,
                                       .node = roster->items[i].node};

        if (!roster->items[i].is_alive &&
            roster->items[i].away_ms == controller->now_ms)
            controller_report(effects, &news);
    }
    controller_stir(controller);
}

static void take_event(struct controller *controller,
                       const struct controller_event *event,
                       struct controller_effects *effects)
{
    switch (event->type) {
    case CONTROLLER_TICKED:
        break;
    case CONTROLLER_REPLIED:
        if (event->lane == CONTROLLER_COUNTER)
            on_counter(controller, event->reply);
        else
            on_map(controller, event->reply, effects);
        break;
    case CONTROLLER_HEARD:
        if (controller->map != NULL && controller->partition_count > 0)
            controller_hear(controller, event, effects);
        break;
    }
}

void controller_step(struct controller *controller,
                     const struct controller_event *event,
                     struct controller_effects *out_effects)
{
    out_effects->questions[CONTROLLER_COUNTER] = NULL;
    out_effects->questions[CONTROLLER_MAP] = NULL;
    out_effects->message_count = 0;
    out_effects->news_count = 0;
    out_effects->news_lost = 0;
    arena_clear(&controller->scratch);
    controller->now_ms = event->now_ms;
    controller->wall_us = event->wall_us;

    take_event(controller, event, out_effects);
    follow_counter(controller, out_effects);
    out_effects->questions[CONTROLLER_COUNTER] = ask_counter(controller);
    if (controller->state == CONTROLLER_WATCHING)
        return;
    watch_nodes(controller, out_effects);
    if (controller->state == CONTROLLER_LEADING) {
        sweep(controller);
        balance_leads(controller, out_effects);
    }
    out_effects->questions[CONTROLLER_MAP] = ask_map(controller, out_effects);
    if (controller->map != NULL)
        controller_talk(controller, out_effects);
}

/* Questions. */

uint64_t controller_next_ms(const struct controller *controller)
{
    uint64_t counter_ms = candidacy_next_ms(&controller->candidacy);
    uint64_t soon_ms =
        controller->now_ms + controller->options.heartbeat_ms / 3;

    if (controller->state == CONTROLLER_WATCHING || counter_ms < soon_ms)
        return counter_ms;
    return soon_ms;
}

bool controller_is_leading(const struct controller *controller, uint64_t now_ms)
{
    return controller->state == CONTROLLER_LEADING &&
           candidacy_is_holding(&controller->candidacy, now_ms);
}

const struct cluster_map *controller_map(const struct controller *controller)
{
    return controller->map == NULL ? NULL : &controller->map->map;
}

bool controller_is_halted(const struct controller *controller,
                          uint32_t partition)
{
    return partition < controller->partition_count &&
           controller->watches[partition].is_halted;
}

void controller_describe(const struct controller *controller, uint64_t now_ms,
                         struct text *out_text)
{
    const char *holder = candidacy_holder(&controller->candidacy);
    size_t halted = 0;
    size_t busy = 0;

    if (!controller_is_leading(controller, now_ms)) {
        text_put(out_text, "not the controller; the last one seen is ");
        text_put(out_text, holder == NULL ? "nobody" : holder);
        return;
    }
    for (uint32_t i = 0; i < controller->partition_count; i++) {
        halted += controller->watches[i].is_halted ? 1 : 0;
        busy += controller->watches[i].is_busy ? 1 : 0;
    }
    text_put(out_text, "controller, map version ");
    text_put_u64(out_text, controller->map->map.head.version.version);
    text_put(out_text, ", partitions being worked on ");
    text_put_u64(out_text, busy);
    text_put(out_text, ", being moved ");
    text_put_u64(out_text, controller->moving);
    text_put(out_text, ", halted ");
    text_put_u64(out_text, halted);
}
