// A replica alone on a real log: what the log mends that no call has told, and the end in good order.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { UsageCorrected } from '@waybill/contracts';
import { type EventLog, type EventProducer, events, openSqliteEventLog } from '@waybill/event-log';
import type { Clock } from '@waybill/kernel';
import { type Leases, soleLeases } from '@waybill/leases';
import { memoryProjectionStore, type ProjectionStore } from '@waybill/projections';
import type { Rules } from '../core/state.ts';
import { endedDraft, startedDraft } from '../testing/attempt-events.ts';
import { admitted, openReplicaBench, type ReplicaBench } from '../testing/replica-bench.ts';

const rules: Rules = {
  rates: [{ id: 'provider', kind: 'requests', scope: { provider: 'p' }, amount: 5 }],
  concurrency: [],
  budgets: [
    { id: 'acme', scope: { tenant: 'acme' }, amountPicoUsd: 1000n, period: 'month', alertsBasisPoints: [5000] },
    { id: 'other', scope: { tenant: 'other' }, amountPicoUsd: 1000n, period: 'month', alertsBasisPoints: [] },
  ],
};

let folder: string;
let log: EventLog;
let producer: EventProducer;
let leases: Leases;
let store: ProjectionStore;
let replica: ReplicaBench;
/** What the clocks are ahead of the machine's. */
let aheadMs: number;
const clock: Clock = {
  nowMicros: () => BigInt(Math.round((Date.now() + aheadMs) * 1_000)),
  monotonicMs: () => performance.now() + aheadMs,
};

async function open(): Promise<ReplicaBench> {
  return openReplicaBench({ instance: 'rate-limit-0', leases, log, store, rules, clock });
}

beforeEach(async () => {
  aheadMs = 0;
  folder = await mkdtemp(join(tmpdir(), 'waybill-limits-'));
  log = await openSqliteEventLog({ file: join(folder, 'events.sqlite'), durability: 'process', clock });
  producer = await log.openProducer('gateway');
  leases = soleLeases('host');
  store = memoryProjectionStore();
  replica = await open();
});

afterEach(async () => {
  aheadMs += 10_000;
  await replica.close();
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

async function admit(attemptId: string, holdPicoUsd = 600n) {
  const admission = admitted(await replica.admit('acme', attemptId, holdPicoUsd));
  return { attemptId, tenantId: 'acme', holdPicoUsd, admission };
}

/** Waits until the budget stands so; fails when it never does. */
async function stands(expected: { spent: bigint; held: bigint; uncertain?: bigint }): Promise<void> {
  const { spent, held, uncertain = 0n } = expected;
  for (let look = 0; look < 100; look += 1) {
    const { spentPicoUsd, heldPicoUsd, uncertainPicoUsd } = await replica.budget('acme');
    if (spentPicoUsd === spent && heldPicoUsd === held && uncertainPicoUsd === uncertain) return;
    await sleep(50);
  }
  expect(await replica.budget('acme')).toMatchObject({ spentPicoUsd: spent, heldPicoUsd: held });
}

describe('what no call tells, the log does', () => {
  test('an attempt whose gateway died after its end was written is settled, with the threshold it crosses, once', async () => {
    const attempt = await admit('a:1');
    await producer.append([startedDraft(attempt), endedDraft(attempt, { amountPicoUsd: 500n, uncertainPicoUsd: 30n })]);
    await stands({ spent: 500n, held: 0n, uncertain: 30n });
    expect(await replica.settle('acme', 'a:1', 500n)).toBeUndefined();
    await stands({ spent: 500n, held: 0n, uncertain: 30n });
    expect(replica.notices.map(({ eventId }) => eventId)).toEqual([expect.stringContaining('reached/5000')]);
  });

  test('a call that settles before the log is heard is not settled again by it', async () => {
    const attempt = await admit('a:1');
    await replica.settle('acme', 'a:1', 500n);
    await producer.append([startedDraft(attempt), endedDraft(attempt, { amountPicoUsd: 500n })]);
    const next = await admit('b:1', 100n);
    await producer.append([startedDraft(next), endedDraft(next, { amountPicoUsd: 1n })]);
    await stands({ spent: 501n, held: 0n });
  });

  test('a correction changes what is spent', async () => {
    const attempt = await admit('a:1');
    await producer.append([
      startedDraft(attempt),
      endedDraft(attempt, { amountPicoUsd: 400n, uncertainPicoUsd: 200n }),
    ]);
    const corrected = UsageCorrected.fromPartial({
      attemptId: 'a:1',
      attribution: { tenantId: 'acme' },
      modelId: 'm',
      providerId: 'p',
      admittedAtMicros: attempt.admission.admittedAtMicros,
      differencePicoUsd: -50n,
      releasedPicoUsd: 200n,
    });
    const ids = { eventId: 'a:1/corrected', tenantId: 'acme', streamId: 'call/a', correlationId: 'a' };
    const occurredAtMicros = clock.nowMicros();
    await producer.append([events.usageCorrected.draft({ ...ids, occurredAtMicros, payload: corrected })]);
    await stands({ spent: 350n, held: 0n });
  });
});

describe('an admission whose gateway died before it wrote anything', () => {
  test('is released once it has run out and the log does not know of it', async () => {
    await admit('gone:1');
    const started = await admit('open:1', 300n);
    await producer.append([startedDraft(started)]);
    await sleep(1_200);
    await stands({ spent: 0n, held: 900n });
    aheadMs = 8_500;
    await stands({ spent: 0n, held: 300n });
  });

  test('a start that comes later than that is held until its end, and never out of its budget twice', async () => {
    const attempt = await admit('late:1');
    aheadMs = 8_500;
    await stands({ spent: 0n, held: 0n });
    await producer.append([startedDraft(attempt)]);
    await stands({ spent: 0n, held: 600n });
    await producer.append([endedDraft(attempt, { amountPicoUsd: 0n })]);
    await stands({ spent: 0n, held: 0n });
  });
});

describe('limits that several partitions count in', () => {
  test('are kept exactly by the only replica, also over a restart', async () => {
    for (const [index, tenantId] of ['acme', 'other', 'acme'].entries()) {
      const attemptId = `a${index}:1`;
      const attempt = { attemptId, tenantId, holdPicoUsd: 1n };
      const admission = admitted(await replica.admit(tenantId, attemptId, 1n));
      await producer.append([startedDraft({ ...attempt, admission })]);
    }
    await replica.close();
    replica = await open();
    admitted(await replica.admit('other', 'b:1', 1n));
    admitted(await replica.admit('third', 'c:1', 1n));
    const answer = await replica.admit('acme', 'd:1', 1n);
    expect(answer).toMatchObject({ refused: { limit: 'provider', amount: 5n, used: 5n, free: 0n } });
    expect(await replica.release('acme', 'b:1')).toBeUndefined();
  });
});

describe('the end in good order', () => {
  test('waits until what was admitted has started in the log or has run out, and then admits nothing', async () => {
    const attempt = await admit('a:1');
    let isOver = false;
    const stopping = replica.stop().then(() => {
      isOver = true;
    });
    await sleep(200);
    expect(isOver).toBe(false);
    expect(await replica.admit('acme', 'b:1', 1n)).toMatchObject({ fault: { details: { reason: 'elsewhere' } } });
    await producer.append([startedDraft(attempt)]);
    await stopping;
    expect(await replica.settle('acme', 'a:1', 1n)).toMatchObject({ details: { reason: 'elsewhere' } });
    expect(replica.owned()).toBe(0);
  });

  test('what was under way can be settled after a restart', async () => {
    const attempt = await admit('a:1');
    await producer.append([startedDraft(attempt)]);
    await replica.close();
    replica = await open();
    await stands({ spent: 0n, held: 600n });
    expect(await replica.settle('acme', 'a:1', 7n)).toBeUndefined();
    await stands({ spent: 7n, held: 0n });
  });
});

test('nothing is admitted while the log cannot be read, and it is tried again', async () => {
  await replica.close();
  let isBroken = true;
  const unreadable: EventLog = {
    ...log,
    async end() {
      if (isBroken) throw Object.assign(new Error('no'), { name: 'TimeoutError' });
      return log.end();
    },
  };
  replica = await openReplicaBench({ instance: 'rate-limit-0', leases, log: unreadable, store, rules, clock });
  expect(replica.alarms).toContain('start_failed');
  expect(await replica.admit('acme', 'a:1', 1n)).toMatchObject({ fault: { kind: 'unavailable' } });
  isBroken = false;
  for (let look = 0; look < 100 && replica.owned() === 0; look += 1) await sleep(50);
  await admit('a:1');
});
