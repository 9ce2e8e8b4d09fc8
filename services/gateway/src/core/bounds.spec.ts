import { describe, expect, test } from '@jest/globals';
import { Call, Candidate, Role } from '@waybill/contracts';
import { codecFor, codecs, type Wire } from '@waybill/providers';
import fc from 'fast-check';
import { boundOption } from './bounds.ts';
import { callWithState } from './provider-state.ts';

/** Names that lead the codecs to each of their wires and models. */
const upstreamModels = [
  'gpt-4o-mini',
  'gpt-5',
  'gpt-6.1-sol',
  'gpt-3.5-turbo-instruct',
  'grok-4.3',
  'claude-haiku-4-5',
  'claude-opus-5-5',
  'gemini-2.5-flash',
  'gemini-3.5-flash',
  'command-a-reasoning-08-2025',
  'unknown',
];

const textPart = { part: { $case: 'text' as const, value: { text: 'Hello' } } };
const soundPart = { part: { $case: 'audio' as const, value: { mediaType: 'audio/wav' } } };
const tracePart = (signature: string) => ({
  part: { $case: 'reasoning' as const, value: { text: 'Hm.', signature } },
});

const chats = fc.record({
  cap: fc.option(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100_000 })), { nil: undefined }),
  traces: fc.constantFrom('', 'c2ln', 'wb1.openai.c2ln', 'wb1.anthropic.c2ln'),
  hasSound: fc.boolean(),
  hasTools: fc.boolean(),
  stopSequences: fc.constantFrom<string[]>([], ['END']),
  effort: fc.constantFrom('', 'none', 'low', 'high', 'max'),
  budgetTokens: fc.option(fc.integer({ min: 0, max: 200_000 }), { nil: undefined }),
});

function callOf(asked: typeof chats extends fc.Arbitrary<infer Asked> ? Asked : never): Call {
  const { cap, traces, hasSound, hasTools, stopSequences, effort, budgetTokens } = asked;
  const thought = traces === '' ? [] : [{ role: Role.ASSISTANT, parts: [tracePart(traces), textPart] }];
  const messages = [...thought, { role: Role.USER, parts: hasSound ? [textPart, soundPart] : [textPart] }];
  const tools = hasTools ? [{ name: 'lookup', parametersJson: '{"type":"object"}' }] : [];
  const value = { messages, tools, stopSequences, maxOutputTokens: cap, reasoning: { effort, budgetTokens } };
  return Call.fromPartial({ task: { $case: 'chat', value } });
}

/** The cap as it goes out, under whichever name; undefined where none does. */
function capOnWire(body: string): number | undefined {
  const sent = JSON.parse(body);
  const { max_tokens, max_completion_tokens, max_output_tokens, generationConfig, options } = sent;
  expect(sent.n ?? sent.best_of ?? generationConfig?.candidateCount ?? 1).toBe(1);
  const named = max_tokens ?? max_completion_tokens ?? max_output_tokens;
  return named ?? generationConfig?.maxOutputTokens ?? options?.num_predict;
}

const wires = ['', 'chat', 'responses', 'completions'];

describe.each(Object.keys(codecs))('what %s is asked for', (providerKind) => {
  test('is never more than what is held', () => {
    const standing = fc.record({
      upstreamModel: fc.constantFrom(...upstreamModels),
      wire: fc.constantFrom(...wires),
      maxOutputTokens: fc.integer({ min: 1, max: 40_000 }),
    });
    fc.assert(
      fc.property(chats, standing, (asked, model) => {
        const call = callOf(asked);
        const candidate = Candidate.fromPartial({ ...model, providerKind, contextWindow: 128_000 });
        const { outputCap, outputTokensBound } = boundOption(call, candidate);
        const encoded = codecFor(providerKind)!.encode({
          attemptId: 'call_1:1',
          call: callWithState(call, providerKind).call,
          upstreamModel: model.upstreamModel,
          maxOutputTokens: outputCap,
          stream: false,
          wire: (model.wire || undefined) as Wire | undefined,
        });
        expect(outputCap).toBeLessThanOrEqual(asked.cap ?? outputCap);
        if (!encoded.ok) return;
        const sent = capOnWire(encoded.value.body);
        expect(sent).toBeGreaterThan(0);
        expect(sent).toBeLessThanOrEqual(outputTokensBound);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a cap below what the endpoint takes', () => {
  const call = Call.fromPartial({
    task: { $case: 'chat', value: { messages: [{ role: Role.USER, parts: [textPart] }], maxOutputTokens: 5 } },
  });
  const row = { prices: { input: 1n, output: 1_000n } };
  const candidate = (wire: string) =>
    Candidate.fromPartial({
      providerKind: 'openai',
      upstreamModel: 'gpt-4o-mini',
      wire,
      contextWindow: 1,
      maxOutputTokens: 5,
      priceCard: { priceVersion: 'a', row },
    });

  test('is sent as it is, and held for as what becomes of it', () => {
    expect(boundOption(call, candidate('responses'))).toMatchObject({
      outputCap: 5,
      outputTokensBound: 16,
      holdPicoUsd: 16_001n,
    });
  });

  test('is held for as it is where any cap is taken', () => {
    expect(boundOption(call, candidate('chat'))).toMatchObject({
      outputCap: 5,
      outputTokensBound: 5,
      holdPicoUsd: 5_001n,
    });
  });

  test('embeddings have none', () => {
    const embedding = Call.fromPartial({ task: { $case: 'embedding', value: { inputs: ['one'] } } });
    expect(boundOption(embedding, candidate('responses'))).toMatchObject({ outputCap: 0, outputTokensBound: 0 });
  });
});
