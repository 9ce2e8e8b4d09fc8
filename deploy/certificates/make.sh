#!/bin/sh
# Makes an authority of its own and the certificates of a deployment without cert-manager, such as Compose's:
#   deploy/certificates/make.sh FOLDER [NAME=dns,dns...]...
# Each NAME gets FOLDER/NAME/{ca.crt,tls.crt,tls.key}, and tls.pem with the two latter: the URI spiffe://waybill/NAME, by which services and NATS know
# it, the DNS names given, NAME itself and localhost. An authority that is there already goes on being used, and a
# certificate is made anew each time, so that running this again renews them.
# Nobody but their owner can enter FOLDER; the files below are readable, for containers that get single ones of them
# and run as whatever user.
set -eu
umask 077
folder=$1
shift
days=90
mkdir -p "$folder"
chmod 0700 "$folder"
cd "$folder"

if [ ! -f ca.key ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj "/O=Waybill/CN=Waybill CA" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -keyout ca.key -out ca.crt 2>/dev/null
fi

for given in "$@"; do
  name=${given%%=*}
  names="DNS:$name,DNS:localhost,IP:127.0.0.1"
  case $given in
    *=*) for dns in $(echo "${given#*=}" | tr ',' ' '); do names="$names,DNS:$dns"; done ;;
  esac
  mkdir -p "$name"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/O=Waybill/CN=$name" \
    -keyout "$name/tls.key.new" -out "$name/request" 2>/dev/null
  printf '%s\n' "subjectAltName=URI:spiffe://waybill/$name,$names" "basicConstraints=critical,CA:FALSE" \
    "keyUsage=critical,digitalSignature" "extendedKeyUsage=serverAuth,clientAuth" > "$name/extensions"
  openssl x509 -req -in "$name/request" -CA ca.crt -CAkey ca.key -days "$days" -extfile "$name/extensions" \
    -out "$name/tls.crt.new" 2>/dev/null
  cp -f ca.crt "$name/ca.crt"
  mv -f "$name/tls.key.new" "$name/tls.key"
  mv -f "$name/tls.crt.new" "$name/tls.crt"
  cat "$name/tls.crt" "$name/tls.key" > "$name/tls.pem.new"
  mv -f "$name/tls.pem.new" "$name/tls.pem"
  rm "$name/request" "$name/extensions"
  chmod 0755 "$name"
  chmod 0444 "$name/ca.crt" "$name/tls.crt" "$name/tls.key" "$name/tls.pem"
done
