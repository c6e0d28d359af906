# The draft's section 3, sentence by sentence, in other words; read by claims.sh. Of two conditions
# the first must be sure for the sentence to be borne out, and the second speaks against it.
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

left_out 'VRRP, heart-beats' 'each vendor has a solution of its own: no ground for a standard' \
    'about vendors: no packet tells'
left_out VHAR 'it considers neither the Home Agents List nor DHAAD' \
    'about a document; here DHAAD answers with the virtual agents (PROTOCOL 12)'

measured VHAR 'a takeover is transparent to mobile nodes' takeover \
    "outage at a crash: $(outage takeover active-standby), with static DHAAD \
$(outage takeover static-dhaad); nodes that gave an agent up since it did not answer: \
$(unanswered takeover active-standby) and $(unanswered takeover static-dhaad)" \
    "$(better takeover active-standby failure_outage_mean) and
     $(better takeover active-standby registration_timeouts)" \
    "$(worse takeover active-standby failure_outage_mean) or
     $(worse takeover active-standby registration_timeouts)"

measured VHAR 'with one active agent it is hard to balance load' balance \
    "Jain's index of load: $(jain balance active-standby), with static DHAAD \
$(jain balance static-dhaad); loss: $(loss balance active-standby) and \
$(loss balance static-dhaad)" \
    "$(worse balance active-standby jain_load)" "$(better balance active-standby jain_load)"

measured VRRP 'the same, if there are as many groups as agents (operators have it so)' balance \
    "Jain's index of load: $(jain balance active-standby:8), with static DHAAD \
$(jain balance static-dhaad), with hybrid:safe $(jain balance hybrid:safe)" \
    "$(worse balance active-standby:8 jain_load)" "$(better balance active-standby:8 jain_load)"

measured VHAR 'sequence numbers of security associations are a problem, left open' sa-behind \
    "outages of a node's signalling at a takeover, and their mean: counters synchronised \
$(mutes sa-synchronised); as of the last synchronisation $(mutes sa-behind), $(mute sa-behind); \
lost $(mutes sa-lost), $(mute sa-lost)" \
    "$(low sa-behind active-standby signalling_outages) >
     $(high sa-synchronised active-standby signalling_outages)" \
    "$(high sa-behind active-standby signalling_outages) = 0"

# ---- HAHA ---------------------------------------------------------------------------------------

measured HAHA 'it gives redundancy' takeover \
    "outage at a crash: $(outage takeover haha), with static DHAAD \
$(outage takeover static-dhaad)" \
    "$(better takeover haha failure_outage_mean)" "$(worse takeover haha failure_outage_mean)"

measured HAHA 'it balances load' balance \
    "Jain's index of load: $(jain balance haha), with static DHAAD $(jain balance static-dhaad)" \
    "$(better balance haha jain_load)" "$(worse balance haha jain_load)"

measured HAHA 'agents on several links outlive the failure of a home link' link-own \
    "loss, three minutes of it with the link cut: $(loss link-own haha:links) with a link for each \
agent, $(loss link-same haha) with one for all" \
    "$(high link-own haha:links loss_ratio) < $(low link-same haha loss_ratio)" \
    "$(low link-own haha:links loss_ratio) > $(high link-same haha loss_ratio)"

left_out HAHA 'how to optimise the messages that synchronise is left out' \
    'about a document; batches are a key here (sync-batch)'

measured HAHA 'with 0.1 million users synchronising is a heavy burden' burden-16 \
    "signalling, kB a node and hour, of 2, 4, 8 and 16 agents: $(signalling 2 haha), \
$(signalling 4 haha), $(signalling 8 haha), $(signalling 16 haha); of 16 that do not synchronise: \
$(signalling 16 static-dhaad)" \
    "$(low burden-16 haha signalling_bytes_per_mn_hour) >
     2 * $(high burden-16 static-dhaad signalling_bytes_per_mn_hour)" \
    "$(high burden-16 haha signalling_bytes_per_mn_hour) <
     2 * $(low burden-16 static-dhaad signalling_bytes_per_mn_hour)"

measured HAHA 'when a primary has failed a correspondent hardly finds the node' takeover \
    "outage at a crash: $(outage takeover haha) on one link, $(outage takeover haha:links) on \
several, with static DHAAD $(outage takeover static-dhaad)" \
    "$(worse takeover haha failure_outage_mean) or
     $(worse takeover haha:links failure_outage_mean)" \
    "$(better takeover haha failure_outage_mean) and
     $(better takeover haha:links failure_outage_mean)"

measured HAHA 'what a node sends goes through its primary, and load balance suffers' uplink \
    "Jain's index of load where nodes send all traffic: $(jain uplink haha) on one link, \
$(jain uplink haha:links) on several, with static DHAAD $(jain uplink static-dhaad)" \
    "$(worse uplink haha jain_load) or $(worse uplink haha:links jain_load)" \
    "$(better uplink haha jain_load) and $(better uplink haha:links jain_load)"

left_out HAHA 'network and signalling are complicated' 'no figure says what is simple'
left_out HAHA 'it is useful for moving networks (NEMO)' 'mobile routers are not simulated'
