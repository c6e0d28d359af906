/* The tables of settings: what every group of a scenario file may hold.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/config/config.h"

#include "models/config/config_ipsec.h"
#include "models/config/config_system.h"
#include "models/mobility/mobility.h"
#include "models/traffic/traffic.h"
#include "models/world.h"

#define YEAR 3.1536e16
#define NO_MAX (-1.0)       /* below the minimum: no upper bound */

#define KEY(type, field, keyword, kind, def, min, max, help) \
    {keyword, SIM_KEY_##kind, def, min, max, help, offsetof(type, field), NULL}
#define CHOICE(type, field, keyword, names, def, help) \
    {keyword, SIM_KEY_CHOICE, def, 0, 0, help, offsetof(type, field), names}

static const char *const dad_names[] = {"off", "rfc", NULL};
static const char *const service_names[] = {"deterministic", "exponential", NULL};
static const char *const after_dad_names[] = {"profile", "abandon", "return", NULL};
static const char *const failure_names[] = {"crash", "hang", "isolate", "leave", NULL};
static const char *const rates_names[] = {"equal", "zipf", NULL};
static const char *const direction_names[] = {"down", "up", "both", NULL};

#define S(...) KEY(model_scenario_config, __VA_ARGS__)
static const sim_key scenario_keys[] = {
    S(name, "name", STRING, "", 0, 0, "name of the results; empty: that of the file"),
    S(duration_ns, "duration", TIME, "60 s", 1, YEAR, "simulated time of a run"),
    S(warm_up_ns, "warm-up", TIME, "0 s", 0, YEAR,
      "excluded from figures that compare (PROTOCOL 8)"),
    S(seed, "seed", INT, "1", 0, 9e15, "key of all random draws"),
    S(traffic_seed, "traffic-seed", INT, "=scenario.seed", 0, 9e15,
      "of arrivals and rates; where not given: seed"),
    S(decision_seed, "decision-seed", INT, "=scenario.seed", 0, 9e15,
      "of the policy's draws; where not given: seed"),
    S(tie_seed, "tie-seed", INT, "0", 0, 9e15,
      "of the order of simultaneous events; 0: by the names of those concerned"),
    S(fuse, "fuse", BOOL, "on", 0, 0,
      "no events for what is certain to happen to a packet; results are the same without"),
    S(replications, "replications", INT, "1", 1, 1e6, "independent runs of the same scenario"),
};

#define L(...) KEY(model_home_link_settings, __VA_ARGS__)
static const sim_key home_link_keys[] = {
    L(prefix, "prefix", ADDRESS, "2001:db8:0:1::/64", 0, 0,
      "home prefix; longer than /64: the pool that addresses come from, on a /64 link"),
    L(rate_bps, "rate", RATE, "unlimited", 0, NO_MAX, "of each port of the switch, each way"),
    L(delay_ns, "delay", TIME, "10 us", 0, 1e10, "from port to port"),
    L(loss_ppm, "loss", SHARE, "0 %", 0, 1e6, "of frames at each port"),
    L(limit_packets, "queue-limit", PACKETS, "unlimited", 0, NO_MAX, "of a port"),
    L(limit_bytes, "queue-limit-bytes", BYTES, "unlimited", 0, NO_MAX, "of a port"),
    L(mtu, "mtu", BYTES, "1500 B", 1280, 65535, "larger packets: Packet Too Big"),
    {"dad", SIM_KEY_CHOICE, "rfc", 0, 0,
     "agents test a new home address for duplicates (RFC 6275 10.3.1)",
     offsetof(model_home_link_settings, dad), dad_names},
    L(dad_timeout_ns, "dad-timeout", TIME, "1 s", 1e6, 1e10, "RetransTimer (RFC 4862 5.4)"),
    L(neighbour.reachable_ns, "reachable-time", TIME, "30 s", 1e6, YEAR,
      "of the router's neighbour cache (RFC 4861 7.3.3)"),
    L(neighbour.delay_first_ns, "delay-first-probe", TIME, "5 s", 1e6, YEAR,
      "DELAY_FIRST_PROBE_TIME (RFC 4861 10)"),
    L(neighbour.retrans_ns, "retrans-timer", TIME, "1 s", 1e6, YEAR,
      "between probes (RFC 4861 10)"),
    L(neighbour.probes, "probes", INT, "3", 1, 100,
      "MAX_UNICAST_SOLICIT, MAX_MULTICAST_SOLICIT (RFC 4861 10)"),
    L(neighbour.queue_packets, "resolution-queue", PACKETS, "3 packets", 1, 1e6,
      "packets that wait for an address (RFC 4861 7.2.2)"),
};

#define A(...) KEY(model_home_agents_config, __VA_ARGS__)
static const sim_key home_agents_keys[] = {
    A(count, "count", INT, "?3", 1, 1e5, "home agents; where names are given, their number"),
    A(names, "names", STRING, "", 0, 0, "their names, with commas between; empty: ha0, ha1 ..."),
    A(capacity_bps, "capacity", RATE, "10 Mbit/s", 0, 1e13,
      "service rate of an agent's queue, both directions together"),
    A(per_packet_ns, "per-packet", TIME, "0 s", 0, 1e10, "processing time of a packet"),
    CHOICE(model_home_agents_config, service, "service", service_names, "deterministic",
           "service times of the queue; exponential ones have the same mean"),
    A(queue_packets, "queue-limit", PACKETS, "1000 packets", 0, NO_MAX,
      "waiting and in service; beyond it packets are lost"),
    A(queue_bytes, "queue-limit-bytes", BYTES, "unlimited", 0, NO_MAX, "the same in bytes"),
    A(signalling_priority, "signalling-priority", BOOL, "off", 0, 0,
      "the agent's own signalling goes first, and into a full queue, too (PROTOCOL 1)"),
    A(preference, "preference", INT, "0", 0, 65535, "home agent preference (RFC 6275 7.4)"),
    A(legacy, "legacy", BOOL, "off", 0, 0, "knows no load option and moves nobody"),
    A(ra_min_ns, "ra-min-interval", TIME, "1 s", 3e7, 1.35e12,
      "MinRtrAdvInterval; the largest is three times it (PROTOCOL 3)"),
    A(max_lifetime_ns, "max-lifetime", TIME, "262140 s", 4e9, 2.6214e14,
      "longest binding granted, in units of 4 s"),
    A(refresh_advice_ppm, "refresh-advice", SHARE, "0 %", 0, 999999,
      "Binding Refresh Advice, a share of the lifetime granted; 0 %: none (RFC 6275 6.2.4)"),
    A(prefix_lifetime_ns, "prefix-lifetime", TIME, "30 h", 4e9, 4.2e18,
      "valid lifetime of the prefix in advertisements"),
    A(sa_setup_delay_ns, "sa-setup-delay", TIME, "0 s", 0, 1e12,
      "before the first acknowledgement of a new binding (PROTOCOL 7)"),
    A(max_bindings, "max-bindings", INT, "0", 0, 4e9, "0: unbounded; beyond it status 130"),
    A(boot_window_ns, "boot-window", TIME, "1 s", 1, YEAR, "agents boot at uniform times in it"),
};

#define O(...) KEY(model_home_agent_config, __VA_ARGS__)
static const sim_key home_agent_keys[] = {
    O(capacity_bps, "capacity", RATE, "=home-agents.capacity", 0, 1e13,
      "where not given: of [home-agents]"),
    O(per_packet_ns, "per-packet", TIME, "=home-agents.per-packet", 0, 1e10,
      "where not given: of [home-agents]"),
    O(queue_packets, "queue-limit", PACKETS, "=home-agents.queue-limit", 0, NO_MAX,
      "where not given: of [home-agents]"),
    O(queue_bytes, "queue-limit-bytes", BYTES, "=home-agents.queue-limit-bytes", 0, NO_MAX,
      "where not given: of [home-agents]"),
    O(preference, "preference", INT, "=home-agents.preference", 0, 65535,
      "where not given: of [home-agents]"),
    O(legacy, "legacy", BOOL, "=home-agents.legacy", 0, 0, "where not given: of [home-agents]"),
    O(max_bindings, "max-bindings", INT, "=home-agents.max-bindings", 0, 4e9,
      "where not given: of [home-agents]"),
    O(join_ns, "join", TIME, "0 s", 0, YEAR, "boots then; 0: with all the others"),
    O(fail, "fail", TIMES, "", 0, 0,
      "fails then; a time, or several with commas between; short for [failure NAME]"),
    CHOICE(model_home_agent_config, failure, "failure", failure_names, "crash",
           "how it fails: as kind of [failure NAME] says"),
    O(recover, "recover", TIMES, "", 0, 0,
      "comes back then; as many times, or one less: then it stays away"),
};

#define M(...) KEY(model_mobile_nodes_config, __VA_ARGS__)
static const sim_key mobile_nodes_keys[] = {
    M(count, "count", INT, "?12", 0, 1.6e7,
      "mobile nodes; with a trace, 0 or not given: all that it has"),
    M(lifetime_ns, "lifetime", TIME, "120 s", 4e9, 2.6214e14, "of a binding, in units of 4 s"),
    M(refresh_ppm, "refresh", SHARE, "50 %", 1e4, 1e6, "of the lifetime granted"),
    M(first_timeout_ns, "first-timeout", TIME, "1.5 s", 1e6, 1e12,
      "InitialBindackTimeoutFirstReg (RFC 6275 13)"),
    M(initial_timeout_ns, "initial-timeout", TIME, "1 s", 1e6, 1e12,
      "INITIAL_BINDACK_TIMEOUT (RFC 6275 12)"),
    M(max_timeout_ns, "max-timeout", TIME, "32 s", 1e6, 1e12,
      "MAX_BINDACK_TIMEOUT (RFC 6275 12)"),
    M(dhaad_timeout_ns, "dhaad-timeout", TIME, "3 s", 1e6, 1e12,
      "INITIAL_DHAAD_TIMEOUT, doubling (RFC 6275 12)"),
    M(dhaad_retries, "dhaad-retries", INT, "4", 0, 30, "DHAAD_RETRIES (RFC 6275 12)"),
    M(dhaad_again_ns, "dhaad-again", TIME, "10 s", 1e6, YEAR, "pause after a DHAAD that failed"),
    M(deregister_retries, "deregister-retries", INT, "3", 0, 100,
      "retransmissions, then it goes on"),
    M(old_agent_ns, "old-agent-time", TIME, "10 s", 0, 1e12,
      "MAX_DELETE_BCE_TIMEOUT (RFC 6275 12)"),
    M(ro_lifetime_ns, "ro-lifetime", TIME, "420 s", 4e9, 4.2e11,
      "MAX_RR_BINDING_LIFETIME (RFC 6275 12)"),
    CHOICE(model_mobile_nodes_config, on_dad_failure, "on-dad-failure", after_dad_names, "profile",
           "after status 134; profile: abandon if literal, else return (PROTOCOL 2)"),
    M(unmodified_ppm, "unmodified", SHARE, "0 %", 0, 1e6,
      "of nodes with an RFC 6275 stack, which discard the draft's switch"),
    M(knows_switch_ppm, "knows-switch", SHARE, "100 %", 0, 1e6,
      "of nodes that know RFC 5142's Home Agent Switch; the others answer it with a Binding Error"),
    M(redirect_ppm, "knows-redirect", SHARE, "?0 %", 0, 1e6,
      "of nodes that can be redirected at a first registration (RFC 6463); where not given: 100 % "
      "where the policy redirects, else 0 %"),
    M(route_optimise_ppm, "route-optimise", SHARE, "0 %", 0, 1e6,
      "of nodes that try return routability"),
    M(start_ns, "start", TIME, "?0 s", 0, YEAR,
      "where not given: boot-window + 3 ra-min-interval + 1 s (PROTOCOL 1)"),
    M(start_window_ns, "start-window", TIME, "2 s", 1, YEAR, "they start at uniform times in it"),
    M(crowd, "crowd", INT, "0", 0, 1.6e7,
      "further nodes, with the mean rate of the others, from crowd-start on"),
    M(crowd_start_ns, "crowd-start", TIME, "0 s", 0, YEAR, "where crowd is not 0"),
    M(crowd_window_ns, "crowd-window", TIME, "1 s", 1, YEAR, "they start at uniform times in it"),
};

#define C(...) KEY(model_correspondents_config, __VA_ARGS__)
static const sim_key correspondents_keys[] = {
    C(count, "count", INT, "1", 1, 1e6, "correspondents; a flow's is drawn by its name"),
    C(route_optimise_ppm, "route-optimise", SHARE, "0 %", 0, 1e6,
      "of correspondents that keep bindings (RFC 6275 9)"),
    C(max_bindings, "max-bindings", INT, "0", 0, 4e9, "of one; 0: unbounded"),
    C(link.rate_bps, "rate", RATE, "unlimited", 0, NO_MAX,
      "between it and the core, each way"),
    C(link.delay_ns, "delay", TIME, "5 ms", 0, 1e11,
      "between it and the core, each way"),
    C(link.loss_ppm, "loss", SHARE, "0 %", 0, 1e6, "each way"),
    C(link.limit_packets, "queue-limit", PACKETS, "unlimited", 0, NO_MAX, "each way"),
    C(link.limit_bytes, "queue-limit-bytes", BYTES, "unlimited", 0, NO_MAX, "each way"),
};

#define R(...) KEY(model_access_config, __VA_ARGS__)
static const sim_key access_keys[] = {
    R(routers, "routers", INT, "4", 1, 65536, "access routers, one cell each"),
    R(width_mm, "width", LENGTH, "1000 m", 1, 1e12, "of the area that the cells share"),
    R(height_mm, "height", LENGTH, "1000 m", 1, 1e12, "of the area that the cells share"),
    R(link.rate_bps, "rate", RATE, "unlimited", 0, NO_MAX, "of a cell, each way"),
    R(link.delay_ns, "delay", TIME, "2 ms", 0, 1e11, "of the access link, each way"),
    R(link.loss_ppm, "loss", SHARE, "0 %", 0, 1e6, "of the access link, each way"),
    R(link.limit_packets, "queue-limit", PACKETS, "unlimited", 0, NO_MAX, "of a cell, each way"),
    R(link.limit_bytes, "queue-limit-bytes", BYTES, "unlimited", 0, NO_MAX, "the same in bytes"),
    R(mtu, "mtu", BYTES, "1500 B", 1280, 65535,
      "of the access links; also the path MTU of tunnels (RFC 2473 7)"),
    R(l2_delay_ns, "l2-delay", TIME, "50 ms", 0, 1e11, "without a link, at a change of cell"),
    R(detection_ns, "movement-detection", TIME, "100 ms", 0, 1e11,
      "from the new link to the new care-of address"),
    R(dad, "dad", BOOL, "off", 0, 0, "duplicate address detection of the care-of address"),
    R(dad_timeout_ns, "dad-timeout", TIME, "1 s", 1e6, 1e10, "where dad is on"),
    R(core_delay_ns, "core-delay", TIME, "5 ms", 0, 1e11,
      "of the core, once a crossing: on the way out to an access router, the home link or "
      "a correspondent's link"),
    R(home_cell, "home-cell", INT, "-1", -1, 65535,
      "cell whose nodes are at home, on the home link; -1: none"),
};

static const sim_key mobility_keys[] = {
    KEY(model_mobility_settings, model, "model", STRING, "static", 0, 0,
        "how nodes move; `mip6sim list mobility`"),
};

#define T(...) KEY(model_traffic_settings, __VA_ARGS__)
static const sim_key traffic_keys[] = {
    T(model, "model", STRING, "cbr", 0, 0, "when packets are sent; `mip6sim list traffic`"),
    T(rate_bps, "rate", RATE, "0 bit/s", 0, 1e15, "of all flows together, inner packets"),
    T(node_rate_bps, "node-rate", RATE, "0 bit/s", 0, 1e12,
      "or of each node: with a trace, where nodes come and go"),
    T(load_ppm, "load", SHARE, "?50 %", 0, 1e8,
      "or, with neither rate: of all agents' capacity, as packets leave them: to nodes with the "
      "outer header, from nodes without"),
    CHOICE(model_traffic_settings, rates, "rates", rates_names, "equal", "how nodes differ"),
    T(zipf_exponent, "zipf-exponent", REAL, "1.0", 0.01, 10, "of rates = zipf"),
    T(packet_bytes, "packet-size", BYTES, "1000 B", 48, 65000,
      "inner IPv6 packet; one too large for the tunnels leaves its sender in fragments"),
    CHOICE(model_traffic_settings, direction, "direction", direction_names, "down",
           "to the nodes, from them, or both, the rate halved"),
    T(nodes_ppm, "nodes", SHARE, "100 %", 0, 1e6, "of mobile nodes that have this traffic"),
    T(start_ns, "start", TIME, "0 s", 0, YEAR, "first packets"),
    T(stop_ns, "stop", TIME, "0 s", 0, YEAR, "0: the end of the run"),
    T(probe, "probe", BOOL, "off", 0, 0,
      "outages by failures are told from these packets, and from no others"),
};

static const sim_key policy_keys[] = {
    KEY(model_policy_settings, name, "name", STRING, "static-dhaad", 0, 0,
        "balancing algorithm; `mip6sim list policies`; or a shared object, ./FILE.so"),
    KEY(model_policy_settings, profile, "profile", STRING, "safe", 0, 0,
        "defaults of the keys below: literal, safe, tuned (PROTOCOL 4)"),
};

/* Those of the results, filled below; the first is none. */
static const char *message_names[MIP6_N_MESSAGES + 1];

#define X(...) KEY(model_loss_config, __VA_ARGS__)
static const sim_key loss_keys[] = {
    CHOICE(model_loss_config, message, "message", message_names, "any", "what is lost"),
    X(from, "from", STRING, "", 0, 0,
      "the node that sends it, or passes it on to that link; empty: any"),
    X(to, "to", STRING, "", 0, 0,
      "the node it is for, or whose frame or copy it is; empty: any"),
    X(nth, "nth", STRING, "", 0, 0,
      "which of them, counted from 1: 2, or 1-3, 5, or 4-; empty: all"),
    X(start_ns, "start", TIME, "0 s", 0, YEAR, "counted from then on"),
    X(stop_ns, "stop", TIME, "0 s", 0, YEAR, "until then; 0: the end of the run"),
};
#undef X

#define F(...) KEY(model_failure_config, __VA_ARGS__)
static const sim_key failure_keys[] = {
    F(agent, "agent", STRING, "", 0, 0, "the home agent that fails"),
    CHOICE(model_failure_config, kind, "kind", failure_names, "crash",
           "crash: silent, its state lost; hang: answers its neighbours, loses all else; isolate: "
           "its port on the home link is cut; leave: in good order, its nodes told first "
           "(drain-time of [policy]), then an advertisement with lifetime 0, down 1 s later"),
    F(at_ns, "at", TIME, "0 s", 0, YEAR, "fails then"),
    F(until_ns, "until", TIME, "?0 s", 0, YEAR,
      "comes back then: empty after crash and leave, else with what it had; not given: for good; "
      "after leave no sooner than drain-time and 2 s later"),
    F(hang_control, "hang-control", BOOL, "on", 0, 0,
      "of kind = hang: its router advertisements go on"),
};

static const sim_key record_keys[] = {
    KEY(model_record_config, sample_ns, "sample", TIME, "1 s", 1, YEAR,
        "interval of ha_sample"),
    KEY(model_record_config, bound_ns, "bound-interval", TIME, "10 s", 0, YEAR,
        "interval of the bound of the peak load, whole seconds; 0: none"),
    KEY(model_record_config, events, "events", BOOL, "on", 0, 0, "rows of table event"),
    KEY(model_record_config, decisions, "decisions", BOOL, "on", 0, 0, "rows of table decision"),
    KEY(model_record_config, histograms, "histograms", BOOL, "on", 0, 0,
        "rows of table histogram"),
    KEY(model_record_config, per_node, "per-mobile-node", BOOL, "off", 0, 0,
        "figures of each mobile node"),
    KEY(model_record_config, fingerprints, "fingerprints", BOOL, "on", 0, 0,
        "rows of table fingerprint; the run's own is always there"),
    KEY(model_record_config, pcap, "pcap", STRING, "", 0, 0,
        "folder for captures of `mip6sim run`, a pcapng file for each run, as with --pcap; "
        "empty: none; changes no result"),
};

#define GROUP(groupname, keytable, type, text) \
    .name = groupname, .help = text, .keys = keytable, .n_keys = G_N_ELEMENTS(keytable), \
    .size = sizeof(type)

static const sim_group plain_groups[] = {
    {GROUP("scenario", scenario_keys, model_scenario_config, "the run")},
    {GROUP("home-link", home_link_keys, model_home_link_settings,
           "the home network and its ingress router")},
    {GROUP("home-agents", home_agents_keys, model_home_agents_config, "all home agents")},
    {GROUP("home-agent", home_agent_keys, model_home_agent_config, "one home agent, by name"),
     .named = true},
    {GROUP("failure", failure_keys, model_failure_config, "one failure of a home agent"),
     .named = true},
    {GROUP("mobile-nodes", mobile_nodes_keys, model_mobile_nodes_config, "mobile nodes")},
    {GROUP("correspondents", correspondents_keys, model_correspondents_config,
           "whom mobile nodes talk to")},
    {GROUP("access", access_keys, model_access_config,
           "access routers, attachment, and the core between all")},
    {GROUP("loss", loss_keys, model_loss_config,
           "packets that are to be lost, as the second acknowledgement from ha1 to mn0"),
     .named = true},
    {GROUP("record", record_keys, model_record_config, "what the results hold")},
};

/* Three groups have variants that other files bring. */
static sim_group mobility_group = {
    GROUP("mobility", mobility_keys, model_mobility_settings, "how nodes move"),
    .select = "model"};
static sim_group traffic_group = {
    GROUP("traffic", traffic_keys, model_traffic_settings,
          "application traffic; [traffic NAME] adds more, and stands alone where there is no "
          "[traffic]"),
    .select = "model", .named = true, .with_default = true};
static sim_group policy_group = {
    GROUP("policy", policy_keys, model_policy_settings,
          "how agents share load, and the mechanism's settings"),
    .select = "name", .select2 = "profile", .loads = true};

static const sim_group *all_groups[G_N_ELEMENTS(plain_groups) + 5];

static void fill_groups(void)
{
    const size_t n = G_N_ELEMENTS(plain_groups);
    mobility_group.variants = model_mobility_variants(&mobility_group.n_variants);
    traffic_group.variants = model_traffic_variants(&traffic_group.n_variants);
    message_names[0] = "any";
    for (unsigned k = 1; k < MIP6_N_MESSAGES; k++)
        message_names[k] = mip6_message_name((mip6_message_kind)k);
    size_t at = 0;
    for (size_t i = 0; i + 2 < n; i++)
        all_groups[at++] = &plain_groups[i];
    all_groups[at++] = &mobility_group;
    all_groups[at++] = &traffic_group;
    all_groups[at++] = &policy_group;
    all_groups[at++] = &model_ipsec_group;
    all_groups[at++] = &model_system_group;
    all_groups[at++] = &plain_groups[n - 2];
    all_groups[at++] = &plain_groups[n - 1];
}

const sim_group *const *model_groups(size_t *n)
{
    static gsize once;
    if (g_once_init_enter(&once)) {
        fill_groups();
        g_once_init_leave(&once, 1);
    }
    policy_group.variants = model_policy_variants(&policy_group.n_variants);
    *n = G_N_ELEMENTS(all_groups);
    return all_groups;
}
