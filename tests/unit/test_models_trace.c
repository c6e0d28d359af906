/* Traces: numbers, input, and what each format makes of odd and bad files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/mobility/trace.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "trace_support.h"

static const trace_options plain = { .format = 0 };

#define S SIM_SECOND_NS

static trace_run *open_data(const char *name, trace_options options)
{
    g_autofree char *path = trace_data(name);
    GError *error = NULL;
    trace_run *run = trace_open_path(path, options, &error);

    cr_assert(run != NULL, "%s", error->message);
    return run;
}

static trace_run *open_text(const char *text, trace_options options)
{
    GError *error = NULL;
    trace_run *run = trace_open_text(text, strlen(text), false, options, &error);

    cr_assert(run != NULL, "%s", error->message);
    return run;
}

static trace_run *driven(trace_run *run)
{
    trace_drive(run, 100000 * S);
    cr_assert(run->cls->healthy(run->m, NULL));
    return run;
}

static void expect_at(const trace_run *run, const char *name, int64_t t_ns, int64_t x_mm,
                      int64_t y_mm)
{
    int64_t x, y;

    cr_assert(trace_where(run, trace_node(run, name), t_ns, &x, &y), "%s absent at %ld", name,
              (long)t_ns);
    cr_expect(x == x_mm && y == y_mm, "%s at %ld: (%ld, %ld)", name, (long)t_ns, (long)x,
              (long)y);
}

static void expect_absent(const trace_run *run, const char *name, int64_t t_ns)
{
    int64_t x, y;

    cr_expect(!trace_where(run, trace_node(run, name), t_ns, &x, &y), "%s is there", name);
}

static void expect_span(const trace_run *run, const char *name, int64_t from_ns, int64_t to_ns)
{
    int64_t from, to;

    cr_assert(trace_span(run, trace_node(run, name), &from, &to));
    cr_expect(from == from_ns && to == to_ns, "%s: %ld to %ld", name, (long)from, (long)to);
}

static void expect_note(const trace_run *run, const char *text)
{
    cr_expect(strstr(run->notes->str, text) != NULL, "\"%s\" is not in \"%s\"", text,
              run->notes->str);
}

/* ---- numbers ----------------------------------------------------------------------- */

Test(models_trace, decimals_are_exact)
{
    static const struct { const char *text; int decimals; int64_t value; } good[] = {
        { "0", 3, 0 },            { "1518.38", 3, 1518380 },   { "-12.5", 3, -12500 },
        { "+7", 0, 7 },           { ".5", 3, 500 },            { "5.", 3, 5000 },
        { "0.0004", 3, 0 },       { "0.0005", 3, 1 },          { "-0.0005", 3, -1 },
        { "1.0014999999", 3, 1001 }, { "8.65", 6, 8650000 },   { "5e-05", 9, 50000 },
        { "1.5E3", 3, 1500000 },  { "000012.340", 3, 12340 },  { "1e-400", 3, 0 },
        { "0.1", 9, 100000000 },  { "5700.00", 9, 5700 * S },  { "0e99", 3, 0 },
        { "9007199254.740993", 6, 9007199254740993 },          { "-0.0", 3, 0 },
        { "0.0000000000000000000000000000000000000000000000000000000000000000000000001e73",
          3, 1000 },
        { "123456789012345678", 0, 123456789012345678 },
    };
    static const char *const bad[] = {
        "", "-", ".", "nan", "NaN", "inf", "-Infinity", "1.2.3", "1e", "1e+", "0x10", "1 ",
        "12a", "--1", "1,5", "1e400", "99999999999999999999", "123456789012345679",
        "1234567890123456789012345678901234567890123456789012345678901234567890",
    };
    int64_t value;

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        const char *expected = model_trace_decimal(good[i].text, good[i].decimals,
                                                   123456789012345678, &value);

        cr_assert(expected == NULL, "%s: expected %s", good[i].text, expected);
        cr_expect(value == good[i].value, "%s: %ld", good[i].text, (long)value);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        cr_expect(model_trace_decimal(bad[i], 0, 123456789012345678, &value) != NULL, "%s",
                  bad[i]);
}

Test(models_trace, seconds_read_well)
{
    static const struct { int64_t t_ns; const char *text; } cases[] = {
        { 0, "0" }, { 25215 * S, "25215" }, { 1500000000, "1.5" }, { -2 * S, "-2" },
        { 10 * S, "10" }, { 1, "0.000000001" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = model_trace_seconds(cases[i].t_ns);

        cr_expect_str_eq(text, cases[i].text);
    }
}

/* ---- files ------------------------------------------------------------------------- */

Test(models_trace, what_is_no_file)
{
    g_autofree char *here = g_get_current_dir();
    g_autofree char *full = g_strconcat("\"", here, "/nowhere/at all.xml\"", NULL);

    trace_expect_error("nowhere/at all.xml", plain, SIM_ERROR_BAD, full);
    trace_expect_error("nowhere/at all.xml", plain, SIM_ERROR_BAD, "x.ini:4: [mobility] file: ");
    trace_expect_error("tests/data/README/x", plain, SIM_ERROR_BAD, "README/x");
    trace_expect_error("", plain, SIM_ERROR_BAD, "expected the path of a trace");
    trace_expect_error("tests", plain, SIM_ERROR_BAD, "found a directory");
    trace_expect_error("/dev/null", plain, SIM_ERROR_BAD, "found a device");
}

Test(models_trace, what_may_not_be_read)
{
    g_autofree char *path = trace_write("0 1 1", 5, false);

    cr_assert(g_chmod(path, 0) == 0);
    if (g_access(path, R_OK) == 0)
        fprintf(stderr, "skipped: root reads everything\n");
    else
        trace_expect_error(path, plain, SIM_ERROR_CANNOT, path);
    g_unlink(path);
}

Test(models_trace, what_is_no_trace)
{
    trace_expect_error_text("", plain, "an empty file");
    trace_expect_error_text(" \r\n\n\t", plain, "an empty file");
    trace_expect_error_text("\xef\xbb\xbf", plain, "an empty file");
    trace_expect_error_text("# a\n#b\n", plain, "comments alone");
    trace_expect_error_text("# a\nhello world\n", plain, ":2: expected a trace (SUMO FCD, ns-2 or"
                            " BonnMotion), found \"hello\"");
    trace_expect_error_text("<net version=\"1\"/>\n", plain,
                            ":1: expected <fcd-export>, found <net>");
    trace_expect_error_text("set val(x) 500\nset val(y) 500\n", plain,
                            "expected lines of $node_(N), found none");
    trace_expect_error_text("hello\n", (trace_options){ .format = 1 }, ":1: expected well-formed");
    trace_expect_error_text("hello\n", (trace_options){ .format = 2 }, "$node_(N), found none");
    trace_expect_error_text("hello\n", (trace_options){ .format = 3 }, ":1: expected a decimal");
    trace_expect_error("tests/data/README", plain, SIM_ERROR_BAD, ":1: expected a trace");
}

Test(models_trace, binary_data_is_no_trace)
{
    GError *error = NULL;

    cr_expect(trace_open_text("\0\1\2\3\n", 5, false, plain, &error) == NULL);
    cr_assert(error != NULL);
    cr_expect(strstr(error->message, "expected a trace") != NULL, "%s", error->message);
    g_clear_error(&error);
}

Test(models_trace, gzip_is_told_by_content_and_may_have_members)
{
    static const char first[] = "0 1 1 10 2 2\n", second[] = "0 5 5 10 6 6\n";
    GError *error = NULL;
    trace_run *run = trace_open_text(first, strlen(first), true, plain, &error);

    cr_assert(run != NULL && run->n == 1);
    trace_free(run);

    g_autofree char *a = trace_write(first, strlen(first), true);
    g_autofree char *b = trace_write(second, strlen(second), true);
    g_autofree char *one = NULL, *two = NULL;
    gsize n_one, n_two;

    cr_assert(g_file_get_contents(a, &one, &n_one, NULL));
    cr_assert(g_file_get_contents(b, &two, &n_two, NULL));
    g_unlink(a);
    g_unlink(b);

    g_autoptr(GByteArray) both = g_byte_array_new();

    g_byte_array_append(both, (guint8 *)one, (guint)n_one);
    g_byte_array_append(both, (guint8 *)two, (guint)n_two);
    g_byte_array_append(both, (const guint8 *)"\0\0\0", 3);     /* padding */
    run = trace_open_text((char *)both->data, both->len, false, plain, &error);
    cr_assert(run != NULL && run->n == 2);
    trace_free(run);

    g_byte_array_append(both, (const guint8 *)"junk", 4);
    cr_expect(trace_open_text((char *)both->data, both->len, false, plain, &error) == NULL);
    cr_assert(error != NULL);
    cr_expect(strstr(error->message, ":3: expected more gzip data, found other bytes") != NULL,
              "%s", error->message);
    g_clear_error(&error);
}

/* Whatever is cut off a gzip file is missed, wherever the cut is. */
Test(models_trace, every_cut_of_a_gzip_file_is_an_error)
{
    static const char text[] = "0 1 1 10 2 2\n0 5 5 10 6 6\n3 1 1 4 5 6\n";
    g_autofree char *path = trace_write(text, strlen(text), true);
    g_autofree char *bytes = NULL;
    gsize n;

    cr_assert(g_file_get_contents(path, &bytes, &n, NULL));
    g_unlink(path);
    for (gsize len = 2; len < n; len++) {
        GError *error = NULL;

        cr_assert(trace_open_text(bytes, len, false, plain, &error) == NULL);
        cr_expect(error->code == SIM_ERROR_BAD && strstr(error->message, "gzip data") != NULL);
        g_clear_error(&error);
    }
    /* And a flipped bit in the middle. */
    GError *error = NULL;

    bytes[n / 2] ^= 4;
    cr_expect(trace_open_text(bytes, n, false, plain, &error) == NULL);
    g_clear_error(&error);
}

/* ---- FCD --------------------------------------------------------------------------- */

Test(models_trace, fcd_cut_off)
{
    trace_expect_error("tests/data/fcd-cut-off.fcd.xml", plain, SIM_ERROR_BAD,
                       "fcd-cut-off.fcd.xml:75: expected </timestep>, found the end of the file");
    trace_expect_error("tests/data/fcd-cut-off.fcd.xml.gz", plain, SIM_ERROR_BAD,
                       "fcd-cut-off.fcd.xml.gz:42: expected more gzip data, found the end of the"
                       " file (after ");
}

Test(models_trace, fcd_without_the_end_of_its_root)
{
    g_autofree char *text = NULL;

    cr_assert(g_file_get_contents("tests/data/fcd-no-root-end.fcd.xml", &text, NULL, NULL));
    trace_expect_error_text(text, plain, "expected </fcd-export>, found the end of the file");
}

Test(models_trace, fcd_that_starts_at_seven)
{
    trace_run *run = driven(open_data("fcd-starts-at-25200.fcd.xml",
                                      (trace_options){ .end_s = 60 }));

    cr_expect(run->n == 5);
    expect_note(run, "the run begins at 25215 s of the trace: time shifted by -25215 s");
    expect_at(run, "m0", 0, 0, 200000);
    expect_at(run, "m0", 5 * S, 45000, 200000);
    trace_free(run);
    trace_expect_error("tests/data/fcd-starts-at-25200.fcd.xml",
                       (trace_options){ .end_s = 60, .start = "0 s" }, SIM_ERROR_BAD,
                       "trace begins at 25215 s, run ends at 60 s");
    trace_expect_error("tests/data/fcd-starts-at-25200.fcd.xml",
                       (trace_options){ .end_s = 60, .start = "25320 s" }, SIM_ERROR_BAD,
                       "trace ends at 25320 s, trace-start is 25320 s");
}

Test(models_trace, fcd_from_a_time_in_the_middle)
{
    trace_run *run = driven(open_data("fcd-starts-at-25200.fcd.xml",
                                      (trace_options){ .end_s = 60, .start = "25217.5 s" }));

    expect_at(run, "m0", 0, 22500, 200000);
    expect_at(run, "m0", 2500000000, 45000, 200000);
    expect_span(run, "m4", 0, 25320 * S - 25217500000000);
    trace_free(run);
}

Test(models_trace, start_times_need_a_unit)
{
    static const char *const bad[] = { "25200", "", "7 days", "-", "x s", "1e30 h", "s" };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        trace_expect_error("tests/data/fcd-starts-at-25200.fcd.xml",
                           (trace_options){ .start = bad[i] }, SIM_ERROR_BAD,
                           "x.ini:4: [mobility] trace-start: expected auto or a time");

    trace_run *run = open_data("fcd-starts-at-25200.fcd.xml",
                               (trace_options){ .start = "421 min" });

    expect_note(run, "the run begins at 25260 s");
    trace_free(run);
}

Test(models_trace, fcd_of_empty_steps)
{
    trace_expect_error("tests/data/fcd-empty-steps-only.fcd.xml", plain, SIM_ERROR_BAD,
                       "expected a vehicle that stays for two time steps, found none in 13");
    trace_expect_error_text("<fcd-export/>", plain, "found none in 0 time steps");
}

Test(models_trace, fcd_persons_never_merge_with_vehicles)
{
    trace_run *run = driven(open_data("fcd-persons.fcd.xml", plain));

    cr_expect(run->n == 1);
    expect_note(run, "26 positions of persons ignored: persons = off");
    expect_note(run, "13 positions of containers ignored: persons = off");
    expect_at(run, "1", 60 * S, 640000, 100000);
    trace_free(run);

    run = driven(open_data("fcd-persons.fcd.xml", (trace_options){ .persons = true }));
    cr_expect(run->n == 4);
    expect_at(run, "1", 12 * S, 208000, 100000);
    expect_at(run, "person:1", 12 * S, 208000, 100000);
    expect_at(run, "person:walker", 10 * S, 300000, 13000);
    expect_at(run, "container:box", 5 * S, 145000, 100000);
    trace_free(run);
}

Test(models_trace, fcd_names_that_would_merge_are_an_error)
{
    static const char text[] =
        "<fcd-export>\n<timestep time=\"0\">\n<vehicle id=\"person:1\" x=\"1\" y=\"1\"/>\n"
        "<person id=\"1\" x=\"2\" y=\"2\"/>\n</timestep>\n</fcd-export>\n";

    trace_expect_error_text(text, (trace_options){ .persons = true },
                            ":4: expected different names for a vehicle and a person");
    trace_expect_error_text("<fcd-export><timestep time=\"0\"><person id=\"1\" x=\"2\" y=\"2\"/>"
                            "</timestep></fcd-export>", plain, "see persons = on");
}

Test(models_trace, fcd_same_id_twice)
{
    trace_expect_error("tests/data/fcd-same-id-twice.fcd.xml", plain, SIM_ERROR_BAD,
                       "fcd-same-id-twice.fcd.xml:5: expected each vehicle once in a time step, "
                       "found \"d\" twice");
}

Test(models_trace, fcd_of_x_and_y_alone)
{
    g_autofree char *text = NULL;

    trace_expect_error("tests/data/fcd-only-xy.fcd.xml", plain, SIM_ERROR_BAD,
                       "fcd-only-xy.fcd.xml:65: expected attribute \"y\" of <vehicle>");

    /* Without that vehicle it reads. */
    cr_assert(g_file_get_contents("tests/data/fcd-only-xy.fcd.xml", &text, NULL, NULL));

    g_auto(GStrv) parts = g_strsplit(text, "<vehicle id=\"s\" x=\"300.00\"/>", 2);
    g_autofree char *mended = g_strjoinv("", parts);
    trace_run *run = driven(open_text(mended, plain));

    cr_expect(run->n == 5);
    expect_at(run, "r4", 0, 400000, 200000);
    trace_free(run);
}

/* Vehicle a has gaps and positions that stand alone; b is always there. */
static const char gaps[] =
    "<fcd-export>\n"
    "<timestep time=\"0\"><vehicle id=\"b\" x=\"0\" y=\"0\"/><vehicle id=\"a\" x=\"1\" y=\"0\"/>"
    "</timestep>\n"
    "<timestep time=\"1\"><vehicle id=\"b\" x=\"1\" y=\"0\"/></timestep>\n"
    "<timestep time=\"2\"><vehicle id=\"a\" x=\"2\" y=\"0\"/><vehicle id=\"b\" x=\"2\" y=\"0\"/>"
    "</timestep>\n"
    "<timestep time=\"3\"><vehicle id=\"a\" x=\"3\" y=\"0\"/><vehicle id=\"b\" x=\"3\" y=\"0\"/>"
    "</timestep>\n"
    "<timestep time=\"4\"><vehicle id=\"b\" x=\"4\" y=\"0\"/></timestep>\n"
    "<timestep time=\"5\"><vehicle id=\"a\" x=\"50\" y=\"0\"/><vehicle id=\"b\" x=\"5\" y=\"0\"/>"
    "</timestep>\n"
    "<timestep time=\"6\"><vehicle id=\"b\" x=\"6\" y=\"0\"/></timestep>\n"
    "<timestep time=\"7\"><vehicle id=\"b\" x=\"7\" y=\"0\"/><vehicle id=\"a\" x=\"70\" y=\"0\"/>"
    "</timestep>\n"
    "<timestep time=\"8\"><vehicle id=\"b\" x=\"8\" y=\"0\"/><vehicle id=\"a\" x=\"80\" y=\"0\"/>"
    "</timestep>\n"
    "<timestep time=\"9\"><vehicle id=\"b\" x=\"9\" y=\"0\"/><vehicle id=\"c\" x=\"9\" y=\"0\"/>"
    "</timestep>\n"
    "</fcd-export>\n";

Test(models_trace, fcd_gaps_are_absences)
{
    trace_run *run = driven(open_text(gaps, plain));

    cr_expect(run->n == 3);
    expect_span(run, "a", 2 * S, 8 * S);
    expect_at(run, "a", 2500000000, 2500, 0);
    expect_absent(run, "a", 1 * S);
    expect_absent(run, "a", 5 * S);
    expect_at(run, "a", 7500000000, 75000, 0);
    expect_at(run, "b", 8500000000, 8500, 0);
    expect_absent(run, "c", 9 * S);
    expect_note(run, "1 nodes are never in two time steps on end");
    trace_free(run);
}

Test(models_trace, fcd_from_a_time_in_a_gap_or_behind_it)
{
    trace_run *run = driven(open_text(gaps, (trace_options){ .start = "5 s" }));

    expect_span(run, "a", 2 * S, 3 * S);
    expect_at(run, "b", 0, 5000, 0);
    trace_free(run);

    run = driven(open_text(gaps, (trace_options){ .start = "7500 ms" }));
    expect_at(run, "a", 0, 75000, 0);
    expect_span(run, "a", 0, 500000000);
    trace_free(run);

    /* Whoever has left before is no node of the run. */
    run = driven(open_text(gaps, (trace_options){ .start = "8500 ms" }));
    cr_expect(trace_node(run, "a") == UINT32_MAX);
    expect_note(run, "2 of the trace's 3 nodes are there during the run");
    trace_free(run);
}

Test(models_trace, fcd_bad_elements_have_a_line)
{
    static const struct { const char *body, *expected; } cases[] = {
        { "<timestep time=\"1\">\n<vehicle x=\"1\" y=\"1\"/>", ":3: expected attribute \"id\"" },
        { "<timestep time=\"1\">\n<vehicle id=\"\" x=\"1\" y=\"1\"/>", ":3: expected an id of" },
        { "<timestep time=\"1\">\n<vehicle id=\"a\" x=\"nan\" y=\"1\"/>",
          ":3: expected a decimal number for \"x\" of <vehicle>, found \"nan\"" },
        { "<timestep time=\"1\">\n<vehicle id=\"a\" x=\"1\" y=\"inf\"/>", ":3: expected a dec" },
        { "<timestep time=\"1\">\n<vehicle id=\"a\" x=\"1e300\" y=\"1\"/>",
          ":3: expected a smaller number for \"x\"" },
        { "<timestep>", ":2: expected attribute \"time\" of <timestep>" },
        { "<timestep time=\"x\">", ":2: expected a decimal number for \"time\"" },
        { "<timestep time=\"5\"/>\n<timestep time=\"4.99\"/>",
          ":3: expected a time step after 5 s, found one at 4.99 s" },
        { "<timestep time=\"5\"/>\n<timestep time=\"5.00\"/>", ":3: expected a time step after" },
        { "<vehicle id=\"a\" x=\"1\" y=\"1\"/>", ":2: expected <timestep>, found <vehicle>" },
        { "<timestep time=\"1\">\n<vehicle id=\"a\" x=1 y=\"1\"/>", ":3: expected well-formed" },
        { "<timestep time=\"1\">\n</fcd-export>", ":3: expected well-formed" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strconcat("<fcd-export>\n", cases[i].body, "\n", NULL);

        trace_expect_error_text(text, plain, cases[i].expected);
    }
}

Test(models_trace, fcd_in_degrees_is_an_error)
{
    trace_expect_error_text("<?xml version=\"1.0\"?>\n<!-- <fcd-output.geo value=\"true\"/> -->\n"
                            "<fcd-export/>\n", plain, "found degrees");
}

Test(models_trace, fcd_what_else_it_holds_is_ignored)
{
    trace_run *run = driven(open_text(
        "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<fcd-export>\n<timestep time=\"0\">\n"
        "<vehicle id=\"a\" x=\"1\" y=\"1\"><param key=\"k\"/></vehicle>\n<drone id=\"a\"/>\n"
        "</timestep>\n<timestep time=\"2\"><vehicle id=\"a\" x=\"2\" y=\"1\"/></timestep>\n"
        "</fcd-export>\n", plain));

    expect_note(run, "1 unknown elements ignored, the first in line 5");
    expect_at(run, "a", S, 1500, 1000);
    trace_free(run);
}

Test(models_trace, nodes_asked_for_are_the_first_ones)
{
    trace_run *run = open_text(gaps, (trace_options){ .n_nodes = 1 });

    cr_expect(run->n == 1);
    cr_expect_str_eq(run->cls->name(run->m, 0), "b");
    expect_note(run, "1 nodes asked for: the first ones of 3");
    trace_free(driven(run));

    run = open_text(gaps, (trace_options){ .n_nodes = 9 });
    cr_expect(run->n == 3);
    expect_note(run, "9 nodes asked for, the trace has 3");
    trace_free(run);
}

/* ---- ns-2 -------------------------------------------------------------------------- */

Test(models_trace, ns2_goes_along_the_path)
{
    trace_run *run = driven(open_data("ns2-diagonal.tcl", (trace_options){ .end_s = 150 }));

    cr_expect(run->n == 2);
    expect_at(run, "mn0", S / 2, 10000, 20000);
    expect_at(run, "mn0", 51 * S, 160000, 220000);
    expect_at(run, "mn1", 51 * S, 160000, 220000);
    expect_at(run, "mn0", 101 * S, 310000, 420000);
    expect_span(run, "mn1", 0, 101 * S);
    trace_free(run);
}

Test(models_trace, ns2_lines_in_any_sequence)
{
    trace_run *run = driven(open_data("ns2-orders-before-positions.tcl", plain));

    cr_expect(run->n == 4);
    /* 200 m/s of nothing: at the start each stands at its first goal, or goes there. */
    for (int i = 0; i < 4; i++) {
        g_autofree char *name = g_strdup_printf("mn%d", i);
        int64_t x0 = 100000 + 200000 * i;

        expect_at(run, name, 0, x0, 100000);
        expect_at(run, name, 15 * S, x0, 100000);
        expect_at(run, name, 30 * S, x0 + 106066, 206066);
    }
    expect_note(run, "2 $god_ lines ignored, the first in line 4");
    expect_note(run, "1 Tcl settings ignored, the first in line 3");
    expect_note(run, "1 positions set later than 0 ignored, the first in line 30");
    cr_expect(strstr(run->notes->str, "other") == NULL);
    trace_free(run);
}

Test(models_trace, ns2_orders_interrupt_stop_and_end)
{
    trace_run *run = driven(open_text(
        "$node_(7) set X_ 0\n$node_(7) set Y_ 0\n"
        "$ns_ at 10.0 \"$node_(7) setdest 100 0 10\"\n"     /* arrives at 20 */
        "$ns_ at 15.0 \"$node_(7) setdest 50 100 10\"\n"    /* from (50, 0): arrives at 25 */
        "$ns_ at 20.0 \"$node_(7) setdest 0 0 0\"\n"        /* stops at (50, 50) */
        "$ns_ at 30.0 \"$node_(7) setdest 50 90 20\"\n"     /* arrives at 32 */
        "$ns_ at 40.0 \"$node_(7) setdest 0 90 5\"\n"       /* taken back at once */
        "$ns_ at 40.0 \"$node_(7) setdest 50 0 9\"\n",      /* arrives at 50 */
        plain));

    expect_at(run, "mn7", 5 * S, 0, 0);
    expect_at(run, "mn7", 12 * S, 20000, 0);
    expect_at(run, "mn7", 17 * S, 50000, 20000);
    expect_at(run, "mn7", 25 * S, 50000, 50000);
    expect_at(run, "mn7", 31 * S, 50000, 70000);
    expect_at(run, "mn7", 36 * S, 50000, 90000);
    expect_at(run, "mn7", 45 * S, 50000, 45000);
    expect_span(run, "mn7", 0, 50 * S);
    trace_free(run);
}

Test(models_trace, ns2_life_as_the_exporter_of_sumo_means_it)
{
    trace_run *run = driven(open_text(
        "$node_(0) set X_ 5\n$node_(0) set Y_ 5\n$node_(0) set Z_ 0\n"
        "$ns_ at 100.0 \"$node_(0) setdest 5 5 0.00\"\n"
        "$ns_ at 105.0 \"$node_(0) setdest 15 5 2\"\n"
        "$ns_ at 110.0 \"$node_(0) setdest 25 5 0\"\n"
        "$node_(1) set X_ 9\n$node_(1) set Y_ 9\n$ns_ at 107.0 \"$node_(1) setdest 9 9 3\"\n"
        "$node_(3) set X_ 1.5\n$node_(3) set Y_ -2\n", (trace_options){ .start = "0 s" }));

    cr_expect(run->n == 3);
    expect_span(run, "mn0", 100 * S, 110 * S);
    expect_absent(run, "mn0", 99 * S);
    expect_absent(run, "mn1", 107 * S);
    expect_at(run, "mn3", 99999 * S, 1500, -2000);
    expect_note(run, "1 nodes without an order stand there to the end");
    trace_free(run);
}

Test(models_trace, ns2_bad_lines)
{
    static const struct { const char *text, *expected; } cases[] = {
        { "$node_(0) set X_ 1\n$node_(0) set Y_ x\n", ":2: expected a decimal number for Y_" },
        { "$node_(0) set X_\n", ":1: expected a decimal number for X_, found \"\"" },
        { "$node_(0) set X_ 1\n", ":1: expected a start position of $node_(0), found no \"set Y" },
        { "#\n$ns_ at 1 \"$node_(4) setdest 1 1 1\"\n",
          ":2: expected a start position of $node_(4" },
        { "$ns_ at x \"$node_(4) setdest 1 1 1\"\n", ":1: expected a decimal number for the time" },
        { "$ns_ at -1 \"$node_(4) setdest 1 1 1\"\n", ":1: expected a time of at least 0" },
        { "$ns_ at 1 \"$node_(4) setdest 1 1\"\n", ":1: expected $ns_ at TIME" },
        { "$ns_ at 1 \"$node_(4) setdest 1 1 1", ":1: expected $ns_ at TIME" },
        { "$ns_ at 1 \"$node_(4) setdest 1 1 -1\"\n", ":1: expected a speed of at least 0" },
        { "$ns_ at 1 \"$node_(4) setdest nan 1 1\"\n", ":1: expected a decimal number for x of" },
        { "$ns_ at 1 \"$node_(4) setdest 1e99 1 1\"\n", ":1: expected a smaller number for x of" },
        { "$node_(0) set X_ 1\n$node_(0) set Y_ 1\n$node_(1) se", ":3: expected a whole line" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        trace_expect_error_text(cases[i].text, plain, cases[i].expected);
}

/* ---- BonnMotion -------------------------------------------------------------------- */

Test(models_trace, bonnmotion_gaps_and_bad_lines)
{
    g_autofree char *text = NULL;

    trace_expect_error("tests/data/bm-gaps.movements", plain, SIM_ERROR_BAD,
                       "bm-gaps.movements:5: expected a multiple of 3 values (t x y), found 5");
    cr_assert(g_file_get_contents("tests/data/bm-gaps.movements", &text, NULL, NULL));

    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *without_5 = g_strjoin("\n", lines[0], lines[1], lines[2], lines[3],
                                           lines[5], NULL);

    trace_expect_error_text(without_5, plain, ":5: expected waypoint 2 no earlier than 30 s, found "
                            "10 s");

    g_autofree char *good = g_strjoin("\n", lines[0], lines[1], lines[2], lines[3], lines[0],
                                      "", "", NULL);
    trace_run *run = driven(open_text(good, (trace_options){ .end_s = 60 }));

    cr_expect(run->n == 4);
    cr_expect(trace_node(run, "mn3") == UINT32_MAX);
    expect_note(run, "1 empty lines: nodes that never appear");
    expect_note(run, "1 nodes with a single waypoint stand there to the end");
    expect_span(run, "mn0", 0, 60 * S);
    expect_span(run, "mn1", 10 * S, 60 * S);
    expect_at(run, "mn1", 15 * S, 150000, 300000);
    expect_at(run, "mn2", 59 * S, 700000, 700000);
    expect_at(run, "mn4", 30 * S, 250000, 100000);
    trace_free(run);
}

Test(models_trace, bonnmotion_in_three_dimensions)
{
    trace_run *run = driven(open_data("bm-three-dimensions.movements", plain));

    cr_expect(run->n == 4);
    expect_note(run, "three-dimensional");
    expect_at(run, "mn2", 30 * S, 200000, 250000);
    trace_free(run);
    trace_expect_error_text("#3D\n0 1 1 1 2 3 3\n", plain, ":2: expected a multiple of 4 values");
}

Test(models_trace, bonnmotion_bad_words)
{
    trace_expect_error_text("0 1 1\n0 nan 1\n", plain, ":2: expected a decimal number for x");
    trace_expect_error_text("0 1 1\n\n0 1 inf\n", plain, ":3: expected a decimal number for y");
    trace_expect_error_text("0 1 1e40\n", plain, ":1: expected a smaller number for y");
    trace_expect_error_text("0 1 1 1e10 1 1\n", plain,
                            ":1: expected a smaller number for the time");
    trace_expect_error_text("0 1 1\n0 1 "
                            "1.0000000000000000000000000000000000000000000000000000000000000000001"
                            "\n", plain, ":2: expected a decimal number for y");
}

Test(models_trace, bonnmotion_jump_at_one_time)
{
    trace_run *run = driven(open_text("0 0 0 10 10 0 10 90 0 20 100 0\n", plain));

    expect_at(run, "mn0", 9 * S, 9000, 0);
    expect_at(run, "mn0", 11 * S, 91000, 0);
    trace_free(run);
}

/* ---- all formats ------------------------------------------------------------------- */

static void expect_same(trace_run *a, trace_run *b)
{
    cr_assert(a->n == b->n);
    for (uint32_t i = 0; i < a->n; i++) {
        cr_expect_str_eq(a->cls->name(a->m, i), b->cls->name(b->m, i));
        cr_assert(a->legs[i]->len == b->legs[i]->len);
        for (guint k = 0; k < a->legs[i]->len; k++) {
            const model_leg *p = &g_array_index(a->legs[i], model_leg, k);
            const model_leg *q = &g_array_index(b->legs[i], model_leg, k);

            cr_assert(p->kind == q->kind && p->start_ns == q->start_ns &&
                      p->end_ns == q->end_ns && p->x0_mm == q->x0_mm && p->y0_mm == q->y0_mm &&
                      p->x1_mm == q->x1_mm && p->y1_mm == q->y1_mm);
        }
    }
    cr_expect_str_eq(a->notes->str, b->notes->str);
}

Test(models_trace, crlf_gzip_and_a_byte_order_mark_change_nothing)
{
    static const char *const names[] = {
        "crlf.fcd.xml", "crlf.tcl", "crlf.movements", "ns2-orders-before-positions.tcl",
        "bm-three-dimensions.movements", "fcd-persons.fcd.xml",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = trace_data(names[i]), *text = NULL;

        cr_assert(g_file_get_contents(path, &text, NULL, NULL));
        cr_assert(i > 2 || strstr(text, "\r\n") != NULL);

        g_auto(GStrv) crlf = g_strsplit(text, "\r\n", -1);
        g_autofree char *lf = g_strjoinv("\n", crlf);
        g_auto(GStrv) lines = g_strsplit(lf, "\n", -1);
        g_autofree char *back = g_strjoinv("\r\n", lines);
        g_autofree char *marked = g_strconcat("\xef\xbb\xbf", lf, NULL);
        trace_run *runs[4] = {
            trace_open_text(lf, strlen(lf), false, plain, NULL),
            trace_open_text(back, strlen(back), false, plain, NULL),
            trace_open_text(back, strlen(back), true, plain, NULL),
            trace_open_text(marked, strlen(marked), false, plain, NULL),
        };

        for (int k = 0; k < 4; k++) {
            cr_assert(runs[k] != NULL);
            driven(runs[k]);
        }
        for (int k = 1; k < 4; k++)
            expect_same(runs[0], runs[k]);
        for (int k = 0; k < 4; k++)
            trace_free(runs[k]);
    }
}

Test(models_trace, one_movement_in_three_formats)
{
    trace_run *a = driven(open_text(
        "<fcd-export><timestep time=\"3\"><vehicle id=\"mn0\" x=\"10\" y=\"20\"/></timestep>"
        "<timestep time=\"103\"><vehicle id=\"mn0\" x=\"310\" y=\"420\"/></timestep>"
        "</fcd-export>", plain));
    trace_run *b = driven(open_text(
        "$node_(0) set X_ 10\n$node_(0) set Y_ 20\n$ns_ at 3 \"$node_(0) setdest 10 20 0\"\n"
        "$ns_ at 3 \"$node_(0) setdest 310 420 5\"\n", plain));
    trace_run *c = driven(open_text("3 10 20 103 310 420\n", plain));

    for (int64_t t = 0; t <= 100 * S; t += S / 7) {
        int64_t x, y;

        cr_assert(trace_where(a, 0, t, &x, &y));
        expect_at(b, "mn0", t, x, y);
        expect_at(c, "mn0", t, x, y);
    }
    trace_free(a);
    trace_free(b);
    trace_free(c);
}
