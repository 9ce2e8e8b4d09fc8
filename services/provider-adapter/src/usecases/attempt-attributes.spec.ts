import { expect, test } from '@jest/globals';
import { AttemptRequest, FinishReason, Usage, UsageSource } from '@waybill/contracts';
import { codecFor } from '@waybill/providers';
import { noProgress } from '../core/progress.ts';
import type { Target } from '../ports.ts';
import { requestAttributes, responseAttributes } from './attempt-attributes.ts';

const target = {
  codec: codecFor('gemini')!,
  server: { address: 'api.example.com', port: 443 },
  simulated: false,
} as Target;

const request = AttemptRequest.fromPartial({
  attemptId: 'call_1:3',
  providerId: 'google',
  modelId: 'fast',
  upstreamModel: 'gemini-2.5-flash',
  maxOutputTokens: 100,
  call: {
    model: 'smart',
    endUser: 'u_canary',
    task: {
      $case: 'chat',
      value: {
        messages: [{ parts: [{ part: { $case: 'text', value: { text: 'canary of a prompt' } } }] }],
        tools: [{ name: 'canary_tool' }],
        stopSequences: ['canary of a stop'],
        sampling: { temperature: 0.5, topK: 3, seed: 7n },
        stream: true,
      },
    },
  },
});

const usage = Usage.fromPartial({
  source: UsageSource.REPORTED,
  inputTokens: 10,
  cacheReadTokens: 200,
  cacheWrite5mTokens: 30,
  cacheWrite1hTokens: 4,
  imageInputTokens: 5_000,
  outputTokens: 7,
  reasoningTokens: 80,
});

const end = {
  fault: undefined,
  answered: { status: 200, headers: {} },
  rawUsage: '',
  firstByteMs: 5,
  firstPartMs: 250,
  totalMs: 900,
};

test('a request is described by its settings, and by nothing that a caller wrote', () => {
  const attributes = requestAttributes(request, target);
  expect(attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'gcp.gemini',
    'gen_ai.request.model': 'gemini-2.5-flash',
    'gen_ai.request.max_tokens': 100,
    'gen_ai.request.temperature': 0.5,
    'gen_ai.request.top_k': 3,
    'gen_ai.request.seed': 7,
    'gen_ai.request.stream': true,
    'server.address': 'api.example.com',
    'server.port': 443,
    'waybill.model': 'fast',
    'waybill.provider': 'google',
    'waybill.attempt.number': 3,
  });
  expect(JSON.stringify(attributes)).not.toContain('canary');
});

test('tokens are totals: caches are in the input, reasoning is in the output', () => {
  const finish = {
    reason: FinishReason.STOP,
    rawReason: 'STOP',
    stopSequence: 'canary of a stop',
    filterCategories: [],
  };
  const progress = { ...noProgress(), usage, finish, reportedModel: 'gemini-2.5-flash-001', replyId: 'r1' };
  const attributes = responseAttributes({ ...end, progress });
  expect(attributes).toMatchObject({
    'gen_ai.usage.input_tokens': 5_244,
    'gen_ai.usage.output_tokens': 87,
    'gen_ai.usage.cache_read.input_tokens': 200,
    'gen_ai.usage.cache_creation.input_tokens': 34,
    'gen_ai.usage.reasoning.output_tokens': 80,
    'gen_ai.response.id': 'r1',
    'gen_ai.response.model': 'gemini-2.5-flash-001',
    'gen_ai.response.finish_reasons': ['STOP'],
    'gen_ai.response.time_to_first_chunk': 0.25,
  });
  expect(JSON.stringify(attributes)).not.toContain('canary');
});

test('usage that nobody reported is no usage, never a zero', () => {
  const estimated = { ...usage, source: UsageSource.ESTIMATED };
  const attributes = responseAttributes({ ...end, progress: { ...noProgress(), usage: estimated } });
  expect(attributes).not.toHaveProperty('gen_ai.usage.input_tokens');
});
