/*
 * dalv-check: judges what clients saw of a database.
 */
#include "tests/check/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    EXIT_KEPT = 0,
    EXIT_BROKEN = 1,
    EXIT_USAGE = 2,
    EXIT_UNDECIDED = 3,
    PROBLEM_BYTES = 256,
};

static const char help[] =
    "usage: dalv-check [--help] FILE...\n"
    "\n"
    "Judges histories of what clients asked and were told: for each user, is\n"
    "there an order of all deeds in which each took effect once, at a moment\n"
    "between its call and its answer, and was answered as it must be; are the\n"
    "revisions contiguous; was no request done twice, lost, or done after it\n"
    "was refused. FILE - is the standard input.\n"
    "\n"
    "A history is one JSON object a line; ids count the calls from 1, times\n"
    "are microseconds of one clock:\n"
    "\n"
    "  {\"id\":1,\"at\":10,\"call\":\"update\",\"user\":\"ann\","
    "\"request\":\"a1\",\n"
    "   \"do\":[[\"put\",\"k\",\"v\"],[\"add\",\"n\",1],[\"remove\",\"old\"]]}"
    "   (on one line)\n"
    "  {\"id\":1,\"at\":18,\"end\":\"done\",\"revision\":1,\"number\":1}\n"
    "  {\"id\":2,\"at\":20,\"call\":\"get\",\"user\":\"ann\",\"key\":\"k\"}\n"
    "  {\"id\":2,\"at\":25,\"end\":\"done\",\"value\":\"v\",\"revision\":1}\n"
    "\n"
    "An end is done, refused (not done, and never will be) or unknown.\n"
    "\n"
    "Exit status: 0 all promises were kept, 1 they were broken, 2 usage or a\n"
    "file that is no history, 3 too many requests are unknown to decide.\n";

static int judge_file(const char *path)
{
    bool is_standard = strcmp(path, "-") == 0;
    FILE *file = is_standard ? stdin : fopen(path, "re");
    struct history history = {0};
    struct verdict verdict = {.objections = {.file = stdout}};
    char problem[PROBLEM_BYTES] = "it cannot be read";
    enum dalv_status status;

    if (file == NULL) {
        (void)fprintf(stderr, "dalv-check: %s: %s\n", path, strerror(errno));
        return EXIT_USAGE;
    }
    status = history_read(&history, file, problem, sizeof(problem));
    if (!is_standard)
        (void)fclose(file);
    if (status == DALV_OK)
        verdict_reach(&verdict, &history);
    else
        (void)fprintf(stderr, "dalv-check: %s: %s\n", path, problem);
    if (status == DALV_OK)
        (void)printf("%s: %u users, %zu calls, %zu deeds: %zu objections, %zu "
                     "users undecided\n",
                     path, history.users.count, history.call_count,
                     verdict.deed_count, verdict.objections.count,
                     verdict.undecided_count);
    history_deinit(&history);
    if (status != DALV_OK)
        return EXIT_USAGE;
    if (verdict.objections.count > 0)
        return EXIT_BROKEN;
    return verdict.undecided_count > 0 ? EXIT_UNDECIDED : EXIT_KEPT;
}

int main(int argc, char **argv)
{
    int worst = EXIT_KEPT;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(help, stdout);
        return EXIT_KEPT;
    }
    if (argc < 2 || (argv[1][0] == '-' && argv[1][1] != '\0')) {
        (void)fputs(help, stderr);
        return EXIT_USAGE;
    }
    /* Broken promises are worse than a doubt. */
    for (int i = 1; i < argc; i++) {
        int code = judge_file(argv[i]);

        if (worst == EXIT_KEPT || code == EXIT_BROKEN)
            worst = code;
    }
    return worst;
}
