// After a restart the limits stand where they stood: restored state against the state that lived through it all.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  type Admission,
  AdmitRequest,
  AttemptEnded,
  AttemptStarted,
  SettleRequest,
  UsageSource,
} from '@waybill/contracts';
import { type EventDraft, type EventLog, events, openSqliteEventLog } from '@waybill/event-log';
import { catchUp, memoryProjectionStore, type ProjectionPartition } from '@waybill/projections';
import { admit } from '../core/admit.ts';
import { partitionsFor } from '../core/partition.ts';
import { settle } from '../core/settle.ts';
import { budgetStanding, limitStandings } from '../core/standing.ts';
import { advance, type BudgetRule, initialState, type LimitState, type Rules } from '../core/state.ts';
import { standingProjection } from '../projections/standing.ts';
import { restoreStates } from './restore-state.ts';

const rules: Rules = {
  rates: [
    { id: 'requests', kind: 'requests', scope: { tenant: 'acme' }, amount: 1000 },
    { id: 'tokens', kind: 'tokens', scope: { tenant: 'acme' }, amount: 1_000_000 },
  ],
  concurrency: [{ id: 'calls', scope: { model: 'm' }, amount: 1000 }],
  budgets: [
    { id: 'monthly', scope: { tenant: 'acme' }, amountPicoUsd: 10n ** 12n, period: 'month', alertsBasisPoints: [] },
    { id: 'daily', scope: { project: 'search' }, amountPicoUsd: 10n ** 12n, period: 'day', alertsBasisPoints: [] },
    { id: 'other', scope: { tenant: 'other' }, amountPicoUsd: 10n ** 12n, period: 'total', alertsBasisPoints: [] },
  ],
};
const attribution = { tenantId: 'acme', projectId: 'search' };
const noon = BigInt(Date.UTC(2026, 10, 20, 12)) * 1000n;

let folder: string;
let log: EventLog;
let nowMicros = noon;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-limits-'));
  nowMicros = noon;
  const clock = { nowMicros: () => nowMicros, monotonicMs: () => 0 };
  log = await openSqliteEventLog({ file: join(folder, 'events.sqlite'), durability: 'process', clock });
});

afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

const partitioning = partitionsFor(rules);

function onUnreadable(_event: unknown, reason: unknown): never {
  throw reason;
}

/** From a snapshot that has come as far as `until`, or to the end of the log. */
async function restored(until?: bigint): Promise<LimitState> {
  const snapshot = await memoryProjectionStore().open(standingProjection);
  await catchUp({ projection: standingProjection, reader: log, partition: snapshot, until });
  const sources = { partitioning, snapshot, log, nowMicros, onUnreadable };
  return (await restoreStates([0], sources)).states.get(0)!;
}

function draft(type: 'started' | 'ended', attemptId: string, payload: AttemptStarted | AttemptEnded): EventDraft {
  const fields = {
    eventId: `${attemptId}/${type}`,
    tenantId: 'acme',
    streamId: `call/${attemptId}`,
    correlationId: attemptId,
    occurredAtMicros: nowMicros,
  };
  return type === 'started'
    ? events.attemptStarted.draft({ ...fields, payload: payload as AttemptStarted })
    : events.attemptEnded.draft({ ...fields, payload: payload as AttemptEnded });
}

function start(live: LimitState, attemptId: string): { started: EventDraft; admission: Admission } {
  const option = { modelId: 'm', providerId: 'p', inputTokensBound: 100, outputTokensBound: 50, holdPicoUsd: 1000n };
  const request = AdmitRequest.fromPartial({ attemptId, attribution, options: [option] });
  const decision = admit(live, request, { clockMicros: nowMicros, steadyMs: 0, validForMs: 5_000 })?.decision;
  if (decision?.$case !== 'admission') throw new Error('refused');
  const admission = decision.value;
  const reservation = { ...option, ...admission };
  const payload = AttemptStarted.fromPartial({ attemptId, attribution, modelId: 'm', providerId: 'p', reservation });
  return { started: draft('started', attemptId, payload), admission };
}

function end(live: LimitState, attemptId: string, admission: Admission, index: number): EventDraft {
  const uncertainPicoUsd = index % 3 === 0 ? 200n : 0n;
  const usage = { inputTokens: 40 + index, outputTokens: 10 };
  const amountPicoUsd = BigInt(300 + index);
  settle(live, SettleRequest.fromPartial({ attemptId, ...usage, amountPicoUsd, uncertainPicoUsd }));
  const payload = AttemptEnded.fromPartial({
    attemptId,
    attribution,
    modelId: 'm',
    providerId: 'p',
    usage,
    rating: { amountPicoUsd },
    uncertainPicoUsd,
    admittedAtMicros: admission.admittedAtMicros,
  });
  return draft('ended', attemptId, payload);
}

function standings(state: LimitState) {
  advance(state, nowMicros);
  return { limits: limitStandings(state), budgets: rules.budgets.map((budget) => budgetStanding(state, budget)) };
}

test('spend, holds and the running minute come back as they were', async () => {
  const live = initialState(rules);
  const producer = await log.openProducer('gateway');
  for (let index = 0; index < 40; index += 1) {
    nowMicros += 4_000_000n;
    const attemptId = `a${index}`;
    const { started, admission } = start(live, attemptId);
    await producer.append([started]);
    if (index % 4 !== 0) await producer.append([end(live, attemptId, admission, index)]);
  }
  expect(standings(await restored())).toEqual(standings(live));
  expect(standings(live).budgets[0]).toMatchObject({ heldPicoUsd: 10_000n });
  nowMicros += 30_000_000n;
  expect(standings(await restored())).toEqual(standings(live));
});

test.each([
  ['used nothing', undefined, { inputTokens: 0, outputTokens: 0 }],
  ['used nobody knows how much', { source: UsageSource.UNKNOWN }, { inputTokens: 100, outputTokens: 50 }],
])('an attempt that %s counts for the minute as it did before', async (_what, usage, told) => {
  const live = initialState(rules);
  const producer = await log.openProducer('gateway');
  const { started, admission } = start(live, 'a');
  const { admittedAtMicros } = admission;
  settle(live, SettleRequest.fromPartial({ attemptId: 'a', ...told }));
  const subject = { attemptId: 'a', attribution, modelId: 'm', providerId: 'p' };
  const ended = AttemptEnded.fromPartial({ ...subject, usage, admittedAtMicros });
  await producer.append([started, draft('ended', 'a', ended)]);
  expect(standings(await restored())).toEqual(standings(live));
});

test('what was held can be settled after the restart', async () => {
  const live = initialState(rules);
  const producer = await log.openProducer('gateway');
  await producer.append([start(live, 'open').started]);
  const state = await restored();
  settle(state, SettleRequest.fromPartial({ attemptId: 'open', amountPicoUsd: 7n }));
  expect(standings(state).budgets[0]).toMatchObject({ heldPicoUsd: 0n, spentPicoUsd: 7n });
});

test('a day later the day is new and the month goes on', async () => {
  const live = initialState(rules);
  const producer = await log.openProducer('gateway');
  const { started, admission } = start(live, 'yesterday');
  await producer.append([started, end(live, 'yesterday', admission, 1)]);
  nowMicros += 86_400_000_000n;
  const [monthly, daily] = standings(await restored()).budgets;
  expect(monthly).toMatchObject({ spentPicoUsd: 301n });
  expect(daily).toMatchObject({ spentPicoUsd: 0n });
});

/** Attempts of which some have ended, some are open, and some ended after others had begun. */
async function manyAttempts(live: LimitState): Promise<readonly bigint[]> {
  const producer = await log.openProducer('gateway');
  const waiting: { attemptId: string; admission: Admission; index: number }[] = [];
  const positions: bigint[] = [];
  for (let index = 0; index < 24; index += 1) {
    nowMicros += 3_000_000n;
    const attemptId = `a${index}`;
    const { started, admission } = start(live, attemptId);
    positions.push((await producer.append([started])).position);
    waiting.push({ attemptId, admission, index });
    const due = index % 3 === 2 ? waiting.splice(0, 2) : [];
    for (const one of due) {
      positions.push((await producer.append([end(live, one.attemptId, one.admission, one.index)])).position);
    }
  }
  return positions;
}

test('however far the snapshot is behind, the log makes up for it', async () => {
  const live = initialState(rules);
  const positions = await manyAttempts(live);
  for (const until of [0n, ...positions]) expect(standings(await restored(until))).toEqual(standings(live));
});

test('a snapshot that moves on while it is read is neither counted twice nor missed', async () => {
  const live = initialState(rules);
  const positions = await manyAttempts(live);
  for (const [index, from] of positions.entries()) {
    const snapshot = await memoryProjectionStore().open(standingProjection);
    const fold = (until: bigint | undefined) =>
      catchUp({ projection: standingProjection, reader: log, partition: snapshot, until });
    await fold(from);
    let reads = 0;
    const moving: ProjectionPartition = {
      ...snapshot,
      async find(collection, query) {
        reads += 1;
        await fold(positions[index + reads]);
        return snapshot.find(collection, query);
      },
    };
    const { states } = await restoreStates([0], { partitioning, snapshot: moving, log, nowMicros, onUnreadable });
    expect(standings(states.get(0)!)).toEqual(standings(live));
  }
});

test('a log that ends before the snapshot is not built on', async () => {
  const live = initialState(rules);
  await manyAttempts(live);
  const snapshot = await memoryProjectionStore().open(standingProjection);
  await catchUp({ projection: standingProjection, reader: log, partition: snapshot });
  const cut = { ...log, end: async () => 3n };
  const sources = { partitioning, snapshot, log: cut, nowMicros, onUnreadable };
  await expect(restoreStates([0], sources)).rejects.toMatchObject({ fault: { details: { reason: 'short_log' } } });
});

test('time goes on from the latest admission when the clock was set back meanwhile', async () => {
  const live = initialState(rules);
  await manyAttempts(live);
  const latest = nowMicros;
  nowMicros -= 3_600_000_000n;
  const state = await restored();
  expect(state.time.nowMicros).toBe(latest);
  nowMicros = latest;
  expect(standings(state)).toEqual(standings(live));
});

test('of several partitions each gets back what is its own', async () => {
  const perTenant: Rules = {
    ...rules,
    budgets: rules.budgets.filter(({ scope }) => scope.tenant !== undefined),
  };
  const live = initialState(perTenant);
  await manyAttempts(live);
  const spread = partitionsFor(perTenant);
  const snapshot = await memoryProjectionStore().open(standingProjection);
  await catchUp({ projection: standingProjection, reader: log, partition: snapshot, until: 20n });
  const [acme, other] = ['acme', 'other'].map(spread.partitionOf) as [number, number];
  const sources = { partitioning: spread, snapshot, log, nowMicros, onUnreadable };
  const { states } = await restoreStates([acme, other], sources);
  const [monthly, total] = perTenant.budgets as [BudgetRule, BudgetRule];
  expect(budgetStanding(states.get(acme)!, monthly)).toEqual(budgetStanding(live, monthly));
  expect(budgetStanding(states.get(other)!, total)).toMatchObject({ spentPicoUsd: 0n, heldPicoUsd: 0n });
  expect(states.get(other)!.reservations.size).toBe(0);
});
