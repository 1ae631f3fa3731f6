/*
 * The main part of a fuzz harness that does not search: each file of the
 * folders named as arguments is handed once to the harness. So what was found
 * once is tried on each change, by any compiler.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    INPUT_BYTES_MAX = 16 << 20,
};

/* libFuzzer gives it this name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 0 once the harness has seen the file at `path`. */
static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *input = malloc(INPUT_BYTES_MAX);
    int result = -1;

    if (file != NULL && input != NULL) {
        size_t size = fread(input, 1, INPUT_BYTES_MAX, file);

        if (ferror(file) == 0 && feof(file) != 0)
            result = LLVMFuzzerTestOneInput(input, size);
    }
    if (result != 0)
        (void)fprintf(stderr, "%s: not replayed\n", path);
    free(input);
    if (file != NULL)
        (void)fclose(file);
    return result;
}

static int replay_entry(const char *folder, const char *name)
{
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return replay_file(path);
}

/* How many files of the folder were replayed; -1 if one could not be. */
static int replay_folder(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    int replayed = count < 0 ? -1 : 0;

    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;

        if (name[0] != '.' && replayed >= 0)
            replayed = replay_entry(folder, name) == 0 ? replayed + 1 : -1;
        free(entries[i]);
    }
    free(entries);
    return replayed;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int replayed = replay_folder(argv[i]);

        /* A corpus that is not there would be a test that can not fail. */
        if (replayed <= 0) {
            (void)fprintf(stderr, "%s: no input was replayed\n", argv[i]);
            return EXIT_FAILURE;
        }
        (void)printf("%s: %d inputs\n", argv[i], replayed);
    }
    return EXIT_SUCCESS;
}
