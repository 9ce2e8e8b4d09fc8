// What a gateway that is gone has left open is ended by another one, once, wherever that one is interrupted.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AttemptOutcome } from '@waybill/contracts';
import { type EventLog, type EventProducer, events, openSqliteEventLog } from '@waybill/event-log';
import { type Fault, FaultError, fault } from '@waybill/kernel';
import { type Leases, soleLeases } from '@waybill/leases';
import { catchUp, memoryProjectionStore, type ProjectionPartition } from '@waybill/projections';
import { systemClock } from '@waybill/service';
import { openCallsProjection } from '../projections/open-calls.ts';
import { leftOpen } from '../testing/left-open.ts';
import { leaseOfProducer } from './hold-name.ts';
import { type DeadGatewaysOptions, watchDeadGateways } from './sweep-dead-gateways.ts';
import type { Swept } from './sweep-lost-calls.ts';

const clock = systemClock();
const ttlMs = 10_000;
const dead = 'gateway/gateway-1';

let folder: string;
let log: EventLog;
let leases: Leases;
let partition: ProjectionPartition;
let swept: [string, Swept][];
let failed: Fault[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-sweep-'));
  log = await openSqliteEventLog({ file: join(folder, 'events.sqlite'), durability: 'process', clock });
  leases = soleLeases('test');
  partition = await memoryProjectionStore().open(openCallsProjection);
  swept = [];
  failed = [];
});

afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

const openCalls = () => ({
  partition,
  async waitFor() {
    await catchUp({ projection: openCallsProjection, reader: log, partition });
  },
});

function gateways(more: Partial<DeadGatewaysOptions> = {}) {
  return watchDeadGateways({
    producerId: 'gateway/gateway-0',
    leases,
    events: log,
    openCalls: openCalls(),
    openProducer: (producerId) => log.openProducer(producerId),
    clock,
    onSwept: (producerId, what) => swept.push([producerId, what]),
    onFailed: (_producerId, because) => failed.push(because),
    ...more,
  });
}

/** A gateway that has begun calls and is not there any more; the read model knows of them. */
async function leaves(producerId: string, ...callIds: string[]): Promise<EventProducer> {
  const producer = await log.openProducer(producerId);
  for (const callId of callIds) await producer.append(leftOpen(callId).first);
  await openCalls().waitFor();
  return producer;
}

async function twice(sweeper: { sweep(): Promise<void> }): Promise<void> {
  await sweeper.sweep();
  await sweeper.sweep();
}

async function endsOf(callId: string) {
  const stream = (await log.readStream(`call/${callId}`)).map(({ envelope }) => envelope);
  return {
    attempts: stream.filter(({ type }) => type === events.attemptEnded.type).map(events.attemptEnded.decode),
    calls: stream.filter(({ type }) => type === events.callEnded.type).length,
  };
}

async function isEndedOnce(callId: string): Promise<void> {
  const { attempts, calls } = await endsOf(callId);
  expect(attempts).toMatchObject([{ outcome: AttemptOutcome.LOST, rating: { amountPicoUsd: 500n } }]);
  expect(calls).toBe(1);
}

test('calls of a gateway whose name nobody holds are ended, after two looks, and rate-limit is told', async () => {
  await leaves(dead, 'call_1', 'call_2');
  const sweeper = gateways();
  await sweeper.sweep();
  expect(swept).toEqual([]);
  await sweeper.sweep();
  expect(swept).toMatchObject([[dead, { calls: 2, conflicts: [] }]]);
  expect(swept[0]?.[1].settlements.map(({ tenantId }) => tenantId)).toEqual(['acme', 'acme']);
  await isEndedOnce('call_1');
  await isEndedOnce('call_2');
  expect(failed).toEqual([]);
});

test('a gateway that holds its name is left alone, however old its calls are, and so is this one itself', async () => {
  await leaves(dead, 'call_1');
  await leaves('gateway/gateway-0', 'call_mine');
  const lease = await leases.tryAcquire(leaseOfProducer(dead), { ttlMs });
  const sweeper = gateways();
  for (let round = 0; round < 4; round += 1) await sweeper.sweep();
  expect(await endsOf('call_1')).toEqual({ attempts: [], calls: 0 });
  await lease?.release();
  await twice(sweeper);
  await isEndedOnce('call_1');
  expect(await endsOf('call_mine')).toEqual({ attempts: [], calls: 0 });
});

test('one that died before the read model heard of its calls is found by its name, which is then forgotten', async () => {
  const lease = await leases.tryAcquire(leaseOfProducer(dead), { ttlMs });
  const producer = await log.openProducer(dead);
  await producer.append(leftOpen('call_1').first);
  await lease?.release();
  await twice(gateways());
  await isEndedOnce('call_1');
  expect(await leases.holders(leaseOfProducer(dead))).toEqual([]);
});

test('one that was only paused can write nothing more, and cannot begin a call', async () => {
  const paused = await leaves(dead, 'call_1');
  const { attemptEnd, callEnd } = leftOpen('call_1');
  await twice(gateways());
  const refused = { fault: { kind: 'conflict', details: { reason: 'epoch_superseded' } } };
  await expect(paused.append([attemptEnd, callEnd], { fresh: true })).rejects.toMatchObject(refused);
  await expect(paused.append(leftOpen('call_2').first, { fresh: true })).rejects.toMatchObject(refused);
  await isEndedOnce('call_1');
});

test('one that is started again under its name while it is swept goes on, and sweeps itself', async () => {
  await leaves(dead, 'call_1');
  let again: EventProducer | undefined;
  const sweeper = gateways({
    openCalls: {
      partition,
      async waitFor() {
        again ??= await log.openProducer(dead);
        await openCalls().waitFor();
      },
    },
  });
  await twice(sweeper);
  expect(swept).toEqual([]);
  expect(failed).toEqual([]);
  expect(await endsOf('call_1')).toEqual({ attempts: [], calls: 0 });
  await again?.append(leftOpen('call_new').first);
});

test('while the log cannot be read to its end nothing is opened, and it is tried again', async () => {
  await leaves(dead, 'call_1');
  const before = await log.end();
  let isAway = true;
  const away = new FaultError(fault('unavailable', 'the archiver is away'));
  const sweeper = gateways({ events: { end: async () => (isAway ? Promise.reject(away) : log.end()) } });
  for (let round = 0; round < 3; round += 1) await sweeper.sweep();
  expect(failed).toHaveLength(2);
  expect(await log.end()).toBe(before);
  isAway = false;
  await sweeper.sweep();
  await isEndedOnce('call_1');
});

describe('a sweeper that dies', () => {
  const dies = () => Promise.reject(new FaultError(fault('unavailable', 'this process ends here')));

  /** Dies at the given step of the first sweep, its own memory with it. */
  const deaths: Record<string, () => Partial<DeadGatewaysOptions>> = {
    'before it has the name': () => ({ leases: { ...leases, tryAcquire: dies } }),
    'with the name, before the epoch': () => ({ openProducer: dies }),
    'with the epoch open': () => ({ openCalls: { partition, waitFor: dies } }),
    'with some of the calls ended': () => ({ openProducer: (id) => dyingProducer(id, 'append') }),
    'with the calls ended and nobody told': () => ({
      onSwept() {
        throw new FaultError(fault('unavailable', 'this process ends here'));
      },
    }),
    'before it closes the epoch': () => ({ openProducer: (id) => dyingProducer(id, 'close') }),
    'before it forgets the name': () => ({ leases: { ...leases, forget: dies } }),
  };

  /** Ends one call, and dies when it does the rest. */
  async function dyingProducer(producerId: string, dieAt: 'append' | 'close'): Promise<EventProducer> {
    const producer = await log.openProducer(producerId);
    if (dieAt === 'close') return { ...producer, close: dies };
    return {
      ...producer,
      async append(drafts) {
        await producer.append(drafts.slice(0, 2));
        return dies();
      },
    };
  }

  test.each(Object.keys(deaths))('%s is followed by one that ends what is left', async (step) => {
    await leaves(dead, 'call_1', 'call_2', 'call_3');
    await twice(gateways(deaths[step]!()));
    expect(failed.map(({ message }) => message)).toEqual(['this process ends here']);
    await twice(gateways());
    for (const callId of ['call_1', 'call_2', 'call_3']) await isEndedOnce(callId);
    await openCalls().waitFor();
    expect(await partition.find('open')).toEqual([]);
    expect(await leases.holders(leaseOfProducer(dead))).toEqual([]);
  });
});

test('what was handed in late for a dead gateway under an id of its own is ended too', async () => {
  await leaves(`${dead}/lost/3/opening`, 'call_late');
  await twice(gateways());
  await isEndedOnce('call_late');
});
