/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What filters of the host, whoever made them, do with the packets of a container: those to others
 * and their answers, those to published ports, to siblings, and to the host itself.
 */
#include <fcntl.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/foreign.h"
#include "exam.h"
#include "nft/chains.h"

enum { ASKED = 64 }; /* attachments: the rest is as these are */

/* One address of an attachment, and the interfaces that its packets pass. */
struct question {
	const struct exam *exam;
	const struct result_ip *ip;
	const char *ifname;  /* the bridge, or the host's end of the pair */
	const char *pattern; /* for rules: the same, or what all such ends are called */
	const char *uplink;  /* NULL: unknown */
};

/* "chain FORWARD of table ip filter" */
static char *word_chain(const struct fate *fate)
{
	return xasprintf("chain %s of table %s %s%s", fate->chain, nft_family(fate->table_family),
			 fate->table, fate->is_legacy ? " (iptables-legacy)" : "");
}

/* Adds a rule before all others; both forms of what it asks. */
static void add_accept(const struct fate *fate, const char *nft_words, const char *iptables_words,
		       struct text *out)
{
	const char *tool = fate->table_family == NFPROTO_IPV6 ? "ip6tables-legacy"
							      : "iptables-legacy";

	if (out->len)
		text_add(out, " && ");
	if (fate->is_legacy)
		text_addf(out, "%s -I %s %s-j ACCEPT", tool, fate->chain, iptables_words);
	else
		text_addf(out, "nft insert rule %s %s %s %saccept", nft_family(fate->table_family),
			  fate->table, fate->chain, nft_words);
}

/* Names that are words of the nft language, and nothing more. */
static bool can_be_written(const struct fate *fate, const char *pattern)
{
	cleanup_free char *start = xstrndup(pattern, strcspn(pattern, "*"));

	return nft_name_is_plain(fate->table) && nft_name_is_plain(fate->chain) &&
	       nft_name_is_plain(start);
}

static void complain(const struct question *question, enum fault fault, const struct fate *fate,
		     struct text *fix, const char *what)
{
	cleanup_free char *chain = word_chain(fate);
	bool can_fix = can_be_written(fate, question->pattern);
	struct finding *finding = findings_add(question->exam->network->findings, fault,
					       xstrdup(can_fix ? fix->s : ""), "%s drops %s", chain,
					       what);

	if (!can_fix)
		finding_advise(finding,
			       xasprintf("let it pass there, by a rule before the others"));
}

/* "iifname '"br0"' WORDS", or "-i br0 WORDS" where a '+' stands for any end. */
static void add_words(const struct question *question, const struct fate *fate, const char *nft_key,
		      const char *nft_words, const char *iptables_key, const char *iptables_words,
		      struct text *out)
{
	cleanup_free char *start = xstrndup(question->pattern, strcspn(question->pattern, "*"));
	const char *any = question->pattern[strlen(start)] ? "+" : "";
	cleanup_free char *nft = xasprintf("%s '\"%s\"' %s%s", nft_key, question->pattern,
					   nft_words, *nft_words ? " " : "");
	cleanup_free char *iptables = xasprintf("%s %s%s %s%s", iptables_key, start, any,
						iptables_words, *iptables_words ? " " : "");

	add_accept(fate, nft, iptables, out);
}

static void add_out(const struct question *question, const struct fate *fate, struct text *fix)
{
	add_words(question, fate, "iifname", "", "-i", "", fix);
}

static void add_back(const struct question *question, const struct fate *fate, struct text *fix)
{
	add_words(question, fate, "oifname", "ct state established,related", "-o",
		  "-m conntrack --ctstate ESTABLISHED,RELATED", fix);
}

static bool is_same_chain(const struct fate *a, const struct fate *b)
{
	return a->is_legacy == b->is_legacy && a->table_family == b->table_family &&
	       text_equal(a->table, b->table) && text_equal(a->chain, b->chain);
}

static int exam_forward(const struct question *question)
{
	const struct filters *filters = &question->exam->network->filters;
	const struct packet leaving = { .family = question->ip->address.addr.family,
					.hook = NF_INET_FORWARD,
					.in = question->ifname,
					.out = question->uplink,
					.from = question->ip->address.addr };
	const struct packet answer = { .family = question->ip->address.addr.family,
				       .hook = NF_INET_FORWARD,
				       .in = question->uplink,
				       .out = question->ifname,
				       .to = question->ip->address.addr,
				       .is_answer = true };
	struct fate out = fate_of(filters, &leaving), back = fate_of(filters, &answer);
	cleanup_free char *sent =
		xasprintf("what containers behind %s send to others%s", question->pattern,
			  back.is_dropped && is_same_chain(&out, &back) ? ", and the answers" : "");
	cleanup_free char *answers = xasprintf("the answers to what containers behind %s send",
					       question->pattern);
	cleanup_text struct text fix = { 0 };

	if (out.is_dropped)
		add_out(question, &out, &fix);
	if (out.is_dropped && back.is_dropped && is_same_chain(&out, &back))
		add_back(question, &back, &fix);
	if (out.is_dropped) {
		complain(question, FORWARD_DROP, &out, &fix, sent);
	} else if (back.is_dropped) {
		add_back(question, &back, &fix);
		complain(question, FORWARD_DROP, &back, &fix, answers);
	}
	return out.is_dropped || back.is_dropped;
}

static int exam_published(const struct question *question, const cJSON *mapping)
{
	const cJSON *protocol = json_get(mapping, "protocol");
	bool is_udp = cJSON_IsString(protocol) && text_equal(protocol->valuestring, "udp");
	long port = 0;
	struct packet packet = { .family = question->ip->address.addr.family,
				 .hook = NF_INET_FORWARD,
				 .in = question->uplink,
				 .out = question->ifname,
				 .to = question->ip->address.addr,
				 .is_published = true,
				 .protocol = is_udp ? IPPROTO_UDP : IPPROTO_TCP };
	cleanup_free char *what = NULL;
	cleanup_text struct text fix = { 0 };
	char to[ADDR_TEXT];
	struct fate fate;

	if (!json_is_integer(json_get(mapping, "containerPort"), &port) || port <= 0 ||
	    port > UINT16_MAX ||
	    (cJSON_IsString(protocol) && text_equal(protocol->valuestring, "sctp")))
		return 0;
	packet.port = (uint16_t)port;
	fate = fate_of(&question->exam->network->filters, &packet);
	if (!fate.is_dropped)
		return 0;
	(void)addr_print(&packet.to, to);
	what = xasprintf("connections to the published port %ld of %s", port, to);
	add_words(question, &fate, "oifname", "ct status dnat", "-o", "-m conntrack --ctstate DNAT",
		  &fix);
	complain(question, PORT_DROP, &fate, &fix, what);
	return 1;
}

/* One stands for all: its fix does, too. */
static int exam_all_published(const struct question *question)
{
	const cJSON *ports = json_get(question->exam->cached->capabilities, "portMappings");
	int found = 0;

	if (findings_have(question->exam->network->findings, PORT_DROP))
		return 0;
	for (const cJSON *item = cJSON_IsArray(ports) ? ports->child : NULL; item && !found;
	     item = item->next)
		found = exam_published(question, item);
	return found;
}

static bool bridges_call_iptables(int family)
{
	cleanup_text struct text value = { 0 };

	return file_read_at(AT_FDCWD,
			    family == AF_INET6 ? "/proc/sys/net/bridge/bridge-nf-call-ip6tables"
					       : "/proc/sys/net/bridge/bridge-nf-call-iptables",
			    &value) == 0 &&
	       value.len && value.s[0] == '1';
}

static int exam_siblings(const struct question *question)
{
	int family = question->ip->address.addr.family;
	const struct packet packet = { .family = family,
				       .hook = NF_INET_FORWARD,
				       .in = question->ifname,
				       .out = question->ifname,
				       .from = question->ip->address.addr };
	struct fate fate;
	cleanup_free char *chain = NULL;

	if (!question->exam->bridge || !bridges_call_iptables(family))
		return 0;
	fate = fate_of(&question->exam->network->filters, &packet);
	if (!fate.is_dropped)
		return 0;
	chain = word_chain(&fate);
	findings_add(question->exam->network->findings, BRIDGE_NETFILTER,
		     xasprintf("sysctl -w net.bridge.bridge-nf-call-ip%stables=0",
			       family == AF_INET6 ? "6" : ""),
		     "%s drops what containers on %s send to each other", chain, question->ifname);
	return 1;
}

/* Only what drops all that is meant for the gateway; a host may well serve few. */
static int exam_input(const struct question *question)
{
	const struct packet packet = { .family = question->ip->address.addr.family,
				       .hook = NF_INET_LOCAL_IN,
				       .in = question->ifname,
				       .out = "",
				       .from = question->ip->address.addr,
				       .to = question->ip->gateway };
	struct fate fate = fate_of(&question->exam->network->filters, &packet);
	cleanup_free char *what = NULL;
	cleanup_text struct text fix = { 0 };
	char text[ADDR_TEXT];

	if (!fate.is_dropped)
		return 0;
	what = xasprintf("all that containers behind %s send to their gateway %s, DNS too",
			 question->pattern, addr_print(&packet.to, text));
	add_out(question, &fate, &fix);
	complain(question, INPUT_DROP, &fate, &fix, what);
	return 1;
}

static int exam_address(const struct exam *exam, const struct result_ip *ip)
{
	const struct space_link *uplink = picture_uplink(exam->network->picture,
							 ip->address.addr.family);
	const struct question question = {
		.exam = exam,
		.ip = ip,
		.ifname = exam->bridge ? exam->bridge->link.name : exam->port->link.name,
		.pattern = exam->bridge ? exam->bridge->link.name : "veth*",
		.uplink = uplink ? uplink->link.name : NULL,
	};
	bool is_routed = list_wants_gateway(exam->list) || list_wants(exam->list, "ipMasq") ||
			 list_find_type(exam->list, "ptp");
	int found = exam_siblings(&question);

	if (!is_routed)
		return found;
	if (addr_is_set(&ip->gateway))
		found |= exam_input(&question);
	return found | exam_forward(&question) | exam_all_published(&question);
}

int exam_filters(const struct exam *exam)
{
	struct findings *findings = exam->network->findings;
	uint64_t subject = findings->subject;
	int found = 0;

	if (!exam->port || exam->network->filtered++ >= ASKED)
		return 0;
	findings->subject = 0; /* they are about all containers of a bridge */
	for (size_t i = 0; i < exam->result->ip_count; i++)
		found |= exam_address(exam, &exam->result->ips[i]);
	findings->subject = subject;
	return found;
}
