# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Kubelets, with an API server and without.
#
#   start_kubelet NODE [ARGUMENT…]
#   static_pod NODE NAME HOST-PORT, remove_static_pod NODE NAME

configure_kubelet() {
	node "$1" sh -c 'mkdir -p /etc/kubernetes/manifests; cat >/etc/kubernetes/kubelet.yaml' <<-EOF
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		staticPodPath: /etc/kubernetes/manifests
		fileCheckFrequency: 1s
		syncFrequency: 5s
		authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
		authorization: {mode: AlwaysAllow}
		containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
		cgroupDriver: cgroupfs
		failCgroupV1: false
		failSwapOn: false
		oomScoreAdj: 0
		localStorageCapacityIsolation: false
		evictionHard: {memory.available: "0%", nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%"}
		imageGCHighThresholdPercent: 100
		maxPods: 250
		podPidsLimit: -1
		serializeImagePulls: false
		registryPullQPS: 0
		eventRecordQPS: 50
		resolvConf: /etc/resolv.conf
	EOF
}

start_kubelet() {
	local name=$1

	shift
	configure_kubelet "$name"
	daemon "$name" kubelet "$K8S/kubelet" --config /etc/kubernetes/kubelet.yaml --hostname-override "$name" "$@"
	wait_until 60 node "$name" curl -sf http://127.0.0.1:10248/healthz
}

static_pod() {
	# With the same words again it would be the same pod, which kubelet starts only when it has forgotten the old one.
	web "$3" | jq --arg name "$2" --arg now "$(now_ms)" \
		'{apiVersion: "v1", kind: "Pod", metadata: {name: $name, namespace: "default", annotations: {made: $now}}, spec: .}' |
		node "$1" sh -c 'cat >/etc/kubernetes/.new && mv /etc/kubernetes/.new "/etc/kubernetes/manifests/$1.json"' write "$2"
}

remove_static_pod() {
	node "$1" rm "/etc/kubernetes/manifests/$2.json"
}
