// Batches at a simulated provider: handed in, looked up, polled, cancelled and read, with the connection breaking.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ProviderConfiguration } from '@waybill/config';
import { BatchEntry, BatchOutcome, type ReadBatchResponse, Role, type UpstreamBatch } from '@waybill/contracts';
import { batchCallId, Secret, timeOrderedId } from '@waybill/kernel';
import { systemClock } from '@waybill/service';
import { type Simulator, type SimulatorOptions, startSimulator } from '@waybill/simulator';
import { openTargets } from '../adapters/targets.ts';
import { openAccess } from '../usecases/access.ts';
import { createBreakers } from '../usecases/breakers.ts';
import { batchHandlers } from './handlers.ts';

const clock = systemClock();
const nothing = { baseUrl: async () => '', close: async () => undefined };
const context = { signal: new AbortController().signal } as never;
const batchId = timeOrderedId('batch', 0n, new Uint8Array(10));
let closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});

async function open(options: SimulatorOptions = {}, more: Partial<ProviderConfiguration> = {}) {
  const simulator = await startSimulator(options);
  closing.push(simulator.close);
  const provider: ProviderConfiguration = {
    ...{ id: 'claude', kind: 'anthropic', dialect: 'anthropic', baseUrl: `${simulator.url}/anthropic` },
    apiKey: new Secret('sk-ant-one'),
    timeouts: { connectMs: 2_000, firstByteMs: 2_000, idleMs: 2_000, totalMs: 10_000 },
    ...more,
  };
  const targets = await openTargets({ providers: [provider] }, nothing, clock);
  closing.push(() => Promise.all([...targets.values()].map(({ connection }) => connection.close())));
  const access = openAccess({ breakers: createBreakers(clock, () => {}), clock, alarm: () => {} });
  const shared = targets.get('claude')!;
  const own = {
    ...shared,
    keys: [{ id: 'pk_own/1', secret: new Secret('sk-ant-own'), weight: 1 }],
    tenantKeyId: 'pk_own',
  };
  const targetFor = async ({ tenantId }: { tenantId: string }) => (tenantId === 'with-own-key' ? own : shared);
  const handlers = batchHandlers({ targetFor, sharedTarget: () => shared, access, clock });
  return { simulator, handlers };
}

type Handlers = Awaited<ReturnType<typeof open>>['handlers'];

function entry(number: number, upstreamModel = 'claude-haiku-4-5'): BatchEntry {
  const parts = [{ part: { $case: 'text', value: { text: `Why ${number}?` } } } as const];
  const chat = { messages: [{ role: Role.USER, parts }] };
  const call = { model: 'fast', task: { $case: 'chat', value: chat } as const };
  return BatchEntry.fromPartial({ callId: batchCallId(batchId, number), call, upstreamModel, maxOutputTokens: 50 });
}

function submit(handlers: Handlers, entries: BatchEntry[], { validForMs = 10_000, id = batchId } = {}) {
  return handlers.submitBatch({ batchId: id, providerId: 'claude', tenantId: 'acme', entries, validForMs }, context);
}

const lookUp = (handlers: Handlers, entries: number, sinceMicros = clock.nowMicros()) =>
  handlers.findBatch({ batchId, providerId: 'claude', tenantId: 'acme', sinceMicros, entries }, context);

const about = (batch: UpstreamBatch | undefined) => ({ providerId: 'claude', tenantId: 'acme', batch });

async function read(handlers: Handlers, batch: UpstreamBatch | undefined): Promise<ReadBatchResponse[]> {
  const lines: ReadBatchResponse[] = [];
  for await (const line of handlers.readBatch({ batchId, ...about(batch) }, context)) lines.push(line);
  return lines.toSorted((one, other) => one.callId.localeCompare(other.callId));
}

const ours = (simulator: Simulator) => simulator.calls().filter(({ method }) => method === 'POST');

describe('a batch at its provider', () => {
  test('is worked off, and each entry told with its usage at the tier of batches', async () => {
    const { handlers } = await open();
    const failing = [entry(2, 'claude-haiku-4-5#fault=overloaded'), entry(3, 'claude-haiku-4-5#fault=timeout')];
    const { batch, fault } = await submit(handlers, [entry(1, 'claude-haiku-4-5#input=100&output=7'), ...failing]);
    expect(fault).toBeUndefined();
    expect(await handlers.getBatch(about(batch), context)).toEqual({ ended: true, fault: undefined });
    const [one, two, three] = await read(handlers, batch);
    expect(one).toMatchObject({
      callId: batchCallId(batchId, 1),
      outcome: BatchOutcome.SUCCEEDED,
      result: { fault: undefined, usage: { inputTokens: 100, outputTokens: 7, batch: true }, mayHaveBilled: true },
    });
    expect(one!.parts.map(({ part }) => part?.$case)).toEqual(['started', 'text']);
    expect(two).toMatchObject({ outcome: BatchOutcome.ERRORED, result: { mayHaveBilled: false, usage: undefined } });
    expect(three).toMatchObject({ outcome: BatchOutcome.EXPIRED, result: { mayHaveBilled: false } });
    expect(three!.result?.fault?.details).toEqual({ reason: 'batch_expired' });
  });

  test('that is cancelled ends with nothing used', async () => {
    const { handlers } = await open({ batchMs: 60_000 });
    const { batch } = await submit(handlers, [entry(1)]);
    expect(await handlers.getBatch(about(batch), context)).toEqual({ ended: false, fault: undefined });
    await handlers.cancelBatch(about(batch), context);
    expect(await handlers.getBatch(about(batch), context)).toEqual({ ended: true, fault: undefined });
    expect(await read(handlers, batch)).toMatchObject([{ outcome: BatchOutcome.CANCELLED }]);
  });

  test('may exist when the answer to its submission is lost, and is found by its entries', async () => {
    const { simulator, handlers } = await open();
    simulator.setFaults([{ operation: 'batch', nth: 2, directives: 'fault=reset' }]);
    const other = timeOrderedId('batch', 1_000n, new Uint8Array(10));
    await submit(handlers, [{ ...entry(1), callId: batchCallId(other, 1) }], { id: other });
    const lost = await submit(handlers, [entry(1)]);
    expect(lost).toMatchObject({ mayExist: true, batch: undefined, fault: { message: expect.any(String) } });
    const found = await lookUp(handlers, 1);
    expect(found).toMatchObject({ undecided: false, batch: { keyId: '' } });
    expect(await read(handlers, found.batch)).toMatchObject([{ callId: batchCallId(batchId, 1) }]);
  });

  test('is neither found nor given up while one of as many entries is under way', async () => {
    const { handlers } = await open({ batchMs: 60_000 });
    await submit(handlers, [entry(1)]);
    expect(await lookUp(handlers, 1)).toEqual({ batch: undefined, undecided: true });
    expect(await lookUp(handlers, 2)).toEqual({ batch: undefined, undecided: false });
    const later = clock.nowMicros() + 3_600_000_000n;
    expect(await lookUp(handlers, 1, later)).toEqual({ batch: undefined, undecided: false });
  });

  test('is looked up at every key, and belongs to the one that it was sent with', async () => {
    const apiKeys = ['one', 'two'].map((id) => ({ id, key: new Secret(`sk-ant-${id}`), weight: 1 }));
    const { simulator, handlers } = await open({ badKeys: [] }, { apiKeys });
    const { batch } = await submit(handlers, [entry(1)]);
    expect((await lookUp(handlers, 1)).batch).toEqual(batch);
    expect(ours(simulator)).toHaveLength(1);
    const gone = { ...batch!, keyId: 'three' };
    await expect(handlers.getBatch(about(gone), context)).rejects.toMatchObject({
      fault: { kind: 'unavailable', details: { reason: 'key_not_configured' } },
    });
  });
});

describe('a batch that goes up as a file', () => {
  const asOpenAi = { dialect: 'openai', kind: 'openai' } as const;
  const openOpenAi = async (options: SimulatorOptions = {}) => {
    const simulator = await startSimulator(options);
    closing.push(simulator.close);
    const { handlers } = await open({}, { ...asOpenAi, baseUrl: `${simulator.url}/openai/v1` });
    return { simulator, handlers };
  };
  const mini = (number: number, directives = '') => entry(number, `gpt-4o-mini${directives}`);

  test('is worked off, and its two files of results are read as one', async () => {
    const { handlers } = await openOpenAi();
    const entries = [mini(1, '#input=100&output=7'), mini(2, '#fault=overloaded'), mini(3, '#fault=timeout')];
    const { batch, fault } = await submit(handlers, entries);
    expect(fault).toBeUndefined();
    expect(await handlers.getBatch(about(batch), context)).toEqual({ ended: true, fault: undefined });
    const [one, two, three] = await read(handlers, batch);
    expect(one).toMatchObject({
      outcome: BatchOutcome.SUCCEEDED,
      result: { fault: undefined, usage: { inputTokens: 100, outputTokens: 7, batch: true }, mayHaveBilled: true },
    });
    expect(two).toMatchObject({ outcome: BatchOutcome.ERRORED, result: { mayHaveBilled: false, usage: undefined } });
    expect(three).toMatchObject({ outcome: BatchOutcome.EXPIRED, result: { mayHaveBilled: false } });
  });

  test('is found by our own id while it is under way, when the answer to its making is lost', async () => {
    const { simulator, handlers } = await openOpenAi({ batchMs: 60_000 });
    const other = timeOrderedId('batch', 1_000n, new Uint8Array(10));
    await submit(handlers, [{ ...mini(1), callId: batchCallId(other, 1) }], { id: other });
    expect(await lookUp(handlers, 1)).toEqual({ batch: undefined, undecided: false });
    simulator.setFaults([{ operation: 'batch', nth: 1, directives: 'fault=reset' }]);
    expect(await submit(handlers, [mini(1)])).toMatchObject({ mayExist: true, batch: undefined });
    const { batch, undecided } = await lookUp(handlers, 1);
    expect(undecided).toBe(false);
    await handlers.cancelBatch(about(batch), context);
    expect(await handlers.getBatch(about(batch), context)).toMatchObject({ ended: true });
    const outcome = BatchOutcome.CANCELLED;
    expect(await read(handlers, batch)).toMatchObject([{ callId: batchCallId(batchId, 1), outcome }]);
  });

  test('does not exist when only its file went up, or not even that', async () => {
    const { simulator, handlers } = await openOpenAi();
    simulator.setFaults([{ operation: 'file', nth: 1, directives: 'fault=reset' }]);
    expect(await submit(handlers, [mini(1)])).toMatchObject({
      mayExist: false,
      fault: { message: expect.stringContaining('ECONNRESET') },
    });
    simulator.setFaults([{ operation: 'batch', nth: 1, directives: 'fault=quota' }]);
    expect(await submit(handlers, [mini(1)])).toMatchObject({ mayExist: false });
    expect(await lookUp(handlers, 1)).toEqual({ batch: undefined, undecided: false });
  });

  test('that its provider will not begin is told of with the reason', async () => {
    const { handlers } = await openOpenAi();
    const { batch } = await submit(handlers, [mini(1), mini(1)]);
    const { ended, fault } = await handlers.getBatch(about(batch), context);
    expect({ ended, message: fault?.message }).toEqual({ ended: true, message: expect.stringMatching(/line 2/) });
    expect(await read(handlers, batch)).toEqual([]);
  });
});

describe("a tenant's own key", () => {
  const ofTenant = { tenantId: 'with-own-key', providerId: 'claude' };

  test('is what its batch is sent, found and read with', async () => {
    const { handlers } = await open({ badKeys: ['sk-ant-one'] });
    const sent = await handlers.submitBatch({ ...ofTenant, batchId, entries: [entry(1)], validForMs: 10_000 }, context);
    expect(sent).toMatchObject({ fault: undefined, batch: { keyId: 'pk_own/1' } });
    expect(await handlers.getBatch({ ...ofTenant, batch: sent.batch }, context)).toEqual({
      ended: true,
      fault: undefined,
    });
    // Of a version of the key that has been replaced meanwhile.
    const before = { ...sent.batch!, keyId: 'pk_own/0' };
    expect(await handlers.getBatch({ ...ofTenant, batch: before }, context)).toEqual({ ended: true, fault: undefined });
  });

  test('is not asked about a batch that was sent before the tenant had it', async () => {
    const { handlers } = await open({ badKeys: ['sk-ant-own'] });
    const { batch } = await submit(handlers, [entry(1)]);
    expect(await handlers.getBatch({ ...ofTenant, batch }, context)).toEqual({ ended: true, fault: undefined });
  });
});

describe('what cannot exist', () => {
  test('is said to: refused, nobody there, or too late', async () => {
    const { simulator, handlers } = await open();
    simulator.setFaults([{ operation: 'batch', nth: 1, directives: 'fault=rate-limit:seconds:2' }]);
    const refused = await submit(handlers, [entry(1)]);
    expect(refused).toMatchObject({ mayExist: false, fault: { retryAfterMs: 2_000 } });
    const late = await submit(handlers, [entry(1)], { validForMs: 0 });
    expect(late).toMatchObject({ mayExist: false, fault: { details: { reason: 'admission_expired' } } });
    expect(ours(simulator)).toHaveLength(1);
    const nobody = await open({}, { baseUrl: 'http://127.0.0.1:1/anthropic' });
    expect(await submit(nobody.handlers, [entry(1)])).toMatchObject({ mayExist: false });
    await expect(lookUp(nobody.handlers, 1)).rejects.toMatchObject({ fault: { kind: 'unavailable' } });
  });

  test('no provider without batches is asked for one', async () => {
    const { simulator, handlers } = await open({}, { kind: 'gemini', dialect: 'gemini' });
    const answer = await submit(handlers, [entry(1)]);
    expect(answer).toMatchObject({ mayExist: false, fault: { message: expect.stringContaining('takes no batches') } });
    expect(simulator.calls()).toEqual([]);
  });
});
