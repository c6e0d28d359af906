# For the wire tests: each *.test is sourced by run.sh in a folder of its own, with MIP6SIM (the
# program), WIRE (the folder of the programs of this one) and TOP (the repository) set.

# capture NAME [OPTION...]: run tests/wire/NAME.ini; its capture in $CAP, its results in out.db.
capture() {
    local name=$1
    shift
    rm -rf out.db* captures
    "$MIP6SIM" run "$TOP/tests/wire/$name.ini" --quiet --out out.db --pcap captures "$@"
    CAP=$(echo captures/*.pcapng)
    [ -s "$CAP" ]
}

# shark OPTION...: tshark on $CAP, with all checksums verified and our dissectors. tshark has no Lua
# for the superuser where /etc/wireshark/init.lua says so: then it runs as nobody.
shark() {
    local scripts=(-X "lua_script:$LUA/mip6-load.lua" -X "lua_script:$LUA/mobility-checksum.lua")
    "${AS_WHOM[@]}" tshark -n "${scripts[@]}" -o udp.check_checksum:TRUE \
        -o ipv6.defragment:FALSE -r "$CAP" "$@" 2>shark.err ||
        { cat shark.err >&2; return 1; }
    ! grep -iE 'lua|error' shark.err >&2
}

has_lua() { "$@" tshark -X "lua_script:$LUA/mip6-load.lua" -r lua.pcapng -Y mip6load >/dev/null 2>&1; }

# A copy, since nobody may not be allowed to read the repository.
LUA=$PWD/lua
mkdir -p lua
cp "$TOP"/analysis/wireshark/*.lua "$TOP"/tests/wire/*.lua lua/
"$WIRE/samples" lua.pcapng >/dev/null
AS_WHOM=()
if ! has_lua; then
    AS_WHOM=(setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=/nonexistent)
    chmod -R a+rX "$PWD/../.." "$PWD"
    has_lua "${AS_WHOM[@]}" || { echo 'tshark runs no Lua script here'; exit 1; }
fi

# fields FILTER FIELD...: their values, tabs between them, all occurrences with commas.
fields() {
    local filter=$1 args=() f
    shift
    for f in "$@"; do args+=(-e "$f"); done
    shark -Y "$filter" -T fields -E separator=/t -E aggregator=, -E occurrence=a "${args[@]}"
}

# counts FILTER...: how many packets match each, in one reading of the capture. No commas in filters.
counts() {
    local IFS=,
    shark -q -z "io,stat,0,$*" |
        awk -F'|' -v n=$# '/<>/ {for (i = 0; i < n; i++) print $(3 + 2 * i) + 0}'
}

# none FILTER...: no packet matches any.
none() {
    local n k=0 bad=0 all=("$@")
    for n in $(counts "$@"); do
        [ "$n" = 0 ] || { echo "$n packets: ${all[k]}"; shark -Y "${all[k]}" | head -n 5; bad=1; }
        k=$((k + 1))
    done
    [ "$k" = $# ] && [ "$bad" = 0 ]
}

# some FILTER...: at least one packet matches each.
some() {
    local n k=0 bad=0 all=("$@")
    for n in $(counts "$@"); do
        [ "$n" != 0 ] || { echo "no packet: ${all[k]}"; bad=1; }
        k=$((k + 1))
    done
    [ "$k" = $# ] && [ "$bad" = 0 ]
}

# same WHAT A B: two files are the same.
same() {
    [ -s "$2" ] || { echo "$1: nothing"; return 1; }
    diff "$2" "$3" >diff.out || { echo "$1:"; head -n 10 diff.out; return 1; }
}

# sound: what holds of every capture. Home Agent Switch: tshark 4.0 looks for its options in the wrong
# place (switch.test). Checksums of the packets that ICMPv6 errors quote cannot be told, they are cut.
sound() {
    local wrong='(_ws.malformed or _ws.expert.severity >= 0x600000)'
    none "$wrong and mip6.mhtype != 12" "$wrong and not mipv6" \
        'udp.checksum.status == 0 or icmpv6.checksum.status == 0 or mhsum.bad' \
        'udp and not ipv6.fraghdr and not icmpv6.type < 128 and not udp.checksum.status == 1' \
        'icmpv6 and not icmpv6.checksum.status == 1' \
        'mipv6 and not icmpv6.type < 128 and not mhsum.good' \
        'not (icmpv6 or mipv6 or udp or ipv6.fraghdr)' \
        'icmpv6.type >= 133 and icmpv6.type <= 136 and ipv6.hlim != 255'
}

# agree: every field of every packet, as the library reads it and as tshark does; all but Home Agent
# Switches (see above), and of ICMPv6 errors their own headers.
agree() {
    local names=() type
    mapfile -t names < <("$WIRE/fields" --names)
    type=$("$WIRE/fields" --names | grep -nx mip6.mhtype | cut -d: -f1)
    "$WIRE/fields" "$CAP" | awk -F'\t' -v type="$type" '$type != 12' >ours.tsv
    fields 'not icmpv6.type < 128 and not mip6.mhtype == 12' "${names[@]}" >theirs.tsv
    same 'the library and tshark differ' ours.tsv theirs.tsv
    "$WIRE/fields" --errors "$CAP" | cut -f 1-5,15,16 >ours.tsv
    shark -Y 'icmpv6.type < 128' -T fields -E occurrence=f -e frame.time_epoch \
        -e frame.interface_name -e ipv6.src -e ipv6.dst -e ipv6.hlim -e icmpv6.type \
        -e icmpv6.code >theirs.tsv
    cmp ours.tsv theirs.tsv
}
