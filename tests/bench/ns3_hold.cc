/* The hold model of `mip6sim bench hold`, in ns-3: take the first event out, put one in at an
 * exponential distance, with a constant number pending. The same distances, as many in advance; as
 * many holds before the clock starts and while it runs.
 *
 *     ns3_hold PENDING set ns3::MapScheduler      Scheduler::RemoveNext and Insert alone
 *     ns3_hold PENDING event ns3::MapScheduler    whole events: Simulator::Schedule and Run
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "ns3/core-module.h"

using namespace ns3;

static const size_t N_GAPS = 1 << 14;
static const uint64_t N_HOLDS = 1000000;

static std::vector<uint64_t> gaps;

static void DrawGaps()
{
    auto draw = CreateObject<ExponentialRandomVariable>();
    draw->SetAttribute("Mean", DoubleValue(1e9));
    for (size_t i = 0; i < N_GAPS; i++)
        gaps.push_back(uint64_t(draw->GetValue()) + 1);
}

static double CpuNs()
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) * 1e9 + double(t.tv_nsec);
}

/* ---- the event set alone: the event's own object is nothing, as in mip6sim ------------------- */

static void Hold(Ptr<Scheduler> set, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
    {
        Scheduler::Event event = set->RemoveNext();
        event.key.m_ts += gaps[i % N_GAPS];
        set->Insert(event);
    }
}

static double SetCostNs(const std::string& type, uint64_t pending)
{
    ObjectFactory factory(type);
    Ptr<Scheduler> set = factory.Create<Scheduler>();
    uint64_t n = std::max(N_HOLDS, pending);
    for (uint64_t i = 0; i < pending; i++)
        set->Insert({nullptr, {gaps[i % N_GAPS] + i, uint32_t(i), 0}});
    Hold(set, 3 * pending);
    double begin = CpuNs();
    Hold(set, n);
    return (CpuNs() - begin) / double(n);
}

/* ---- whole events: made by Schedule, found by Run, called, and gone --------------------------- */

static uint64_t held, from, until;
static double begin_ns, cost_ns;

static void Fire()
{
    if (held == from)
        begin_ns = CpuNs();
    if (held == until)
    {
        cost_ns = CpuNs() - begin_ns;
        Simulator::Stop();
        return;
    }
    Simulator::Schedule(NanoSeconds(gaps[held++ % N_GAPS]), Fire);
}

static double EventCostNs(const std::string& type, uint64_t pending)
{
    ObjectFactory factory(type);
    Simulator::SetScheduler(factory);
    from = 3 * pending;
    until = from + std::max(N_HOLDS, pending);
    for (uint64_t i = 0; i < pending; i++)
        Simulator::Schedule(NanoSeconds(gaps[i % N_GAPS] + i), Fire);
    Simulator::Run();
    return cost_ns / double(until - from);
}

int main(int argc, char** argv)
{
    if (argc != 4 || (strcmp(argv[2], "set") != 0 && strcmp(argv[2], "event") != 0))
    {
        fprintf(stderr, "usage: ns3_hold PENDING set|event SCHEDULER\n");
        return 2;
    }
    uint64_t pending = strtoull(argv[1], nullptr, 10);
    DrawGaps();
    printf("%.3f\n", *argv[2] == 's' ? SetCostNs(argv[3], pending) : EventCostNs(argv[3], pending));
    fflush(stdout);
    _Exit(0);       /* a million events need not be taken apart */
}
