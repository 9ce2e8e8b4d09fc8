// A call's journey against a real log and real RPC.
import { describe, expect, test } from '@jest/globals';
import { AdmissionRefusal, AttemptOutcome, Call, CallOutcome, LimitKind, UsageSource } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import { systemClock } from '@waybill/service';
import {
  admitted,
  answering,
  candidate,
  complete,
  failing,
  incoming,
  openJourneyBench,
  partOf,
  ranking,
  readAll,
  refusalOf,
  resultOf,
  text,
  until,
} from '../testing/journey-bench.ts';

const overloaded = fault('unavailable', 'overloaded');
const mayRetry = { retrySame: true, retryOther: true, providerAtFault: true };
const types = (events: readonly { type: string }[]) => events.map(({ type }) => type);

describe('more texts to embed than a provider takes at once', () => {
  const inputs = Array<string>(97).fill('a');
  const call = Call.fromPartial({ model: 'smart', task: { $case: 'embedding', value: { inputs } } });
  const small = candidate('small', { providerKind: 'cohere' });

  test('are refused before any attempt', async () => {
    const bench = await openJourneyBench();
    bench.rank = async () => ranking([small]);
    const refused = await refusalOf(bench.conductCall({ ...incoming(), call }));
    expect(refused).toMatchObject({ kind: 'invalid', details: { reason: 'too_many_inputs' } });
    expect(refused.message).toContain('takes 96 texts a call, there are 97');
    await until(() => bench.commits.length > 0);
    expect(bench.commits).toEqual([['CallRefused']]);
    expect([bench.admissions, bench.attempts]).toEqual([[], []]);
  });

  test('go to the next candidate at once', async () => {
    const bench = await openJourneyBench();
    bench.rank = async () => ranking([small, candidate('large', { providerKind: 'openai' })]);
    await readAll(await bench.conductCall({ ...incoming(), call }));
    await bench.quiet();
    expect(bench.attempts.map(({ modelId }) => modelId)).toEqual(['large']);
  });
});

describe('a call with one attempt', () => {
  test('makes exactly two durable commits, and the last bytes come after the second', async () => {
    const bench = await openJourneyBench();
    const call = await bench.conductCall(incoming());
    const answer = await readAll(call);
    expect(answer).toEqual({ text: 'hello world', kinds: ['started', 'text', 'text', 'usage', 'finish'] });
    await bench.quiet();
    expect(bench.commits).toEqual([
      ['CallAdmitted', 'AttemptStarted'],
      ['AttemptEnded', 'CallEnded'],
    ]);
    const order = [
      'received',
      'ranked',
      'admitted',
      'first_commit_done',
      'provider_called',
      'part',
      'part',
      'first_part',
    ];
    expect(bench.steps).toEqual([...order, 'part', 'provider_ended', 'second_commit_done', 'last_byte', 'settled']);
  });

  test('does not go back in time from one event to the next', async () => {
    let nowMicros = systemClock().nowMicros();
    const clock = { ...systemClock(), nowMicros: () => (nowMicros += 1_000n) };
    const bench = await openJourneyBench({ clock });
    await readAll(await bench.conductCall(incoming()));
    await bench.quiet();
    const events = await bench.events();
    expect(types(events)).toEqual(['CallAdmitted', 'AttemptStarted', 'AttemptEnded', 'CallEnded']);
    const times = events.map(({ occurredAtMicros }) => occurredAtMicros);
    expect(times).toEqual([...times].sort((one, other) => Number(one - other)));
  });

  test('tells who answered, and what it cost', async () => {
    const bench = await openJourneyBench();
    const call = await bench.conductCall(incoming({ stream: false }));
    await readAll(call);
    expect(call).toMatchObject({ modelId: 'fast', providerId: 'sim', attempts: 1, simulated: true, repeated: false });
    expect(call.reportedModel).toBe('fast-2026');
    expect(call.summary()).toMatchObject({ costPicoUsd: 12n * 150_000n + 3n * 600_000n, costEstimated: false });
    expect(call.summary().callId).toBe(call.callId);
    expect(call.summary().overheadMicros).toBeGreaterThan(0);
  });

  test('is written with its usage, its rating and its reservation, and settled at that', async () => {
    const bench = await openJourneyBench();
    const call = await bench.conductCall(incoming());
    await readAll(call);
    await bench.quiet();
    const [admission, started, ended, over] = (await bench.events()).map(({ payload }) => payload);
    expect(admission).toMatchObject({ callId: call.callId, dialect: 'grpc', model: 'smart', stream: true });
    expect(started).toMatchObject({ attemptId: `${call.callId}:1`, reservation: { admittedAtMicros: 7n } });
    expect(ended).toMatchObject({
      outcome: AttemptOutcome.COMPLETED,
      usage: { inputTokens: 12, outputTokens: 3, source: UsageSource.REPORTED },
      rating: { amountPicoUsd: 3_600_000n, priceVersion: 'v1' },
      rawUsage: complete.rawUsage,
      deliveredBytes: 11n,
      uncertainPicoUsd: 0n,
      admittedAtMicros: 7n,
    });
    expect(over).toMatchObject({ outcome: CallOutcome.COMPLETED, attempts: 1, modelId: 'fast' });
    expect(bench.settled).toEqual([
      {
        attemptId: `${call.callId}:1`,
        tenantId: 'acme',
        inputTokens: 12,
        outputTokens: 3,
        amountPicoUsd: 3_600_000n,
        uncertainPicoUsd: 0n,
      },
    ]);
    expect(JSON.stringify(await bench.events(), (_, value) => String(value))).not.toContain('say hello');
  });

  test('hands its answer to the evaluator', async () => {
    const bench = await openJourneyBench();
    await readAll(await bench.conductCall(incoming()));
    await bench.quiet();
    await until(() => bench.submitted.length === 1);
    expect(bench.submitted[0]?.reply?.finish?.rawReason).toBe('stop');
  });
});

describe('a call that may not go out', () => {
  test('is refused with the limit in its fault, and noted', async () => {
    const bench = await openJourneyBench();
    const refusal = AdmissionRefusal.fromPartial({
      limit: 'acme-monthly',
      kind: LimitKind.BUDGET,
      message: 'no money',
    });
    bench.admit = async () => ({ decision: { $case: 'refusal', value: refusal } });
    const because = await refusalOf(bench.conductCall(incoming()));
    expect(because).toMatchObject({ kind: 'limited', details: { limit: 'acme-monthly' } });
    await until(() => bench.commits.length === 1);
    const [noted] = await bench.events();
    expect(noted).toMatchObject({ type: 'CallRefused', payload: { refusal: { limit: 'acme-monthly' } } });
    expect(noted?.payload.callId).toBe(because.details.call_id);
    expect(bench.attempts).toEqual([]);
  });

  test('is refused when no model can serve it, or selector does not know its name', async () => {
    const bench = await openJourneyBench();
    const exclusions = [{ modelId: 'fast', reason: 'lacks_capability', detail: 'vision' }];
    bench.rank = async () => ({ ...ranking([]), exclusions });
    expect((await refusalOf(bench.conductCall(incoming()))).kind).toBe('invalid');
    bench.rank = async () => {
      throw new FaultError(fault('not_found', 'no such model'));
    };
    expect((await refusalOf(bench.conductCall(incoming()))).kind).toBe('not_found');
  });

  test('is not sent on an admission that has run out, which is given back', async () => {
    const bench = await openJourneyBench();
    bench.admit = async () => admitted(0, 1n);
    const because = await refusalOf(bench.conductCall(incoming()));
    expect(because.kind).toBe('unavailable');
    await until(() => bench.released.length === 1);
    expect(bench.attempts).toEqual([]);
  });

  test('gives back what may have been reserved when rate-limit does not answer', async () => {
    const bench = await openJourneyBench({ settings: { admitTimeoutMs: 20 } });
    bench.admit = () => new Promise(() => undefined);
    const because = await refusalOf(bench.conductCall(incoming()));
    expect(because).toMatchObject({ kind: 'unavailable', details: { neighbour: 'rate-limit' }, retryAfterMs: 1_000 });
    await until(() => bench.released.length === 1);
  });
});

describe('an attempt that fails', () => {
  test('before the caller saw anything is followed by one at the next candidate', async () => {
    const bench = await openJourneyBench();
    bench.rank = async () => ranking([candidate('fast'), candidate('careful')]);
    bench.provider = ({ modelId }) => (modelId === 'fast' ? failing(overloaded, mayRetry) : answering('late'));
    const call = await bench.conductCall(incoming());
    expect(await readAll(call)).toMatchObject({ text: 'late' });
    expect(call).toMatchObject({ modelId: 'careful', attempts: 2 });
    await bench.quiet();
    expect(bench.commits).toEqual([
      ['CallAdmitted', 'AttemptStarted'],
      ['AttemptEnded'],
      ['AttemptStarted'],
      ['AttemptEnded', 'CallEnded'],
    ]);
    const first = (await bench.events()).find(({ type }) => type === 'AttemptEnded')?.payload;
    expect(first).toMatchObject({ outcome: AttemptOutcome.FAILED, usage: undefined, rating: undefined });
    expect(bench.settled.map(({ amountPicoUsd }) => amountPicoUsd)).toEqual([0n, 3_600_000n]);
  });

  test('is settled before the next one asks for admission, so that its own hold is not in the way', async () => {
    const bench = await openJourneyBench();
    bench.rank = async () => ranking([candidate('fast'), candidate('careful')]);
    bench.provider = ({ modelId }) => (modelId === 'fast' ? failing(overloaded, mayRetry) : answering('late'));
    const settledAtAdmission: number[] = [];
    bench.admit = async () => {
      settledAtAdmission.push(bench.settled.length);
      return admitted(0);
    };
    await readAll(await bench.conductCall(incoming()));
    expect(settledAtAdmission).toEqual([0, 1]);
  });

  test('after part of the answer breaks it off, and is booked at an estimate', async () => {
    const bench = await openJourneyBench();
    const cut = fault('upstream', 'cut');
    bench.provider = () => failing(cut, { ...mayRetry, mayHaveBilled: true }, 'half an ans');
    const call = await bench.conductCall(incoming());
    const answer = await readAll(call);
    expect(answer).toMatchObject({ text: 'half an ans', kinds: ['text'], fault: { kind: 'upstream' } });
    await bench.quiet();
    expect(bench.attempts).toHaveLength(1);
    const ended = (await bench.events()).find(({ type }) => type === 'AttemptEnded')?.payload;
    expect(ended).toMatchObject({
      outcome: AttemptOutcome.FAILED,
      usage: { source: UsageSource.ESTIMATED, outputTokens: 11 },
      deliveredBytes: 11n,
    });
    expect(call.summary().costEstimated).toBe(true);
  });

  test('in the middle of a whole answer is tried again, and nothing of it is shown', async () => {
    const bench = await openJourneyBench();
    bench.rank = async () => ranking([candidate('fast'), candidate('careful')], { retries: 1, whole: true });
    bench.provider = ({ modelId }) =>
      modelId === 'fast' ? failing(overloaded, { ...mayRetry, mayHaveBilled: true }, 'half') : answering('whole');
    expect((await readAll(await bench.conductCall(incoming()))).text).toBe('whole');
  });

  test('too often fails the call with the last fault', async () => {
    const bench = await openJourneyBench();
    bench.rank = async () => ranking([candidate('a'), candidate('b')], { retries: 1, whole: false });
    bench.provider = ({ modelId }) => failing(fault('upstream', modelId), mayRetry);
    const because = await refusalOf(bench.conductCall(incoming()));
    expect(because).toMatchObject({ kind: 'upstream', message: 'b', details: { attempts: '2' } });
    await bench.quiet();
    expect((await bench.events()).at(-1)).toMatchObject({
      type: 'CallEnded',
      payload: { outcome: CallOutcome.FAILED },
    });
  });

  test('without ever giving a result is booked at what it may have used', async () => {
    const bench = await openJourneyBench();
    bench.rank = async () => ranking([candidate('a')], { retries: 0, whole: false });
    bench.provider = async function* () {
      yield partOf(text('x'));
      throw new FaultError(fault('unavailable', 'the adapter is gone'));
    };
    expect((await readAll(await bench.conductCall(incoming()))).fault?.kind).toBe('unavailable');
    await bench.quiet();
    const ended = (await bench.events()).find(({ type }) => type === 'AttemptEnded')?.payload;
    expect(ended).toMatchObject({ usage: { source: UsageSource.ESTIMATED } });
  });
});

describe('a caller that leaves', () => {
  test('has its answer drained, and its usage booked as reported', async () => {
    const bench = await openJourneyBench();
    const left = new AbortController();
    const call = await bench.conductCall(incoming({ signal: left.signal }));
    await call.parts[Symbol.asyncIterator]().next();
    left.abort();
    await bench.quiet();
    const [ended, over] = (await bench.events()).slice(-2).map(({ payload }) => payload);
    expect(ended).toMatchObject({ outcome: AttemptOutcome.ABANDONED, usage: { source: UsageSource.REPORTED } });
    expect(over).toMatchObject({ outcome: CallOutcome.ABANDONED });
  });

  test('is waited for only so long: then the provider is cut off, and its usage estimated', async () => {
    const bench = await openJourneyBench({ settings: { drainMs: 30 } });
    let wasCancelled = false;
    bench.provider = async function* (_, { signal }) {
      yield partOf(text('one'));
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      wasCancelled = true;
    };
    const call = await bench.conductCall(incoming());
    for await (const _ of call.parts) break;
    await bench.quiet();
    await until(() => wasCancelled);
    const ended = (await bench.events()).find(({ type }) => type === 'AttemptEnded')?.payload;
    expect(ended).toMatchObject({ outcome: AttemptOutcome.ABANDONED, usage: { source: UsageSource.ESTIMATED } });
    expect(types(await bench.events()).filter((type) => type === 'AttemptEnded')).toHaveLength(1);
  });

  test('is left at once by a provider for which that is configured, however long others are read on', async () => {
    const drains = new Map([['sim', { drainMs: 0, drainBytes: 1_000 }]]);
    const bench = await openJourneyBench({ settings: { drainMs: 60_000, drains } });
    bench.provider = async function* (_, { signal }) {
      yield partOf(text('one'));
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const call = await bench.conductCall(incoming());
    for await (const _ of call.parts) break;
    await bench.quiet();
    const ended = (await bench.events()).find(({ type }) => type === 'AttemptEnded')?.payload;
    expect(ended).toMatchObject({ outcome: AttemptOutcome.ABANDONED, usage: { source: UsageSource.ESTIMATED } });
  });

  test('is given up after so many bytes more', async () => {
    const bench = await openJourneyBench({ settings: { drainBytes: 100 } });
    bench.provider = async function* () {
      for (let index = 0; index < 1_000; index += 1) yield partOf(text('0123456789'));
      yield resultOf(complete);
    };
    const call = await bench.conductCall(incoming());
    for await (const _ of call.parts) break;
    await bench.quiet();
    const ended = (await bench.events()).find(({ type }) => type === 'AttemptEnded')?.payload;
    expect(Number(ended?.deliveredBytes)).toBeLessThan(2_000);
  });

  test('before anything went out costs nothing', async () => {
    const bench = await openJourneyBench();
    const left = new AbortController();
    bench.admit = async () => {
      left.abort();
      return admitted(0);
    };
    const because = await refusalOf(bench.conductCall(incoming({ signal: left.signal })));
    expect(because.kind).toBe('cancelled');
    await bench.quiet();
    await until(() => bench.released.length === 1);
    expect(bench.attempts).toEqual([]);
  });

  test('and one that does not read are the same', async () => {
    const bench = await openJourneyBench({ settings: { stallMs: 20, waitingParts: 2 } });
    bench.provider = () => answering(...'abcdefghijkl');
    const call = await bench.conductCall(incoming());
    await bench.quiet();
    expect((await readAll(call)).fault?.kind).toBe('timeout');
    expect((await bench.events()).at(-1)?.payload.outcome).toBe(CallOutcome.ABANDONED);
  });

  test('slowly makes the provider wait, not the memory grow', async () => {
    const bench = await openJourneyBench({ settings: { waitingParts: 4 } });
    let sent = 0;
    bench.provider = async function* () {
      for (; sent < 500; sent += 1) yield partOf(text('x'));
      yield resultOf(complete);
    };
    const call = await bench.conductCall(incoming());
    const parts = call.parts[Symbol.asyncIterator]();
    await parts.next();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(sent).toBeLessThan(50);
    let read = 1;
    for (let next = await parts.next(); !next.done; next = await parts.next()) read += 1;
    expect(read).toBe(502);
  });
});
