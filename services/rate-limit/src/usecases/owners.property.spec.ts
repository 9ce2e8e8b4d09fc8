// The rule that money stands on: one owner at a time, and no admission that outlives its owner. A model of two replicas
// that want the same partition, a log, a snapshot that lags, and gateways; each of them may stand still for as long as it
// likes between any two steps, or be gone. What the replicas do is the product's own code.
import { expect, test } from '@jest/globals';
import { type Admission, AdmitRequest, SettleRequest } from '@waybill/contracts';
import { type Clock, FaultError } from '@waybill/kernel';
import { catchUp, memoryProjectionStore, type ProjectionPartition } from '@waybill/projections';
import { elsewhere } from '@waybill/rpc';
import fc from 'fast-check';
import { longestValidityMs } from '../core/admit.ts';
import { partitionsFor } from '../core/partition.ts';
import { budgetStanding } from '../core/standing.ts';
import { advance, initialState, type Rules } from '../core/state.ts';
import { standingProjection } from '../projections/standing.ts';
import { limitHandlers } from '../rpc/limit-handlers.ts';
import { arrayLog } from '../testing/array-log.ts';
import { endedDraft, startedDraft } from '../testing/attempt-events.ts';
import { createCharges } from './charges.ts';
import { hearEvent } from './hear-event.ts';
import { leaseTtlMs } from './hold-partition.ts';
import { unstartedReleaser } from './release-unstarted.ts';
import { restoreStates } from './restore-state.ts';

const tenantId = 'acme';
const budget = {
  id: 'b',
  scope: { tenant: tenantId },
  amountPicoUsd: 100n,
  period: 'total',
  alertsBasisPoints: [],
} as const;
const rules: Rules = { rates: [], concurrency: [], budgets: [budget] };
const partitioning = partitionsFor(rules);
const partition = partitioning.partitionOf(tenantId);
const call = { signal: new AbortController().signal, timeLeftMs: undefined, metadata: {} };
const notices = { record() {}, alarm() {} };

/** What keeps the promise; each can be left out to see that it is needed. */
interface Precautions {
  /** Gateways look whether the admission still holds before anything goes out. */
  readonly gatewaysCheckValidity: boolean;
  /** Replicas look whether they still hold the lease in the step that admits. */
  readonly ownersCheckLease: boolean;
  /** An admission is good for no longer than the lease of who gave it. */
  readonly admissionsEndWithLease: boolean;
  /** A new owner reads the log to its end. */
  readonly ownersRestore: boolean;
}

const all: Precautions = {
  gatewaysCheckValidity: true,
  ownersCheckLease: true,
  admissionsEndWithLease: true,
  ownersRestore: true,
};

/** One attempt on its way through a gateway. */
interface Attempt {
  readonly attemptId: string;
  readonly holdPicoUsd: bigint;
  readonly askedAtMs: number;
  phase: 'asking' | 'admitted' | 'started' | 'out' | 'ended' | 'over';
  admission?: Admission;
  /** At the provider; what it comes to in the end, the hold until then. */
  countsPicoUsd: bigint;
  booked: bigint;
}

function createModel(precautions: Precautions) {
  const time = { nowMs: 0 };
  const clock: Clock = {
    nowMicros: () => BigInt(Date.UTC(2026, 10, 20)) * 1000n + BigInt(time.nowMs) * 1000n,
    monotonicMs: () => time.nowMs,
  };
  const log = arrayLog();
  const lease = { holder: -1, untilMs: 0 };
  const attempts: Attempt[] = [];
  const replicas = [0, 1].map((number) => createReplica(number));
  let snapshot: ProjectionPartition;

  function createReplica(number: number) {
    const charges = createCharges(partitioning);
    const view = { heldUntilMs: 0, isRestored: false, heardTo: 0n };
    const remainingMs = () => (precautions.ownersCheckLease ? Math.max(0, view.heldUntilMs - time.nowMs) : leaseTtlMs);
    const hold = { partition, remainingMs, lost: new AbortController().signal, release: async () => undefined };
    const releaseUnstarted = unstartedReleaser({
      log,
      charges,
      follower: { position: () => view.heardTo, begin() {}, stopped: async () => undefined },
      clock,
    });
    const handlers = limitHandlers({
      rules,
      charges,
      standings: { budgets: async () => [], limits: async () => [] },
      clock,
      notices,
      elsewhere: async () => new FaultError(elsewhere()),
    });
    const charge = () => charges.at(partition);
    return {
      handlers,
      charge,
      releaseUnstarted,
      /** Takes the lease once the other's time is over by the store's clock; what it had before is forgotten. */
      async takeLease() {
        if (lease.untilMs > time.nowMs) return;
        Object.assign(lease, { holder: number, untilMs: time.nowMs + leaseTtlMs });
        Object.assign(view, { heldUntilMs: lease.untilMs, isRestored: false });
        const lost = charge();
        if (lost) charges.remove(lost);
      },
      renew() {
        if (lease.holder !== number || lease.untilMs <= time.nowMs) return;
        lease.untilMs = time.nowMs + leaseTtlMs;
        view.heldUntilMs = lease.untilMs;
      },
      async restore() {
        if (view.isRestored || lease.holder !== number || view.heldUntilMs <= time.nowMs) return;
        const fresh = { states: new Map([[partition, initialState(partitioning.rulesOf(partition))]]), position: 0n };
        const sources = { partitioning, snapshot, log, nowMicros: clock.nowMicros(), onUnreadable() {} };
        const { states, position } = precautions.ownersRestore ? await restoreStates([partition], sources) : fresh;
        view.isRestored = true;
        view.heardTo = position;
        charges.add({ partition, hold, state: states.get(partition)!, restoredTo: position, leaving: false });
      },
      hear(count: number) {
        const state = charge()?.state;
        if (state === undefined) return;
        const events = log.events.slice(Number(view.heardTo), Number(view.heardTo) + count);
        for (const event of events) {
          hearEvent(state, event, notices);
          view.heardTo = event.position;
        }
      },
    };
  }

  function asGood(admission: Admission): Admission {
    return precautions.admissionsEndWithLease ? admission : { ...admission, validForMs: longestValidityMs };
  }

  /** The next thing that the attempt's gateway does. */
  async function step(attempt: Attempt, to: number, share: number): Promise<void> {
    const { attemptId, holdPicoUsd, admission } = attempt;
    const { handlers } = replicas[to]!;
    if (attempt.phase === 'asking') {
      const options = [{ modelId: 'm', providerId: 'p', holdPicoUsd }];
      const request = AdmitRequest.fromPartial({ attemptId, attribution: { tenantId }, options });
      const answer = await handlers.admit(request, call).catch(() => undefined);
      if (answer?.decision?.$case !== 'admission') attempt.phase = 'over';
      else Object.assign(attempt, { admission: asGood(answer.decision.value), phase: 'admitted' });
    } else if (attempt.phase === 'admitted') {
      log.append(startedDraft({ attemptId, tenantId, holdPicoUsd, admission: admission! }));
      attempt.phase = 'started';
    } else if (attempt.phase === 'started') {
      const holds = time.nowMs < attempt.askedAtMs + admission!.validForMs;
      if (!holds && precautions.gatewaysCheckValidity) return end(attempt, 0n);
      Object.assign(attempt, { phase: 'out', countsPicoUsd: holdPicoUsd });
    } else if (attempt.phase === 'out') {
      end(attempt, (holdPicoUsd * BigInt(share)) / 100n);
    } else if (attempt.phase === 'ended') {
      const settlement = SettleRequest.fromPartial({ attemptId, tenantId, amountPicoUsd: attempt.booked });
      await handlers.settle(settlement, call).then(
        () => {
          attempt.phase = 'over';
        },
        () => undefined,
      );
    }
  }

  function end(attempt: Attempt, amountPicoUsd: bigint): void {
    const { attemptId, holdPicoUsd, admission } = attempt;
    log.append(endedDraft({ attemptId, tenantId, holdPicoUsd, admission: admission! }, { amountPicoUsd }));
    const countsPicoUsd = attempt.phase === 'out' ? amountPicoUsd : 0n;
    Object.assign(attempt, { phase: 'ended', booked: amountPicoUsd, countsPicoUsd });
  }

  return {
    time,
    lease,
    attempts,
    replicas,
    step,
    async open() {
      snapshot = await memoryProjectionStore().open(standingProjection);
    },
    fold: (until: bigint) => catchUp({ projection: standingProjection, reader: log, partition: snapshot, until }),
    /** The gateway is gone; what it has started is ended by a sweeper, at its hold. */
    lose(attempt: Attempt) {
      if (attempt.phase === 'started' || attempt.phase === 'out') end(attempt, attempt.holdPicoUsd);
      attempt.phase = 'over';
    },
    /** What the provider has been, or may be, paid. */
    atProvider: () => attempts.reduce((sum, { countsPicoUsd }) => sum + countsPicoUsd, 0n),
    booked: () => attempts.reduce((sum, { booked }) => sum + booked, 0n),
  };
}

const replica = fc.integer({ min: 0, max: 1 });
const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ask' as const), hold: fc.bigInt(30n, 90n) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('step' as const),
      pick: fc.nat(),
      /** How much of its way it comes without standing still. */
      times: fc.integer({ min: 1, max: 3 }),
      /** Whom it asks; mostly whoever has the lease. */
      to: fc.constantFrom(0, 1, undefined, undefined, undefined),
      share: fc.nat(100),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), pick: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(3_000) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('renew' as const), of: replica }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const), of: replica }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), of: replica }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('take over' as const), of: replica }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('hear' as const), of: replica, count: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), of: replica }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fold' as const), until: fc.nat(40) }) },
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;
type Model = ReturnType<typeof createModel>;

async function run(model: Model, step: Command): Promise<void> {
  const { attempts, replicas, time, lease } = model;
  const underWay = attempts.filter(({ phase }) => phase !== 'over');
  if (step.kind === 'ask') {
    const attemptId = `a${attempts.length}`;
    const nothing = { phase: 'asking', countsPicoUsd: 0n, booked: 0n } as const;
    attempts.push({ attemptId, holdPicoUsd: step.hold, askedAtMs: time.nowMs, ...nothing });
  } else if (step.kind === 'step' || step.kind === 'lose') {
    const attempt = underWay[step.pick % Math.max(1, underWay.length)];
    if (attempt && step.kind === 'lose') model.lose(attempt);
    else if (attempt && step.kind === 'step') {
      for (let done = 0; done < step.times; done += 1) await model.step(attempt, step.to ?? lease.holder, step.share);
    }
  } else if (step.kind === 'pass') time.nowMs += step.ms;
  else if (step.kind === 'fold') await model.fold(BigInt(step.until));
  else if (step.kind === 'renew') replicas[step.of]!.renew();
  else if (step.kind === 'take') await replicas[step.of]!.takeLease();
  else if (step.kind === 'restore') await replicas[step.of]!.restore();
  else if (step.kind === 'take over') await takeOver(model, step.of);
  else if (step.kind === 'hear') replicas[step.of]!.hear(step.count);
  else await replicas[step.of]!.releaseUnstarted();
}

/** As soon as the lease of the other is over, if it is the other's. */
async function takeOver({ time, lease, replicas }: Model, of: number): Promise<void> {
  if (lease.holder !== of) time.nowMs = Math.max(time.nowMs, lease.untilMs);
  await replicas[of]!.takeLease();
  await replicas[of]!.restore();
}

const commands = fc.array(command, { minLength: 20, maxLength: 90 });

/** Plays it through; whatever happens, what has gone out is within the budget. */
async function play(steps: readonly Command[], precautions: Precautions): Promise<Model> {
  const model = createModel(precautions);
  await model.open();
  await takeOver(model, 0);
  for (const step of steps) {
    await run(model, step);
    expect(model.atProvider()).toBeLessThanOrEqual(budget.amountPicoUsd);
  }
  return model;
}

/** Once every attempt has ended, whoever is in charge has booked what the log says, and holds nothing. */
async function comesToRest(model: Model): Promise<void> {
  const { attempts, replicas, time } = model;
  for (const attempt of attempts) model.lose(attempt);
  for (let round = 0; round < 4; round += 1) {
    time.nowMs += 4_000;
    for (const one of replicas) {
      one.renew();
      await one.takeLease();
      await one.restore();
      one.hear(1_000);
      await one.releaseUnstarted();
      one.renew();
    }
  }
  const owner = replicas.find((one) => (one.charge()?.hold.remainingMs() ?? 0) > 0);
  const state = owner!.charge()!.state;
  advance(state, 0n);
  expect(budgetStanding(state, budget)).toMatchObject({ heldPicoUsd: 0n, spentPicoUsd: model.booked() });
  expect(state.settledBeforeEnd.size).toBe(0);
}

test('whoever stands still, dies or takes over: what goes out stays within the budget, and nothing stays held', async () => {
  const property = fc.asyncProperty(commands, async (steps) => comesToRest(await play(steps, all)));
  await fc.assert(property, { numRuns: 1_000 });
}, 60_000);

test.each(['gatewaysCheckValidity', 'ownersCheckLease', 'admissionsEndWithLease', 'ownersRestore'] as const)(
  'it would not without this: %s',
  async (left) => {
    const precautions = { ...all, [left]: false };
    const property = fc.asyncProperty(commands, async (steps) => void (await play(steps, precautions)));
    const { failed } = await fc.check(property, { numRuns: 20_000, seed: 7, endOnFailure: true });
    expect(failed).toBe(true);
  },
  60_000,
);
