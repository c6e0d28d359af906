/* The network of `mip6sim bench path`, in ns-3: packets from correspondents to mobile nodes through
 * the tunnel of a home agent. ns-3.37 has no Mobile IPv6, so agent and node are written here, with
 * its IPv6 stack around them; bindings stand from the start, and there is no signalling.
 *
 *     correspondent --10 ms-- router --10 us-- agent        agent to router: 1 Gbit/s, drop-tail
 *                               |
 *                              5 ms
 *                               |
 *                         access router --2 ms-- node       all other links never queue
 *
 * Both forms take the cheaper way wherever ns-3 offers a choice: a point-to-point link costs an
 * event for the end of each transmission and one for its arrival; queues of the traffic control
 * layer, sockets, checksums, tracing, address resolution there are none. *plain* is ns-3's own
 * beyond that: static routes, the default scheduler, link-local addresses on all interfaces.
 * *--tuned* avoids what is slow in it with many links to a router: routes are found by hash, a
 * router's interfaces have no addresses (each packet is compared with all of them), and the
 * scheduler is the fastest one.
 *
 * Prints what was delivered in the simulated time, and what Simulator::Run alone cost then.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <sys/resource.h>
#include <time.h>

#include <cstdio>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/seq-ts-header.h"
#include "ns3/traffic-control-layer.h"

using namespace ns3;

/* As in sim/cli/bench_path.c and the defaults of its scenario. */
static const uint32_t N_CORRESPONDENTS = 8, N_ACCESS = 64;
static const uint32_t PACKET_BYTES = 1000, IPV6_BYTES = 40, UDP_BYTES = 8, STAMP_BYTES = 12;
static const uint32_t PPP_BYTES = 2;
static const double CAPACITY_BPS = 1e9, LOAD = 0.8;
static const uint32_t QUEUE_LIMIT = 1000;
static const uint16_t PORT_CORRESPONDENT = 5004, PORT_NODE = 5005;

/* Of links that never queue: the transmission takes 0 ns. */
static const char ENDLESS[] = "1000000Gbps";

/* Packets flow for so long before anything is measured, as in mip6sim. */
static const double WARM_UP_S = 0.05;

/* Of packets sent since. */
struct Delivered
{
    uint64_t packets = 0;
    int64_t delay_ns = 0;
};

static Delivered delivered;

/* See above. */
static bool tuned;

/* ---- addresses: a /64 for each group of hosts; routers of ns-3 drop 2001:db8::/32 ----------- */

static Ipv6Address AddressOf(uint16_t group, uint16_t number, uint32_t host)
{
    uint8_t bytes[16] = {0xfd, 0, 0, 0, uint8_t(group >> 8), uint8_t(group),
                               uint8_t(number >> 8), uint8_t(number), 0, 0, 0, 0,
                               uint8_t(host >> 24), uint8_t(host >> 16), uint8_t(host >> 8),
                               uint8_t(host)};
    return Ipv6Address(bytes);
}

enum Group : uint16_t
{
    CORRESPONDENTS = 1,
    AGENTS,
    HOME,
    ACCESS
};

static uint64_t PrefixOf(const Ipv6Address& address)
{
    uint8_t bytes[16];
    uint64_t prefix;
    address.GetBytes(bytes);
    memcpy(&prefix, bytes, sizeof prefix);
    return prefix;
}

/* ---- routes ------------------------------------------------------------------------------ */

/* Links are point to point, so a route is a device: of a host, of a /64, or by default. Plain: in
 * ns-3's table of static routes, which is a list that each packet walks. Tuned: found by hash. */
class Routing : public Ipv6StaticRouting
{
  public:
    void AddHost(Ipv6Address to, Ptr<NetDevice> device)
    {
        if (tuned)
            m_hosts[to] = RouteBy(device);
        else
            AddHostRouteTo(to, InterfaceOf(device));
    }

    void AddPrefix(Ipv6Address to, Ptr<NetDevice> device)
    {
        if (tuned)
            m_prefixes[PrefixOf(to)] = RouteBy(device);
        else
            AddNetworkRouteTo(to.CombinePrefix(Ipv6Prefix(64)), Ipv6Prefix(64),
                              InterfaceOf(device));
    }

    void SetDefault(Ptr<NetDevice> device)
    {
        if (tuned)
            m_default = RouteBy(device);
        else
            SetDefaultRoute(Ipv6Address::GetAny(), InterfaceOf(device));
    }

    Ptr<Ipv6Route> RouteOutput(Ptr<Packet> packet, const Ipv6Header& header,
                               Ptr<NetDevice> device, Socket::SocketErrno& error) override
    {
        if (!tuned)
            return Ipv6StaticRouting::RouteOutput(packet, header, device, error);
        error = Socket::ERROR_NOTERROR;
        return Find(header.GetDestination());
    }

    bool RouteInput(Ptr<const Packet> packet, const Ipv6Header& header,
                    Ptr<const NetDevice> device, UnicastForwardCallback forward,
                    MulticastForwardCallback multicast, LocalDeliverCallback local,
                    ErrorCallback error) override
    {
        if (!tuned)
            return Ipv6StaticRouting::RouteInput(packet, header, device, forward, multicast,
                                                 local, error);
        Ptr<Ipv6Route> route = Find(header.GetDestination());
        if (route)
            forward(device, route, packet, header);
        return bool(route);
    }

    void SetIpv6(Ptr<Ipv6> ipv6) override
    {
        m_stack = ipv6;
        Ipv6StaticRouting::SetIpv6(ipv6);
    }

  protected:
    Ptr<Ipv6> m_stack;

  private:
    uint32_t InterfaceOf(Ptr<NetDevice> device) const
    {
        return m_stack->GetInterfaceForDevice(device);
    }

    static Ptr<Ipv6Route> RouteBy(Ptr<NetDevice> device)
    {
        Ptr<Ipv6Route> route = Create<Ipv6Route>();
        route->SetGateway(Ipv6Address::GetAny());
        route->SetOutputDevice(device);
        return route;
    }

    Ptr<Ipv6Route> Find(const Ipv6Address& to) const
    {
        if (!m_hosts.empty())
        {
            auto host = m_hosts.find(to);
            if (host != m_hosts.end())
                return host->second;
        }
        if (!m_prefixes.empty())
        {
            auto prefix = m_prefixes.find(PrefixOf(to));
            if (prefix != m_prefixes.end())
                return prefix->second;
        }
        return m_default;
    }

    std::unordered_map<Ipv6Address, Ptr<Ipv6Route>, Ipv6AddressHash> m_hosts;
    std::unordered_map<uint64_t, Ptr<Ipv6Route>> m_prefixes;
    Ptr<Ipv6Route> m_default;
};

/* ---- the home agent ------------------------------------------------------------------------ */

/* What comes for a home address with a binding goes into a tunnel to the care-of address. */
class HomeAgent : public Routing
{
  public:
    explicit HomeAgent(Ipv6Address own) : m_own(own) {}

    void Bind(Ipv6Address home, Ipv6Address care_of)
    {
        m_bindings[home] = care_of;
    }

    bool RouteInput(Ptr<const Packet> packet, const Ipv6Header& header,
                    Ptr<const NetDevice> device, UnicastForwardCallback forward,
                    MulticastForwardCallback multicast, LocalDeliverCallback local,
                    ErrorCallback error) override
    {
        auto binding = m_bindings.find(header.GetDestination());
        if (binding == m_bindings.end())
            return Routing::RouteInput(packet, header, device, forward, multicast, local, error);
        Ipv6Header inner = header;
        inner.SetHopLimit(inner.GetHopLimit() - 1);
        Ptr<Packet> tunnelled = packet->Copy();
        tunnelled->AddHeader(inner);
        m_stack->Send(tunnelled, m_own, binding->second, Ipv6Header::IPV6_IPV6, nullptr);
        return true;
    }

  private:
    Ipv6Address m_own;
    std::unordered_map<Ipv6Address, Ipv6Address, Ipv6AddressHash> m_bindings;
};

/* ---- the mobile node ----------------------------------------------------------------------- */

/* The end of the tunnel: what is inside is for the home address, or is of no use. */
class TunnelEnd : public IpL4Protocol
{
  public:
    TunnelEnd(Ipv6Address agent, Ipv6Address home) : m_agent(agent), m_home(home) {}

    int GetProtocolNumber() const override
    {
        return Ipv6Header::IPV6_IPV6;
    }

    RxStatus Receive(Ptr<Packet> packet, const Ipv6Header& outer, Ptr<Ipv6Interface>) override
    {
        Ipv6Header inner;
        UdpHeader udp;
        SeqTsHeader stamp;
        packet->RemoveHeader(inner);
        if (outer.GetSource() != m_agent || inner.GetDestination() != m_home ||
            inner.GetNextHeader() != Ipv6Header::IPV6_UDP)
            return RX_ENDPOINT_UNREACH;
        packet->RemoveHeader(udp);
        packet->RemoveHeader(stamp);
        uint32_t size = packet->GetSize() + IPV6_BYTES + UDP_BYTES + STAMP_BYTES;
        if (udp.GetDestinationPort() != PORT_NODE || size != PACKET_BYTES)
            return RX_ENDPOINT_UNREACH;
        if (stamp.GetTs() >= Seconds(WARM_UP_S))
        {
            delivered.packets++;
            delivered.delay_ns += (Simulator::Now() - stamp.GetTs()).GetNanoSeconds();
        }
        return RX_OK;
    }

    RxStatus Receive(Ptr<Packet>, const Ipv4Header&, Ptr<Ipv4Interface>) override
    {
        return RX_ENDPOINT_UNREACH;
    }

    void SetDownTarget(DownTargetCallback) override {}
    void SetDownTarget6(DownTargetCallback6) override {}

    DownTargetCallback GetDownTarget() const override
    {
        return DownTargetCallback();
    }

    DownTargetCallback6 GetDownTarget6() const override
    {
        return DownTargetCallback6();
    }

  private:
    Ipv6Address m_agent, m_home;
};

/* ---- traffic --------------------------------------------------------------------------------- */

/* Poisson packets from a correspondent to a home address. */
class Flow
{
  public:
    Flow(Ptr<Ipv6> from, Ipv6Address source, Ipv6Address to, Ptr<ExponentialRandomVariable> gap)
        : m_from(from), m_source(source), m_to(to), m_gap(gap)
    {
    }

    void Arm()
    {
        Simulator::Schedule(NanoSeconds(int64_t(m_gap->GetValue()) + 1), &Flow::Send, this);
    }

  private:
    void Send()
    {
        Ptr<Packet> packet = Create<Packet>(PACKET_BYTES - IPV6_BYTES - UDP_BYTES - STAMP_BYTES);
        SeqTsHeader stamp;      /* ns-3's own way to measure a delay; holds the time now */
        stamp.SetSeq(m_number++);
        UdpHeader udp;
        udp.SetSourcePort(PORT_CORRESPONDENT);
        udp.SetDestinationPort(PORT_NODE);
        packet->AddHeader(stamp);
        packet->AddHeader(udp);
        m_from->Send(packet, m_source, m_to, Ipv6Header::IPV6_UDP, nullptr);
        Arm();
    }

    Ptr<Ipv6> m_from;
    Ipv6Address m_source, m_to;
    Ptr<ExponentialRandomVariable> m_gap;
    uint32_t m_number = 0;
};

/* ---- the network ---------------------------------------------------------------------------- */

static Ptr<Routing> AddStack(Ptr<Node> node, Ptr<Routing> routing)
{
    Ptr<Ipv6L3Protocol> ipv6 = CreateObject<Ipv6L3Protocol>();
    node->AggregateObject(ipv6);
    ipv6->RegisterExtensions();
    ipv6->RegisterOptions();
    node->AggregateObject(CreateObject<TrafficControlLayer>());
    Ptr<Icmpv6L4Protocol> icmp = CreateObject<Icmpv6L4Protocol>();
    icmp->SetAttribute("DAD", BooleanValue(false));
    node->AggregateObject(icmp);
    ipv6->SetRoutingProtocol(routing);
    ipv6->SetAttribute("IpForward", BooleanValue(true));
    return routing;
}

static void AddInterface(Ptr<NetDevice> device, const Ipv6Address* own)
{
    Ptr<Ipv6> ipv6 = device->GetNode()->GetObject<Ipv6>();
    uint32_t i = ipv6->AddInterface(device);
    if (own)
        ipv6->AddAddress(i, Ipv6InterfaceAddress(*own, Ipv6Prefix(64)), false);
    ipv6->SetForwarding(i, true);
    ipv6->SetUp(i);
}

/* A link; `edge` has its address on it, and its default route through it. The first device is the
 * router's. */
static NetDeviceContainer Link(Ptr<Node> router, Ptr<Node> edge, const Ipv6Address* own,
                               const char* delay, bool queues = false)
{
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue(ENDLESS));
    link.SetChannelAttribute("Delay", StringValue(delay));
    link.DisableFlowControl();
    NetDeviceContainer devices = link.Install(router, edge);
    if (queues)
    {
        /* Frames have 2 bytes of PPP more here than in mip6sim: the rate makes up for them. */
        double outer = PACKET_BYTES + IPV6_BYTES;
        Ptr<PointToPointNetDevice> port = DynamicCast<PointToPointNetDevice>(devices.Get(1));
        port->SetDataRate(DataRate(uint64_t(CAPACITY_BPS * (outer + PPP_BYTES) / outer)));
        /* The packet in transmission is not in ns-3's queue. */
        port->GetQueue()->SetMaxSize(QueueSize(QueueSizeUnit::PACKETS, QUEUE_LIMIT - 1));
    }
    AddInterface(devices.Get(0), nullptr);
    if (tuned)
    {
        Ptr<Ipv6> ipv6 = router->GetObject<Ipv6>();
        ipv6->RemoveAddress(ipv6->GetNInterfaces() - 1, 0);
    }
    AddInterface(devices.Get(1), own);
    return devices;
}

struct Network
{
    std::vector<Ptr<Node>> correspondents, access;
    std::vector<Ptr<Routing>> cells;        /* routes of the access routers */
    std::vector<Ptr<HomeAgent>> agents;
    std::vector<Flow> flows;
};

static void AddRouters(Network& net, uint32_t n_agents)
{
    Ptr<Node> router = CreateObject<Node>();
    Ptr<Routing> routes = AddStack(router, CreateObject<Routing>());
    for (uint32_t i = 0; i < N_CORRESPONDENTS; i++)
    {
        Ipv6Address own = AddressOf(CORRESPONDENTS, i, 1);
        Ptr<Node> node = CreateObject<Node>();
        Ptr<Routing> up = AddStack(node, CreateObject<Routing>());
        NetDeviceContainer link = Link(router, node, &own, "10ms");
        routes->AddPrefix(own, link.Get(0));
        up->SetDefault(link.Get(1));
        net.correspondents.push_back(node);
    }
    for (uint32_t i = 0; i < n_agents; i++)
    {
        Ipv6Address own = AddressOf(AGENTS, i, 1);
        Ptr<Node> node = CreateObject<Node>();
        Ptr<HomeAgent> agent = CreateObject<HomeAgent>(own);
        AddStack(node, agent);
        NetDeviceContainer link = Link(router, node, &own, "10us", true);
        routes->AddPrefix(own, link.Get(0));
        routes->AddPrefix(AddressOf(HOME, i, 0), link.Get(0));
        agent->SetDefault(link.Get(1));
        net.agents.push_back(agent);
    }
    for (uint32_t i = 0; i < N_ACCESS; i++)
    {
        Ptr<Node> node = CreateObject<Node>();
        Ptr<Routing> cell = AddStack(node, CreateObject<Routing>());
        NetDeviceContainer link = Link(router, node, nullptr, "5ms");
        routes->AddPrefix(AddressOf(ACCESS, i, 0), link.Get(0));
        cell->SetDefault(link.Get(1));
        net.access.push_back(node);
        net.cells.push_back(cell);
    }
}

/* Agent, cell and correspondent of a node are drawn, as in mip6sim: static DHAAD takes any agent,
 * a node stands anywhere, and anyone talks to it. */
static void AddNode(Network& net, uint32_t number, Ptr<UniformRandomVariable> draw,
                    Ptr<ExponentialRandomVariable> gap)
{
    uint32_t agent = draw->GetInteger(0, net.agents.size() - 1);
    uint32_t cell = draw->GetInteger(0, N_ACCESS - 1);
    uint32_t peer = draw->GetInteger(0, N_CORRESPONDENTS - 1);
    Ipv6Address home = AddressOf(HOME, agent, number + 1);
    Ipv6Address care_of = AddressOf(ACCESS, cell, number + 1);
    Ptr<Node> node = CreateObject<Node>();
    Ptr<Routing> up = AddStack(node, CreateObject<Routing>());
    NetDeviceContainer link = Link(net.access[cell], node, &care_of, "2ms");
    net.cells[cell]->AddHost(care_of, link.Get(0));
    up->SetDefault(link.Get(1));
    node->GetObject<Ipv6L3Protocol>()->Insert(
        CreateObject<TunnelEnd>(AddressOf(AGENTS, agent, 1), home));
    net.agents[agent]->Bind(home, care_of);
    net.flows.emplace_back(net.correspondents[peer]->GetObject<Ipv6>(),
                           AddressOf(CORRESPONDENTS, peer, 1), home, gap);
}

static double CpuSeconds()
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) + double(t.tv_nsec) / 1e9;
}

int main(int argc, char** argv)
{
    uint32_t agents = 1, nodes = 100, seed = 1;
    double seconds = 1;
    CommandLine cmd(__FILE__);
    cmd.AddValue("agents", "home agents", agents);
    cmd.AddValue("nodes", "mobile nodes of each agent, in the mean", nodes);
    cmd.AddValue("seconds", "simulated time", seconds);
    cmd.AddValue("seed", "of all draws", seed);
    cmd.AddValue("tuned", "routes by hash, routers without addresses, priority queue", tuned);
    cmd.Parse(argc, argv);
    if (tuned)
        GlobalValue::Bind("SchedulerType", TypeIdValue(PriorityQueueScheduler::GetTypeId()));
    RngSeedManager::SetSeed(seed);

    uint32_t n = agents * nodes;
    double rate_per_s = LOAD * agents * CAPACITY_BPS / (8.0 * (PACKET_BYTES + IPV6_BYTES)) / n;
    auto draw = CreateObject<UniformRandomVariable>();
    auto gap = CreateObject<ExponentialRandomVariable>();
    gap->SetAttribute("Mean", DoubleValue(1e9 / rate_per_s));

    Network net;
    AddRouters(net, agents);
    net.flows.reserve(n);
    for (uint32_t i = 0; i < n; i++)
        AddNode(net, i, draw, gap);
    for (Flow& flow : net.flows)
        flow.Arm();

    Simulator::Stop(Seconds(WARM_UP_S));
    Simulator::Run();
    Simulator::Stop(Seconds(seconds));
    double begin = CpuSeconds();
    Simulator::Run();
    double cost = CpuSeconds() - begin;

    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("cpu_s %.6f\nevents %llu\npackets %llu\ndelay_ms %.9f\npeak_kib %ld\n", cost,
           (unsigned long long)Simulator::GetEventCount(), (unsigned long long)delivered.packets,
           delivered.packets ? double(delivered.delay_ns) / 1e6 / double(delivered.packets) : 0.0,
           usage.ru_maxrss);
    Simulator::Destroy();
    return 0;
}
