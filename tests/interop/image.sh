#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Packs Debian's static busybox as an OCI archive: the one image that the runtime tests use.
#
#   image.sh NAME FILE
set -eu

name=$1 file=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
blobs=$work/oci/blobs/sha256
mkdir -p "$blobs" "$work/root/bin" "$work/root/etc" "$work/root/dev" "$work/root/proc" "$work/root/sys" "$work/root/tmp"

# blob FILE TYPE: moves the file into the archive and prints its descriptor.
blob() {
	digest=$(sha256sum "$1" | cut -d ' ' -f 1)
	jq -nc --arg type "$2" --arg digest "sha256:$digest" --argjson size "$(stat -c %s "$1")" \
		'{mediaType: $type, digest: $digest, size: $size}'
	mv "$1" "$blobs/$digest"
}

# What is called busybox may be linked dynamically; the package says which one is static.
busybox=$(dpkg -L busybox-static | grep '/bin/busybox$' | head -n 1)
cp "$busybox" "$work/root/bin/busybox"
for applet in sh true sleep ip ping; do
	ln "$work/root/bin/busybox" "$work/root/bin/$applet"
done
tar -C "$work/root" --owner=0 --group=0 --numeric-owner -cf "$work/layer" .

layer=$(blob "$work/layer" application/vnd.oci.image.layer.v1.tar)
jq -nc --arg arch "$(dpkg --print-architecture)" --argjson layer "$layer" '{
	architecture: $arch, os: "linux",
	config: {Entrypoint: ["/bin/sleep", "100000"], Env: ["PATH=/bin"]},
	rootfs: {type: "layers", diff_ids: [$layer.digest]}}' >"$work/config"
config=$(blob "$work/config" application/vnd.oci.image.config.v1+json)
jq -nc --argjson config "$config" --argjson layer "$layer" \
	'{schemaVersion: 2, config: $config, layers: [$layer]}' >"$work/manifest"
manifest=$(blob "$work/manifest" application/vnd.oci.image.manifest.v1+json)
jq -nc --argjson manifest "$manifest" --arg name "$name" '{schemaVersion: 2,
	manifests: [$manifest + {annotations: {"io.containerd.image.name": $name}}]}' >"$work/oci/index.json"
echo '{"imageLayoutVersion":"1.0.0"}' >"$work/oci/oci-layout"
tar -C "$work/oci" -cf "$file" .
