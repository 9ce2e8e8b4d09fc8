// A replica of rate-limit on given stores, and the questions of a gateway to it, for tests.
import type { Admission, AdmissionRefusal, BudgetStanding } from '@waybill/contracts';
import { AdmitRequest, ListBudgetsRequest, ReleaseRequest, SettleRequest } from '@waybill/contracts';
import type { EventDraft, EventReader } from '@waybill/event-log';
import type { Clock, Fault } from '@waybill/kernel';
import { FaultError, faultOf } from '@waybill/kernel';
import type { Leases } from '@waybill/leases';
import { keepProjection, type ProjectionStore } from '@waybill/projections';
import { elsewhere } from '@waybill/rpc';
import { openShareBook } from '../adapters/projection-share-book.ts';
import { partitionsFor } from '../core/partition.ts';
import { emptySharedState } from '../core/shared-state.ts';
import type { Rules } from '../core/state.ts';
import { standingProjection } from '../projections/standing.ts';
import { limitHandlers } from '../rpc/limit-handlers.ts';
import { openReplica } from '../usecases/replica.ts';

export interface ReplicaBenchOptions {
  readonly instance: string;
  readonly leases: Leases;
  readonly log: EventReader;
  readonly store: ProjectionStore;
  readonly rules: Rules;
  readonly clock?: Clock;
}

/** What a replica says to a call that it does not admit. */
export type TurnedAway =
  | { readonly refused: AdmissionRefusal; readonly fault?: undefined }
  | { readonly fault: Fault; readonly refused?: undefined };

export interface ReplicaBench {
  readonly address: string;
  readonly alarms: readonly string[];
  readonly notices: readonly EventDraft[];
  readonly owned: () => number;
  admit(tenantId: string, attemptId: string, holdPicoUsd: bigint): Promise<Admission | TurnedAway>;
  settle(tenantId: string, attemptId: string, amountPicoUsd: bigint): Promise<Fault | undefined>;
  release(tenantId: string, attemptId: string): Promise<Fault | undefined>;
  budget(budgetId: string): Promise<BudgetStanding>;
  budgets(): Promise<readonly BudgetStanding[]>;
  /** Gives everything up in good order. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const call = { signal: new AbortController().signal, timeLeftMs: undefined, metadata: {} };

export const realClock: Clock = {
  nowMicros: () => BigInt(Date.now()) * 1_000n,
  monotonicMs: () => performance.now(),
};

export async function openReplicaBench(options: ReplicaBenchOptions): Promise<ReplicaBench> {
  const { instance, leases, log, store, rules, clock = realClock } = options;
  const end = new AbortController();
  const alarms: string[] = [];
  const drafts: EventDraft[] = [];
  const alarm = (name: string) => void alarms.push(name);
  const projection = { projection: standingProjection, reader: log, store, leases, signal: end.signal };
  const { partition: snapshot } = await keepProjection({ ...projection, onAlarm: alarm });
  const partitioning = partitionsFor(rules);
  const notices = { record: (draft: EventDraft) => void drafts.push(draft), alarm };
  const address = `${instance}:50051`;
  const replica = openReplica({
    ...{ instance, address, leases, rules, partitioning, snapshot, log, notices, clock },
    shared: emptySharedState(partitioning),
    book: await openShareBook(store),
    meters: { owned() {}, tookOver() {}, sentElsewhere() {} },
  });
  await replica.start().catch(() => alarm('start_failed'));
  const handlers = limitHandlers({
    ...{ ...replica, rules, clock, notices },
    elsewhere: async (tenantId) => new FaultError(elsewhere(await replica.addressFor(tenantId))),
  });
  const listBudgets = async (budgetId: string) =>
    (await handlers.listBudgets(ListBudgetsRequest.fromPartial({ budgetId }), call)).budgets;
  return {
    address,
    alarms,
    notices: drafts,
    owned: () => replica.charges.all().filter(({ leaving }) => !leaving).length,
    async admit(tenantId, attemptId, holdPicoUsd) {
      const options = [{ modelId: 'm', providerId: 'p', holdPicoUsd }];
      const request = AdmitRequest.fromPartial({ attemptId, attribution: { tenantId }, options });
      try {
        const { decision } = await handlers.admit(request, call);
        return decision?.$case === 'admission' ? decision.value : { refused: decision!.value };
      } catch (thrown) {
        return { fault: faultOf(thrown) };
      }
    },
    settle: (tenantId, attemptId, amountPicoUsd) =>
      faultIn(handlers.settle(SettleRequest.fromPartial({ tenantId, attemptId, amountPicoUsd }), call)),
    release: (tenantId, attemptId) =>
      faultIn(handlers.release(ReleaseRequest.fromPartial({ tenantId, attemptId }), call)),
    budget: async (budgetId) => (await listBudgets(budgetId))[0]!,
    budgets: () => listBudgets(''),
    stop: replica.stop,
    async close() {
      await replica.close();
      end.abort();
    },
  };
}

async function faultIn(answer: Promise<unknown>): Promise<Fault | undefined> {
  try {
    await answer;
    return undefined;
  } catch (thrown) {
    return faultOf(thrown);
  }
}

/** The admission; throws what stands in its place. */
export function admitted(answer: Admission | TurnedAway): Admission {
  if ('admittedAtMicros' in answer) return answer;
  throw new Error(answer.refused?.message ?? answer.fault?.message);
}
