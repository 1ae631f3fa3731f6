/*
 * What routers and nodes tell each other comes out as it went in.
 */
#include "tests/support/suite.h"
#include "tests/unit/proto/exchange.h"

#include <string.h>

static struct bytes text(const char *string)
{
    return bytes_from_text(string);
}

static void attach_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_ATTACH, .request = 1};
    struct message_attach attach;

    asked.attach = (struct message_attach){
        .cluster_id = text("a cluster"), .router = text("r1"), .session = 8};
    attach = exchange(&asked).attach;
    ASSERT_BYTES(attach.cluster_id, "a cluster");
    ASSERT_BYTES(attach.router, "r1");
    CU_ASSERT_EQUAL(attach.session, 8);
}

static void attached_keeps_every_field(void)
{
    struct message answer = {.type = MESSAGE_ATTACHED, .request = 1};
    struct message_attached attached;

    answer.attached =
        (struct message_attached){.node = text("n1"), .boot_id = 9};
    attached = exchange(&answer).attached;
    ASSERT_BYTES(attached.node, "n1");
    CU_ASSERT_EQUAL(attached.boot_id, 9);
}

static void vouch_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_VOUCH, .request = 2};
    struct message_vouch vouch;

    asked.vouch = (struct message_vouch){
        .number = 4, .token = text("head.claims.signature")};
    vouch = exchange(&asked).vouch;
    CU_ASSERT_EQUAL(vouch.number, 4);
    ASSERT_BYTES(vouch.token, "head.claims.signature");
}

static void vouched_keeps_every_field(void)
{
    struct message answer = {.type = MESSAGE_VOUCHED, .request = 2};
    struct message_vouched vouched;

    answer.vouched =
        (struct message_vouched){.number = 4, .status = DALV_EXPIRED};
    vouched = exchange(&answer).vouched;
    CU_ASSERT_EQUAL(vouched.number, 4);
    CU_ASSERT_EQUAL(vouched.status, DALV_EXPIRED);
}

static void forward_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_FORWARD, .request = 3};
    struct message_forward forward;

    asked.forward = (struct message_forward){
        .session = 1,
        .token = 2,
        .user = text("ann"),
        .device = 3,
        .client = UINT64_MAX,
        .deadline_ms = 1999,
    };
    forward = exchange(&asked).forward;
    CU_ASSERT_EQUAL(forward.session, 1);
    CU_ASSERT_EQUAL(forward.token, 2);
    ASSERT_BYTES(forward.user, "ann");
    CU_ASSERT_EQUAL(forward.device, 3);
    CU_ASSERT_EQUAL(forward.client, UINT64_MAX);
    CU_ASSERT_EQUAL(forward.deadline_ms, 1999);
}

static void answered_keeps_every_field(void)
{
    struct message answer = {.type = MESSAGE_ANSWERED, .request = 3};
    struct message_answered answered;

    answer.answered = (struct message_answered){.client = 6, .is_push = true};
    answered = exchange(&answer).answered;
    CU_ASSERT_EQUAL(answered.client, 6);
    CU_ASSERT_TRUE(answered.is_push);
}

static void open_device_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_OPEN_DEVICE, .request = 4};
    struct message_open_device open;

    asked.open_device = (struct message_open_device){
        .install = {.bytes = "fedcba987654321"},
        .session = 1,
        .token = 2,
        .user = text("ann"),
        .deadline_ms = 3,
    };
    open = exchange(&asked).open_device;
    CU_ASSERT(memcmp(open.install.bytes, "fedcba987654321", 16) == 0);
    CU_ASSERT_EQUAL(open.session, 1);
    CU_ASSERT_EQUAL(open.token, 2);
    ASSERT_BYTES(open.user, "ann");
    CU_ASSERT_EQUAL(open.deadline_ms, 3);
}

static void dismiss_keeps_its_client(void)
{
    struct message asked = {.type = MESSAGE_DISMISS};

    asked.dismiss.client = 8;
    CU_ASSERT_EQUAL(exchange(&asked).dismiss.client, 8);
}

static void device_opened_keeps_every_field(void)
{
    struct message answer = {.type = MESSAGE_DEVICE_OPENED, .request = 4};
    struct message_device_opened opened;

    answer.device_opened =
        (struct message_device_opened){.status = DALV_QUOTA, .device = 33};
    opened = exchange(&answer).device_opened;
    CU_ASSERT_EQUAL(opened.status, DALV_QUOTA);
    CU_ASSERT_EQUAL(opened.device, 33);
}

static void not_master_keeps_every_field(void)
{
    struct message answer = {.type = MESSAGE_NOT_MASTER, .request = 4};
    struct message_not_master not_master;

    answer.not_master = (struct message_not_master){
        .partition = 1023, .epoch = 7, .node = 3, .may_be_done = true};
    not_master = exchange(&answer).not_master;
    CU_ASSERT_EQUAL(not_master.partition, 1023);
    CU_ASSERT_EQUAL(not_master.epoch, 7);
    CU_ASSERT_EQUAL(not_master.node, 3);
    CU_ASSERT_TRUE(not_master.may_be_done);
}

static const struct suite_test tests[] = {
    SUITE_TEST(attach_keeps_every_field),
    SUITE_TEST(attached_keeps_every_field),
    SUITE_TEST(vouch_keeps_every_field),
    SUITE_TEST(vouched_keeps_every_field),
    SUITE_TEST(forward_keeps_every_field),
    SUITE_TEST(answered_keeps_every_field),
    SUITE_TEST(open_device_keeps_every_field),
    SUITE_TEST(dismiss_keeps_its_client),
    SUITE_TEST(device_opened_keeps_every_field),
    SUITE_TEST(not_master_keeps_every_field),
};

int main(void)
{
    return SUITE_RUN("proto/codec: peers", tests);
}
