// Two replicas with real leases, log and read models: who is in charge, how it changes, and what is shared.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { EventProducer } from '@waybill/event-log';
import { hasMongo } from '../../../test/infra/mongodb.ts';
import { hasNats } from '../../../test/infra/nats.ts';
import { slotCount, slotOf } from './core/partition.ts';
import type { Rules } from './core/state.ts';
import { endedDraft, startedDraft, type TestAttempt } from './testing/attempt-events.ts';
import { admitted, openReplicaBench, type ReplicaBench } from './testing/replica-bench.ts';
import { type ReplicaStores, type SharedStores, startSharedStores } from './testing/shared-stores.ts';

/** One tenant for each slot. */
const tenants = Array.from({ length: slotCount }, (_, slot) => {
  for (let index = 0; ; index += 1) if (slotOf(`tenant-${index}`) === slot) return `tenant-${index}`;
});
const rules: Rules = {
  rates: [{ id: 'provider', kind: 'requests', scope: { provider: 'p' }, amount: 40 }],
  concurrency: [],
  budgets: tenants.map((tenant) => {
    return { id: tenant, scope: { tenant }, amountPicoUsd: 1000n, period: 'total', alertsBasisPoints: [] };
  }),
};

interface Member {
  readonly stores: ReplicaStores;
  readonly replica: ReplicaBench;
}

(hasNats && hasMongo ? describe : describe.skip)('replicas of rate-limit', () => {
  let shared: SharedStores;
  let gateway: ReplicaStores;
  let producer: EventProducer;
  let members: Member[];
  let attempts = 0;

  beforeAll(async () => {
    shared = await startSharedStores();
  }, 60_000);
  afterAll(() => shared?.stop());

  beforeEach(async () => {
    await shared.makeNew();
    members = [];
    gateway = await shared.open('gateway-0');
    producer = await gateway.log.openProducer('gateway/gateway-0');
  }, 30_000);
  afterEach(async () => {
    for (const { replica, stores } of members) {
      await replica.close();
      await stores.close();
    }
    await gateway.close();
  }, 60_000);

  async function join(instance: string, kept: Rules = rules): Promise<Member> {
    const stores = await shared.open(instance);
    const member = { stores, replica: await openReplicaBench({ instance, ...stores, rules: kept }) };
    members.push(member);
    return member;
  }

  async function until(what: () => boolean | Promise<boolean>): Promise<void> {
    for (let look = 0; look < 300; look += 1) {
      if (await what()) return;
      await sleep(50);
    }
    throw new Error(`it never came to: ${what}`);
  }

  async function admit({ replica }: Member, tenantId: string, holdPicoUsd: bigint): Promise<TestAttempt> {
    attempts += 1;
    const attemptId = `a${attempts}:1`;
    const admission = admitted(await replica.admit(tenantId, attemptId, holdPicoUsd));
    return { attemptId, tenantId, holdPicoUsd, admission };
  }

  async function isAdmittedBy(member: Member, tenantId: string): Promise<boolean> {
    attempts += 1;
    const attemptId = `probe${attempts}:1`;
    const answer = await member.replica.admit(tenantId, attemptId, 1n);
    if (!('admittedAtMicros' in answer)) return false;
    await member.replica.release(tenantId, attemptId);
    return true;
  }

  test('the first takes everything; a second one gets half of it, with what was spent and held', async () => {
    const first = await join('rate-limit-0');
    expect(first.replica.owned()).toBe(slotCount);
    const open: TestAttempt[] = [];
    for (const tenant of tenants) {
      const [ended, held] = [await admit(first, tenant, 300n), await admit(first, tenant, 500n)];
      open.push(held);
      await producer.append([startedDraft(ended), endedDraft(ended, { amountPicoUsd: 250n }), startedDraft(held)]);
      await first.replica.settle(tenant, ended.attemptId, 250n);
    }
    const second = await join('rate-limit-1');
    await until(() => second.replica.owned() === slotCount / 2 && first.replica.owned() === slotCount / 2);
    for (const { tenantId, attemptId } of open) {
      const standing = (member: Member) => member.replica.budget(tenantId).catch(() => undefined);
      const [here, there] = [await standing(first), await standing(second)];
      const [owner, other, budget] = here ? [first, second, here] : [second, first, there!];
      expect(budget).toMatchObject({ spentPicoUsd: 250n, heldPicoUsd: 500n });
      const refused = () => other.replica.admit(tenantId, `${attemptId}x`, 1n);
      expect(await refused()).toMatchObject({ fault: { kind: 'unavailable', details: { reason: 'elsewhere' } } });
      // It hears within a round who has it now.
      const { address } = owner.replica;
      await until(async () => {
        const answer = await refused();
        return 'fault' in answer && answer.fault?.details.address === address;
      });
      expect(await owner.replica.settle(tenantId, attemptId, 400n)).toBeUndefined();
      expect(await owner.replica.budget(tenantId)).toMatchObject({ spentPicoUsd: 650n, heldPicoUsd: 0n });
    }
  }, 60_000);

  test('one that leaves in good order is followed at once, and all budgets are told by whoever is asked', async () => {
    const first = await join('rate-limit-0');
    const second = await join('rate-limit-1');
    await until(() => second.replica.owned() === slotCount / 2);
    for (const tenant of tenants) {
      const owner = (await isAdmittedBy(first, tenant)) ? first : second;
      const attempt = await admit(owner, tenant, 100n);
      await producer.append([startedDraft(attempt)]);
    }
    await until(async () => (await second.replica.budgets()).every(({ heldPicoUsd }) => heldPicoUsd === 100n));
    await first.replica.stop();
    await until(() => second.replica.owned() === slotCount);
    for (const budget of await second.replica.budgets()) expect(budget.heldPicoUsd).toBe(100n);
  }, 60_000);

  test('one that is cut off from MongoDB admits nothing beyond its lease, and only then does the next one', async () => {
    const first = await join('rate-limit-0');
    const tenant = tenants[3]!;
    const started = await admit(first, tenant, 400n);
    await producer.append([startedDraft(started)]);
    const second = await join('rate-limit-1');
    await until(() => second.replica.owned() === slotCount / 2);
    const [old, next] = (await isAdmittedBy(first, tenant)) ? [first, second] : [second, first];
    await old.stores.cutOff();
    let goodUntilMs = 0;
    await until(async () => {
      const askedAtMs = performance.now();
      attempts += 1;
      const answer = await old.replica.admit(tenant, `cut${attempts}:1`, 1n);
      if (!('admittedAtMicros' in answer)) return true;
      goodUntilMs = Math.max(goodUntilMs, askedAtMs + answer.validForMs);
      return false;
    });
    await until(() => isAdmittedBy(next, tenant));
    expect(performance.now()).toBeGreaterThan(goodUntilMs);
    expect(await next.replica.budget(tenant)).toMatchObject({ heldPicoUsd: 400n, spentPicoUsd: 0n });
    await until(() => next.replica.owned() === slotCount);
  }, 60_000);

  test('a limit that both count in is passed by neither, and goes where it is asked for', async () => {
    const first = await join('rate-limit-0');
    const second = await join('rate-limit-1');
    await until(() => second.replica.owned() === slotCount / 2 && first.replica.owned() === slotCount / 2);
    const [here, there] = [[] as string[], [] as string[]];
    for (const tenant of tenants) ((await isAdmittedBy(first, tenant)) ? here : there).push(tenant);
    let given = 0;
    async function ask(member: Member, tenant: string, times: number): Promise<void> {
      for (let time = 0; time < times; time += 1) {
        attempts += 1;
        if ('admittedAtMicros' in (await member.replica.admit(tenant, `r${attempts}:1`, 1n))) given += 1;
      }
    }
    await until(() => isAdmittedBy(second, there[0]!));
    await Promise.all([ask(first, here[0]!, 10), ask(second, there[0]!, 10)]);
    expect(given).toBe(20);
    const askedAtMs = performance.now();
    await until(async () => {
      await ask(second, there[0]!, 5);
      return given === 40 || performance.now() - askedAtMs > 20_000;
    });
    await ask(first, here[0]!, 20);
    await ask(second, there[0]!, 20);
    expect(given).toBe(40);
  }, 60_000);

  test('where a budget spans tenants one replica has everything, and another one takes over all of it', async () => {
    const spanning: Rules = { ...rules, budgets: [{ ...rules.budgets[0]!, id: 'all', scope: {} }] };
    const first = await join('rate-limit-0', spanning);
    const second = await join('rate-limit-1', spanning);
    for (const tenant of ['acme', 'globex']) {
      const attempt = await admit(first, tenant, 300n);
      await producer.append([startedDraft(attempt)]);
    }
    expect([first.replica.owned(), second.replica.owned()]).toEqual([1, 0]);
    await first.stores.cutOff();
    await until(() => second.replica.owned() === 1);
    expect(await second.replica.budget('all')).toMatchObject({ heldPicoUsd: 600n });
    expect(await second.replica.admit('third', 'third:1', 401n)).toMatchObject({ refused: { limit: 'all' } });
  }, 60_000);
});
