/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the Go plugin firewall left in iptables' chain CNI-FORWARD: rules that tell no owner, for
 * addresses of the network that nobody has. They would let the next one who gets the address
 * through.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "exam.h"
#include "lease/range_conf.h"
#include "leases.h"
#include "nft/accept_rule.h"
#include "nft/rule_list.h"

struct plain_rule {
	struct addr address;
	uint64_t handle;
};

/* Both are sorted by address before they are looked at. */
struct survey {
	struct network *network;
	struct addr *taken; /* leased, told by a result, or on an interface of this machine */
	size_t taken_count;
	struct plain_rule *rules;
	size_t rule_count;
};

static void survey_release(struct survey *survey)
{
	free(survey->taken);
	free(survey->rules);
}

static void take(struct survey *survey, const struct addr *address)
{
	survey->taken = xgrow(survey->taken, survey->taken_count, sizeof(*survey->taken));
	survey->taken[survey->taken_count++] = *address;
}

static int compare_addresses(const void *a, const void *b)
{
	return addr_compare(a, b);
}

static int compare_rules(const void *a, const void *b)
{
	const struct plain_rule *one = a, *other = b;
	int order = addr_compare(&one->address, &other->address);

	return order ?: (one->handle > other->handle) - (one->handle < other->handle);
}

/* ---- who has addresses */

static void take_results(struct survey *survey)
{
	const struct cache_list *cache = &survey->network->picture->cache;

	for (size_t i = 0; i < cache->count; i++) {
		cleanup_result struct result result = { 0 };
		cleanup_error struct cni_error ignored = { 0 };

		if (!cache->items[i].result ||
		    cached_result(&cache->items[i], &result, &ignored) < 0)
			continue;
		for (size_t j = 0; j < result.ip_count; j++)
			take(survey, &result.ips[j].address.addr);
	}
}

static void take_leases(struct survey *survey, const cJSON *ipam)
{
	cleanup_leases struct held_leases leases = { 0 };

	/* what cannot be read is not blamed on anybody */
	ignore(held_leases_read(ipam, survey->network->list->name, &leases));
	for (size_t i = 0; i < leases.count; i++)
		take(survey, &leases.items[i].addr);
}

static void take_interfaces(struct survey *survey)
{
	const struct picture *picture = survey->network->picture;

	for (size_t i = 0; i < picture->space_count; i++)
		for (size_t j = 0; j < picture->spaces[i].link_count; j++) {
			const struct space_link *link = &picture->spaces[i].links[j];

			for (size_t k = 0; k < link->addresses.count; k++)
				take(survey, &link->addresses.items[k].address.addr);
		}
}

/* ---- rules */

static void read_rules(struct survey *survey, const struct nft_table *table, int family)
{
	cleanup_nft_rules struct nft_rules rules = { 0 };

	/* no chain, no rules */
	ignore(nft_list_rules(&survey->network->nft, table, "CNI-FORWARD", &rules));
	for (size_t i = 0; i < rules.count; i++) {
		struct accept_rule rule;

		if (!accept_rule_read(rules.items[i], family, &rule) || *rule.owner)
			continue;
		survey->rules = xgrow(survey->rules, survey->rule_count, sizeof(*survey->rules));
		survey->rules[survey->rule_count++] = (struct plain_rule){
			.address = rule.address,
			.handle = nft_rule_handle(rules.items[i]),
		};
	}
}

static void report(const struct survey *survey, const struct nft_table *table, size_t first,
		   size_t end)
{
	const char *family = nft_family(table->family);
	cleanup_text struct text words = { 0 };
	char printed[ADDR_TEXT];

	for (size_t i = first; i < end; i++)
		text_addf(&words, "%sdelete rule %s filter CNI-FORWARD handle %" PRIu64,
			  i > first ? "; " : "", family, survey->rules[i].handle);
	findings_add(survey->network->findings, REFERENCE_RULES, xasprintf("nft '%s'", words.s),
		     "chain CNI-FORWARD of table %s filter accepts packets of %s, which nobody has",
		     family, addr_print(&survey->rules[first].address, printed));
}

struct judged {
	const struct addr *address;
	bool is_inside;
};

static void judge(const cJSON *range, void *data)
{
	struct judged *judged = data;
	const cJSON *text = json_get(range, "subnet");
	struct prefix subnet;

	if (cJSON_IsString(text) && prefix_parse(text->valuestring, &subnet) == 0)
		judged->is_inside |= prefix_contains(&subnet, judged->address);
}

/* Other networks' addresses are theirs to judge. */
static bool is_nobodys(const struct survey *survey, const cJSON *ipam, const struct addr *address)
{
	struct judged judged = { .address = address };

	range_each(ipam, judge, &judged);
	return judged.is_inside &&
	       !(survey->taken_count && bsearch(address, survey->taken, survey->taken_count,
						sizeof(*survey->taken), compare_addresses));
}

static void judge_rules(struct survey *survey, const struct nft_table *table, const cJSON *ipam)
{
	size_t end;

	if (survey->rule_count)
		qsort(survey->rules, survey->rule_count, sizeof(*survey->rules), compare_rules);
	for (size_t first = 0; first < survey->rule_count; first = end) {
		const struct addr *address = &survey->rules[first].address;

		for (end = first + 1;
		     end < survey->rule_count && addr_equal(&survey->rules[end].address, address);)
			end++;
		if (is_nobodys(survey, ipam, address))
			report(survey, table, first, end);
	}
	survey->rule_count = 0;
}

static void exam_addresses_of(struct network *network, const cJSON *ipam)
{
	static const struct {
		struct nft_table table;
		int family;
	} tables[] = {
		{ { NFPROTO_IPV4, "filter" }, AF_INET },
		{ { NFPROTO_IPV6, "filter" }, AF_INET6 },
	};
	cleanup_with(survey_release) struct survey survey = { .network = network };

	take_results(&survey);
	take_leases(&survey, ipam);
	take_interfaces(&survey);
	if (survey.taken_count)
		qsort(survey.taken, survey.taken_count, sizeof(*survey.taken), compare_addresses);
	for (size_t i = 0; i < array_size(tables); i++) {
		read_rules(&survey, &tables[i].table, tables[i].family);
		judge_rules(&survey, &tables[i].table, ipam);
	}
}

void exam_accepts(struct network *network)
{
	/* a container in the making has its address from a moment on that nobody sees */
	if (network_has_nameless(network) || network->work->count)
		return;
	for (size_t i = 0; i < network->list->plugin_count; i++) {
		const cJSON *ipam = host_local_of(&network->list->plugins[i]);

		if (ipam)
			exam_addresses_of(network, ipam);
	}
}
