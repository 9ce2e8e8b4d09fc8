#!/bin/sh
# Makes what compose.yaml needs and nobody may see: certificates, keys and passwords, in deploy/compose/secrets (or the
# folder that is given). What is there stays, certificates aside, which are made anew: run it again to renew them.
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
secrets=${1:-$here/secrets}
services="gateway selector rate-limit provider-adapter evaluator cost"

# Nobody but their owner gets into the folder; what is in it is readable for the users of the containers.
mkdir -p "$secrets/passwords" "$secrets/mongodb"
chmod 0700 "$secrets"
chmod 0755 "$secrets/passwords" "$secrets/mongodb"

keep() { # FILE COMMAND...: the file as it is, or what the command prints
  file=$1
  shift
  [ -s "$file" ] || "$@" > "$file"
  chmod 0444 "$file"
}

# shellcheck disable=SC2086 # the names are words
"$here/../certificates/make.sh" "$secrets/certificates" $services operator nats-admin mongodb \
  nats=nats-0,nats-1,nats-2

keep "$secrets/mongodb-key" openssl rand -base64 96
keep "$secrets/gateway-secret" sh -c 'openssl rand -base64 32 | tr "+/" "-_" | tr -d "=\n"'
keep "$secrets/virtual-key" sh -c 'printf "wb-%s" "$(openssl rand -hex 24)"'
for user in root operator $services; do
  keep "$secrets/passwords/$user" openssl rand -hex 24
  options="replicaSet=waybill&authSource=admin&tls=true&tlsCAFile=/etc/waybill/tls/ca.crt"
  printf 'mongodb://%s:%s@mongodb:27017/?%s' "$user" "$(cat "$secrets/passwords/$user")" "$options" \
    > "$secrets/mongodb/$user.new"
  mv -f "$secrets/mongodb/$user.new" "$secrets/mongodb/$user"
  chmod 0444 "$secrets/mongodb/$user"
done
echo "secrets are in $secrets; the virtual key of the first caller is in its file virtual-key"
