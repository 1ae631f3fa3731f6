/*
 * A real dalvd on free ports of loopback, or in a place of a network of the
 * test's own (tests/support/live_network.h), in a folder of its own.
 *
 * The server never outlives the test and neither does the folder, however the
 * test ends: the kernel kills the one with its parent, and a guardian, a
 * process that only waits for our end, removes the other.
 */
#ifndef DALV_TESTS_SUPPORT_LIVE_SERVER_H
#define DALV_TESTS_SUPPORT_LIVE_SERVER_H

#include "base/bounds.h"
#include "client/dalv.h"
#include "tests/support/folder.h"
#include "tests/support/live_network.h"
#include "token/claims.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    LIVE_SERVER_TOKEN_BYTES = BOUNDS_TOKEN_BYTES_MAX + 1,
    LIVE_SERVER_PATH_BYTES = 256,
    LIVE_SERVER_SETTINGS_MAX = 8,
    LIVE_SERVER_SETTING_BYTES = 256,
    LIVE_SERVER_WAIT_MS = 20000, /* Longest wait for anything it must do. */
};

struct live_server {
    struct folder folder;
    char data[LIVE_SERVER_PATH_BYTES];   /* FOLDER/data, or as a test says. */
    char log[LIVE_SERVER_PATH_BYTES];    /* What it said at all starts. */
    char config[LIVE_SERVER_PATH_BYTES]; /* Empty: it runs as `dalvd dev`. */
    const char *program; /* Borrowed; of the next start, NULL for ours. */
    char host[LIVE_NETWORK_HOST_BYTES];  /* "127.0.0.1", or as a test says. */
    char place[LIVE_NETWORK_PATH_BYTES]; /* Of the network; empty: here. */
    uint16_t base_port;
    int port_holder; /* A socket that keeps others off the ports. */
    pid_t process;   /* 0: it does not run. */
    int code;        /* Its last exit code, if it ended by itself. */
    int guardian;    /* Its end of our pipe; -1: none. */
    /* "NAME=VALUE", added to the environment of the next start. */
    char settings[LIVE_SERVER_SETTINGS_MAX][LIVE_SERVER_SETTING_BYTES];
    size_t setting_count;
};

/* Make the folder and choose the ports; nothing runs yet. */
void live_server_open(struct live_server *server);
/* Kill what runs and remove the folder. */
void live_server_close(struct live_server *server);

/* For the starts from now on; live_server_unset forgets all. */
void live_server_set(struct live_server *server, const char *name,
                     const char *value);
void live_server_unset(struct live_server *server);

/* Let it run as a configuration says: this, and where its data, keys and ports
   are. Makes the data folder and the keys. */
void live_server_configure(struct live_server *server, const char *yaml);

/* Take tokens that the other's key has issued; both are configured. */
void live_server_trust(struct live_server *server,
                       const struct live_server *issuer);

/* Start it; it is not ready at once. */
void live_server_start(struct live_server *server);
/* Start it and wait until it answers; false if it ended or does not. */
bool live_server_start_ready(struct live_server *server);
/* Wait until one that was started answers; false as before. */
bool live_server_wait_ready(struct live_server *server);

/* kill -9, and wait for its end. Fine if it does not run. */
void live_server_kill(struct live_server *server);
/* Send a signal, without waiting. */
void live_server_signal(struct live_server *server, int signal);
/* Wait for its end: the exit code, or 128 and the signal; -1 if it does not
   end in time, and then it is killed. */
int live_server_wait(struct live_server *server);
/* The same without waiting; -2 while it runs. */
int live_server_look(struct live_server *server);
/* SIGTERM, and wait. */
int live_server_stop(struct live_server *server);

/* "tcp://127.0.0.1:PORT"; the offset is 0 for backends, 2 for devices. */
void live_server_endpoint(const struct live_server *server, unsigned offset,
                          char endpoint[64]);
/* A token with all rights, of a backend or of a device of `user`. */
void live_server_token(const struct live_server *server, enum token_role role,
                       const char *user, char token[LIVE_SERVER_TOKEN_BYTES]);
/* The answer's body to GET `path` over HTTP; false without one. */
bool live_server_ask(const struct live_server *server, const char *path,
                     char *text, size_t capacity);
/* A value of its metrics; -1 without it. */
double live_server_metric(const struct live_server *server, const char *name);
/* Its resident memory in bytes; 0 if it does not run. */
size_t live_server_resident_bytes(const struct live_server *server);
/* Whether it ever said this. */
bool live_server_said(const struct live_server *server, const char *text);
/* The last line in which it did. */
bool live_server_last_said(const struct live_server *server, const char *text,
                           char *line, size_t capacity);

/* A backend with all rights, within LIVE_SERVER_WAIT_MS; NULL without one.
   Calls of it give up after `timeout_ms`. */
struct dalv_backend *live_server_connect(struct live_server *server,
                                         uint32_t timeout_ms);

#endif
