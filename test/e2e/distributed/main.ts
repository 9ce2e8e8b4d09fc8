// `npm run dev:distributed`: every service in a process of its own, with NATS and MongoDB, until Ctrl-C.
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { lockFolder } from '@waybill/event-log';
import { portsInUse } from '../../infra/ports-in-use.ts';
import { mongod, natsServer, provisionOrExit } from '../../infra/provision.ts';
import { type Deployment, startDeployment } from './deployment.ts';

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string', default: '.waybill/distributed' },
    'http-port': { type: 'string', default: '8080' },
    'grpc-port': { type: 'string', default: '50051' },
  },
});
const folder = resolve(values['data-dir']);
const edge = { httpPort: Number(values['http-port']), grpcPort: Number(values['grpc-port']) };
const say = (line: string) => process.stdout.write(`${line}\n`);

const [taken] = await portsInUse([edge.httpPort, edge.grpcPort]);
if (taken !== undefined) {
  const option = taken === edge.httpPort ? '--http-port' : '--grpc-port';
  fail(new Error(`port ${taken} is in use: stop what listens there, or choose another one (${option})`));
}
provisionOrExit([natsServer, mongod]);
await mkdir(folder, { recursive: true, mode: 0o700 });
try {
  // Two NATS servers on one folder would spoil it.
  process.once('exit', lockFolder(folder, 'distributed'));
} catch (thrown) {
  fail(thrown instanceof Error ? `${thrown.message} (--data-dir)` : thrown);
}
say('Starting NATS, MongoDB and six services.');
let deployment: Deployment | undefined;
let isStopping = false;
// Ctrl-C is heard twice: from the terminal, and from the launcher that hands it on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (isStopping) return;
    isStopping = true;
    say('Stopping.');
    if (deployment === undefined) process.exit(1);
    deployment.stop().then(() => process.exit(0), fail);
  });
}
deployment = await startDeployment({
  folder,
  // What the commands need to ask this gateway, and no other.
  configuration: {
    storage: { data_dir: resolve(folder, 'gateway-0') },
    server: { http_port: edge.httpPort, grpc_port: edge.grpcPort },
  },
  edge,
  detached: true,
  onProgress: (line) => say(`  ${line}`),
}).catch(fail);
for (const line of welcome(deployment)) say(line);

function fail(thrown: unknown): never {
  process.stderr.write(`waybill: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exit(1);
}

function welcome({ configurationFile, processes }: Deployment): string[] {
  const gateway = processes.find(({ service }) => service === 'gateway');
  return [
    'Waybill is ready, in six processes.',
    `  HTTP    ${gateway?.url}`,
    `  gRPC    ${gateway?.address}`,
    `  data    ${folder}`,
    `  config  ${configurationFile}`,
    '',
    'Make a call:',
    `  curl ${gateway?.url}/v1/chat/completions -H 'content-type: application/json' \\`,
    `    -d '{"model":"smart","messages":[{"role":"user","content":"Why is the sky blue?"}]}'`,
    '',
    'Read the books:',
    `  npm run waybill -- audit --config ${configurationFile}`,
    `  npm run waybill -- spend --config ${configurationFile}`,
    '',
    'Stop with Ctrl-C.',
  ];
}
