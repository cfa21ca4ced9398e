/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of portmap, its conditions, and the entries that follow from them. */
#include <arpa/inet.h>

#include "plugins/portmap/plan.h"
#include "plugins/portmap/port_table.h"
#include "plugins/portmap/portmap_conf.h"
#include "unit.h"

#define ONE_PORT "\"runtimeConfig\":{\"portMappings\":[{\"hostPort\":8080,\"containerPort\":80}]}"

/* Reads a configuration; on success the caller releases it. */
static int read_text(const char *text, struct portmap_conf *ret, struct cni_error *err)
{
	cleanup_json cJSON *json = parse_json(text);
	struct netconf conf = { .json = json, .runtime = json_get(json, "runtimeConfig") };

	return portmap_conf_read(&conf, ret, err);
}

static void refuses(const char *text, unsigned code, const char *msg)
{
	cleanup_portmap_conf struct portmap_conf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };

	assert_int_not_equal(read_text(text, &conf, &err), 0);
	expect_error(&err, code, msg);
}

static void reads(const char *text, struct portmap_conf *ret)
{
	cleanup_error struct cni_error err = { 0 };

	if (read_text(text, ret, &err) != 0)
		fail_msg("%s: %s", text, err.msg);
}

static void defaults(void **state)
{
	cleanup_portmap_conf struct portmap_conf conf = { 0 };

	(void)state;
	reads("{}", &conf);
	assert_true(conf.snat);
	assert_false(conf.masq_all);
	assert_false(conf.asks_for_iptables);
	assert_int_equal(conf.mark_bit, 13);
	assert_int_equal(conf.count, 0);
	assert_int_equal(conf.conditions4.count + conf.conditions6.count, 0);
}

static void mappings_in_any_letter_case(void **state)
{
	cleanup_portmap_conf struct portmap_conf conf = { 0 };

	(void)state;
	reads("{\"runtimeConfig\":{\"portMappings\":["
	      "{\"HostPort\":8080,\"ContainerPort\":80,\"Protocol\":\"UDP\",\"HostIP\":\"\"},"
	      "{\"hostPort\":65535,\"containerPort\":1,\"protocol\":\"Sctp\",\"hostIP\":\"::1\"},"
	      "{\"hostPort\":1,\"containerPort\":65535,\"hostIP\":\"::ffff:192.0.2.1\"}]}}",
	      &conf);
	assert_int_equal(conf.count, 3);
	assert_int_equal(conf.mappings[0].host_port, 8080);
	assert_int_equal(conf.mappings[0].container_port, 80);
	assert_int_equal(conf.mappings[0].protocol, IPPROTO_UDP);
	assert_false(addr_is_set(&conf.mappings[0].host));
	assert_int_equal(conf.mappings[1].protocol, IPPROTO_SCTP);
	assert_int_equal(conf.mappings[1].host.family, AF_INET6);
	assert_int_equal(conf.mappings[2].protocol, IPPROTO_TCP);
	assert_int_equal(conf.mappings[2].host.family, AF_INET);
}

static void mappings_that_cannot_be(void **state)
{
#define MAPPING(text) "{\"runtimeConfig\":{\"portMappings\":[" text "]}}"
	(void)state;
	refuses(MAPPING("{\"hostPort\":0,\"containerPort\":80}"), CNI_ERR_CONFIG,
		"Invalid host port number: 0");
	refuses(MAPPING("{\"containerPort\":80}"), CNI_ERR_CONFIG, "Invalid host port number: 0");
	refuses(MAPPING("{\"hostPort\":65536,\"containerPort\":80}"), CNI_ERR_CONFIG,
		"Invalid host port number: 65536");
	refuses(MAPPING("{\"hostPort\":0}"), CNI_ERR_CONFIG, "Invalid container port number: 0");
	refuses(MAPPING("{\"hostPort\":1,\"containerPort\":70000}"), CNI_ERR_CONFIG,
		"Invalid container port number: 70000");
	refuses(MAPPING("{\"hostPort\":1,\"containerPort\":1,\"protocol\":\"tcp6\"}"),
		CNI_ERR_CONFIG, "Invalid protocol: tcp6 is none of tcp, udp, sctp");
	refuses(MAPPING("{\"hostPort\":1,\"containerPort\":1,\"hostIP\":\"10.0.0\"}"),
		CNI_ERR_CONFIG, "Invalid host IP address: 10.0.0");
	refuses(MAPPING("{\"hostPort\":1,\"containerPort\":1},{\"hostPort\":\"1\"}"),
		CNI_ERR_INTERNAL,
		"json: cannot unmarshal string into field runtimeConfig.portMappings[1].hostPort "
		"of type "
		"int");
	refuses(MAPPING("7"), CNI_ERR_INTERNAL,
		"json: cannot unmarshal number 7 into field runtimeConfig.portMappings[0] of type "
		"object");
}

static void options_of_the_wrong_backend(void **state)
{
	cleanup_portmap_conf struct portmap_conf conf = { 0 };

	(void)state;
	refuses("{\"backend\":\"iptables\",\"conditionsV4\":[\"ip\",\"daddr\",\"1.2.3.4\"],"
		"\"conditionsV6\":[\"ip6\",\"daddr\",\"::1\"]}",
		CNI_ERR_CONFIG,
		"iptables backend was requested but configuration contains nftables-specific "
		"options "
		"[conditionsV4 conditionsV6]");
	refuses("{\"backend\":\"nftables\",\"externalSetMarkChain\":\"X\","
		"\"conditionsV4\":[\"-d\",\"1.2.3.4\"],\"conditionsV6\":[\"!\",\"-d\",\"::1\"]}",
		CNI_ERR_CONFIG,
		"nftables backend was requested but configuration contains iptables-specific "
		"options "
		"[externalSetMarkChain conditionsV4 conditionsV6]");
	refuses("{\"backend\":\"\"}", CNI_ERR_CONFIG, "unrecognized backend \"\"");
	reads("{\"backend\":\"iptables\",\"externalSetMarkChain\":\"KUBE-MARK-MASQ\"}", &conf);
	assert_true(conf.asks_for_iptables);
}

static void marks(void **state)
{
	cleanup_portmap_conf struct portmap_conf conf = { 0 };

	(void)state;
	reads("{\"markMasqBit\":0}", &conf);
	assert_int_equal(conf.mark_bit, 0);
	refuses("{\"markMasqBit\":32}", CNI_ERR_CONFIG, "MasqMarkBit must be between 0 and 31");
	refuses("{\"markMasqBit\":-1}", CNI_ERR_CONFIG, "MasqMarkBit must be between 0 and 31");
	refuses("{\"markMasqBit\":1,\"externalSetMarkChain\":\"X\"}", CNI_ERR_CONFIG,
		"Cannot specify externalSetMarkChain and markMasqBit");
	refuses("{\"externalSetMarkChain\":\"PLUGIN-MARK\"}", CNI_ERR_CONFIG,
		"externalSetMarkChain: chain PLUGIN-MARK cannot be used");
}

static void conditions_of(const char *words, int family, struct conditions *ret)
{
	cleanup_json cJSON *json = parse_json(words);
	cleanup_error struct cni_error err = { 0 };

	if (conditions_read(json, "conditions", family, ret, &err) != 0)
		fail_msg("%s: %s", words, err.msg);
}

static void both_syntaxes_mean_the_same(void **state)
{
	static const char *const pairs[][2] = {
		{ "[\"!\",\"-d\",\"192.0.2.0/24\"]", "[\"ip daddr != 192.0.2.9/24\"]" },
		{ "[\"-s\",\"10.0.0.1,10.0.0.2\"]",
		  "[\"ip\",\"saddr\",\"{10.0.0.1,\",\"10.0.0.2}\"]" },
		{ "[\"-i\",\"eth+\"]", "[\"iifname \\\"eth*\\\"\"]" },
		{ "[\"!\",\"--out-interface\",\"eth0\"]", "[\"meta oifname != eth0\"]" },
		{ "[\"-m\",\"mark\",\"--mark\",\"0x1ff/0xff\"]",
		  "[\"meta mark and 0xff == 255\"]" },
		{ "[\"-d\",\"1.1.1.1\",\"!\",\"-i\",\"lo\"]",
		  "[\"ip daddr == 1.1.1.1\",\"iifname != lo\"]" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(pairs); i++) {
		struct conditions a, b;

		conditions_of(pairs[i][0], AF_INET, &a);
		conditions_of(pairs[i][1], AF_INET, &b);
		assert_int_equal(a.count, b.count);
		assert_memory_equal(a.hash, b.hash, sizeof(a.hash));
	}
}

static void conditions_in_detail(void **state)
{
	struct conditions c;

	(void)state;
	conditions_of("[\"! -d 10.0.0.0/8,192.0.2.1 -i eth0\"]", AF_INET, &c);
	assert_int_equal(c.count, 3);
	assert_int_equal(c.items[0].field, CONDITION_DADDR);
	assert_true(c.items[0].negated && c.items[1].negated && !c.items[2].negated);
	assert_int_equal(c.items[0].list, c.items[1].list);
	assert_int_not_equal(c.items[1].list, c.items[2].list);
	assert_int_equal(c.items[1].prefix.len, 32);
	assert_string_equal(c.items[2].name, "eth0");
	conditions_of("[]", AF_INET, &c);
	assert_int_equal(c.count, 0);
	conditions_of("[\"\"]", AF_INET, &c);
	assert_int_equal(c.count, 0);
}

static void words_that_are_not_understood(void **state)
{
	static const struct {
		const char *words, *msg;
	} table[] = {
		{ "\"-p\",\"tcp\"", "conditionsV4: word \"-p\" is not understood" },
		{ "\"!\",\"-m\"", "conditionsV4: word \"-m\" is not understood" },
		{ "\"-m\",\"set\"", "conditionsV4: word \"set\" is not understood" },
		{ "\"-d\"", "conditionsV4: a word is missing at the end" },
		{ "\"-d\",\"::1\"",
		  "conditionsV4: word \"::1\" is an address of the other family" },
		{ "\"-d\",\"example.org\"", "conditionsV4: word \"example.org\" is no address" },
		{ "\"tcp dport 80\"", "conditionsV4: word \"tcp\" is not understood" },
		{ "\"ip6 daddr ::1\"", "conditionsV4: word \"ip6\" is not understood" },
		{ "\"ip iifname x\"", "conditionsV4: word \"iifname\" is not understood" },
		{ "\"ip daddr @set\"", "conditionsV4: word \"@set\" is no address" },
		{ "\"ip daddr { 10.0.0.1\"", "conditionsV4: a word is missing at the end" },
		{ "\"ip daddr { }\"", "conditionsV4: word \"}\" is no value" },
		{ "\"ip daddr 10.0.0.1, 10.0.0.2 accept\"",
		  "conditionsV4: word \"accept\" is not understood" },
		{ "\"mark 0x\"", "conditionsV4: word \"0x\" is no mark" },
		{ "\"mark and\"", "conditionsV4: a word is missing at the end" },
		{ "\"iifname abcdefghijklmnop\"",
		  "conditionsV4: word \"abcdefghijklmnop\" is no interface name" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(table); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), "{\"conditionsV4\":[%s]}", table[i].words);
		refuses(text, CNI_ERR_CONFIG, table[i].msg);
	}
}

static void too_many_conditions(void **state)
{
	cleanup_text struct text text = { 0 };

	(void)state;
	text_add(&text, "{\"conditionsV4\":[\"-s\",\"10.0.0.1");
	for (unsigned i = 0; i < CONDITIONS_MAX; i++)
		text_addf(&text, ",10.0.1.%u", i);
	text_add(&text, "\"]}");
	refuses(text.s, CNI_ERR_CONFIG, "conditionsV4: more than 32 values");
}

/* The result of an ADD: eth0 with two addresses of each family, another interface's first. */
static void make_result(struct result *result)
{
	static const char *const addresses[] = { "192.0.2.9/24", "10.1.0.5/16", "10.1.0.6/16",
						 "fd00::5/64", "fd00::6/64" };

	(void)result_add_interface(result, "veth0", NULL, NULL);
	(void)result_add_interface(result, "eth0", NULL, "/run/netns/x");
	for (size_t i = 0; i < array_size(addresses); i++) {
		struct result_ip *ip = result_add_ip(result);

		assert_int_equal(prefix_parse(addresses[i], &ip->address), 0);
		ip->has_interface = true;
		ip->interface = i > 0;
	}
}

/* About eth0. */
static int plan_with(struct portmap_conf *conf, const struct result *result,
		     struct owned_entries *ret, struct cni_error *err)
{
	const struct chained c = { .conf = conf,
				   .prev = *result,
				   .interface = &result->interfaces[1] };

	return plan_ports(&c, true, ret, err);
}

static void plan_of(const char *text, struct owned_entries *ret)
{
	cleanup_portmap_conf struct portmap_conf conf = { 0 };
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error err = { 0 };

	make_result(&result);
	reads(text, &conf);
	assert_int_equal(plan_with(&conf, &result, ret, &err), 0);
}

static size_t count_kind(const struct owned_entries *entries, enum port_kind kind, int family)
{
	size_t count = 0;

	for (size_t i = 0; i < entries->count; i++) {
		struct port_entry entry = port_entry_unpack(&entries->items[i]);

		count += entry.kind == kind && entry.family == family;
	}
	return count;
}

static void first_address_of_each_family_of_the_interface(void **state)
{
	cleanup_entries struct owned_entries entries = { 0 };
	struct port_entry port;
	struct addr container;
	char text[ADDR_TEXT];

	(void)state;
	plan_of("{" ONE_PORT "}", &entries);
	assert_int_equal(entries.count, 8);
	port = port_entry_unpack(&entries.items[0]);
	assert_int_equal(port.kind, PORT_KIND_PORT);
	assert_true(port.has_link);
	assert_int_equal(ntohs(port.host_port), 8080);
	assert_int_equal(ntohs(port.container_port), 80);
	container = port_entry_container(&port);
	assert_string_equal(addr_print(&container, text), "10.1.0.5");
	for (int kind = PORT_KIND_PORT; kind <= PORT_KIND_TO; kind++) {
		assert_int_equal(count_kind(&entries, kind, AF_INET), 1);
		assert_int_equal(count_kind(&entries, kind, AF_INET6), 1);
	}
}

static void what_options_add_and_leave_out(void **state)
{
	cleanup_entries struct owned_entries without = { 0 }, limited = { 0 }, same = { 0 };

	(void)state;
	plan_of("{\"snat\":false," ONE_PORT "}", &without);
	assert_int_equal(without.count, 2);
	plan_of("{\"conditionsV6\":[\"-i\",\"eth0\"]," ONE_PORT "}", &limited);
	assert_int_equal(count_kind(&limited, PORT_KIND_LIMIT, AF_INET), 0);
	assert_int_equal(count_kind(&limited, PORT_KIND_LIMIT, AF_INET6), 1);
	plan_of("{\"runtimeConfig\":{\"portMappings\":["
		"{\"hostPort\":1,\"containerPort\":1,\"hostIP\":\"127.0.0.1\"},"
		"{\"hostPort\":1,\"containerPort\":1,\"hostIP\":\"127.0.0.1\"}]}}",
		&same);
	assert_int_equal(count_kind(&same, PORT_KIND_PORT, AF_INET), 1);
	assert_int_equal(count_kind(&same, PORT_KIND_LOCAL, AF_INET), 1);
	assert_int_equal(same.count, 2);
}

static void a_port_leads_to_one_place(void **state)
{
	cleanup_portmap_conf struct portmap_conf conf = { 0 };
	cleanup_entries struct owned_entries entries = { 0 };
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	make_result(&result);
	reads("{\"runtimeConfig\":{\"portMappings\":[{\"hostPort\":1,\"containerPort\":1},"
	      "{\"hostPort\":1,\"containerPort\":2,\"protocol\":\"udp\"},"
	      "{\"hostPort\":1,\"containerPort\":2}]}}",
	      &conf);
	assert_int_not_equal(plan_with(&conf, &result, &entries, &err), 0);
	expect_error(&err, CNI_ERR_CONFIG,
		     "host port 1/tcp is mapped to container port 1 and to 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(mappings_in_any_letter_case),
		cmocka_unit_test(mappings_that_cannot_be),
		cmocka_unit_test(options_of_the_wrong_backend),
		cmocka_unit_test(marks),
		cmocka_unit_test(both_syntaxes_mean_the_same),
		cmocka_unit_test(conditions_in_detail),
		cmocka_unit_test(words_that_are_not_understood),
		cmocka_unit_test(too_many_conditions),
		cmocka_unit_test(first_address_of_each_family_of_the_interface),
		cmocka_unit_test(what_options_add_and_leave_out),
		cmocka_unit_test(a_port_leads_to_one_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
