#include "cli/access.h"

#include "base/clock.h"
#include "token/key.h"
#include "token/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_BYTES_MAX = 4096,
    DETAIL_BYTES_MAX = PATH_BYTES_MAX + CONFIG_ERROR_TEXT_MAX + 64
};

static const char every_right[] = "read,write,watch:";

bool access_profile_path(const struct invocation *invocation, char *path,
                         size_t size)
{
    const char *named = invocation->profile_path;
    const char *folder = secure_getenv("XDG_CONFIG_HOME");
    const char *home = secure_getenv("HOME");
    int length = -1;

    if (named == NULL)
        named = secure_getenv("DALV_PROFILE");
    if (named != NULL && named[0] != '\0')
        length = snprintf(path, size, "%s", named);
    else if (folder != NULL && folder[0] == '/')
        length = snprintf(path, size, "%s/dalv/profile.yaml", folder);
    else if (home != NULL)
        length = snprintf(path, size, "%s/.config/dalv/profile.yaml", home);
    return length > 0 && (size_t)length < size;
}

static int fail_profile(const struct invocation *invocation, const char *path,
                        const struct config_error *error)
{
    char detail[DETAIL_BYTES_MAX];

    if (error->line > 0)
        (void)snprintf(detail, sizeof(detail), "%s:%zu:%zu: %s", path,
                       error->line, error->column, error->text);
    else
        (void)snprintf(detail, sizeof(detail), "profile %s: %s", path,
                       error->text);
    if (error->status == DALV_NOT_FOUND)
        (void)fprintf(invocation->err,
                      "dalv: there is no profile %s. Name one with --profile "
                      "or DALV_PROFILE; 'dalvd dev' writes one into its "
                      "folder.\n",
                      path);
    else
        (void)invocation_fail_file(invocation, error->status, detail);
    return EXIT_USAGE;
}

int access_load(struct invocation *invocation, struct profile *out_profile)
{
    char path[PATH_BYTES_MAX];
    struct config_error error = {0};

    if (!access_profile_path(invocation, path, sizeof(path)))
        (void)invocation_usage(invocation,
                               "no profile: name one with --profile");
    else if (profile_load(path, out_profile, &error) != DALV_OK)
        (void)fail_profile(invocation, path, &error);
    else
        return EXIT_DONE;
    return EXIT_USAGE;
}

void access_endpoint(const struct address *address,
                     char out_text[ACCESS_ENDPOINT_BYTES])
{
    struct text text;

    text_init(&text, out_text, ACCESS_ENDPOINT_BYTES);
    text_put(&text, "tcp://");
    address_format(address, &text);
}

/* Rights are separated by semicolons, since grants are by commas. */
static bool parse_rights(const char *rights, struct token_claims *claims)
{
    while (*rights != '\0') {
        size_t size = strcspn(rights, ";");

        if (claims->right_count == TOKEN_RIGHTS_MAX ||
            !token_right_parse(bytes_make(rights, size),
                               &claims->rights[claims->right_count]))
            return false;
        claims->right_count++;
        rights += size;
        rights += *rights == ';';
    }
    return true;
}

static bool fill_claims(const struct profile *profile,
                        const struct access_token *wanted,
                        struct token_claims *claims)
{
    uint64_t now_s = clock_wall_us() / 1000000;
    int size = 0;

    *claims = (struct token_claims){.role = wanted->role,
                                    .issued_s = now_s,
                                    .not_before_s = now_s,
                                    .expires_s = now_s + wanted->life_s};
    (void)snprintf(claims->issuer, sizeof(claims->issuer), "%s",
                   profile->issuer.name);
    (void)snprintf(claims->audience, sizeof(claims->audience), "%s",
                   profile->cluster);
    if (wanted->user != NULL)
        size = snprintf(claims->user, sizeof(claims->user), "%s", wanted->user);
    if (size < 0 || (size_t)size >= sizeof(claims->user))
        return false;
    if (wanted->device != NULL)
        size = snprintf(claims->device, sizeof(claims->device), "%s",
                        wanted->device);
    if (size < 0 || (size_t)size > BOUNDS_USER_ID_MAX)
        return false;
    return parse_rights(wanted->rights == NULL ? every_right : wanted->rights,
                        claims);
}

static int issue_with(const struct invocation *invocation,
                      const struct token_secret_key *key,
                      const struct token_claims *claims, char *out_token)
{
    struct text text;
    enum dalv_status status;

    text_init(&text, out_token, BOUNDS_TOKEN_BYTES_MAX + 1);
    status = token_issue(key, claims, &text);
    if (status != DALV_OK)
        return invocation_fail(invocation, status,
                               token_reason_text(token_claims_check(claims)));
    return EXIT_DONE;
}

static int fail_key(const struct invocation *invocation,
                    enum dalv_status status, const char *path)
{
    char detail[DETAIL_BYTES_MAX];

    (void)snprintf(detail, sizeof(detail), "the issuer's key %s", path);
    return invocation_fail_file(invocation, status, detail);
}

int access_issue(const struct invocation *invocation,
                 const struct profile *profile,
                 const struct access_token *wanted, char *out_token)
{
    struct token_secret_key key;
    struct token_claims claims;
    enum dalv_status status;
    int code;

    if (profile->issuer.key_file[0] == '\0')
        return invocation_fail(invocation, DALV_NOT_PERMITTED,
                               "the profile names no key that issues tokens "
                               "(issuer.key_file)");
    if (!fill_claims(profile, wanted, &claims))
        return invocation_usage(invocation,
                                "the rights, the user or the device's name "
                                "make no token; a right is "
                                "\"read,write:cart/\", several are separated "
                                "by \";\"");
    status = token_start();
    if (status == DALV_OK)
        status = token_secret_key_load(profile->issuer.key_file, &key);
    if (status != DALV_OK)
        return fail_key(invocation, status, profile->issuer.key_file);
    code = issue_with(invocation, &key, &claims, out_token);
    token_secret_key_wipe(&key);
    return code;
}

static bool is_all_loopback(const struct profile *profile)
{
    const struct addresses *backends = &profile->endpoints.backends;
    size_t i = 0;

    while (i < backends->count && address_is_loopback(&backends->items[i]))
        i++;
    return i == backends->count;
}

/* What an endpoint that cannot be used may mean. */
static const char *why_not(const struct profile *profile,
                           enum dalv_status status)
{
    if (profile->keys.backends[0] == '\0' && !is_all_loopback(profile))
        return "is not on this machine: the profile must name the keys of an "
               "encrypted connection (keys.backends, keys.file)";
    if (status == DALV_NOT_PERMITTED)
        return "lets neither this token nor this key in: see token and keys "
               "in the profile, and backends.allowed at the server";
    return "does not serve backends: is it the devices' port?";
}

static int fail_open(const struct invocation *invocation,
                     const struct profile *profile, enum dalv_status status,
                     const char *endpoint)
{
    char detail[ACCESS_ENDPOINT_BYTES + 160];

    if (status != DALV_INVALID && status != DALV_NOT_PERMITTED)
        return invocation_fail(invocation, status, endpoint);
    (void)snprintf(detail, sizeof(detail), "%s %s", endpoint,
                   why_not(profile, status));
    if (status == DALV_INVALID)
        return invocation_fail_file(invocation, status, detail);
    return invocation_fail(invocation, status, detail);
}

static int open_with(struct invocation *invocation,
                     const struct profile *profile, const char *token,
                     struct dalv_backend **out_backend)
{
    const struct addresses *backends = &profile->endpoints.backends;
    char endpoint[ACCESS_ENDPOINT_BYTES];
    struct dalv_backend_options *options = NULL;
    enum dalv_status status;
    uint64_t staleness_ms = 0;

    if (!invocation_duration(invocation, "max-staleness", &staleness_ms))
        return EXIT_USAGE;
    status = dalv_backend_options_create(&options);
    /* From the last on: people are told of the first. */
    for (size_t i = backends->count; i > 0 && status == DALV_OK; i--) {
        access_endpoint(&backends->items[i - 1], endpoint);
        status = dalv_backend_options_add_endpoint(options, endpoint);
    }
    if (status == DALV_OK && profile->keys.backends[0] != '\0')
        status = dalv_backend_options_set_keys(options, profile->keys.backends,
                                               profile->keys.file);
    if (status == DALV_OK)
        status = dalv_backend_options_set_token(options, token);
    if (status == DALV_OK)
        status = dalv_backend_options_set_max_staleness(
            options,
            staleness_ms < UINT32_MAX ? (uint32_t)staleness_ms : UINT32_MAX);
    if (status == DALV_OK)
        status = dalv_backend_open(options, out_backend);
    dalv_backend_options_destroy(&options);
    if (status == DALV_OK)
        return EXIT_DONE;
    return fail_open(invocation, profile, status, endpoint);
}

static int open_by(struct invocation *invocation, const struct profile *profile,
                   struct dalv_backend **out_backend)
{
    static char token[BOUNDS_TOKEN_BYTES_MAX + 1];
    const struct access_token wanted = {.role = TOKEN_BACKEND,
                                        .life_s = ACCESS_TOKEN_LIFE_S};
    int code = EXIT_DONE;

    if (profile->endpoints.backends.count == 0)
        return invocation_usage(invocation,
                                "the profile names no endpoint for backends");
    if (profile->token[0] != '\0')
        return open_with(invocation, profile, profile->token, out_backend);
    code = access_issue(invocation, profile, &wanted, token);
    if (code != EXIT_DONE)
        return code;
    return open_with(invocation, profile, token, out_backend);
}

int access_open_backend(struct invocation *invocation,
                        struct dalv_backend **out_backend)
{
    struct profile profile;
    int code;

    profile_init(&profile);
    code = access_load(invocation, &profile);
    if (code != EXIT_DONE)
        return code;
    code = open_by(invocation, &profile, out_backend);
    profile_wipe(&profile);
    return code;
}
