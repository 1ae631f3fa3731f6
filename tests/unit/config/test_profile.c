#include "config/profile.h"

#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <sys/stat.h>

static struct profile profile;
static struct config_error error;

static const char *judge(const char *yaml)
{
    return profile_parse(bytes_from_text(yaml), &profile, &error) == DALV_OK
               ? ""
               : error.text;
}

static void reads_a_profile(void)
{
    CU_ASSERT_STRING_EQUAL(judge("role: device\n"
                                 "cluster: shop\n"
                                 "endpoints:\n"
                                 "  devices: 127.0.0.1:7472\n"
                                 "token: a.b.c\n"),
                           "");
    CU_ASSERT_EQUAL(profile.role, PROFILE_DEVICE);
    CU_ASSERT_STRING_EQUAL(profile.cluster, "shop");
    CU_ASSERT_EQUAL(profile.endpoints.devices.count, 1);
    CU_ASSERT_EQUAL(profile.endpoints.devices.items[0].port, 7472);
    CU_ASSERT_FALSE(profile.endpoints.admin.count > 0);
    CU_ASSERT_STRING_EQUAL(profile.token, "a.b.c");
}

static void wants_a_way_in_and_a_way_there(void)
{
    CU_ASSERT_STRING_EQUAL(judge("token: a.b.c\n"),
                           "endpoints must name one at least, such as "
                           "backends: 127.0.0.1:7470");
    CU_ASSERT_STRING_EQUAL(judge("endpoints: {http: \"127.0.0.1:1\"}\n"),
                           "token or issuer.key_file must be given");
    CU_ASSERT_STRING_EQUAL(judge("endpoints: {admin: \"127.0.0.1:1\"}\n"
                                 "issuer: {key_file: k}\n"),
                           "issuer.name must be given with issuer.key_file");
    CU_ASSERT_STRING_EQUAL(judge("endpoints: {admin: \"127.0.0.1:1\"}\n"
                                 "issuer: {key_file: k, name: shop}\n"),
                           "");
}

static void refuses_what_it_does_not_know(void)
{
    CU_ASSERT_STRING_EQUAL(judge("rôle: device\n"),
                           "unknown key \"rôle\"; known at the top are: role, "
                           "cluster, endpoints, keys, control, token, issuer");
    CU_ASSERT_STRING_EQUAL(
        judge("role: root\n"),
        "role must be one of: device, backend, admin; it is \"root\"");
}

static void knows_several_routers(void)
{
    CU_ASSERT_STRING_EQUAL(
        judge("endpoints:\n"
              "  backends: [\"127.0.0.1:7470\", \"[::1]:8470\"]\n"
              "  devices: auto\n"
              "token: a.b.c\n"),
        "");
    CU_ASSERT_EQUAL(profile.endpoints.backends.count, 2);
    CU_ASSERT_STRING_EQUAL(profile.endpoints.backends.items[1].host, "::1");
    CU_ASSERT_EQUAL(profile.endpoints.backends.items[1].port, 8470);
    CU_ASSERT_EQUAL(profile.endpoints.devices.count, 0);
    CU_ASSERT_STRING_EQUAL(
        judge("endpoints: {devices: [1.1.1.1:1, 1.1.1.1:2, 1.1.1.1:3, "
              "1.1.1.1:4, 1.1.1.1:5, 1.1.1.1:6, 1.1.1.1:7, 1.1.1.1:8, "
              "1.1.1.1:9]}\n"),
        "endpoints.devices has too many items; the most are 8");
}

static void believes_a_name_only_with_a_key(void)
{
    static const char why[] =
        "endpoints may be names only if keys.backends, keys.devices or "
        "keys.admin says whom to believe there; else give numeric addresses";

    CU_ASSERT_STRING_EQUAL(judge("endpoints: {backends: \"db1:7470\"}\n"
                                 "keys: {devices: k}\n"
                                 "token: a.b.c\n"),
                           why);
    CU_ASSERT_STRING_EQUAL(
        judge("endpoints: {devices: [\"127.0.0.1:1\", \"db1:7472\"]}\n"
              "token: a.b.c\n"),
        why);
    CU_ASSERT_STRING_EQUAL(
        judge("endpoints: {devices: [\"127.0.0.1:1\", \"db1:7472\"]}\n"
              "keys: {devices: k}\n"
              "token: a.b.c\n"),
        "");
    CU_ASSERT_STRING_EQUAL(profile.endpoints.devices.items[1].host, "db1");
}

/* Admin ports know no tokens, but keys. */
static void an_operator_needs_no_token(void)
{
    CU_ASSERT_STRING_EQUAL(
        judge("endpoints: {admin: [\"127.0.0.1:7476\", \"db1:7476\"]}\n"
              "keys: {admin: k, admin_file: operator.key}\n"),
        "");
    CU_ASSERT_EQUAL(profile.endpoints.admin.count, 2);
    CU_ASSERT_STRING_EQUAL(profile.keys.admin_file, "operator.key");
    CU_ASSERT_STRING_EQUAL(
        judge("endpoints: {admin: \"127.0.0.1:7476\"}\n"
              "keys: {admin: k}\n"),
        "keys.admin_file must be given with keys.admin: operators are let in "
        "by their key");
}

/* Each of them as long as can be. */
static void fill_with_names(struct addresses *addresses)
{
    char text[ADDRESS_TEXT_MAX + 1];

    memset(text, 'h', ADDRESS_HOST_MAX);
    for (size_t i = 63; i < ADDRESS_HOST_MAX; i += 64)
        text[i] = '.';
    memcpy(text + ADDRESS_HOST_MAX, ":65535", sizeof(":65535"));
    while (addresses->count < ADDRESSES_MAX) {
        CU_ASSERT_TRUE_FATAL(address_parse_named(
            bytes_from_text(text), &addresses->items[addresses->count]));
        addresses->count++;
    }
}

/* The longest of everything there is. */
static const struct profile *full_profile(void)
{
    static struct profile full;

    profile_init(&full);
    memset(full.cluster, 'c', CONFIG_NAME_MAX);
    memset(full.token, 't', BOUNDS_TOKEN_BYTES_MAX);
    memset(full.issuer.name, '"', CONFIG_NAME_MAX);
    memset(full.issuer.key_file, '\\', CONFIG_PATH_MAX);
    full.issuer.key_file[0] = '/';
    memset(full.control.store, '"', PROFILE_STORE_MAX);
    memset(full.control.prefix, '"', PROFILE_PREFIX_MAX);
    memset(full.keys.admin, '"', PROFILE_KEY_TEXT_BYTES - 1);
    memset(full.keys.admin_file, '"', CONFIG_PATH_MAX);
    full.keys.admin_file[0] = '/';
    fill_with_names(&full.endpoints.admin);
    memset(full.control.authority_file, '/', CONFIG_PATH_MAX);
    memset(full.control.certificate_file, '/', CONFIG_PATH_MAX);
    memset(full.control.key_file, '/', CONFIG_PATH_MAX);
    fill_with_names(&full.endpoints.backends);
    fill_with_names(&full.endpoints.devices);
    memset(full.keys.backends, 'k', PROFILE_KEY_TEXT_BYTES - 1);
    memset(full.keys.devices, 'k', PROFILE_KEY_TEXT_BYTES - 1);
    memset(full.keys.file, '/', CONFIG_PATH_MAX);
    CU_ASSERT_TRUE(
        address_parse(bytes_from_text("[::1]:7480"), &full.endpoints.http));
    return &full;
}

static void loads_what_it_saves(void)
{
    const struct profile *full = full_profile();
    struct folder folder;
    char path[PATH_MAX];
    struct stat facts;

    folder_open(&folder);
    folder_path(&folder, "profile.yaml", path);
    CU_ASSERT_EQUAL(profile_save(path, full), DALV_OK);
    CU_ASSERT_EQUAL(stat(path, &facts), 0);
    CU_ASSERT_EQUAL(facts.st_mode & 07777, 0600);
    CU_ASSERT_EQUAL(profile_load(path, &profile, &error), DALV_OK);
    CU_ASSERT_EQUAL(profile.role, PROFILE_BACKEND);
    CU_ASSERT_STRING_EQUAL(profile.cluster, full->cluster);
    CU_ASSERT_STRING_EQUAL(profile.token, full->token);
    CU_ASSERT_STRING_EQUAL(profile.issuer.name, full->issuer.name);
    CU_ASSERT_STRING_EQUAL(profile.issuer.key_file, full->issuer.key_file);
    CU_ASSERT_STRING_EQUAL(profile.control.store, full->control.store);
    CU_ASSERT_STRING_EQUAL(profile.control.prefix, full->control.prefix);
    CU_ASSERT_EQUAL(
        memcmp(&profile.endpoints, &full->endpoints, sizeof(full->endpoints)),
        0);
    folder_close(&folder);
}

static void keeps_its_secret_from_others(void)
{
    struct folder folder;
    char path[PATH_MAX];

    folder_open(&folder);
    folder_put(&folder, "profile.yaml", 0640, "token: a.b.c\n", path);
    CU_ASSERT_EQUAL(profile_load(path, &profile, &error), DALV_NOT_PERMITTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "chmod 0600"));
    folder_path(&folder, "none", path);
    CU_ASSERT_EQUAL(profile_load(path, &profile, &error), DALV_NOT_FOUND);
    folder_close(&folder);
}

static void finds_its_key_from_any_working_folder(void)
{
    static const char text[] = "endpoints: {backends: \"127.0.0.1:7470\"}\n"
                               "issuer: {key_file: issuer.key, name: shop}\n";
    struct folder folder;
    char path[PATH_MAX];
    char expected[PATH_MAX];

    folder_open(&folder);
    folder_put(&folder, "profile.yaml", 0600, text, path);
    folder_path(&folder, "issuer.key", expected);
    CU_ASSERT_EQUAL(profile_load(path, &profile, &error), DALV_OK);
    CU_ASSERT_STRING_EQUAL(profile.issuer.key_file, expected);
    folder_close(&folder);
}

/* Operators may have no way to the data. */
static void needs_no_endpoint_beside_a_control_store(void)
{
    static const char text[] = "control: {store: \"file:/var/lib/map\","
                               " key_file: client.pem}\n";
    struct folder folder;
    char path[PATH_MAX];
    char expected[PATH_MAX];

    folder_open(&folder);
    folder_put(&folder, "profile.yaml", 0600, text, path);
    folder_path(&folder, "client.pem", expected);
    CU_ASSERT_EQUAL(profile_load(path, &profile, &error), DALV_OK);
    CU_ASSERT_STRING_EQUAL(profile.control.store, "file:/var/lib/map");
    CU_ASSERT_STRING_EQUAL(profile.control.key_file, expected);
    folder_close(&folder);
}

static void wipes_itself(void)
{
    static const struct profile nothing;

    profile = *full_profile();
    profile_wipe(&profile);
    CU_ASSERT_EQUAL(memcmp(&profile, &nothing, sizeof(profile)), 0);
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_a_profile),
    SUITE_TEST(wants_a_way_in_and_a_way_there),
    SUITE_TEST(knows_several_routers),
    SUITE_TEST(believes_a_name_only_with_a_key),
    SUITE_TEST(an_operator_needs_no_token),
    SUITE_TEST(refuses_what_it_does_not_know),
    SUITE_TEST(loads_what_it_saves),
    SUITE_TEST(keeps_its_secret_from_others),
    SUITE_TEST(finds_its_key_from_any_working_folder),
    SUITE_TEST(needs_no_endpoint_beside_a_control_store),
    SUITE_TEST(wipes_itself),
};

int main(void)
{
    return SUITE_RUN("config/profile", tests);
}
