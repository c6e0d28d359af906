-- Load of home agents in router advertisements, for Wireshark and tshark.
--
-- draft-deng-mip6-ha-loadbalance-01 section 7 as mip6sim sends it (proto/PROTOCOL.md, section 3):
--   option 253  load:      16 bits reserved, queue size (65535 is the reference), registered nodes
--   option 254  capacity:  16 bits reserved, kbit/s in 32 bits
-- The draft itself prints the load as type 8, which is RFC 6275's Home Agent Information; with
-- the preference mip6load.type8 an option 8 is read so where the advertisement has the L flag.
--
--   tshark -X lua_script:mip6-load.lua -r FILE -Y mip6load
--   tshark -X lua_script:mip6-load.lua -o mip6load.type8:TRUE -r FILE
--
-- SPDX-License-Identifier: GPL-3.0-or-later

local load = Proto("mip6load", "Home agent load (draft-deng-mip6-ha-loadbalance)")

local queue = ProtoField.uint16("mip6load.queue", "Queue Size", base.DEC, nil, nil,
    "share of the reference, 65535 is all of it")
local percent = ProtoField.double("mip6load.queue_percent", "Queue, % of the reference")
local count = ProtoField.uint16("mip6load.count", "Registered MN Number", base.DEC)
local capacity = ProtoField.uint32("mip6load.capacity", "Capacity, kbit/s", base.DEC)
local type8 = ProtoField.bool("mip6load.type8", "Printed as type 8")
load.fields = {queue, percent, count, capacity, type8}

load.prefs.type8 = Pref.bool("Read option 8 as the load, where the L flag is set", false,
    "As the draft prints it; RFC 6275 says that it is the preference and lifetime")

local length_bad = ProtoExpert.new("mip6load.length", "Another's experiment: not 8 bytes long",
    expert.group.PROTOCOL, expert.severity.NOTE)
load.experts = {length_bad}

local TYPE_HA_INFO, TYPE_LOAD, TYPE_CAPACITY = 8, 253, 254
local L_FLAG = 0x10     -- the high bit of RFC 4191's preference

local icmp_type = Field.new("icmpv6.type")
local ra_flags = Field.new("icmpv6.nd.ra.flag")
local options = Field.new("icmpv6.opt")

local function add_load(tree, option, as_type8)
    local sub = tree:add(load, option, "Home agent load")
    local share = option(4, 2):uint()
    sub:add(queue, option(4, 2))
    sub:add(percent, option(4, 2), share * 100 / 65535):set_generated()
    sub:add(count, option(6, 2))
    if as_type8 then sub:add(type8, option(0, 1), true):set_generated() end
    sub:append_text(string.format(": queue %.1f %%, %d nodes", share * 100 / 65535,
        option(6, 2):uint()))
end

local function add_capacity(tree, option)
    local sub = tree:add(load, option, "Home agent capacity")
    sub:add(capacity, option(4, 4))
    sub:append_text(string.format(": %d kbit/s", option(4, 4):uint()))
end

function load.dissector(_, _, tree)
    local icmp, flags = icmp_type(), ra_flags()
    if not icmp or icmp.value ~= 134 or not flags then return end
    local l_flag = math.floor(flags.range(0, 1):uint() / L_FLAG) % 2 == 1
    for _, found in ipairs({options()}) do
        local option = found.range
        local kind = option(0, 1):uint()
        local known = kind == TYPE_LOAD or kind == TYPE_CAPACITY
        if option:len() ~= 8 then
            if known then tree:add_proto_expert_info(length_bad) end
        elseif kind == TYPE_LOAD then
            add_load(tree, option, false)
        elseif kind == TYPE_CAPACITY then
            add_capacity(tree, option)
        elseif kind == TYPE_HA_INFO and load.prefs.type8 and l_flag then
            add_load(tree, option, true)
        end
    end
end

register_postdissector(load)
