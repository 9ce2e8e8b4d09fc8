// The service on real stores, beside a writer in the same process, with an audit that runs meanwhile.
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfiguration } from '@waybill/config';
import { CostServiceDefinition } from '@waybill/contracts';
import type { EventProducer } from '@waybill/event-log';
import type { Client } from '@waybill/rpc';
import { type RunningServices, type ServiceDefinition, startServices } from '@waybill/service';
import { createLogger } from '@waybill/telemetry';
import { auditCommand } from './commands/audit.ts';
import { costService } from './service.ts';
import { callEvents, plainCall } from './testing/call-events.ts';
import { runCommand } from './testing/run-command.ts';
import { makeFolder } from './testing/stored-books.ts';

let folder = '';
let running: RunningServices;
let producer: EventProducer;
let cost: Client<CostServiceDefinition>;

const writer: ServiceDefinition = {
  name: 'gateway',
  async start(context) {
    producer = await context.openProducer();
    cost = context.client(CostServiceDefinition);
    return { offers: [], close: () => producer.close() };
  },
};

beforeAll(async () => {
  folder = await makeFolder();
  const configuration = loadConfiguration({ argv: ['--data-dir', folder], environment: {}, cwd: folder });
  if (!configuration.ok) throw new Error(configuration.fault.message);
  const log = createLogger({ level: 'silent', process: 'test' });
  running = await startServices([costService, writer], { configuration: configuration.value, log });
});

afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true, force: true });
});

async function entriesReach(count: bigint) {
  for (;;) {
    const head = await cost.getLedgerHead({});
    if (head.entries >= count) return head;
    await sleep(10);
  }
}

describe('cost', () => {
  test('books what is written, tells spend and the story, and passes an audit while it runs', async () => {
    const { position } = await producer.append(callEvents(plainCall));
    const head = await entriesReach(2n);
    expect(head).toMatchObject({
      entries: 2n,
      spentPicoUsd: '525300000',
      head: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(head.position).toBeLessThanOrEqual(position);
    const { spends } = await cost.getSpend({ dimension: 'tenant', tenantId: '', fromDay: '', toDay: '' });
    expect(spends).toMatchObject([{ value: 'acme', amountPicoUsd: '525300000' }]);
    const { steps } = await cost.explainCall({ callId: 'call_1' });
    expect(steps).toHaveLength(4);
    const { code, printed } = await runCommand(auditCommand, { dataDirectory: folder });
    expect(JSON.parse(printed[0]!)).toMatchObject({ ok: true, entries: 2, sha256: head.head });
    expect(code).toBe(0);
  });

  test('passes an audit while events keep coming', async () => {
    let next = 2;
    const writing = (async () => {
      for (; next < 400; next += 1) await producer.append(callEvents({ ...plainCall, number: next }));
    })();
    const { code, printed } = await runCommand(auditCommand, { dataDirectory: folder });
    expect(JSON.parse(printed[0]!).drifts).toEqual([]);
    expect(code).toBe(0);
    await writing;
    expect((await entriesReach(BigInt(next - 1) * 2n)).spentPicoUsd).toBe(`${525_300_000 * (next - 1)}`);
  });

  test('answers what it does not know with a fault', async () => {
    await expect(cost.explainCall({ callId: 'nobody' })).rejects.toMatchObject({ fault: { kind: 'not_found' } });
    const request = { dimension: 'colour', tenantId: '', fromDay: '', toDay: '' };
    await expect(cost.getSpend(request)).rejects.toMatchObject({ fault: { kind: 'invalid' } });
  });
});
