/*
 * A disk of its own that is full: a real one, as small as a server can use.
 * Needs the right to mount; without it there is nothing to test.
 */
#include "tests/integration/load.h"
#include "tests/integration/witness_check.h"
#include "tests/support/live_server.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    USERS = 2,
    CALL_MS = 3000,
    DRAIN_MS = 15000,
    LEFT_BYTES = 6 << 20, /* For a while, before nothing is left. */
    EXIT_NO_SPACE = 73,
    EXIT_SKIPPED = 77,
    RUNS = -2,
};

struct story {
    struct live_server server;
    struct witness witness;
    struct load load;
    struct dalv_backend *backend;
    char ballast[LIVE_SERVER_PATH_BYTES + 16];
};

static bool mount_disk(struct story *story)
{
    return mkdir(story->server.data, S_IRWXU) == 0 &&
           mount("none", story->server.data, "tmpfs", MS_NOSUID | MS_NODEV,
                 "size=64m") == 0;
}

static void connect_again(struct story *story)
{
    CU_ASSERT_TRUE_FATAL(live_server_start_ready(&story->server));
    story->backend = live_server_connect(&story->server, CALL_MS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(story->backend);
    load_use(&story->load, story->backend);
}

/* All but a little of what is left goes to a file that is not the server's. */
static void put_ballast(struct story *story)
{
    int file;
    off_t size = 48 << 20;

    (void)snprintf(story->ballast, sizeof(story->ballast), "%s/ballast",
                   story->server.data);
    file = open(story->ballast, O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR);
    CU_ASSERT_TRUE_FATAL(file >= 0);
    while (size > 0 && posix_fallocate(file, 0, size) != 0)
        size -= 1 << 20;
    CU_ASSERT_EQUAL(ftruncate(file, size - LEFT_BYTES), 0);
    (void)close(file);
}

static int load_until_it_ends(struct story *story)
{
    int code = live_server_look(&story->server);

    while (code == RUNS) {
        load_fill(&story->load);
        load_poll(&story->load, 1);
        code = live_server_look(&story->server);
    }
    return code;
}

static void keeps_what_it_acknowledged_before_the_disk_was_full(void)
{
    static struct story story;

    live_server_open(&story.server);
    CU_ASSERT_TRUE_FATAL(mount_disk(&story));
    live_server_configure(&story.server, "log:\n  segment_bytes: 8MiB\n"
                                         "  retention_bytes: 16GiB\n");
    witness_init(&story.witness, 41, USERS);
    load_init(&story.load, &story.witness, 42);
    connect_again(&story);
    put_ballast(&story);
    CU_ASSERT_EQUAL(load_until_it_ends(&story), EXIT_NO_SPACE);
    dalv_backend_close(&story.backend);
    CU_ASSERT_EQUAL(unlink(story.ballast), 0);
    connect_again(&story);
    witness_look_at_all(&story.witness, story.backend);
    CU_ASSERT_TRUE(witness_is_content(&story.witness));
    CU_ASSERT_TRUE(witness_count(&story.witness, TESTIMONY_DONE) > 0);
    dalv_backend_close(&story.backend);
    CU_ASSERT_EQUAL(live_server_stop(&story.server), 0);
    (void)umount2(story.server.data, MNT_DETACH);
    live_server_close(&story.server);
    witness_deinit(&story.witness);
}

static const struct suite_test tests[] = {
    SUITE_TEST(keeps_what_it_acknowledged_before_the_disk_was_full),
};

int main(void)
{
    /* Mounts of this process alone: gone with it, however it ends. */
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        (void)printf("skipped: no right to mount: %s\n", strerror(errno));
        return EXIT_SKIPPED;
    }
    return SUITE_RUN("integration/disk_full", tests);
}
