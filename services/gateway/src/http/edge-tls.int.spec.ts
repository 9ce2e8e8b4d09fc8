import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadConfiguration } from '@waybill/config';
import { type EdgeTls, openEdgeTls } from '@waybill/rpc';
import { createLogger } from '@waybill/telemetry';
import { createAuthority, writeTlsFiles } from '../../../../test/infra/certificates.ts';
import { createServer, listen } from './server.ts';

let folder: string;
let tls: EdgeTls;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-edge-tls-'));
});
afterEach(async () => {
  tls?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The serial number of the certificate that a new connection is shown. */
function shownSerial(port: number, ca: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, ca, path: '/nowhere', agent: false }, (response) => {
      const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate();
      response.resume().on('end', () => resolve(serialNumber));
    });
    request.on('error', reject);
  });
}

test('clients are shown the certificate of the configuration, and a renewed one without a restart', async () => {
  const authority = await createAuthority();
  const names = { commonName: 'edge', ipAddresses: ['127.0.0.1'] };
  const files = await writeTlsFiles(folder, authority, names);
  tls = await openEdgeTls(files, { onError: () => undefined, refreshMs: 20 });
  const loaded = loadConfiguration({ environment: { WAYBILL_HTTP_PORT: '0' }, cwd: folder });
  if (!loaded.ok) throw new Error(loaded.fault.message);
  const configuration = loaded.value.server;
  const server = createServer({ configuration, log: createLogger({ level: 'silent', process: 'test' }), tls });
  const { port } = await listen(server, configuration);
  const ca = await readFile(files.caFile);
  const first = await shownSerial(port, ca);
  const renewed = new Promise<void>((resolve) => tls.onChange(() => resolve()));
  await writeTlsFiles(folder, authority, names);
  await renewed;
  expect(await shownSerial(port, ca)).not.toBe(first);
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  await server.close();
});

test('files that are no certificate are refused by name', async () => {
  const nothing = join(folder, 'nothing.crt');
  const opening = openEdgeTls({ certificateFile: nothing, keyFile: nothing }, { onError: () => undefined });
  await expect(opening).rejects.toMatchObject({ fault: { kind: 'invalid', details: { file: nothing } } });
});
