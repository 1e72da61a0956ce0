#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Cloud Hypervisor, whose program is given by path, boots a stock kernel.  Argument:
# which of the boots below; each row is a feature.  The backends of vhost-user are
# programs of the same sources, and are taken from beside it.
. ./guest.sh
MIB=5
HALF=8

sum() { sha256sum "$@" | cut -d ' ' -f 1; }
half() { dd if="$1" bs=1M skip="$2" count=$HALF 2>/dev/null | sum; }

# row NAME COMMAND...: the next result
rows=0
row() {
	rows=$((rows + 1))
	ok $rows "$@" >/tmp/row
	! grep '^not ok' /tmp/row >>/tmp/failed || tell
	cat /tmp/row
}

nonce=$(nonce)
words="console=ttyS0 quiet panic=-1 nonce=$nonce"
: >"$console"
# Filters of system calls need a kernel that has them.
grep -q ^Seccomp: /proc/self/status || unfiltered="--seccomp false"

# ch ARGUMENTS
ch() {
	# shellcheck disable=SC2086 # two words or none
	timeout -k 5 550 /given/CH $unfiltered --serial file="$console" "$@" </dev/null >/tmp/ch.log 2>&1
}

# Once, at the first failure: what the VMM itself says, and the end of the guest's console.
tell() {
	[ "$(wc -l </tmp/failed)" -eq 1 ] || return
	sed 's/^/# ch: /' /tmp/ch.log | tail -n 25
	cat /tmp/blk.log /tmp/net.log 2>/dev/null | sed 's/^/# backend: /'
	guest_tail
}

new_disk() { dd if=/dev/urandom of="$1" bs=1M count=$((2 * HALF)) 2>/dev/null; }

# serve N: the root's end of the guest's N-th network, for later.
serve() {
	[ -e /tmp/silence ] || mkfifo /tmp/silence
	nc -l -p "700$1" </tmp/to >/dev/null 2>&1 &
	nc -l -p "701$1" <>/tmp/silence >"/tmp/from$1" 2>/dev/null &
}

# Results that are the same for each boot.
booted() {
	row "$1: the guest powered off, the VMM ended" [ "$status" -eq 0 ]
	row "$1: user space, on the kernel that was given" said "kernel 6.12"
	row "$1: $2 processors" said "processors $2\$"
	row "$1: it answered its nonce" said "nonce $(hash "$nonce")"
}

# disk_rows NAME FILE BEFORE: one disk is told from another by what is on it.
disk_rows() {
	row "$1: the guest read what is on the disk" said "disk .* read $3"
	row "$1: what it wrote is on the disk" said "disk .* wrote $(half "$2" $HALF)"
}

net_rows() {
	row "$1: $MIB MiB came from the root" said "$2 got $(sum /tmp/to)"
	row "$1: $MIB MiB came to the root" said "$2 sent $(sum "/tmp/from$3")"
}

# One VP, a bzImage, the devices that Cloud Hypervisor has of its own.
devices() {
	echo "1..10"
	new_disk /tmp/disk
	before=$(half /tmp/disk 0)
	serve 1
	ch --kernel /guest/bzImage --initramfs /guest/initrd --cmdline "$words guest=every disks=1" \
		--cpus boot=1,nested=off --memory size=256M --console file=/tmp/hvc \
		--disk path=/tmp/disk,image_type=raw --net ip=10.0.1.1,mask=255.255.255.0
	status=$?
	killall nc 2>/dev/null
	booted "bzImage" 1
	disk_rows "virtio-blk" /tmp/disk "$before"
	net_rows "virtio-net over tap" eth0 1
	row "virtio-console: the guest's words" grep -q "hvc0: nonce $(hash "$nonce")" /tmp/hvc
	row "nothing in the kernel's log that should not be" healthy
}

wait_for() {
	n=0
	until [ -e "$1" ] || [ $n -gt 20 ]; do sleep 1; n=$((n + 1)); done
}

# Two VPs, an ELF by PVH; devices whose other half is in another program, and an IOMMU.
backends() {
	echo "1..14"
	new_disk /tmp/disk
	new_disk /tmp/disk2
	before=$(half /tmp/disk 0)
	before2=$(half /tmp/disk2 0)
	serve 1
	stream take listen:/tmp/vsock_7021 >/tmp/from-vsock &
	stream send listen:/tmp/vsock_7022 </tmp/to &
	/given/vhost_user_block --block-backend path=/tmp/disk2,socket=/tmp/blk >/tmp/blk.log 2>&1 &
	/given/vhost_user_net --net-backend ip=10.0.1.1,mask=255.255.255.0,socket=/tmp/net >/tmp/net.log 2>&1 &
	wait_for /tmp/blk
	wait_for /tmp/net
	ch --kernel /guest/vmlinux --initramfs /guest/initrd --cmdline "$words guest=every disks=2 vsock=yes" \
		--cpus boot=2,nested=off --memory size=256M,shared=on --console off --vsock cid=3,socket=/tmp/vsock \
		--disk path=/tmp/disk,image_type=raw,iommu=on vhost_user=on,socket=/tmp/blk \
		--net vhost_user=on,socket=/tmp/net
	status=$?
	killall nc stream vhost_user_block vhost_user_net 2>/dev/null
	booted "PVH" 2
	disk_rows "virtio-blk behind virtio-iommu" /tmp/disk "$before"
	row "virtio-iommu: it translates for the disk" said "disk .* iommu DMA.* read $before"
	disk_rows "vhost-user-blk" /tmp/disk2 "$before2"
	net_rows "vhost-user-net" eth0 1
	row "hybrid vsock: $MIB MiB came to the root" said "vsock sent $(sum /tmp/from-vsock)"
	row "hybrid vsock: $MIB MiB came from the root" said "vsock got $(sum /tmp/to)"
	row "nothing in the kernel's log that should not be" healthy
}

# api METHOD WHAT [BODY]: its answer is in /tmp/answer.
api() {
	http /tmp/api "$1" "/api/v1/$2" ${3:+"$3"} >/tmp/answer 2>>/tmp/ch.log
}

state_is() { api GET vm.info && grep -q "\"state\":\"$1\"" /tmp/answer; }

# A server of the API, with these arguments.
server() {
	rm -f /tmp/api
	ch_server "$@" &
	machine=$!
	wait_for /tmp/api
}

ch_server() {
	# shellcheck disable=SC2086 # two words or none
	timeout -k 5 550 /given/CH $unfiltered --api-socket /tmp/api "$@" </dev/null >/tmp/ch.log 2>&1
}

ended() { wait "$machine"; }
last_mark() { tr -d "\r" <"$console" | sed -n 's/^guest: mark \([0-9]*\) .*/\1/p' | tail -n 1; }

# until_said REGEX: or two minutes have passed.
until_said() {
	n=0
	until said "$1" || [ $n -ge 120 ]; do sleep 1; n=$((n + 1)); done
	said "$1"
}

# The guest says a number each second until it ends: all, each once, its clock never back.
marks_go_on() {
	cat /tmp/before "$console" | tr -d "\r" | awk -v last="$LAST" '
		$2 == "mark" { if ($3 != n++ || $4 < t) bad = 1; t = $4 }
		END { exit bad || n != last + 1 }'
}

# A machine that is made, stopped, kept and made again by HTTP.
api_boot() {
	LAST=25
	echo "1..20"
	server
	row "HTTP API: vmm.ping" api GET vmm.ping
	row "vm.create" api PUT vm.create "{\"cpus\":{\"boot_vcpus\":1,\"max_vcpus\":1,\"nested\":false},
		\"memory\":{\"size\":268435456},\"serial\":{\"mode\":\"File\",\"file\":\"$console\"},
		\"console\":{\"mode\":\"Off\"},\"payload\":{\"kernel\":\"/guest/vmlinux\",
		\"initramfs\":\"/guest/initrd\",\"cmdline\":\"$words guest=clock minute=$LAST\"}}"
	row "vm.info: created" state_is Created
	row "vm.boot" api PUT vm.boot
	row "the guest runs" until_said "mark 3"
	row "vm.info: running" state_is Running
	row "vm.pause" api PUT vm.pause
	row "vm.info: paused" state_is Paused
	mark=$(last_mark)
	sleep 6
	row "a paused guest does nothing" [ "$(last_mark)" = "$mark" ]
	mkdir /tmp/snapshot
	cp "$console" /tmp/before
	row "vm.snapshot" api PUT vm.snapshot '{"destination_url":"file:///tmp/snapshot"}'
	row "vm.resume" api PUT vm.resume
	row "the guest goes on" until_said "mark $((mark + 3))"
	row "vm.shutdown" api PUT vm.shutdown
	row "vmm.shutdown" api PUT vmm.shutdown
	row "the VMM ended" ended
	server --restore source_url=file:///tmp/snapshot
	row "restored by another VMM: vm.info: paused" state_is Paused
	row "vm.resume" api PUT vm.resume
	row "the guest goes on to its end" until_said end
	row "it left out no second and repeated none" marks_go_on
	sleep 2
	api PUT vmm.shutdown
	wait $machine
	row "nothing in the kernel's log that should not be" healthy
}

# The most that the VMM had of the guest's memory at any time, in kB.
watch_memory() {
	until pidof CH >/dev/null; do sleep 1; done
	most=0
	while pid=$(pidof CH); do
		now=$(for p in $pid; do sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$p/status"; done 2>/dev/null | sort -n | tail -n 1)
		[ "${now:-0}" -le "$most" ] || most=$now
		echo "$most" >/tmp/most
		sleep 1
	done
}

has_memory() { [ "$(tr -d '\r' <"$console" | sed -n 's/^guest: memory \([0-9]*\) kB/\1/p')" -gt 62000000 ]; }
took_less() { [ "$(cat /tmp/most)" -gt 0 ] && [ "$(cat /tmp/most)" -lt 3000000 ]; }

# 64 GiB where there are 4.  The guest's kernel begins at the top of its memory.
large() {
	echo "1..7"
	echo 0 >/tmp/most
	watch_memory &
	ch --kernel /guest/vmlinux --initramfs /guest/initrd --cmdline "$words" \
		--cpus boot=1,nested=off --memory size=64G --console off
	status=$?
	wait
	booted "64 GiB" 1
	echo "# $(grep '^guest: memory' "$console" | tr -d '\r'), of the root it took $(cat /tmp/most) kB"
	row "64 GiB: the guest has them" has_memory
	row "64 GiB: it took what it touched" took_less
	row "nothing in the kernel's log that should not be" healthy
}

echo "KTAP version 1"
dd if=/dev/urandom of=/tmp/to bs=1M count=$MIB 2>/dev/null
"$1"
