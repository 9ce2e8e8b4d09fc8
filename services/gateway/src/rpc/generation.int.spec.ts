// GenerationService as its callers see it.
import { describe, expect, test } from '@jest/globals';
import {
  Call,
  type Chat,
  CompleteRequest,
  type GenerateStreamResponse,
  GenerationServiceDefinition,
  PriceCard,
  Role,
} from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import { createInProcessTransport, offer } from '@waybill/rpc';
import type { IncomingCall } from '../conduct.ts';
import type { Authenticate } from '../ports.ts';
import {
  answering,
  candidate,
  embeddingEach,
  failing,
  incoming,
  type JourneyBench,
  openJourneyBench,
  ranking,
} from '../testing/journey-bench.ts';
import { estimateCosts } from '../usecases/estimate-cost.ts';
import { generationHandlers } from './generation.ts';

const authenticate: Authenticate = async (presented) => {
  if (presented === 'Bearer good') return { ok: true, value: { keyId: 'k1', tenantId: 'acme', projectId: 'search' } };
  return { ok: false, fault: fault('unauthenticated', 'no such key') };
};
const good = { metadata: { authorization: 'Bearer good' } };

function clientOf(bench: JourneyBench, defaultModel?: string) {
  const calls: IncomingCall[] = [];
  const { digests, clock } = bench.world;
  const conductCall = (call: IncomingCall) => {
    calls.push(call);
    return bench.conductCall(call);
  };
  const estimateCost = estimateCosts(bench.world);
  const handlers = generationHandlers({ conductCall, estimateCost, authenticate, digests, clock, defaultModel });
  const offers = [offer(GenerationServiceDefinition, handlers)];
  const transport = createInProcessTransport(offers, { onError: () => undefined });
  return { client: transport.client(GenerationServiceDefinition), calls };
}

const { call } = incoming();

function embedding(...inputs: string[]): Call {
  return Call.fromPartial({ model: 'fast', task: { $case: 'embedding', value: { inputs } } });
}

test('Generate answers with the whole reply and how the call went', async () => {
  const { client, calls } = clientOf(await openJourneyBench());
  const { reply, summary } = await client.generate({ call }, good);
  expect(reply?.content).toEqual([
    expect.objectContaining({ part: { $case: 'text', value: { text: 'hello world' } } }),
  ]);
  expect(reply?.usage?.inputTokens).toBe(12);
  expect(summary).toMatchObject({ modelId: 'fast', attempts: 1, costPicoUsd: 3_600_000n });
  expect(calls[0]?.call.task?.value).toMatchObject({ stream: false });
});

test('Complete answers a prompt with text', async () => {
  const { client, calls } = clientOf(await openJourneyBench());
  const request = CompleteRequest.fromPartial({ model: 'fast', prompt: 'say hello', maxOutputTokens: 9 });
  const answer = await client.complete({ ...request, sampling: { temperature: 0.5 } }, good);
  expect(answer).toMatchObject({ text: 'hello world', finish: { rawReason: 'stop' }, usage: { inputTokens: 12 } });
  expect(answer.summary).toMatchObject({ modelId: 'fast', attempts: 1, costPicoUsd: 3_600_000n });
  expect(calls[0]?.call.task?.value).toMatchObject({
    messages: [{ role: Role.USER, parts: [{ part: { value: { text: 'say hello' } } }] }],
    maxOutputTokens: 9,
    sampling: { temperature: 0.5 },
    stream: false,
  });
});

test.each([
  ['model', { prompt: 'say hello' }],
  ['prompt', { model: 'fast' }],
])('Complete names a missing %s', async (field, request) => {
  const { client } = clientOf(await openJourneyBench());
  await expect(client.complete(CompleteRequest.fromPartial(request), good)).rejects.toMatchObject({
    fault: { kind: 'invalid', details: { field } },
  });
});

test('Embed answers with a vector for each text, which uses no output', async () => {
  const bench = await openJourneyBench();
  bench.provider = () => embeddingEach([0.5, -0.25], [1, 0]);
  const { client } = clientOf(bench);
  const { reply, summary } = await client.embed({ call: embedding('one', 'two') }, good);
  expect(reply?.embeddings).toEqual([
    { index: 0, values: [0.5, -0.25] },
    { index: 1, values: [1, 0] },
  ]);
  expect(summary).toMatchObject({ modelId: 'fast', costPicoUsd: 1_800_000n });
  await bench.quiet();
  expect(bench.admissions[0]?.options[0]).toMatchObject({ outputTokensBound: 0 });
  expect(bench.settled[0]).toMatchObject({ inputTokens: 12, outputTokens: 0, amountPicoUsd: 1_800_000n });
  expect(bench.submitted).toEqual([]);
});

test.each([
  ['chat', call, 'call.embedding'],
  ['nothing', embedding(), 'call.embedding.inputs'],
  ['an empty text', embedding('one', ''), 'call.embedding.inputs'],
  ['more texts than an answer can hold', embedding(...Array<string>(1_001).fill('a')), 'call.embedding.inputs'],
])('Embed refuses %s', async (_, request, field) => {
  const { client } = clientOf(await openJourneyBench());
  await expect(client.embed({ call: request }, good)).rejects.toMatchObject({
    fault: { kind: 'invalid', details: { field } },
  });
});

test('GenerateStream answers as the answer comes, the summary last', async () => {
  const { client } = clientOf(await openJourneyBench());
  const updates: GenerateStreamResponse[] = [];
  for await (const update of client.generateStream({ call }, good)) updates.push(update);
  const kinds = updates.map(({ update }) => (update?.$case === 'part' ? update.value.part?.$case : update?.$case));
  expect(kinds).toEqual(['started', 'text', 'text', 'usage', 'finish', 'summary']);
});

test('a stream that breaks off has no summary', async () => {
  const bench = await openJourneyBench();
  bench.provider = () => failing(fault('upstream', 'cut'), { mayHaveBilled: true }, 'half');
  const { client } = clientOf(bench);
  const kinds: (string | undefined)[] = [];
  const reading = async () => {
    for await (const { update } of client.generateStream({ call }, good)) kinds.push(update?.$case);
  };
  await expect(reading()).rejects.toMatchObject({ fault: { kind: 'upstream' } });
  expect(kinds).toEqual(['part']);
});

test('whom it is charged to comes from the key; users become pseudonyms', async () => {
  const { client, calls } = clientOf(await openJourneyBench());
  const metadata = { ...good.metadata, 'x-waybill-user': 'ann', 'x-waybill-tags': 'blue' };
  await client.generate({ call: { ...call, endUser: 'ann' } }, { metadata });
  expect(calls[0]?.attribution).toMatchObject({ tenantId: 'acme', projectId: 'search', keyId: 'k1', tags: ['blue'] });
  expect(calls[0]?.attribution.user).toMatch(/^u_[0-9a-f]{24}$/);
  expect(calls[0]?.call.endUser).toBe(calls[0]?.attribution.user);
});

test('a caller that hangs up is a caller that left', async () => {
  const bench = await openJourneyBench();
  bench.provider = () => answering(...'abcdefgh');
  const { client, calls } = clientOf(bench);
  for await (const _ of client.generateStream({ call }, good)) break;
  await bench.quiet();
  expect(calls[0]?.signal.aborted).toBe(true);
});

test.each([
  ['without a call', undefined, 'call.model'],
  ['without a model', { ...call, model: '' }, 'call.model'],
  ['without a task', { ...call, task: undefined }, 'call.chat'],
  ['without messages', Call.fromPartial({ model: 'm', task: { $case: 'chat', value: {} } }), 'call.chat.messages'],
])('a request %s names what is missing', async (_, request, field) => {
  const { client } = clientOf(await openJourneyBench());
  await expect(client.generate({ call: request }, good)).rejects.toMatchObject({
    fault: { kind: 'invalid', details: { field } },
  });
});

test('a wrong key goes nowhere', async () => {
  const bench = await openJourneyBench();
  const { client, calls } = clientOf(bench);
  await expect(client.generate({ call })).rejects.toThrow(FaultError);
  expect([calls, bench.admissions]).toEqual([[], []]);
});

describe('a call that names no model', () => {
  const { model: _, ...unnamed } = call;
  const chat = Call.fromPartial(unnamed);

  test('asks for the configured one', async () => {
    const bench = await openJourneyBench();
    bench.provider = () => answering('hi');
    const { client, calls } = clientOf(bench, 'usual');
    await client.generate({ call: chat }, good);
    for await (const _update of client.generateStream({ call: chat }, good));
    await client.complete(CompleteRequest.fromPartial({ prompt: 'say hello' }), good);
    bench.provider = () => embeddingEach([1]);
    await client.embed({ call: { ...embedding('one'), model: '' } }, good);
    expect(calls.map((made) => made.call.model)).toEqual(['usual', 'usual', 'usual', 'usual']);
  });

  test('is refused where none is configured', async () => {
    const { client } = clientOf(await openJourneyBench());
    await expect(client.generate({ call: chat }, good)).rejects.toMatchObject({
      fault: { kind: 'invalid', details: { field: 'call.model' } },
    });
  });
});

test('a cap of nothing is refused, since to a provider it would be none', async () => {
  const { client } = clientOf(await openJourneyBench());
  const value = { ...(call.task?.value as Chat), maxOutputTokens: 0 };
  await expect(client.generate({ call: { ...call, task: { $case: 'chat', value } } }, good)).rejects.toMatchObject({
    fault: { kind: 'invalid', details: { field: 'call.chat.max_output_tokens' } },
  });
});

describe('EstimateCost', () => {
  const dear = candidate('dear', {
    providerId: 'other',
    priceCard: PriceCard.fromPartial({
      priceVersion: 'v2',
      row: { prices: { input: 1_000_000n, output: 2_000_000n } },
    }),
  });
  const unpriced = candidate('unpriced', { priceCard: undefined });

  test('tells what each model would cost, and makes no call', async () => {
    const bench = await openJourneyBench();
    bench.rank = async () => ranking([dear, candidate('fast'), unpriced]);
    const { client, calls } = clientOf(bench);
    const { estimates, ...rest } = await client.estimateCost({ call, expectedOutputTokens: 10 }, good);
    const [first, second, third] = estimates;
    const inputTokens = BigInt(first!.inputTokens);
    expect(inputTokens).toBeGreaterThan(0n);
    expect(first).toMatchObject({ modelId: 'dear', providerId: 'other', outputTokens: 10, priceVersion: 'v2' });
    expect(first!.likelyPicoUsd).toBe(inputTokens * 1_000_000n + 20_000_000n);
    expect(second!.likelyPicoUsd).toBe(inputTokens * 150_000n + 6_000_000n);
    expect(third).toMatchObject({ modelId: 'unpriced', likelyPicoUsd: undefined, mostPicoUsd: undefined });
    expect(rest).toEqual({
      cheapestModelId: 'fast',
      cheapestProviderId: 'sim',
      savingPicoUsd: first!.likelyPicoUsd! - second!.likelyPicoUsd!,
      exclusions: [],
    });
    expect([calls, bench.attempts, bench.admissions, bench.commits]).toEqual([[], [], [], []]);
  });

  test('names at most what would be held, and takes an answer to be as long as its cap allows', async () => {
    const bench = await openJourneyBench();
    const { client } = clientOf(bench);
    const [estimate] = (await client.estimateCost({ call }, good)).estimates;
    await client.generate({ call }, good);
    const [held] = bench.admissions[0]!.options;
    expect(estimate).toMatchObject({ outputTokens: held!.outputTokensBound, mostPicoUsd: held!.holdPicoUsd });
    expect(estimate!.likelyPicoUsd).toBeLessThanOrEqual(estimate!.mostPicoUsd!);
  });

  test('of texts to embed counts all of them', async () => {
    const { client } = clientOf(await openJourneyBench());
    const one = await client.estimateCost({ call: embedding('a text of some length') }, good);
    const many = await client.estimateCost({ call: embedding(...Array(20).fill('a text of some length')) }, good);
    expect(one.estimates[0]).toMatchObject({ outputTokens: 0 });
    expect(many.estimates[0]!.inputTokens).toBeGreaterThan(10 * one.estimates[0]!.inputTokens);
  });

  test('says why nothing can serve a call', async () => {
    const bench = await openJourneyBench();
    const exclusion = { modelId: 'fast', reason: 'lacks_capability', detail: 'vision' };
    bench.rank = async () => ({ ...ranking([]), exclusions: [exclusion] });
    const { client } = clientOf(bench);
    await expect(client.estimateCost({ call }, good)).rejects.toMatchObject({ fault: { kind: 'invalid' } });
  });

  test('is for callers with a key', async () => {
    const { client } = clientOf(await openJourneyBench());
    await expect(client.estimateCost({ call }, {})).rejects.toMatchObject({ fault: { kind: 'unauthenticated' } });
  });
});
