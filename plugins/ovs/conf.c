/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of ovs. */
#include <errno.h>
#include <limits.h>

#include "base/alloc.h"
#include "net/link.h"
#include "ovs_conf.h"
#include "plugin/conf_file.h"
#include "plugin/ipam.h"
#include "plugin/rules.h"
#include "types/args.h"
#include "types/conf.h"

enum {
	MAX_MTU = 65535,
	MAX_OFPORT = 65279,
	NO_VLAN = -1,
	DEFAULT_RETRIES = 5,
	DEFAULT_INTERVAL_MS = 600,
	MAX_PATIENCE_MS = 120000, /* runtimes wait no longer */
};

static const char default_socket[] = "/var/run/openvswitch/db.sock";

static const struct conf_key keys[] = {
	CONF_STRING(struct ovs_conf, bridge, "bridge", ""),
	CONF_INT(struct ovs_conf, vlan, "vlan", NO_VLAN, 0, VLAN_MAX),
	CONF_LIST(struct ovs_conf, trunk_list, "trunk"),
	CONF_INT(struct ovs_conf, mtu, "mtu", 0, INT_MIN, MAX_MTU),
	CONF_INT(struct ovs_conf, ofport_request, "ofport_request", 0, 0, MAX_OFPORT),
	CONF_STRING(struct ovs_conf, interface_type, "interface_type", ""),
	CONF_STRING(struct ovs_conf, device_id, "deviceID", ""),
	CONF_STRING(struct ovs_conf, socket_file, "socket_file", ""),
	CONF_STRING(struct ovs_conf, configuration_path, "configuration_path", ""),
	CONF_INT(struct ovs_conf, check_retries, "link_state_check_retries", 0, 0, INT_MAX),
	CONF_INT(struct ovs_conf, check_interval_ms, "link_state_check_interval", 0, 0, INT_MAX),
	CONF_BOOL(struct ovs_conf, create_bridge, "createBridge", false),
	CONF_STRING(struct ovs_conf, datapath_type, "datapathType", ""),
	CONF_STRING(struct ovs_conf, fail_mode, "failMode", ""),
	CONF_BOOL(struct ovs_conf, is_gateway, "isGateway", false),
	CONF_BOOL(struct ovs_conf, is_default_gateway, "isDefaultGateway", false),
	CONF_BOOL(struct ovs_conf, force_address, "forceAddress", false),
	CONF_BOOL(struct ovs_conf, ip_masq, "ipMasq", false),
	CONF_STRING(struct ovs_conf, ip_masq_backend, "ipMasqBackend", NULL),
	CONF_BOOL(struct ovs_conf, isolated, "portIsolation", false),
	CONF_BOOL(struct ovs_conf, macspoofchk, "macspoofchk", false),
	CONF_BOOL(struct ovs_conf, ipspoofchk, "ipspoofchk", false),
	CONF_STRING(struct ovs_conf, mac_text, "mac", ""),
	CONF_BOOL(struct ovs_conf, enable_dad, "enabledad", false),
	CONF_BOOL(struct ovs_conf, accept_ra, "acceptRA", false),
};

/* An empty list is none at all. */
static int read_trunk(struct ovs_conf *conf, struct cni_error *err)
{
	int r;

	if (!conf->trunk_list || !conf->trunk_list->child)
		return 0;
	r = trunk_read(conf->trunk_list, "trunk", 0, VLAN_MAX, &conf->trunk, err);
	if (r < 0 || conf->trunk.count)
		return r;
	return cni_fail(err, CNI_ERR_CONFIG, 0,
			"trunk parameter is misconfigured: it names no VLAN");
}

static int read_socket(struct ovs_conf *conf, struct cni_error *err)
{
	const char *socket = conf->socket_file;

	if (text_starts_with(socket, "tcp:") || text_starts_with(socket, "ssl:"))
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"socket_file: \"%s\" is no unix socket, and others are not spoken",
				socket);
	if (text_starts_with(socket, "unix:"))
		socket += strlen("unix:");
	conf->socket_file = *socket ? socket : default_socket;
	return 0;
}

static void args_keys_release(struct args_key (*args)[4])
{
	for (size_t i = 0; i < array_size(*args); i++)
		free((*args)[i].value);
}

static const char *text_or(const cJSON *object, const char *key, const char *other)
{
	const cJSON *value = json_get(object, key);

	return cJSON_IsString(value) && *value->valuestring ? value->valuestring : other;
}

/* Low to high: the key, args.cni, CNI_ARGS, as ovs-cni has it; then runtimeConfig. */
static int read_args(const struct cni_call *call, struct ovs_conf *conf, struct cni_error *err)
{
	cleanup_with(args_keys_release) struct args_key args[4] = { { .key = "MAC" },
								    { .key = "OvnPort" },
								    { .key = "ovnPort" },
								    { .key = "K8S_POD_UID" } };
	const char *mac = text_or(call->conf.args_cni, "mac", conf->mac_text);
	const char *port = text_or(call->conf.args_cni, "ovnPort", "");
	int r = args_parse(call->args, args, array_size(args), err);

	if (r < 0)
		return r;
	if (!text_is_empty(args[0].value))
		mac = args[0].value;
	for (int i = 1; i <= 2; i++)
		if (!text_is_empty(args[i].value))
			port = args[i].value;
	conf->ovn_port = *port ? xstrdup(port) : NULL;
	conf->pod_uid = steal(&args[3].value);
	return mac_wish_parse(text_or(call->conf.runtime, "mac", mac), &conf->mac, err);
}

static int check_values(struct ovs_conf *conf, struct cni_error *err)
{
	if (*conf->device_id)
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"deviceID: \"%s\": hardware that switches by itself is not supported",
			conf->device_id);
	if (!*conf->bridge && conf->ovn_port)
		conf->bridge = "br-int";
	if (!*conf->bridge)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "failed to get bridge name");
	if (strlen(conf->bridge) >= IFNAMSIZ || strchr(conf->bridge, '/'))
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"bridge: \"%s\" is no name of a bridge (1 to 15 characters without /)",
			conf->bridge);
	if (*conf->datapath_type && !text_equal(conf->datapath_type, "system") &&
	    !text_equal(conf->datapath_type, "netdev"))
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"datapathType: \"%s\" is neither system nor netdev",
				conf->datapath_type);
	if (*conf->fail_mode && !text_equal(conf->fail_mode, "standalone") &&
	    !text_equal(conf->fail_mode, "secure"))
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"failMode: \"%s\" is neither standalone nor secure",
				conf->fail_mode);
	return 0;
}

static int merge(const struct cni_call *call, const char *path, struct ovs_conf *conf,
		 struct cni_error *err)
{
	const char *names[array_size(keys)];

	for (size_t i = 0; i < array_size(keys); i++)
		names[i] = keys[i].key;
	return conf_file_merge(call->conf.json, path, names, array_size(keys), &conf->merged,
			       &conf->file, err);
}

static const char *path_of(const struct cni_call *call)
{
	return text_or(call->conf.json, "configuration_path", "");
}

int ovs_conf_read(const struct cni_call *call, struct ovs_conf *ret, struct cni_error *err)
{
	cleanup_ovs_conf struct ovs_conf conf = { 0 };
	int r = merge(call, path_of(call), &conf, err);

	if (r == 0)
		r = conf_read(conf.merged, keys, array_size(keys), "", &conf, err);
	if (r == 0)
		r = read_args(call, &conf, err);
	if (r == 0)
		r = check_values(&conf, err);
	if (r == 0)
		r = read_trunk(&conf, err);
	if (r == 0)
		r = read_socket(&conf, err);
	if (r < 0)
		return r;
	conf.is_gateway |= conf.is_default_gateway;
	if (conf.mtu < 0)
		conf.mtu = 0;
	*ret = conf;
	conf = (struct ovs_conf){ 0 };
	return 0;
}

int ovs_conf_check_add(const struct cni_call *call, const struct ovs_conf *conf,
		       struct cni_error *err)
{
	if (conf->is_gateway && !ipam_is_set(call))
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"isGateway needs an IPAM plugin: no address is known without one");
	if (conf->ipspoofchk && !ipam_is_set(call))
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"ipspoofchk needs an IPAM plugin: no address is known without one");
	if (ipam_is_on_link(call) && conf->ipspoofchk)
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"ipspoofchk cannot work with dhcp, whose addresses come and change while the interface is up");
	if (conf->is_gateway && conf->trunk.count)
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"isGateway does not go with trunk: which VLAN's gateway is it?");
	if (ipam_check_mtu(call, conf->mtu, err) < 0)
		return -EINVAL;
	if (ipam_is_set(call))
		return rules_check_backend(conf->ip_masq ? conf->ip_masq_backend : NULL, err);
	return result_fits_version(&(struct result){ 0 }, call->conf.version, err);
}

void ovs_conf_read_socket(const struct cni_call *call, struct ovs_conf *ret)
{
	cleanup_error struct cni_error err = { 0 };

	if (merge(call, path_of(call), ret, &err) < 0)
		cni_error_ignore(&err);
	ret->socket_file = text_or(ret->merged ? ret->merged : call->conf.json, "socket_file", "");
	ret->bridge = text_or(ret->merged ? ret->merged : call->conf.json, "bridge", "");
	if (read_socket(ret, &err) < 0) {
		cni_error_ignore(&err);
		ret->socket_file = default_socket;
	}
}

int ovs_conf_patience(const struct ovs_conf *conf)
{
	long long retries = conf->check_retries ? conf->check_retries : DEFAULT_RETRIES;
	long long ms = retries *
		       (conf->check_interval_ms ? conf->check_interval_ms : DEFAULT_INTERVAL_MS);

	return ms < MAX_PATIENCE_MS ? (int)ms : MAX_PATIENCE_MS;
}

void ovs_conf_release(struct ovs_conf *conf)
{
	trunk_release(&conf->trunk);
	free(conf->ovn_port);
	free(conf->pod_uid);
	cJSON_Delete(conf->merged);
	cJSON_Delete(conf->file);
	*conf = (struct ovs_conf){ 0 };
}
