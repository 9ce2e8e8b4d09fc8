import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Configuration, loadConfiguration } from '@waybill/config';
import { EvaluatorServiceDefinition } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import { offer } from '@waybill/rpc';
import { createLogger } from '@waybill/telemetry';
import { freePorts } from '../../../test/infra/free-ports.ts';
import type { ServiceContext, ServiceDefinition } from './ports.ts';
import { startServices } from './start.ts';

const log = createLogger({ level: 'silent', process: 'test' });

let folder: string;
let configuration: Configuration;
let happened: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-service-'));
  const loaded = loadConfiguration({ environment: { WAYBILL_DATA_DIR: folder }, cwd: folder });
  if (!loaded.ok) throw new FaultError(loaded.fault);
  configuration = loaded.value;
  happened = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function service(
  name: string,
  extra: Partial<Awaited<ReturnType<ServiceDefinition['start']>>> = {},
): ServiceDefinition {
  return {
    name,
    async start() {
      happened.push(`start ${name}`);
      return {
        offers: [],
        open: async () => {
          happened.push(`open ${name}`);
          return [];
        },
        drain: async () => void happened.push(`drain ${name}`),
        close: async () => void happened.push(`close ${name}`),
        ...extra,
      };
    },
  };
}

describe('the life of a process', () => {
  test('starts in order, opens when all have started, and drains from the edge inwards before anything closes', async () => {
    const running = await startServices([service('core'), service('edge')], { configuration, log });
    await running.stop();
    await running.stop();
    expect(happened).toEqual([
      'start core',
      'start edge',
      'open core',
      'open edge',
      'drain edge',
      'drain core',
      'close edge',
      'close core',
    ]);
  });

  test('answers probes and shows metrics where it was told to, unless its edge does', async () => {
    const [metricsPort = 0] = await freePorts(1);
    const network = { ...configuration.network, metricsPort };
    const probed = { configuration: { ...configuration, network }, log };
    const ask = (path: string) => fetch(`http://127.0.0.1:${metricsPort}${path}`).then(({ status }) => status);
    const core = await startServices([service('core', { open: undefined })], probed);
    expect(await Promise.all(['/healthz', '/readyz', '/metrics'].map(ask))).toEqual([200, 200, 200]);
    await core.stop();
    await expect(ask('/healthz')).rejects.toThrow('fetch failed');
    const edge = await startServices([service('edge')], probed);
    await expect(ask('/healthz')).rejects.toThrow('fetch failed');
    await edge.stop();
  });

  test('a failed start undoes what was started and frees the data folder', async () => {
    const broken: ServiceDefinition = {
      name: 'broken',
      start: () => Promise.reject(new FaultError(fault('invalid', 'no'))),
    };
    await expect(startServices([service('core'), broken], { configuration, log })).rejects.toThrow('no');
    expect(happened).toEqual(['start core', 'drain core', 'close core']);
    const again = await startServices([service('core')], { configuration, log });
    await again.stop();
  });

  test('one service that fails to drain does not keep the others from stopping', async () => {
    const stuck = service('stuck', { drain: () => Promise.reject(new Error('stuck')) });
    const running = await startServices([service('core'), stuck], { configuration, log });
    await running.stop();
    expect(happened.slice(-2)).toEqual(['close stuck', 'close core']);
  });

  test('a service that can no longer do its work says so, and what is under way has a shorter time to finish', async () => {
    let patienceMs = Number.NaN;
    const failing: ServiceDefinition = {
      name: 'failing',
      async start({ fail }) {
        return {
          offers: [],
          async open() {
            fail('for the test');
            return [];
          },
          async drain(grace) {
            const beganAt = performance.now();
            await new Promise((resolve) => grace.addEventListener('abort', resolve));
            patienceMs = performance.now() - beganAt;
          },
        };
      },
    };
    const running = await startServices([service('core'), failing], { configuration, log });
    await running.failed;
    await running.stop();
    expect(happened.slice(-2)).toEqual(['drain core', 'close core']);
    expect(patienceMs).toBeLessThan(configuration.server.graceMs / 2);
  }, 20_000);

  test('a second process on the same folder is told who has it', async () => {
    const running = await startServices([service('core')], { configuration, log });
    await expect(startServices([service('core')], { configuration, log })).rejects.toMatchObject({
      fault: { kind: 'conflict', message: expect.stringContaining(String(process.pid)) },
    });
    await running.stop();
  });
});

test('services reach each other, write events and run projections', async () => {
  let context: ServiceContext | undefined;
  const judge: ServiceDefinition = {
    name: 'judge',
    async start(given) {
      context = given;
      const producer = await given.openProducer();
      const handlers = { submit: async () => ({ accepted: true }), evaluate: async () => ({ score: undefined }) };
      return { offers: [offer(EvaluatorServiceDefinition, handlers)], close: () => producer.close() };
    },
  };
  const running = await startServices([judge], { configuration, log });
  const client = context!.client(EvaluatorServiceDefinition);
  const request = { callId: 'c', tenantId: '', modelId: '', call: undefined, reply: undefined };
  expect(await client.submit(request)).toEqual({ accepted: true });
  expect(await context!.events.end()).toBeGreaterThan(0n);
  context!.alarm('test_alarm', { why: 'to see it counted' });
  expect(await context!.metrics.text()).toContain('waybill_alarms_total{alarm="test_alarm"} 1');
  await running.stop();
});
