import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { hasMongo } from '../../infra/mongodb.ts';
import { hasNats } from '../../infra/nats.ts';
import { canaryConfiguration, canaryEnvironment } from '../canaries.ts';
import { type CanaryOptions, type CanaryWorld, canarySuite } from '../canary-suite.ts';
import { filesBelow } from '../files-below.ts';
import { runWaybill } from '../waybill-command.ts';
import { startDeployment } from './deployment.ts';

async function start({ hostileUrl, otlpUrl }: CanaryOptions): Promise<CanaryWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-canaries-'));
  const keyring = join(folder, 'keyring.json');
  const made = { id: '1', made_at: '2026-11-28', key: randomBytes(32).toString('base64url') };
  await writeFile(keyring, JSON.stringify({ keys: [made] }), { mode: 0o600 });
  const configuration = canaryConfiguration(hostileUrl, { tenant_keys: { keyring: { file: keyring } } });
  const environment = { ...canaryEnvironment, OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl };
  const deployment = await startDeployment({ folder, configuration, environment });
  const { configurationFile, processes, mongodb, nats } = deployment;
  const [gateway] = deployment.of('gateway');
  const [adapter] = deployment.of('provider-adapter');
  if (gateway === undefined || adapter === undefined) throw new Error('there is no gateway, or no provider-adapter');
  return {
    folder,
    url: gateway.url,
    get log() {
      return processes.map((each) => each.log()).join('');
    },
    waybill(words) {
      const grpcPort = gateway.address.slice(gateway.address.lastIndexOf(':') + 1);
      const ports = ['--http-port', new URL(gateway.url).port, '--grpc-port', grpcPort];
      const sources = ['--config', configurationFile, '--data-dir', gateway.dataDirectory, ...ports];
      return runWaybill([...words, ...sources], { environment: canaryEnvironment, folder });
    },
    adminToken: async () => (await readFile(join(gateway.dataDirectory, 'admin.token'), 'utf8')).trim(),
    async crash() {
      await adapter.kill();
      await adapter.start();
    },
    dump: async () => new Map([...(await documentsOf(mongodb.url)), ...(await filesBelow(nats.folder))]),
    legible: [/^waybill.*unpacked$/, /jetstream.*\.blk$/],
    async stop() {
      await deployment.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

/** MongoDB's files are compressed, so that they would show nothing. The events are in there too. */
async function documentsOf(uri: string): Promise<Map<string, Uint8Array>> {
  const client = await MongoClient.connect(uri);
  const found = new Map<string, Uint8Array>();
  try {
    const { databases } = await client.db().admin().listDatabases();
    for (const { name } of databases.filter((each) => !['admin', 'config', 'local'].includes(each.name))) {
      for (const collection of await client.db(name).collections()) {
        const documents = await collection.find({}, { raw: true }).toArray();
        found.set(`${name}.${collection.collectionName}`, Buffer.concat(documents as unknown as Buffer[]));
      }
    }
    return found;
  } finally {
    await client.close();
  }
}

const name = 'canaries in six processes';

if (hasNats && hasMongo) canarySuite(name, start);
else describe.skip(name, () => test('needs a NATS and a MongoDB', () => undefined));
