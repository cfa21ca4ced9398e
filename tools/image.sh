#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes an image FROM scratch of a release: its programs and their licences, nothing else. What it runs is
# `cnitool install --to /host/opt/cni/bin`; arguments of the container are the names of plugins and more options.
#
#   image.sh RELEASE             from RELEASE.tgz to RELEASE-image.tar, an OCI archive
#
# The bytes follow from the release's.
set -euo pipefail

release=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
top=$work/top oci=$work/oci
docs=$top/usr/share/doc/cni-plugins-c
export LC_ALL=C
umask 022
mkdir -p "$oci/blobs/sha256" "$top/opt/cni/bin" "$docs"
tar -xzf "$release.tgz" -C "$docs"
find "$docs" -maxdepth 1 -type f -perm /111 -exec mv -t "$top/opt/cni/bin" {} +
created=$(date -u -r "$docs/BUILDINFO" +%Y-%m-%dT%H:%M:%SZ)

# blob FILE TYPE: moves the file into the archive and prints its descriptor.
blob() {
	local digest

	digest=$(sha256sum "$1" | cut -d ' ' -f 1)
	jq -nc --arg type "$2" --arg digest "sha256:$digest" --argjson size "$(stat -c %s "$1")" \
		'{mediaType: $type, digest: $digest, size: $size}'
	mv "$1" "$oci/blobs/sha256/$digest"
}

pack() {
	tar --sort=name --format=ustar --mtime="$created" --owner=0 --group=0 --numeric-owner -C "$1" -cf "$2" .
}

pack "$top" "$work/layer"
layer=$(blob "$work/layer" application/vnd.oci.image.layer.v1.tar)
jq -nc --arg arch "$ARCH" --arg created "$created" --argjson layer "$layer" '{
	architecture: $arch, os: "linux", created: $created,
	config: {
		Entrypoint: ["/opt/cni/bin/cnitool", "install", "--to", "/host/opt/cni/bin"],
		Env: ["PATH=/opt/cni/bin", "NETCONFPATH=/host/etc/cni/net.d"]},
	rootfs: {type: "layers", diff_ids: [$layer.digest]}}' >"$work/config"
config=$(blob "$work/config" application/vnd.oci.image.config.v1+json)
jq -nc --argjson config "$config" --argjson layer "$layer" --arg version "$VERSION" '{
	schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", config: $config, layers: [$layer],
	annotations: {"org.opencontainers.image.title": "cni-plugins-c", "org.opencontainers.image.version": $version,
		"org.opencontainers.image.licenses": "GPL-2.0-or-later"}}' >"$work/manifest"
manifest=$(blob "$work/manifest" application/vnd.oci.image.manifest.v1+json)
jq -nc --argjson manifest "$manifest" --arg arch "$ARCH" --arg version "v$VERSION" '{
	schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
	manifests: [$manifest + {platform: {architecture: $arch, os: "linux"}, annotations: {
		"io.containerd.image.name": "localhost/cni-plugins-c:\($version)", "org.opencontainers.image.ref.name": $version}}]}' >"$oci/index.json"
echo '{"imageLayoutVersion":"1.0.0"}' >"$oci/oci-layout"
pack "$oci" "$release-image.tar"
echo "$release-image.tar"
