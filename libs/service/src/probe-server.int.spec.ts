import { afterEach, expect, test } from '@jest/globals';
import { createMetrics } from '@waybill/telemetry';
import { type ProbeServer, startProbeServer } from './probe-server.ts';

let server: ProbeServer | undefined;
afterEach(() => server?.close());

async function start(isReady = true, metrics = createMetrics({ processMetrics: false })) {
  server = await startProbeServer({ host: '127.0.0.1', port: 0, metrics, isReady: () => isReady });
  return (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server!.port}${path}`, { method });
}

test('a process says that it lives, whether it takes work, and what it counts', async () => {
  const metrics = createMetrics({ processMetrics: false });
  metrics.counter('waybill_calls_total', 'Calls.').inc();
  const ask = await start(true, metrics);
  expect((await ask('/healthz')).status).toBe(200);
  expect((await ask('/readyz')).status).toBe(200);
  const scraped = await ask('/metrics?name[]=x');
  expect(scraped.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(await scraped.text()).toContain('waybill_calls_total 1');
  const head = await ask('/metrics', 'HEAD');
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test('one that is not ready lives all the same', async () => {
  const ask = await start(false);
  expect([(await ask('/healthz')).status, (await ask('/readyz')).status]).toEqual([200, 503]);
});

test('nothing else is answered, and nothing can be sent', async () => {
  const ask = await start();
  expect((await ask('/admin')).status).toBe(404);
  expect((await ask('/metrics', 'POST')).status).toBe(405);
});

test('a port that is taken is named, with what to do', async () => {
  await start();
  const again = { host: '127.0.0.1', port: server!.port, metrics: createMetrics({ processMetrics: false }) };
  const refused = startProbeServer({ ...again, isReady: () => true });
  await expect(refused).rejects.toMatchObject({ fault: { message: expect.stringContaining('network.metrics_port') } });
});
