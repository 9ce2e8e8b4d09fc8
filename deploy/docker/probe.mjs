// Asks the server of this container for its standing by grpc.health.v1 and ends with 0 when it is serving:
//   probe.mjs PORT [tls | FOLDER]
// `tls` where it wants TLS, a folder with tls.crt and tls.key where it wants a certificate as well. Small on purpose: it
// is started every few seconds, and the kubelet's own probe knows no TLS.
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';

const [port, security] = process.argv.slice(2);
const withinMs = 4_000;
/** An empty request: the standing of the server as a whole. A message is a flag, its length in 4 bytes, its content. */
const request = Buffer.alloc(5);
/** Field 1 of the answer, a varint: SERVING is 1. */
const serving = Buffer.from([0, 0, 0, 0, 2, 0x08, 1]);

function certificate() {
  if (security === 'tls') return {};
  return { cert: readFileSync(`${security}/tls.crt`), key: readFileSync(`${security}/tls.key`) };
}

function end(problem) {
  if (problem !== undefined) process.stderr.write(`probe: ${problem}\n`);
  process.exit(problem === undefined ? 0 : 1);
}

setTimeout(() => end(`no answer within ${withinMs} ms`), withinMs);
// The answer comes from this very container, whatever the name in its certificate is.
const options = security === undefined ? {} : { ...certificate(), rejectUnauthorized: false };
const session = connect(`${security === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, options);
session.on('error', (error) => end(error.message));

const call = session.request({
  ':method': 'POST',
  ':path': '/grpc.health.v1.Health/Check',
  'content-type': 'application/grpc',
  te: 'trailers',
});
const parts = [];
call.on('data', (part) => parts.push(part));
call.on('error', (error) => end(error.message));
call.on('end', () => {
  const isServing = Buffer.concat(parts).equals(serving);
  end(isServing ? undefined : 'it is not serving');
});
call.end(request);
