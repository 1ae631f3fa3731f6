/*
 * token issue, token keygen, token inspect.
 */
#include "base/clock.h"
#include "cli/access.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/input.h"
#include "cli/time_text.h"
#include "cli/value_json.h"
#include "token/token.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    DEVICE_LIFE_S = 3600,
    SERVICE_LIFE_S = 24 * 3600,
};

static bool read_wanted(struct invocation *invocation,
                        struct access_token *out_wanted)
{
    const char *role = invocation_option(invocation, "role");
    uint64_t life_ms = UINT64_C(1000) * ACCESS_TOKEN_LIFE_S;

    *out_wanted = (struct access_token){
        .user = invocation_option(invocation, "user"),
        .device = invocation_option(invocation, "device"),
        .rights = invocation_option(invocation, "rights"),
        .role = TOKEN_DEVICE,
    };
    if (!invocation_duration(invocation, "ttl", &life_ms))
        return false;
    out_wanted->life_s = life_ms / 1000;
    if (role != NULL && !token_role_parse(role, &out_wanted->role))
        (void)invocation_usage(invocation,
                               "--role is device, backend or admin");
    else if ((out_wanted->role == TOKEN_DEVICE) != (out_wanted->user != NULL))
        (void)invocation_usage(invocation,
                               "a device's token needs --user, another has "
                               "none");
    else
        return true;
    return false;
}

static int issue(struct invocation *invocation, const struct profile *profile,
                 const struct access_token *wanted)
{
    char *token = malloc(BOUNDS_TOKEN_BYTES_MAX + 1);
    int code;

    if (token == NULL)
        return invocation_fail(invocation, DALV_NO_MEMORY, "the token");
    code = access_issue(invocation, profile, wanted, token);
    if (code == EXIT_DONE && invocation->is_json)
        value_json_print(json_pack("{s:s, s:I}", "token", token, "life_s",
                                   (json_int_t)wanted->life_s),
                         invocation->out);
    else if (code == EXIT_DONE)
        (void)fprintf(invocation->out, "%s\n", token);
    free(token);
    return code;
}

/* The server's limits are its own; these are what it has unless told. */
static void warn_of_life(const struct invocation *invocation,
                         const struct access_token *wanted)
{
    bool is_device = wanted->role == TOKEN_DEVICE;

    if (wanted->life_s <= (is_device ? DEVICE_LIFE_S : SERVICE_LIFE_S))
        return;
    (void)fprintf(invocation->err,
                  "dalv: servers refuse this token unless their "
                  "tokens.%s allows so long a life: by default it is %s\n",
                  is_device ? "device_life_max" : "service_life_max",
                  is_device ? "1h" : "1d");
}

static int run_issue(struct invocation *invocation)
{
    struct access_token wanted;
    struct profile profile;
    int code;

    if (!read_wanted(invocation, &wanted))
        return EXIT_USAGE;
    code = access_load(invocation, &profile);
    if (code != EXIT_DONE)
        return code;
    warn_of_life(invocation, &wanted);
    code = issue(invocation, &profile, &wanted);
    profile_wipe(&profile);
    return code;
}

static int save_keys(const struct invocation *invocation,
                     const struct token_secret_key *secret,
                     const char *public_path)
{
    const char *path = invocation->operands[0];
    struct token_key_set set = {.count = 1};
    enum dalv_status status = token_secret_key_save(path, secret);

    token_secret_key_public(secret, &set.keys[0]);
    if (status != DALV_OK)
        return invocation_fail(invocation, status, path);
    status = token_key_set_save(public_path, &set);
    if (status != DALV_OK)
        return invocation_fail(invocation, status, public_path);
    if (invocation->is_json)
        value_json_print(json_pack("{s:s, s:s, s:s}", "name", secret->kid,
                                   "secret_file", path, "public_file",
                                   public_path),
                         invocation->out);
    else
        (void)fprintf(invocation->out,
                      "%s: the secret key %s, for issuer.key_file of a "
                      "profile\n%s: its public half, for tokens.key_files of "
                      "dalvd\n",
                      path, secret->kid, public_path);
    return EXIT_DONE;
}

/* Names tell the keys of an issuer apart while one replaces the other. */
static void name_key(const struct invocation *invocation,
                     char out_name[TOKEN_KID_MAX + 1])
{
    const char *name = invocation_option(invocation, "name");
    struct text text;

    text_init(&text, out_name, TOKEN_KID_MAX + 1);
    if (name != NULL) {
        text_put(&text, name);
    } else {
        text_put(&text, "key-");
        text_put_u64(&text, clock_wall_us() / 1000000);
    }
}

static bool is_there(const char *path)
{
    struct stat state;

    return lstat(path, &state) == 0;
}

static int run_keygen(struct invocation *invocation)
{
    const char *path = invocation->operands[0];
    char public_path[PATH_MAX];
    char name[TOKEN_KID_MAX + 1];
    struct token_secret_key secret;
    enum dalv_status status;
    int code;

    if ((size_t)snprintf(public_path, sizeof(public_path), "%s.pub", path) >=
        sizeof(public_path))
        return invocation_fail(invocation, DALV_TOO_BIG, path);
    /* A key that is lost or replaced by mistake takes all tokens with it. */
    if (is_there(path) || is_there(public_path))
        return invocation_fail(invocation, DALV_OCCUPIED,
                               "a file of that name is there already");
    name_key(invocation, name);
    status = token_secret_key_generate(name, &secret);
    if (status != DALV_OK)
        return invocation_usage(invocation,
                                "a key's name is 1 to 64 letters, digits, "
                                "dots, hyphens and underscores");
    code = save_keys(invocation, &secret, public_path);
    token_secret_key_wipe(&secret);
    return code;
}

static void right_text(const struct token_right *right,
                       char out_text[TOKEN_RIGHT_TEXT_MAX + 1])
{
    struct text text;

    text_init(&text, out_text, TOKEN_RIGHT_TEXT_MAX + 1);
    token_right_format(right, &text);
}

static json_t *rights_json(const struct token_claims *claims)
{
    json_t *rights = json_array();

    for (size_t i = 0; i < claims->right_count; i++) {
        char text[TOKEN_RIGHT_TEXT_MAX + 1];

        right_text(&claims->rights[i], text);
        (void)json_array_append_new(rights, json_string(text));
    }
    return rights;
}

static void print_claims_json(const struct invocation *invocation,
                              const struct token_header *header,
                              const struct token_claims *claims)
{
    value_json_print(
        json_pack("{s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, "
                  "s:I, s:o}",
                  "verified", 0, "role", token_role_name(claims->role), "user",
                  claims->user, "device", claims->device, "issuer",
                  claims->issuer, "cluster", claims->audience, "key",
                  header->kid, "issued_s", (json_int_t)claims->issued_s,
                  "not_before_s", (json_int_t)claims->not_before_s, "expires_s",
                  (json_int_t)claims->expires_s, "id", claims->id, "generation",
                  (json_int_t)claims->generation, "rights",
                  rights_json(claims)),
        invocation->out);
}

static void print_text(FILE *out, const char *name, const char *text)
{
    if (text[0] != '\0')
        (void)fprintf(out, "%-11s %s\n", name, text);
}

static void print_time(FILE *out, const char *name, uint64_t time_s)
{
    char text[TIME_TEXT_MAX];

    time_text_format(time_s, text);
    print_text(out, name, text);
}

static void print_claims(const struct invocation *invocation,
                         const struct token_header *header,
                         const struct token_claims *claims)
{
    FILE *out = invocation->out;

    (void)fprintf(out, "The signature was NOT checked.\n");
    print_text(out, "role", token_role_name(claims->role));
    print_text(out, "user", claims->user);
    print_text(out, "device", claims->device);
    print_text(out, "issuer", claims->issuer);
    print_text(out, "cluster", claims->audience);
    print_text(out, "key", header->kid);
    print_time(out, "issued", claims->issued_s);
    print_time(out, "not before", claims->not_before_s);
    print_time(out, "expires", claims->expires_s);
    print_text(out, "id", claims->id);
    for (size_t i = 0; i < claims->right_count; i++) {
        char text[TOKEN_RIGHT_TEXT_MAX + 1];

        right_text(&claims->rights[i], text);
        print_text(out, "right", text);
    }
}

static int inspect(const struct invocation *invocation, struct bytes token)
{
    struct token_header header;
    struct token_claims claims;
    enum token_reason reason;

    while (token.size > 0 && (token.data[token.size - 1] == '\n' ||
                              token.data[token.size - 1] == '\r'))
        token.size--;
    reason = token_inspect(token, &header, &claims);
    if (reason != TOKEN_ACCEPTED)
        return invocation_fail(invocation, DALV_INVALID,
                               token_reason_text(reason));
    if (invocation->is_json)
        print_claims_json(invocation, &header, &claims);
    else
        print_claims(invocation, &header, &claims);
    return EXIT_DONE;
}

static int run_inspect(struct invocation *invocation)
{
    struct buffer buffer;
    enum dalv_status status;
    int code;

    buffer_init(&buffer);
    if (invocation->operand_count > 0 &&
        strcmp(invocation->operands[0], "-") != 0) {
        code = inspect(invocation, bytes_from_text(invocation->operands[0]));
    } else {
        status =
            input_read_all(invocation->in, BOUNDS_TOKEN_BYTES_MAX + 2, &buffer);
        if (status == DALV_OK)
            code = inspect(invocation, buffer_bytes(&buffer));
        else
            code = invocation_fail(invocation, status, "the token");
    }
    buffer_deinit(&buffer);
    return code;
}

static const struct command_option issue_options[] = {
    {.name = "user",
     .letter = 'u',
     .value = "USER",
     .help = "Whose device it is for"},
    {.name = "device", .value = "NAME", .help = "A label for the device"},
    {.name = "ttl",
     .value = "DURATION",
     .help = "How long it holds; default 1h. Servers refuse what is "
             "longer than their tokens.device_life_max, by default 1h"},
    {.name = "rights",
     .value = "RIGHTS",
     .help = "\"read,write:cart/;read:\": grants and a prefix of keys each, "
             "separated by semicolons; default all"},
    {.name = "role",
     .value = "ROLE",
     .help = "device (default), backend or admin"},
};

static const struct command_option keygen_options[] = {
    {.name = "name",
     .value = "NAME",
     .help = "What tokens call the key; default key- and the time"},
};

static const struct command commands[] = {
    {.name = "token issue",
     .operands = "",
     .summary = "Issue a token with the profile's key",
     .details = "Prints the token. Whoever has it has its rights until it "
                "expires: hand it over with care.",
     .operand_min = 0,
     .operand_max = 0,
     COMMAND_OPTIONS(issue_options),
     .run = run_issue},
    {.name = "token keygen",
     .operands = "FILE",
     .summary = "Make a key pair that issues tokens",
     .details =
         "Writes the secret key to FILE, which nobody but you can read, and "
         "its public half to FILE.pub. Existing files are never touched. To "
         "change a key, name both public files in tokens.key_files until the "
         "last token of the old one has expired.",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(keygen_options),
     .run = run_keygen},
    {.name = "token inspect",
     .operands = "[TOKEN]",
     .summary = "Show what a token says, without checking its signature",
     .details = "Without TOKEN, or for -, it is read from standard input.",
     .operand_min = 0,
     .operand_max = 1,
     .run = run_inspect},
};

const struct command_family token_commands = COMMAND_FAMILY("Tokens", commands);
