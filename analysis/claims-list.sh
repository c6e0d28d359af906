# The draft's section 3, sentence by sentence, in its own words, misprints included; read by
# claims.sh. Of two conditions the first must be sure for a sentence to be borne out, and the second
# speaks against it; below the table it is said in words what they come to.
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

outage() { printf '%s s' "$(fig "$1" "$2" failure_outage_mean 1 %.1f)"; }
unanswered() { fig "$1" "$2" registration_timeouts 1 %.1f; }
jain() { fig "$1" "$2" jain_load 1 %.3f; }
loss() { printf '%s %%' "$(fig "$1" "$2" loss_ratio 100 %.1f)"; }
mute() { printf '%s s' "$(fig "$1" active-standby signalling_outage_mean 1 %.2f)"; }
mutes() { fig "$1" active-standby signalling_outages 1 %.0f; }
signalling() { fig "burden-$1" "$2" signalling_bytes_per_mn_hour 1e-3 %.1f; }
better() { printf "%s = 'better'" "$(is "$@")"; }
worse() { printf "%s = 'worse'" "$(is "$@")"; }

# ---- VRRP and VHAR ------------------------------------------------------------------------------

measured VHAR \
    'The solution is transparent to mobile node.' takeover \
    "outage at a crash: $(outage takeover active-standby), with static DHAAD \
$(outage takeover static-dhaad); nodes that gave an agent up since it did not answer: \
$(unanswered takeover active-standby) and $(unanswered takeover static-dhaad)" \
    "$(better takeover active-standby failure_outage_mean) and
     $(high takeover active-standby registration_timeouts) = 0" \
    "$(worse takeover active-standby failure_outage_mean) or
     $(low takeover active-standby registration_timeouts) > 0"

left_out VHAR 'this solution is quite similar to VRRPv6' \
    'about a document; here it stands on the election of RFC 5798 (PROTOCOL 12)'
left_out VRRP 'different vendor has different solution' \
    'about vendors: no packet tells'
left_out 'VRRP, heart-beat' \
    'that will be inefficient to making a standard about home agent reliability' \
    'about standards: no packet tells'
left_out VHAR 'home agent list and DHAAD have not been considered in this document yet' \
    'about a document; here DHAAD answers with the virtual agents (PROTOCOL 12)'

measured VHAR \
    "this protocol only has one active home agent to keep the transparent to mobile node, so it \
mightbe quite diffculty to do load balance" \
    balance \
    "Jain's index of load: $(jain balance active-standby), with static DHAAD \
$(jain balance static-dhaad); loss: $(loss balance active-standby) and \
$(loss balance static-dhaad)" \
    "$(worse balance active-standby jain_load)" "$(better balance active-standby jain_load)"

measured 'VRRP, with as many groups as agents, as operators have it' \
    'it mightbe quite diffculty to do load balance' balance \
    "Jain's index of load: $(jain balance active-standby:8), with static DHAAD \
$(jain balance static-dhaad), with hybrid:safe $(jain balance hybrid:safe)" \
    "$(worse balance active-standby:8 jain_load)" "$(better balance active-standby:8 jain_load)"

measured VHAR \
    'Problem of sequence number in security assocation have not yet been considered.' sa-behind \
    "outages of a node's signalling at a takeover, and their mean: counters synchronised \
$(mutes sa-synchronised); as of the last synchronisation $(mutes sa-behind), $(mute sa-behind); \
lost $(mutes sa-lost), $(mute sa-lost)" \
    "$(low sa-behind active-standby signalling_outages) >
     $(high sa-synchronised active-standby signalling_outages)" \
    "$(high sa-behind active-standby signalling_outages) = 0"

# ---- HAHA ---------------------------------------------------------------------------------------

measured HAHA \
    'proposed to provide multiple home agent redundancy' takeover \
    "outage at a crash: $(outage takeover haha), with static DHAAD \
$(outage takeover static-dhaad)" \
    "$(better takeover haha failure_outage_mean)" "$(worse takeover haha failure_outage_mean)"

measured HAHA \
    'and load-balancing for both Mobile IPv6 protocol and Nemo' balance \
    "Jain's index of load: $(jain balance haha), with static DHAAD $(jain balance static-dhaad)" \
    "$(better balance haha jain_load)" "$(worse balance haha jain_load)"

measured HAHA \
    "Because HAHA protocl allows multiple home agents to be placed at different links, it can \
prevent home link failure" \
    link-own \
    "loss, three minutes of it with the link cut: $(loss link-own haha:links) with a link for each \
agent, $(loss link-same haha) with one for all" \
    "$(high link-own haha:links loss_ratio) < $(low link-same haha loss_ratio)" \
    "$(low link-own haha:links loss_ratio) > $(high link-same haha loss_ratio)"

left_out HAHA \
    "How to optimize the synchronizing binding message among multiple link home agents will be \
the most important, but this problem has been omited" \
    'about a document; batches are a key here (sync-batch)'
left_out HAHA \
    "synchronizing binding of only one particular MN to multiple home agents simultaneously has \
been described" \
    'about a document; here all are synchronised'

measured HAHA \
    "Suppose there are more than 0.1 million users, such kind of synchronizing signal will be a \
heavy burdern for network." \
    burden-16 \
    "signalling, kB a node and hour, of 2, 4, 8 and 16 agents: $(signalling 2 haha), \
$(signalling 4 haha), $(signalling 8 haha), $(signalling 16 haha); of 16 that do not synchronise: \
$(signalling 16 static-dhaad)" \
    "$(low burden-16 haha signalling_bytes_per_mn_hour) >
     2 * $(high burden-16 static-dhaad signalling_bytes_per_mn_hour)" \
    "$(high burden-16 haha signalling_bytes_per_mn_hour) <
     2 * $(low burden-16 static-dhaad signalling_bytes_per_mn_hour)"

measured HAHA \
    "if Primary Home Agent is failed, ... it will be quite diffcult for CN to find the where is \
MN" \
    takeover \
    "outage at a crash: $(outage takeover haha) on one link, $(outage takeover haha:links) on \
several, with static DHAAD $(outage takeover static-dhaad)" \
    "$(worse takeover haha failure_outage_mean) or
     $(worse takeover haha:links failure_outage_mean)" \
    "$(better takeover haha failure_outage_mean) and
     $(better takeover haha:links failure_outage_mean)"

measured HAHA \
    "if all outgoing packets from MN will be always tunneled through primary home \
agent, realiability ... will have some problems" \
    crash-up \
    "outage at a crash, on several links: of what nodes send \
$(outage crash-up haha:links), of what is sent to them $(outage crash-down haha:links); of what \
they send with static DHAAD $(outage crash-up static-dhaad)" \
    "$(low crash-up haha:links failure_outage_mean) >
     $(high crash-down haha:links failure_outage_mean)" \
    "$(better crash-up haha:links failure_outage_mean)"

measured HAHA \
    "if all outgoing packets from MN will be always tunneled through primary home agent, ... load \
balance will have some problems" \
    uplink \
    "Jain's index of load where nodes send all traffic: $(jain uplink haha) on one link, \
$(jain uplink haha:links) on several, with static DHAAD $(jain uplink static-dhaad)" \
    "$(worse uplink haha jain_load) or $(worse uplink haha:links jain_load)" \
    "$(better uplink haha jain_load) and $(better uplink haha:links jain_load)"

left_out HAHA 'network and signaling based on HAHA is complicatd' 'no figure says what is simple'
left_out HAHA 'this solution will be quite useful in the case of NEMO' \
    'mobile routers are not simulated'
