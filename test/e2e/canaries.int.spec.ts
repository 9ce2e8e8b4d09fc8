// Canaries in one process, and in configurations that cannot be used.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startGatewayProcess } from '@waybill/standalone';
import { canaries, canariesIn, canaryConfiguration, canaryEnvironment } from './canaries.ts';
import { type CanaryOptions, type CanaryWorld, canarySuite } from './canary-suite.ts';
import { filesBelow } from './files-below.ts';
import { withUnpacked } from './unpacked.ts';
import { compileCache, runWaybill } from './waybill-command.ts';

async function start({ hostileUrl, otlpUrl }: CanaryOptions): Promise<CanaryWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-canaries-'));
  const [configurationFile, dataDirectory] = [join(folder, 'waybill.json'), join(folder, 'books')];
  await writeFile(configurationFile, JSON.stringify(canaryConfiguration(hostileUrl)));
  const environment = { ...compileCache, ...canaryEnvironment, OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl };
  let log = '';
  const onLog = (text: string) => {
    log += text;
  };
  const launch = () => startGatewayProcess({ configurationFile, dataDirectory, environment, onLog });
  let gateway = await launch();
  const ports = () => {
    const grpcPort = gateway.grpcAddress.slice(gateway.grpcAddress.lastIndexOf(':') + 1);
    return ['--http-port', new URL(gateway.url).port, '--grpc-port', grpcPort];
  };
  return {
    folder,
    get url() {
      return gateway.url;
    },
    get log() {
      return log;
    },
    waybill: (words) =>
      runWaybill([...words, '--config', configurationFile, '--data-dir', dataDirectory, ...ports()], {
        environment: canaryEnvironment,
        folder,
      }),
    adminToken: async () => (await readFile(join(dataDirectory, 'admin.token'), 'utf8')).trim(),
    async crash() {
      await gateway.kill();
      gateway = await launch();
    },
    dump: () => filesBelow(dataDirectory),
    legible: [/./],
    async stop() {
      await gateway.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

canarySuite('canaries in one process', start);

describe('canaries in a configuration that cannot be used', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-canaries-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const models = 'models: [{ id: m, provider: p, prices: free }]';
  const secret = canaries.openai;

  test.each([
    ['in the place of a kind', `providers: [{ id: p, kind: ${secret} }]\n${models}`],
    ['in the place of a section', `${secret}: 1\n`],
    [
      'as a user of an address',
      `providers: [{ id: p, kind: openai, base_url: "https://${secret}@x.com", api_key: k }]\n${models}`,
    ],
    ['as a key twice', `keys: [{ id: a, secret: ${secret} }, { id: b, secret: ${secret} }]\n`],
    ['in the place of a number', `server: { http_port: "\${CANARY_OPENAI}" }`],
    ['in the place of an id', `providers: [{ id: "\${CANARY_OPENAI} x", kind: simulator }]\n${models}`],
    ['where YAML is broken', `providers: [{ id: p, kind: openai, api_key: "${secret}\n`],
    [
      'as the token for a Vault that is away',
      `vault: { address: "http://127.0.0.1:1", token: ${secret} }\nproviders: [{ id: p, kind: openai, api_key: "\${vault:a/b#c}" }]\n`,
    ],
  ])('%s', async (_what, text) => {
    await writeFile(join(folder, 'waybill.yaml'), text);
    const { code, stdout, stderr } = await runWaybill(['doctor'], { folder, environment: canaryEnvironment });
    expect(code).toBe(1);
    expect(canariesIn(stdout + stderr)).toEqual([]);
  });

  test('the search finds what it looks for in what is compressed', () => {
    const frame = zstdCompressSync(Buffer.from(`${canaries.tenant} among other things`));
    const stored = withUnpacked(
      new Map([['a', Buffer.concat([Buffer.from('before'), frame, frame, Buffer.from('x')])]]),
    );
    expect(canariesIn(stored.get('a, unpacked') ?? '')).toEqual(['tenant']);
  });

  test('the search finds what it looks for', () => {
    const { tenant } = canaries;
    const hidden = [tenant, encodeURIComponent(tenant), Buffer.from(tenant).toString('hex')];
    const encoded = ['', 'a', 'ab'].map((before) => Buffer.from(`${before}x${tenant}yz`).toString('base64'));
    for (const text of [...hidden, ...encoded]) expect(canariesIn(`"${text}"`)).toEqual(['tenant']);
    expect(canariesIn(tenant.slice(1))).toEqual([]);
  });
});
