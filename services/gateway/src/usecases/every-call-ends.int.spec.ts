// Many calls at once, with whatever providers and callers do: everything that began has ended, once, and adds up.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { AttemptEnded, AttemptRequest, AttemptResponse, AttemptStarted } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import {
  answering,
  candidate,
  failing,
  incoming,
  type JourneyBench,
  openJourneyBench,
  partOf,
  ranking,
  readAll,
  text,
} from '../testing/journey-bench.ts';

/** A generator of numbers from 0 to 1 that a seed repeats (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const seed = Number(process.env.SEED ?? 20_261_120);

/** Good, bad and worse answers. */
function provider(random: () => number): (request: AttemptRequest) => AsyncIterable<AttemptResponse> {
  const retry = { retrySame: true, retryOther: true };
  const kinds = [
    () => answering('hello ', 'world'),
    () => answering(...'a longer answer'),
    () => failing(fault('unavailable', 'overloaded'), retry),
    () => failing(fault('invalid', 'no'), {}),
    () => failing(fault('upstream', 'cut'), { ...retry, mayHaveBilled: true }, 'half an ', 'answer'),
    () => failing(fault('timeout', 'slow'), { ...retry, mayHaveBilled: true }),
    async function* () {
      yield partOf(text('x'));
      throw new FaultError(fault('unavailable', 'the adapter is gone'));
    },
    async function* () {
      await sleep(5);
      yield* answering('late');
    },
  ];
  return () => kinds[Math.floor(random() * kinds.length)]!();
}

async function call(bench: JourneyBench, random: () => number): Promise<void> {
  const left = new AbortController();
  const leavesAfterMs = random() < 0.3 ? random() * 8 : undefined;
  if (leavesAfterMs !== undefined) setTimeout(() => left.abort(), leavesAfterMs);
  const idempotencyKey = random() < 0.3 ? `key-${Math.floor(random() * 5)}` : undefined;
  const asked = incoming({ stream: random() < 0.5, signal: left.signal, idempotencyKey });
  await bench.conductCall(asked).then(readAll, () => undefined);
}

test(`whatever happens (SEED=${seed})`, async () => {
  const random = randomFrom(seed);
  const bench = await openJourneyBench({ settings: { drainMs: 10 } });
  bench.rank = async () => ranking([candidate('a'), candidate('b')], { retries: 3, whole: random() < 0.3 });
  bench.provider = provider(random);
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(Array.from({ length: 100 }, () => call(bench, random)));
  }
  await bench.quiet();
  const all = await bench.events();
  const of = <Payload>(type: string) =>
    all.filter((event) => event.type === type).map(({ payload }) => payload as Payload);
  const started = of<AttemptStarted>('AttemptStarted');
  const ended = of<AttemptEnded>('AttemptEnded');
  const ids = (attempts: readonly { attemptId: string }[]) => attempts.map(({ attemptId }) => attemptId).sort();
  expect(started.length).toBeGreaterThan(300);
  expect(ids(ended)).toEqual(ids(started));
  expect(ids(bench.settled)).toEqual(ids(started));
  const callIds = (type: string) =>
    of<{ callId: string }>(type)
      .map(({ callId }) => callId)
      .sort();
  expect(callIds('CallEnded')).toEqual(callIds('CallAdmitted'));
  for (const attempt of ended) {
    const booked = attempt.rating?.amountPicoUsd ?? 0n;
    const settlement = bench.settled.find(({ attemptId }) => attemptId === attempt.attemptId);
    expect(settlement).toMatchObject({ amountPicoUsd: booked, uncertainPicoUsd: attempt.uncertainPicoUsd });
    expect(booked + attempt.uncertainPicoUsd).toBeLessThanOrEqual(attempt.holdPicoUsd! + attempt.overrunPicoUsd);
    if (attempt.deliveredBytes > 0n) expect(booked).toBeGreaterThan(0n);
  }
  expect(bench.alarms).toEqual([]);
});
