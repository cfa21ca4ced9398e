/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs: one table, which is also the help. */
#include <limits.h>

#include "tool.h"

#define VARIABLES                                                                                  \
	"\n"                                                                                       \
	"Variables:\n"                                                                             \
	"  NETCONFPATH  folder of the configurations, " DEFAULT_FOLDER " when unset\n"             \
	"  CNI_PATH     folders of the plugins, separated by ':', " DEFAULT_PATH " when unset\n"   \
	"  CNI_ARGS     KEY=VALUE;KEY=VALUE for the plugins\n"                                     \
	"  CAP_ARGS     JSON object, capability to value: {\"portMappings\": [{\"hostPort\": "     \
	"8080, ...}]}\n"                                                                           \
	"  CNI_IFNAME   the interface in the container, " DEFAULT_IFNAME " when unset\n"

/* The reference ignores what follows the arguments of its verbs. */
enum { ANY = INT_MAX };

const struct verb verbs[] = {
	{ "add", verb_add, "NETWORK NETNS", "attach a network namespace to a network", "i",
	  "Runs ADD of the network's plugins in order and prints the result. NETNS is the path of a namespace that\n"
	  "exists, /run/netns/NAME for one made by `ip netns add NAME`. When a plugin fails, what the others did is\n"
	  "undone.\n" VARIABLES,
	  2, ANY, false },
	{ "check", verb_check, "NETWORK NETNS", "is the attachment still what ADD made of it?", "i",
	  "Runs CHECK of the network's plugins in order. Says nothing when all is well.\n" VARIABLES,
	  2, ANY, false },
	{ "del", verb_del, "NETWORK NETNS", "detach it again", "i",
	  "Runs DEL of the network's plugins in reverse, all of them, even when one fails. The namespace may be gone\n"
	  "already; its path tells what to remove.\n" VARIABLES,
	  2, ANY, false },
	{ "readd", verb_readd, "NETWORK NETNS",
	  "attach it anew with the addresses and ports it has", "i",
	  "Runs DEL and ADD for what the cache knows of the attachment, whichever runtime made it: the same container,\n"
	  "arguments, capabilities such as published ports, and of host-local the same addresses. All attachments of the\n"
	  "namespace to the network, or with -i one.\n" VARIABLES,
	  2, 2, false },
	{ "gc", verb_gc, "NETWORK NETNS", "remove all attachments of the network", "i",
	  "Deletes every attachment of the network that is cached, then runs GC of its plugins. NETNS is ignored.\n" VARIABLES,
	  2, ANY, false },
	{ "status", verb_status, "NETWORK NETNS", "could a container be attached now?", "i",
	  "Runs STATUS of the network's plugins, for lists of version 1.1.0. NETNS is ignored.\n" VARIABLES,
	  2, ANY, false },
	{ "run", verb_run, "NETWORK[,NETWORK...] [--] [COMMAND...]",
	  "run a command in a new container on the network", "inpAM",
	  "Makes a network namespace, attaches it to each network (eth0, eth1, ...), runs the command in it - your shell\n"
	  "when there is none - and removes everything when the command ends, however it ends. What the command left\n"
	  "running in the namespace is killed. The exit status is the command's.\n" VARIABLES,
	  1, ANY, true },
	{ "exec", verb_exec, "NAME [--] [COMMAND...]", "run a command in a container", "",
	  "NAME is that of a namespace in /run/netns, the path of one, or the id of a container. Without a command it is\n"
	  "your shell, whose prompt says where it is. The exit status is the command's.\n",
	  1, ANY, true },
	{ "connect", verb_connect, "NETWORK NAME", "attach a container to one more network", "i",
	  "Like add, with the first of eth0, eth1, ... that the container has not got. NAME is that of exec.\n" VARIABLES,
	  2, 2, false },
	{ "disconnect", verb_disconnect, "NETWORK NAME", "detach a container from a network", "i",
	  "Like del, for every interface that the container has on the network, or with -i one.\n" VARIABLES,
	  2, 2, false },
	{ "rm", verb_rm, "NETWORK", "remove all that the network has on this host", "",
	  "Detaches every container of the network, whichever runtime made it, and removes the rules and leases that are left,\n"
	  "and the bridge when it is one of ours and nothing else is on it. The configuration stays.\n" VARIABLES,
	  1, 1, false },
	{ "list", verb_list, "", "the networks that are configured", "j",
	  "Every configuration in NETCONFPATH: name, version, plugins, and whether it is ready (STATUS where the version\n"
	  "has it; else whether the plugins are installed). A file that cannot be read is listed with what is wrong.\n" VARIABLES,
	  0, 0, false },
	{ "ps", verb_ps, "[NETWORK]", "the attachments that exist", "j",
	  "What the cache in " CACHE_FOLDER
	  "/results knows, beside what the kernel has: an attachment is alive when its\n"
	  "namespace has the interface or the host has its link, dead when nothing of it is left and its namespace is gone.\n"
	  "All else is unknown: interfaces with our mark that no cache entry belongs to, and what cannot be seen from here.\n",
	  0, 1, false },
	{ "show", verb_show, "[NETWORK]", "draw what is there", "jdswB",
	  "Reads the kernel - not the configuration - and draws namespaces, interfaces, pairs, bridges, addresses,\n"
	  "masquerade and published ports: a tree, or with --json data, with --dot a graph for Graphviz, with --svg a picture,\n"
	  "with --html the picture in a page that can be moved and searched. With NETWORK, only what belongs to it.\n"
	  "With --findings, what doctor finds is written in red beside what it is about.\n"
	  "NO_COLOR turns colours off.\n",
	  0, 1, false },
	{ "doctor", verb_doctor, "[NETWORK]", "find out what is wrong, and repair it", "jNFD",
	  "Looks at every attachment of the network (or with --netns at one), at the host, and at what the network needs;\n"
	  "without NETWORK, at all networks of NETCONFPATH, and says what it has looked at.\n"
	  "Each finding says what it means and how to repair it. The exit status is 1 when there is one. With --fix, what\n"
	  "is safe is repaired: masquerade, MAC and address checks and published ports are put back as the cached results\n"
	  "say, and leases and rules that are provably nobody's any more are removed.\n"
	  "With --deep, ARP and neighbour solicitations on the bridges ask who else has the addresses.\n"
	  "NO_COLOR turns colours off.\n" VARIABLES,
	  0, 1, false },
	{ "top", verb_top, "[NETWORK]", "who receives and sends how much", "1j",
	  "Every container's interface, the busiest first: bytes received and sent in a second and in all, as the container sees\n"
	  "it, and packets dropped. It is looked at again every two seconds; q quits. With --once, with --json or without a\n"
	  "terminal, one second is looked at and printed.\n",
	  0, 1, false },
	{ "metrics", verb_metrics, "",
	  "numbers for Prometheus: leases, attachments, ports, findings", "O",
	  "Prints, in the text format of Prometheus, for every network of NETCONFPATH: addresses used, free and orphaned,\n"
	  "attachments alive, dead and unknown, published ports, and what doctor finds, but for what the plugins' CHECK and\n"
	  "STATUS and name servers say, which are not asked. With --output, the file has the old content or the new one at\n"
	  "any time, as the textfile collector of node_exporter wants it.\n" VARIABLES,
	  0, 0, false },
	{ "install", verb_install, "[NAME...]", "put the plugins where a runtime finds them", "TSC",
	  "Copies the named plugins, or all that lie beside this program, into the folder of --to, also while they are in use there:\n"
	  "each is written under another name, synced and renamed. Same bytes are left alone. A folder that cannot be written is\n"
	  "skipped with a message. With --conf, a configuration is put into NETCONFPATH (" DEFAULT_FOLDER
	  " when unset) when the\n"
	  "plugins are there.\n",
	  0, ANY, false },
	{ "version", verb_version, "", "the version of this program", "",
	  "The plugins tell theirs when they are started without CNI_COMMAND.\n", 0, 0, false },
	{ "help", verb_help, "[VERB]", "this text, or a verb's", "", "", 0, 1, false },
	{ "complete", verb_complete, "[--] [WORD...]", "", "",
	  "What could stand in the place of the last word of a command line, for the completion of shells: a line each, or\n"
	  ":command, :file or :folder for what the shell knows itself.\n",
	  0, ANY, true },
	{ 0 },
};
