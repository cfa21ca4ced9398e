/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "types/keys.h"

#include <stdio.h>

#include "unit.h"

struct heard {
	char all[512];
	unsigned count;
};

static void hear(const char *path, const char *meant_or_null, void *data)
{
	struct heard *heard = data;
	size_t used = strlen(heard->all);

	(void)snprintf(heard->all + used, sizeof(heard->all) - used, "%s%s>%s", used ? " " : "",
		       path, meant_or_null ? meant_or_null : "");
	heard->count++;
}

static void expect_unknown(const char *type, const char *conf, const char *wanted)
{
	cleanup_json cJSON *json = parse_json(conf);
	struct heard heard = { "", 0 };

	keys_find_unknown(json, type, hear, &heard);
	assert_string_equal(heard.all, wanted);
}

static void misspelt_keys_are_found(void **state)
{
	static const struct {
		const char *type, *conf, *unknown;
	} rows[] = {
		{ "bridge", "{\"brige\":\"b\",\"isGatway\":true,\"mtu\":7}",
		  "brige>bridge isGatway>isGateway" },
		{ "bridge", "{\"ipMask\":true,\"master\":\"lo\",\"isDefaultGatewya\":true}",
		  "ipMask>ipMasq master> isDefaultGatewya>isDefaultGateway" },
		{ "bridge", "{\"ipma\":{},\"cniVersoin\":\"1\"}",
		  "ipma>ipam cniVersoin>cniVersion" },
		{ "bridge", "{\"vlanTrunk\":[{\"id\":1},{\"maxId\":2,\"idd\":3}]}",
		  "vlanTrunk[1].idd>id" },
		{ "bridge", "{\"ipam\":{\"type\":\"x\",\"y\":1},\"vlanTrunk\":{\"y\":1}}", "" },
		{ "ptp", "{\"bridge\":\"b\"}", "bridge>" },
		{ "loopback", "{\"mtu\":1}", "mtu>" },
		{ "host-local",
		  "{\"y\":1,\"ipam\":{\"subnett\":\"x\",\"ranges\":[[{\"subnet\":\"x\"}],"
		  "[{},{\"rangestart\":1,\"rangeEnds\":1}]],\"routes\":[{\"dts\":1}]}}",
		  "ipam.subnett>subnet ipam.ranges[1][1].rangeEnds>rangeEnd "
		  "ipam.routes[0].dts>dst" },
		{ "static", "{\"ipam\":{\"subnet\":\"x\",\"addresses\":[{\"adress\":1}]}}",
		  "ipam.subnet> ipam.addresses[0].adress>address" },
		{ "portmap", "{\"snatt\":true,\"runtimeConfig\":{\"x\":1}}", "snatt>snat" },
		{ KEYS_OF_LIST, "{\"plugin\":[],\"disablecheck\":true}", "plugin>plugins" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++)
		expect_unknown(rows[i].type, rows[i].conf, rows[i].unknown);
}

/* What runtimes and installers write, and what people write beside it. */
static void keys_of_real_configurations_are_known(void **state)
{
	static const struct {
		const char *type, *conf;
	} rows[] = {
		{ "bridge",
		  "{\"CNIVERSION\":\"1\",\"Name\":\"n\",\"ISGATEWAY\":true,\"type\":\"t\"}" },
		{ "bridge", "{\"addIf\":\"eth0\",\"promiscMode\":true,\"hairpinMode\":false}" },
		{ "bridge",
		  "{\"capabilities\":{\"ips\":true},\"runtimeConfig\":{\"ips\":[],\"x\":1},"
		  "\"args\":{\"podman_labels\":{},\"cni\":{\"x\":1}},\"dns\":{},\"ipam\":{},"
		  "\"prevResult\":{\"x\":1},\"cni.dev/valid-attachments\":[],"
		  "\"disableCheck\":true,\"deviceID\":\"0000:01:00.0\",\"pciBusID\":\"x\"}" },
		{ "bridge", "{\"_comment\":\"x\",\"$schema\":\"x\",\"//\":\"x\",\"#\":1,\"x-y\":1,"
			    "\"example.com/key\":1}" },
		{ "ptp", "{\"ipMasq\":false,\"isDefaultGateway\":true,\"hairpinMode\":true}" },
		{ "portmap", "{\"capabilities\":{\"portMappings\":true},\"noSnat\":true}" },
		{ "host-local",
		  "{\"ipam\":{\"type\":\"host-local\",\"dataDir\":\"/run/cni-ipam-state\","
		  "\"routes\":[{\"dst\":\"0.0.0.0/0\"}],\"ranges\":[[{\"subnet\":\"x\","
		  "\"gateway\":\"x\"}]]},\"bridge\":\"x\"}" },
		{ "static", "{\"ipam\":{\"addresses\":[{\"address\":\"x\",\"Address\":{},"
			    "\"version\":\"4\"}]}}" },
		{ "unheard-of", "{\"sysctl\":{},\"anything\":1}" },
		{ "tuning", "{\"sysctl\":{\"net.x\":\"1\"},\"dataDir\":\"x\"}" },
		{ KEYS_OF_LIST, "{\"name\":\"n\",\"plugins\":[{\"x\":1}],\"cniVersion\":\"1.0.0\","
				"\"nerdctlID\":\"x\",\"nerdctlLabels\":{},\"args\":{}}" },
		{ "bridge", "[{\"brige\":1}]" },
		{ "bridge", "7" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++)
		expect_unknown(rows[i].type, rows[i].conf, "");
}

static void only_the_first_unknown_keys_are_told(void **state)
{
	cleanup_text struct text text = { 0 };
	cleanup_json cJSON *json = NULL;
	struct heard heard = { "", 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		text_addf(&text, "%s\"unknown%d\":%d", i ? "," : "{", i, i);
	text_add(&text, "}");
	json = parse_json(text.s);
	keys_find_unknown(json, "bridge", hear, &heard);
	assert_int_equal(heard.count, KEYS_REPORT_MAX);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(misspelt_keys_are_found),
		cmocka_unit_test(keys_of_real_configurations_are_known),
		cmocka_unit_test(only_the_first_unknown_keys_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
