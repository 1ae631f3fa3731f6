#include "bench/trial.h"

#include "bench/dataset.h"

#include <stdlib.h>

struct trial {
    const struct trial_options *options;
    struct dataset dataset;
    struct load_result result;
    uint64_t refused_count;
};

static struct bytes on_hello(void *owner)
{
    struct trial *trial = owner;
    struct load_source source = dataset_source(&trial->dataset);

    return source.hello(source.owner);
}

static struct bytes on_next(void *owner, size_t connection)
{
    struct trial *trial = owner;
    struct load_source source = dataset_source(&trial->dataset);

    return source.next(source.owner, connection);
}

static bool on_answer(void *owner, struct bytes answer)
{
    struct trial *trial = owner;

    trial->refused_count += !dataset_is_done(&trial->dataset, answer);
    return true;
}

static bool on_asked(void *owner)
{
    const struct trial *trial = owner;

    return trial->options->is_over(trial->options->owner);
}

void trial_run(const struct trial_options *options,
               struct trial_result *out_result)
{
    const struct server *router = &options->fleet->router;
    struct trial *trial = calloc(1, sizeof(*trial));
    const struct load_source source = {.owner = trial,
                                       .hello = on_hello,
                                       .next = on_next,
                                       .accepts = on_answer,
                                       .is_over = on_asked};

    if (trial == NULL)
        bench_give_up("trial", "no memory");
    trial->options = options;
    dataset_init_put(&trial->dataset, router, options->keys,
                     options->connections);
    load_run(&source, router->backend_port,
             (struct load_shape){options->connections, 1}, options->ms_max,
             &trial->result);
    *out_result = (struct trial_result){
        .count = trial->result.count,
        .refused_count = trial->refused_count,
        .elapsed_us = trial->result.elapsed_us,
        .p50_ms = histogram_percentile(&trial->result.latency_us, 50) / 1e3,
        .longest_ms =
            histogram_percentile(&trial->result.latency_us, 100) / 1e3,
    };
    dataset_deinit(&trial->dataset);
    free(trial);
}
