/*
 * token issue, token inspect.
 */
#include "cli/access.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/input.h"
#include "cli/time_text.h"
#include "cli/value_json.h"
#include "token/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
    char token[BOUNDS_TOKEN_BYTES_MAX + 1];
    int code = access_issue(invocation, profile, wanted, token);

    if (code != EXIT_DONE)
        return code;
    if (invocation->is_json)
        value_json_print(json_pack("{s:s, s:I}", "token", token, "life_s",
                                   (json_int_t)wanted->life_s),
                         invocation->out);
    else
        (void)fprintf(invocation->out, "%s\n", token);
    return EXIT_DONE;
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
    code = issue(invocation, &profile, &wanted);
    profile_wipe(&profile);
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
    {.name = "token inspect",
     .operands = "[TOKEN]",
     .summary = "Show what a token says, without checking its signature",
     .details = "Without TOKEN, or for -, it is read from standard input.",
     .operand_min = 0,
     .operand_max = 1,
     .run = run_inspect},
};

const struct command_family token_commands = COMMAND_FAMILY("Tokens", commands);
