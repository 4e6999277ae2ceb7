# Walks through README's "Beside an ejabberd you already have", in namespaces of its own. $1: folder with what is taken out of README.
# Status 77: this machine does not let us.
set -eu
walk=$1

# What is written below these folders goes into memory.
over=$walk/over
mkdir "$over" && mount -t tmpfs tmpfs "$over" || exit 77
for folder in etc var usr/local; do
	layer=$over/${folder//\//-}
	mkdir "$layer" "$layer.work"
	mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$layer,workdir=$layer.work" "/$folder" || exit 77
done
mount -t proc proc /proc
ip link set lo up || exit 77
rm -rf /var/lib/ejabberd/* # accounts of the machine's own server

bash "$walk/prepare.sh"
sed "s/THE SECRET/$(cat /etc/vtn-xmpp/secret)/" "$walk/vtn-xmpp.yml" >/etc/ejabberd/vtn-xmpp.yml
cat "$walk/ejabberd.yml" >/etc/ejabberd/ejabberd.yml
ejabberd/make-cert /etc/ejabberd/example.org.pem example.org
chown root:ejabberd /etc/ejabberd/vtn-xmpp.yml /etc/ejabberd/example.org.pem
chmod 640 /etc/ejabberd/vtn-xmpp.yml /etc/ejabberd/example.org.pem
sed -i 's/^ERL_OPTIONS="/&+sss 8192 /' /etc/default/ejabberd

# As the unit does: a /tmp of its own, user ejabberd, the unit's command.
install -d -o ejabberd -g ejabberd /run/ejabberd
mkdir -m 1777 "$over/tmp"
unshare --mount sh -c "mount --bind $over/tmp /tmp && exec setpriv --reuid=ejabberd --regid=ejabberd --init-groups \
	env HOME=/var/lib/ejabberd /usr/sbin/ejabberdctl foreground" >"$over/ejabberd.log" 2>&1 &
server=$!

# await COMMAND: until it succeeds, as long as what was started runs.
await() {
	until "$@" >/dev/null 2>&1; do
		kill -0 "$server" && [[ -z $(jobs -l | grep -F 'serve.sh' | grep -F 'Exit') ]] || { cat "$over"/*.log; exit 1; }
		sleep 0.1
	done
}
await grep -q 'Start accepting TCP connections at .*:5347' "$over/ejabberd.log"
bash "$walk/serve.sh" >"$over/vtn.log" 2>&1 &
await vtn-xmpp health

echo a-password >"$over/password"
cd / # from where README's paths do not lead
for ven in ven1 ven2; do
	"$OLDPWD/ejabberd/add-ven" "$ven@example.org" <"$over/password"
	vtn-xmpp ven add --id "$ven" --jid "$ven@example.org" --group north
done
vtn-xmpp event create --market-context http://example.org/dr --start "$(date -ud 'tomorrow 17:00' +%FT%TZ)" --duration PT1H --simple 2 --group north
vtn-xmpp simulate --jid ven%d@example.org --count 2 --password-file "$over/password" --server 127.0.0.1:5222 \
	--ca /etc/ejabberd/example.org.crt --events 2 --duration 1m | tee "$over/simulate.log"
grep -q 'the end: 2 of 2 VENs connected, 2 registered, 0 given up; 2 events, 2 answers' "$over/simulate.log" || { cat "$over"/*.log; exit 1; }
