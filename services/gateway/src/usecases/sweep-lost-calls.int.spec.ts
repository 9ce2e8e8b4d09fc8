// What a gateway leaves open when it dies is ended by the next one, once.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AttemptOutcome, CallOutcome, UsageSource } from '@waybill/contracts';
import { type EventLog, type EventProducer, events, openSqliteEventLog } from '@waybill/event-log';
import { catchUp, memoryProjectionStore, type ProjectionPartition } from '@waybill/projections';
import { systemClock } from '@waybill/service';
import { openCallsProjection } from '../projections/open-calls.ts';
import { leftOpen } from '../testing/left-open.ts';
import { sweepLostCalls } from './sweep-lost-calls.ts';

const clock = systemClock();
let folder: string;
let log: EventLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-sweep-'));
  log = await openSqliteEventLog({ file: join(folder, 'events.sqlite'), durability: 'process', clock });
});

afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

async function openCalls(): Promise<ProjectionPartition> {
  const partition = await memoryProjectionStore().open(openCallsProjection);
  await catchUp({ projection: openCallsProjection, reader: log, partition });
  expect(await partition.quarantine()).toEqual([]);
  return partition;
}

async function sweepWith(producer: EventProducer) {
  return sweepLostCalls({ producer, openCalls: await openCalls(), clock });
}

async function eventsOf(callId: string) {
  return (await log.readStream(`call/${callId}`)).map(({ envelope }) => envelope);
}

test('an attempt under way is ended at its hold, and its call with it', async () => {
  const dead = await log.openProducer('gateway');
  await dead.append(leftOpen('call_1').first);
  const swept = await sweepWith(await log.openProducer('gateway'));
  expect(swept).toMatchObject({
    calls: 1,
    settlements: [
      { attemptId: 'call_1:1', amountPicoUsd: 500n, uncertainPicoUsd: 0n, inputTokens: 90, outputTokens: 10 },
    ],
  });
  const [, , attempt, call] = await eventsOf('call_1');
  expect(events.attemptEnded.decode(attempt!)).toMatchObject({
    outcome: AttemptOutcome.LOST,
    swept: true,
    usage: { source: UsageSource.ESTIMATED },
    rating: { table: 'hold', amountPicoUsd: 500n },
    holdPicoUsd: 500n,
    admittedAtMicros: 7n,
  });
  expect(events.callEnded.decode(call!)).toMatchObject({ outcome: CallOutcome.LOST, attempts: 1 });
  expect(await (await openCalls()).find('open')).toEqual([]);
});

test('an attempt without a hold is unknown, not zero', async () => {
  const dead = await log.openProducer('gateway');
  await dead.append(leftOpen('call_1', null).first);
  await sweepWith(await log.openProducer('gateway'));
  const [, , attempt] = await eventsOf('call_1');
  expect(events.attemptEnded.decode(attempt!)).toMatchObject({
    usage: { source: UsageSource.UNKNOWN },
    rating: undefined,
  });
});

test('a call between two attempts is ended without one', async () => {
  const dead = await log.openProducer('gateway');
  const { first, attemptEnd } = leftOpen('call_1');
  await dead.append(first);
  await dead.append([attemptEnd]);
  const swept = await sweepWith(await log.openProducer('gateway'));
  expect(swept).toEqual({ calls: 1, settlements: [], conflicts: [] });
  expect((await eventsOf('call_1')).map(({ type }) => type.split('.').at(-1))).toEqual([
    'CallAdmitted',
    'AttemptStarted',
    'AttemptEnded',
    'CallEnded',
  ]);
});

test('what has ended, what is of this epoch and what is of another producer is left alone', async () => {
  const dead = await log.openProducer('gateway');
  const over = leftOpen('call_over');
  await dead.append([...over.first, over.attemptEnd, over.callEnd]);
  const other = await log.openProducer('gateway-2');
  await other.append(leftOpen('call_other').first);
  const living = await log.openProducer('gateway');
  await living.append(leftOpen('call_mine').first);
  expect((await sweepWith(living)).calls).toBe(0);
});

test('the one that was swept cannot end its call any more', async () => {
  const dead = await log.openProducer('gateway');
  const call = leftOpen('call_1');
  await dead.append(call.first);
  const living = await log.openProducer('gateway');
  await sweepWith(living);
  await expect(dead.append([call.attemptEnd, call.callEnd])).rejects.toMatchObject({ fault: { kind: 'conflict' } });
  await expect(living.append([call.attemptEnd])).rejects.toMatchObject({ fault: { kind: 'conflict' } });
  expect((await sweepWith(living)).calls).toBe(0);
});

test('a call whose end the read model has missed keeps no other from being ended', async () => {
  const dead = await log.openProducer('gateway');
  const [one, missed] = [leftOpen('call_1'), leftOpen('call_2')];
  await dead.append([...one.first, ...missed.first]);
  const partition = await openCalls();
  await dead.append([missed.attemptEnd, missed.callEnd]);
  const producer = await log.openProducer('gateway');
  const swept = await sweepLostCalls({ producer, openCalls: partition, clock });
  expect(swept).toMatchObject({ calls: 1, settlements: [{ attemptId: 'call_1:1' }], conflicts: ['call_2'] });
  expect(await eventsOf('call_2')).toHaveLength(4);
});

test('a thousand open calls are ended within a second', async () => {
  const dead = await log.openProducer('gateway');
  const calls = Array.from({ length: 1_000 }, (_, index) => leftOpen(`call_${String(index).padStart(5, '0')}`));
  await dead.append(calls.flatMap(({ first }) => first));
  const producer = await log.openProducer('gateway');
  const partition = await openCalls();
  const before = performance.now();
  const swept = await sweepLostCalls({ producer, openCalls: partition, clock });
  expect(swept.calls).toBe(1_000);
  expect(performance.now() - before).toBeLessThan(1_000);
});
