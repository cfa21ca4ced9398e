# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The control plane, outside the nodes at 172.18.0.1, and what every node has besides its kubelet.
#
#   start_control_plane
#   join NODE                     starts its kubelet, and waits for its ranges
#   routes_between NODE…          what kindnetd does: a route to the pods of every other node
#   kindnet NODE, bridge_list NODE
#                                 the configurations, with the ranges that the node was given
#   start_proxy NODE MODE
#   kubectl ARGUMENT…
#   deployment NAME REPLICAS [HOST-PORT [NODE]]

API=https://172.18.0.1:6443
TOKEN=cluster-admin-of-the-tests
PODS_OF_CLUSTER=10.244.0.0/16,fd00:10:244::/56
SERVICES=10.96.0.0/16,fd00:10:96::/112

kubectl() {
	HOME=$CLUSTER "$K8S/kubectl" --kubeconfig "$CLUSTER/kubeconfig" "$@"
}

kubeconfig() {
	cat <<-EOF
		apiVersion: v1
		kind: Config
		clusters: [{name: c, cluster: {server: "$API", insecure-skip-tls-verify: true}}]
		users: [{name: u, user: {token: $TOKEN}}]
		contexts: [{name: c, context: {cluster: c, user: u}}]
		current-context: c
	EOF
}

start_etcd() {
	outside etcd "$ETCD" --data-dir "$CLUSTER/etcd" --unsafe-no-fsync \
		--listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
		--listen-peer-urls http://127.0.0.1:2380
}

start_apiserver() {
	outside apiserver "$K8S/kube-apiserver" --etcd-servers http://127.0.0.1:2379 --cert-dir "$CLUSTER/certificates" \
		--bind-address 172.18.0.1 --advertise-address 172.18.0.1 --secure-port 6443 \
		--service-cluster-ip-range "$SERVICES" --authorization-mode AlwaysAllow --token-auth-file "$CLUSTER/tokens" \
		--disable-admission-plugins ServiceAccount --service-account-issuer https://cluster.test \
		--service-account-key-file "$CLUSTER/sa.key" --service-account-signing-key-file "$CLUSTER/sa.key"
	wait_until 60 kubectl get --raw /readyz
}

start_controllers() {
	outside controllers "$K8S/kube-controller-manager" --kubeconfig "$CLUSTER/kubeconfig" --leader-elect=false \
		--allocate-node-cidrs --cluster-cidr "$PODS_OF_CLUSTER" --service-cluster-ip-range "$SERVICES" \
		--service-account-private-key-file "$CLUSTER/sa.key" --kube-api-qps 200 --kube-api-burst 400 \
		--bind-address 127.0.0.1 --cert-dir "$CLUSTER/certificates"
}

start_scheduler() {
	outside scheduler "$K8S/kube-scheduler" --kubeconfig "$CLUSTER/kubeconfig" --leader-elect=false \
		--kube-api-qps 200 --kube-api-burst 400 --bind-address 127.0.0.1 --cert-dir "$CLUSTER/certificates"
}

start_control_plane() {
	openssl genrsa -out "$CLUSTER/sa.key" 2048 2>/dev/null
	echo "$TOKEN,admin,admin,system:masters" >"$CLUSTER/tokens"
	kubeconfig >"$CLUSTER/kubeconfig"
	start_etcd
	start_apiserver
	start_controllers
	start_scheduler
}

join() {
	local number

	number=$(<"$CLUSTER/nodes/$1/number")
	kubeconfig | node "$1" sh -c 'mkdir -p /etc/kubernetes; cat >/etc/kubernetes/kubeconfig'
	start_kubelet "$1" --kubeconfig /etc/kubernetes/kubeconfig --node-ip "172.18.0.$number,fd00:172:18::$number"
	wait_until 60 eval "kubectl get node $1 -o json | jq -e '.spec.podCIDRs | length == 2'"
}

pod_ranges() {
	kubectl get node "$1" -o json | jq -r '.spec.podCIDRs[]'
}

routes_between() {
	local name other number range via

	for name; do
		for other; do
			[[ $other != "$name" ]] || continue
			number=$(<"$CLUSTER/nodes/$other/number")
			for range in $(pod_ranges "$other"); do
				via=172.18.0.$number
				[[ $range != *:* ]] || via=fd00:172:18::$number
				node "$name" ip route replace "$range" via "$via"
			done
		done
	done
}

with_ranges() {
	# shellcheck disable=SC2046 # two words
	jq --argjson ranges "$(pod_ranges "$1" | jq -R '[{subnet: .}]' | jq -s .)" '.plugins[0].ipam.ranges = $ranges'
}

portmap='{type: "portmap", capabilities: {portMappings: true}}'

kindnet() {
	with_ranges "$1" <"$ROOT/conf/20-kindnet.conflist" | network "$1"
}

bridge_list() {
	with_ranges "$1" <"$ROOT/conf/10-bridge.conflist" | jq ".plugins[1] = $portmap | .plugins[0].ipMasq = false" | network "$1"
}

start_proxy() {
	node "$1" sh -c 'cat >/etc/kubernetes/proxy.yaml' <<-EOF
		apiVersion: kubeproxy.config.k8s.io/v1alpha1
		kind: KubeProxyConfiguration
		mode: $2
		clientConnection: {kubeconfig: /etc/kubernetes/kubeconfig}
		hostnameOverride: $1
		clusterCIDR: "$PODS_OF_CLUSTER"
		conntrack: {maxPerCore: 0, min: 0, tcpCloseWaitTimeout: 0s, tcpEstablishedTimeout: 0s}
		oomScoreAdj: 0
	EOF
	daemon "$1" proxy "$K8S/kube-proxy" --config /etc/kubernetes/proxy.yaml
	wait_until 30 node "$1" curl -sf http://127.0.0.1:10256/healthz
}

deployment() {
	web "${3:-0}" | jq --arg name "$1" --argjson replicas "$2" --arg node "${4:-}" '{apiVersion: "apps/v1", kind: "Deployment",
		metadata: {name: $name}, spec: {replicas: $replicas, selector: {matchLabels: {app: $name}},
		strategy: {type: "RollingUpdate", rollingUpdate: {maxUnavailable: "50%", maxSurge: 0}},
		template: {metadata: {labels: {app: $name}}, spec: (. + if $node == "" then {topologySpreadConstraints: [
			{maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule",
			labelSelector: {matchLabels: {app: $name}}}]} else {nodeName: $node} end)}}}' | kubectl apply -f -
}

service() {
	jq -n --arg name "$1" --argjson port "$2" '{apiVersion: "v1", kind: "Service", metadata: {name: $name}, spec: {type: "NodePort",
		ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv4", "IPv6"], selector: {app: $name},
		ports: [{port: 80, nodePort: $port}]}}' | kubectl apply -f -
}

is_rolled_out() {
	kubectl get deployment "$1" -o json | jq -e --argjson n "$2" \
		'.status | (.readyReplicas // 0) == $n and (.updatedReplicas // 0) == $n and (.replicas // 0) == $n'
}

pods_are_gone() {
	[[ $(kubectl get pods -A -o name | wc -l) == "${1:-0}" ]]
}
