// A neighbour that is away: what still works, what is refused, and that nothing is booked for what never left.
import { describe, expect, test } from '@jest/globals';
import { AttemptOutcome } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import {
  admitted,
  answering,
  candidate,
  incoming,
  openJourneyBench,
  partOf,
  ranking,
  readAll,
  refusalOf,
  text,
} from '../testing/journey-bench.ts';

const away = new FaultError(fault('unavailable', 'nobody listens', { details: { reason: 'not_sent' } }));
const gone = async () => {
  throw away;
};

describe('selector', () => {
  test('away: a call of a kind that was ranked before goes by the last ranking, and says so', async () => {
    const bench = await openJourneyBench();
    await readAll(await bench.conductCall(incoming()));
    bench.rank = gone;
    const call = await bench.conductCall(incoming());
    const { text, kinds } = await readAll(call);
    expect(text).toBe('hello world');
    expect(kinds[0]).toBe('warning');
    expect(call.warnings).toMatchObject([{ code: 'old_ranking' }]);
    expect(bench.world.sightings.all()).toEqual({
      selector: 'away',
      'rate-limit': 'answers',
      'provider-adapter': 'answers',
    });
    const admissions = (await bench.events()).filter(({ type }) => type === 'CallAdmitted');
    expect(admissions.map(({ payload }) => payload.selection)).toMatchObject([
      { candidates: [{ reasons: [] }] },
      { candidates: [{ reasons: ['old_ranking'] }] },
    ]);
  });

  test('away: a call of another kind is refused, with when to try again', async () => {
    const bench = await openJourneyBench({ settings: { rankTimeoutMs: 60 } });
    await readAll(await bench.conductCall(incoming()));
    bench.rank = gone;
    const because = await refusalOf(bench.conductCall(incoming({ stream: false })));
    expect(because).toMatchObject({ kind: 'unavailable', retryAfterMs: 1_000, details: { neighbour: 'selector' } });
  });

  test('silent: is not waited for where an old ranking will do, and asked by one call in a while', async () => {
    const bench = await openJourneyBench({ settings: { rankPatienceMs: 20 } });
    await readAll(await bench.conductCall(incoming()));
    let asked = 0;
    bench.rank = () => {
      asked += 1;
      return new Promise(() => undefined);
    };
    for (let count = 0; count < 5; count += 1) {
      expect((await bench.conductCall(incoming())).warnings).toHaveLength(1);
    }
    expect(asked).toBe(1);
  });

  test('back: its rankings are used again', async () => {
    let steadyMs = 0;
    const clock = { nowMicros: () => BigInt(Date.now()) * 1_000n, monotonicMs: () => performance.now() + steadyMs };
    const bench = await openJourneyBench({ clock });
    const before = bench.rank;
    await readAll(await bench.conductCall(incoming()));
    bench.rank = gone;
    await readAll(await bench.conductCall(incoming()));
    bench.rank = before;
    steadyMs += 1_001;
    expect((await bench.conductCall(incoming())).warnings).toEqual([]);
    bench.rank = gone;
    steadyMs += 600_000;
    expect((await refusalOf(bench.conductCall(incoming()))).details.neighbour).toBe('selector');
  });

  test('refuses: an old ranking is no way round it', async () => {
    const bench = await openJourneyBench();
    await readAll(await bench.conductCall(incoming()));
    bench.rank = async () => {
      throw new FaultError(fault('not_found', 'no such model any more'));
    };
    expect((await refusalOf(bench.conductCall(incoming()))).kind).toBe('not_found');
  });
});

describe('rate-limit', () => {
  test('away for a moment: the same attempt is asked for again', async () => {
    const bench = await openJourneyBench();
    let failures = 2;
    bench.admit = async () => {
      if (failures-- > 0) throw away;
      return admitted(0);
    };
    expect((await readAll(await bench.conductCall(incoming()))).text).toBe('hello world');
    expect(new Set(bench.admissions.map(({ attemptId }) => attemptId)).size).toBe(1);
    expect(bench.admissions).toHaveLength(3);
  });

  test('away: nothing goes out, and the caller is told when to try again', async () => {
    const bench = await openJourneyBench({ settings: { admitTimeoutMs: 60 } });
    bench.admit = gone;
    const because = await refusalOf(bench.conductCall(incoming()));
    expect(because).toMatchObject({ kind: 'unavailable', details: { neighbour: 'rate-limit' }, retryAfterMs: 1_000 });
    expect(bench.world.sightings.all()['rate-limit']).toBe('away');
    expect(bench.attempts).toEqual([]);
  });

  test('closed: says itself why nothing is admitted', async () => {
    const bench = await openJourneyBench({ settings: { admitTimeoutMs: 60 } });
    const closed = fault('unavailable', 'nobody is in charge of this tenant', { details: { reason: 'no_owner' } });
    bench.admit = async () => {
      throw new FaultError(closed);
    };
    const because = await refusalOf(bench.conductCall(incoming()));
    expect(because).toMatchObject({ message: closed.message, details: { reason: 'no_owner' }, retryAfterMs: 1_000 });
  });
});

describe('provider-adapter', () => {
  test('away: the attempt used nothing, is booked as that, and tried again at the same candidate', async () => {
    const bench = await openJourneyBench();
    bench.rank = async () => ranking([candidate('fast'), candidate('careful')], { retries: 1, whole: false });
    let failures = 1;
    bench.isAdapterThere = () => failures-- <= 0;
    bench.provider = () => answering('late');
    const call = await bench.conductCall(incoming());
    expect(await readAll(call)).toMatchObject({ text: 'late' });
    expect(call).toMatchObject({ modelId: 'fast', attempts: 2 });
    await bench.quiet();
    const [ended] = (await bench.events()).filter(({ type }) => type === 'AttemptEnded');
    expect(ended?.payload).toMatchObject({
      outcome: AttemptOutcome.FAILED,
      usage: undefined,
      rating: undefined,
      uncertainPicoUsd: 0n,
    });
    expect(bench.settled[0]).toMatchObject({ amountPicoUsd: 0n, uncertainPicoUsd: 0n, tenantId: 'acme' });
  });

  test('that dies in the middle of an answer: the attempt is booked at its hold, whatever came', async () => {
    const bench = await openJourneyBench();
    bench.provider = async function* () {
      yield partOf(text('hello'));
      throw new FaultError(fault('unavailable', 'the connection was lost'));
    };
    expect((await readAll(await bench.conductCall(incoming()))).fault).toMatchObject({ kind: 'unavailable' });
    await bench.quiet();
    const [ended] = (await bench.events()).filter(({ type }) => type === 'AttemptEnded');
    expect(ended?.payload).toMatchObject({ rating: { table: 'hold' }, uncertainPicoUsd: 0n, deliveredBytes: 5n });
  });

  test('away for good: the caller is told so, and when to try again', async () => {
    const bench = await openJourneyBench();
    bench.rank = async () => ranking([candidate('fast')], { retries: 0, whole: false });
    bench.isAdapterThere = () => false;
    const because = await refusalOf(bench.conductCall(incoming()));
    expect(because).toMatchObject({
      kind: 'unavailable',
      details: { reason: 'neighbour_away', neighbour: 'provider-adapter' },
      retryAfterMs: 1_000,
    });
    await bench.quiet();
    expect(bench.world.sightings.all()['provider-adapter']).toBe('away');
  });
});

describe('an admission with a span', () => {
  const withSpan = (validForMs: number) => {
    const { decision } = admitted(0, 1n);
    if (decision?.$case !== 'admission') throw new Error('not admitted');
    return { decision: { ...decision, value: { ...decision.value, validForMs } } };
  };

  test('goes out within it, whatever the time of day, and hands on what is left', async () => {
    const bench = await openJourneyBench();
    bench.admit = async () => withSpan(50_000);
    expect((await readAll(await bench.conductCall(incoming()))).text).toBe('hello world');
    expect(bench.attempts[0]?.validForMs).toBeGreaterThan(1_000);
    expect(bench.attempts[0]?.validForMs).toBeLessThanOrEqual(50_000);
  });

  test('that is over when the first commit is durable never goes out, and used nothing', async () => {
    let steadyMs = 0;
    const clock = { nowMicros: () => BigInt(Date.now()) * 1_000n, monotonicMs: () => performance.now() + steadyMs };
    const bench = await openJourneyBench({ clock });
    bench.rank = async () => ranking([candidate('fast')], { retries: 0, whole: false });
    bench.admit = async () => withSpan(5_000);
    bench.append = async (drafts, write) => {
      await write();
      if (drafts[0]?.type.endsWith('CallAdmitted')) steadyMs += 5_000;
    };
    expect((await refusalOf(bench.conductCall(incoming()))).kind).toBe('timeout');
    await bench.quiet();
    expect(bench.attempts).toEqual([]);
    expect(bench.settled).toMatchObject([{ amountPicoUsd: 0n }]);
  });

  test('that was paused between question and answer is over', async () => {
    let steadyMs = 0;
    const clock = { nowMicros: () => BigInt(Date.now()) * 1_000n, monotonicMs: () => performance.now() + steadyMs };
    const bench = await openJourneyBench({ clock });
    bench.admit = async () => {
      steadyMs += 6_000;
      return withSpan(5_000);
    };
    expect((await refusalOf(bench.conductCall(incoming()))).kind).toBe('unavailable');
    expect(bench.commits).not.toContainEqual(['CallAdmitted', 'AttemptStarted']);
  });
});
