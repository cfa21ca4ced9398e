/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of host-device. */
#include "host_device_conf.h"

#include <string.h>

#include "types/conf.h"

static const struct conf_key keys[] = {
	CONF_STRING(struct host_device_conf, device, "device", ""),
	CONF_STRING(struct host_device_conf, hwaddr, "hwaddr", ""),
	CONF_STRING(struct host_device_conf, kernel_path, "kernelpath", ""),
	CONF_STRING(struct host_device_conf, pci_bus_id, "pciBusID", ""),
	CONF_BOOL(struct host_device_conf, enable_dad, "enabledad", true),
	CONF_BOOL(struct host_device_conf, accept_ra, "acceptRA", false),
};

static const struct conf_key runtime_keys[] = {
	CONF_STRING(struct host_device_conf, device_id, "deviceID", ""),
};

/* An id is one name in a folder of /sys. */
static int check_id(const char *key, const char *id, struct cni_error *err)
{
	if (!strchr(id, '/') && *id != '.')
		return 0;
	return cni_fail(err, CNI_ERR_CONFIG, 0, "%s: \"%s\" is no device id such as 0000:01:00.0",
			key, id);
}

static int check_path(const char *path, struct cni_error *err)
{
	if (!*path || (text_starts_with(path, "/sys/devices/") && !strstr(path, "/..")))
		return 0;
	return cni_fail(err, CNI_ERR_CONFIG, 0,
			"kernelpath: \"%s\" is no folder below /sys/devices/", path);
}

int host_device_conf_read(struct cni_call *call, struct host_device_conf *ret,
			  struct cni_error *err)
{
	struct host_device_conf conf = { 0 };
	int r;

	r = conf_read(call->conf.json, keys, array_size(keys), "", &conf, err)
		    ?: conf_read(call->conf.runtime, runtime_keys, array_size(runtime_keys),
				 "runtimeConfig", &conf, err)
		    ?: check_path(conf.kernel_path, err)
		    ?: check_id("pciBusID", conf.pci_bus_id, err)
		    ?: check_id("runtimeConfig.deviceID", conf.device_id, err);
	if (r < 0)
		return r;
	if (!*conf.device && !*conf.hwaddr && !*conf.kernel_path && !*conf.pci_bus_id &&
	    !*conf.device_id)
		return cni_fail(
			err, CNI_ERR_INTERNAL, 0,
			"specify either \"device\", \"hwaddr\", \"kernelpath\" or \"pciBusID\"");
	if (*conf.hwaddr && mac_parse(conf.hwaddr, conf.mac) < 0)
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"hwaddr: \"%s\" is no unicast Ethernet address such as 02:11:22:33:44:55",
			conf.hwaddr);
	*ret = conf;
	return 0;
}
