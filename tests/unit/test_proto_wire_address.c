/* Addresses, link-layer addresses, names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "wire_samples.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_text(const char *text, const char *wanted)
{
    mip6_addr a = wire_addr(text);
    char out[MIP6_ADDR_TEXT];

    cr_assert_eq(mip6_addr_format(&a, out), out);
    cr_assert_str_eq(out, wanted);
    a = wire_addr(out);
    cr_assert_str_eq(mip6_addr_format(&a, out), wanted);
}

/* RFC 5952 sections 1, 2 and 4, its own examples. */
Test(proto_wire_address, format_of_rfc_5952)
{
    expect_text("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
    expect_text("2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
    expect_text("2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1");
    expect_text("2001:DB8:0:0:1::1", "2001:db8::1:0:0:1");
    expect_text("2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1");
    expect_text("2001:db8:aaaa:bbbb:cccc:dddd:0:1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1");
    expect_text("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
    expect_text("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
    expect_text("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
    expect_text("2001:db8::2:1", "2001:db8::2:1");
    expect_text("0:0:0:0:0:0:0:0", "::");
    expect_text("0:0:0:0:0:0:0:1", "::1");
    expect_text("1::", "1::");
    expect_text("fe80:0:0:0:0:0:0:0", "fe80::");
    expect_text("0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7");
    expect_text("0:0:2:3:4:5:6:7", "::2:3:4:5:6:7");
    expect_text("0:1:2:3:4:5:0:0", "0:1:2:3:4:5::");
    expect_text("abcd:ef01:2345:6789:ABCD:EF01:2345:6789",
                "abcd:ef01:2345:6789:abcd:ef01:2345:6789");
    expect_text("::ffff:192.0.2.1", "::ffff:192.0.2.1");
    expect_text("::ffff:c000:201", "::ffff:192.0.2.1");
    expect_text("::ffff:0.0.0.0", "::ffff:0.0.0.0");
    expect_text("::ffff:255.255.255.255", "::ffff:255.255.255.255");
    expect_text("64:ff9b::192.0.2.33", "64:ff9b::c000:221");
    expect_text("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304");
    expect_text("::1.2.3.4", "::102:304");
    expect_text("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
    expect_text("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8");
}

Test(proto_wire_address, text_that_is_no_address)
{
    static const char *const bad[] = {
        "", ":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8:",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1::2::3", ":1::2",
        "1::2:", ":::1", "1:::2", "12345::", "g::", "::g", "1.2.3.4", "::1.2.3", "::1.2.3.4.5",
        "::1.2.3.256", "::1.2.3.04", "::1.2.3.", "::.1.2.3", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:6:7:1.2.12.0",
        "1:2:3:4:5:1.2.3.4", "::1%eth0", "::1/64", " ::1", "::1 ", "::-1", "::0x1", "::a.1.2.3",
        "::1.a.2.3", "::1000.1.2.3", "1:2:3:4:5:6:7:8.1.1.1", "::00001"};
    mip6_addr a, before;

    memset(&a, 0x5a, sizeof(a));
    before = a;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_eq(mip6_addr_parse(bad[i], &a), MIP6_ERR_INVALID, "'%s'", bad[i]);
        cr_assert(mip6_addr_equal(&a, &before));
    }
}

/* The longest texts fit their buffer. */
Test(proto_wire_address, longest_text)
{
    mip6_addr a;
    char out[MIP6_ADDR_TEXT];

    memset(&a, 0xff, sizeof(a));
    cr_assert_eq(strlen(mip6_addr_format(&a, out)), 39);
}

Test(proto_wire_address, kinds)
{
    mip6_addr zero = wire_addr("::"), one = wire_addr("::1"), group = wire_addr("ff02::1");
    mip6_addr link = wire_addr("fe80::1"), end = wire_addr("febf::1"), site = wire_addr("fec0::1");

    cr_assert(mip6_addr_is_unspecified(&zero) && !mip6_addr_is_unspecified(&one));
    cr_assert(mip6_addr_is_multicast(&group) && !mip6_addr_is_multicast(&link));
    cr_assert(mip6_addr_is_link_local(&link) && mip6_addr_is_link_local(&end));
    cr_assert(!mip6_addr_is_link_local(&site) && !mip6_addr_is_link_local(&group));
    cr_assert(mip6_addr_equal(&zero, &zero) && !mip6_addr_equal(&zero, &one));
}

Test(proto_wire_address, prefixes)
{
    mip6_addr a = wire_addr("2001:db8:1234:5678:9abc:def0:1234:5678");

    for (unsigned bit = 0; bit < 128; bit++) {
        mip6_addr b = a;

        b.b[bit / 8] ^= (uint8_t)(0x80 >> (bit % 8));
        for (unsigned bits = 0; bits <= 128; bits++)
            cr_assert_eq(mip6_addr_same_prefix(&a, &b, bits), bits <= bit, "%u, %u", bit, bits);
    }
    cr_assert(mip6_addr_same_prefix(&a, &a, 128));
}

static void expect_addr(mip6_addr a, const char *wanted)
{
    char out[MIP6_ADDR_TEXT];

    cr_assert_str_eq(mip6_addr_format(&a, out), wanted);
}

Test(proto_wire_address, derived)
{
    mip6_lladdr ll = {{0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde}};
    mip6_addr a = wire_addr("4037::1:800:200e:8c6c"), p = wire_addr("2001:db8:1:2:3:4:5:6");

    expect_addr(mip6_addr_solicited_node(&a), "ff02::1:ff0e:8c6c"); /* RFC 4291 2.7.1 */
    expect_addr(mip6_addr_all_nodes(), "ff02::1");
    expect_addr(mip6_addr_all_routers(), "ff02::2");
    expect_addr(mip6_addr_ha_anycast(&p), "2001:db8:1:2:fdff:ffff:ffff:fffe");
    expect_addr(mip6_addr_link_local(&ll), "fe80::3656:78ff:fe9a:bcde"); /* RFC 2464 4 */
    expect_addr(mip6_addr_from_lladdr(&p, &ll), "2001:db8:1:2:3656:78ff:fe9a:bcde");
}

Test(proto_wire_address, link_layer)
{
    mip6_lladdr zero = {{0}}, ll = {{0, 0, 0, 0, 0, 1}};
    mip6_lladdr group = {{0x33, 0x33, 0xff, 0x0e, 0x8c, 0x6c}};
    mip6_addr a = wire_addr("ff02::1:ff0e:8c6c");
    mip6_lladdr made = mip6_lladdr_multicast(&a);

    cr_assert(mip6_lladdr_is_zero(&zero) && !mip6_lladdr_is_zero(&ll));
    cr_assert(mip6_lladdr_equal(&ll, &ll) && !mip6_lladdr_equal(&ll, &zero));
    cr_assert(mip6_lladdr_equal(&made, &group));
}

Test(proto_wire_address, names)
{
    cr_assert_str_eq(mip6_strerror(0), "success");
    cr_assert_str_eq(mip6_strerror(MIP6_ERR_NOMEM), "out of memory");
    cr_assert_str_eq(mip6_strerror(MIP6_ERR_SPACE), "output buffer is too small");
    cr_assert_str_eq(mip6_strerror(1), "unknown error");
    cr_assert_str_eq(mip6_strerror(-1000), "unknown error");
    cr_assert_str_eq(mip6_drop_name(MIP6_DROP_NONE), "none");
    cr_assert_str_eq(mip6_drop_name(MIP6_DROP_NO_MEMORY), "no-memory");
    cr_assert_str_eq(mip6_drop_name(MIP6_N_DROPS), "unknown");
    cr_assert_str_eq(mip6_message_name(MIP6_MSG_BU), "binding-update");
    cr_assert_str_eq(mip6_message_name(MIP6_MSG_OTHER), "other");
    cr_assert_str_eq(mip6_message_name(MIP6_N_MESSAGES), "unknown");
    for (unsigned i = 0; i < MIP6_N_DROPS; i++) {
        for (unsigned k = 0; k < i; k++)
            cr_assert_str_neq(mip6_drop_name((mip6_drop)i), mip6_drop_name((mip6_drop)k));
    }
}
