-- What tshark 4.0 does not do: verify the checksum of mobility headers. By RFC 6275 6.1.1 and 8200
-- 8.1, from the bytes of a frame alone: the home address of a Home Address option stands for the
-- source, that of a type 2 routing header for the destination. Fields: mhsum.good, mhsum.bad.
--
-- SPDX-License-Identifier: GPL-3.0-or-later

local mhsum = Proto("mhsum", "Checksum of a mobility header")
local good = ProtoField.bool("mhsum.good", "Good")
local bad = ProtoField.uint16("mhsum.bad", "Bad: what the sum folds to", base.HEX)
mhsum.fields = {good, bad}

local HOPOPTS, IPV6, ROUTING, FRAGMENT, DSTOPTS, MOBILITY = 0, 41, 43, 44, 60, 135
local HOME_ADDRESS, PAD1 = 0xc9, 0

local function sum(range)
    local total, n = 0, range:len()
    for i = 0, n - 2, 2 do total = total + range(i, 2):uint() end
    if n % 2 == 1 then total = total + range(n - 1, 1):uint() * 256 end
    return total
end

local function home_address(options)
    local at = 2
    while at < options:len() do
        local kind = options(at, 1):uint()
        if kind == HOME_ADDRESS then return options(at + 2, 16) end
        at = at + (kind == PAD1 and 1 or 2 + options(at + 1, 1):uint())
    end
end

local function check(tree, src, dst, header)
    local total = sum(src) + sum(dst) + header:len() + MOBILITY + sum(header)
    while total > 0xffff do total = total % 0x10000 + math.floor(total / 0x10000) end
    local field = total == 0xffff and good or bad
    tree:add(mhsum, header):add(field, header(4, 2), total == 0xffff and true or total)
end

local function walk(tree, packet)
    local src, dst, kind, at = packet(8, 16), packet(24, 16), packet(6, 1):uint(), 40
    while kind == HOPOPTS or kind == ROUTING or kind == DSTOPTS do
        local header = packet(at, 8 + 8 * packet(at + 1, 1):uint())
        if kind == DSTOPTS then src = home_address(header) or src end
        if kind == ROUTING and header(2, 1):uint() == 2 then dst = header(8, 16) end
        kind, at = header(0, 1):uint(), at + header:len()
    end
    if kind == IPV6 then
        walk(tree, packet(at))
    elseif kind == MOBILITY then
        check(tree, src, dst, packet(at, 8 + 8 * packet(at + 1, 1):uint()))
    end
end

function mhsum.dissector(buffer, _, tree)
    walk(tree, buffer(0))
end

register_postdissector(mhsum)
