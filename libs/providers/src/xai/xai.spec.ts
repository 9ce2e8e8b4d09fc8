import { expect, test } from '@jest/globals';
import { probes, requestFor } from '../conformance/probes.ts';
import { describeConformance } from '../conformance/suite.ts';
import { xaiCodec as codec } from './index.ts';

describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: 'house-model' });

test.each([
  ['grok-4.7', 'chat', '/responses', []],
  ['grok-4.7', 'stop_sequences', '/responses', ['stop_sequences']],
  ['grok-4-0709', 'reasoning', '/responses', ['reasoning']],
  ['grok-4.7', 'reasoning', '/responses', []],
  ['grok-2-vision', 'reasoning', '/chat/completions', ['reasoning']],
  ['grok-2-vision', 'sampling.presence_penalty', '/chat/completions', []],
] as const)('%s is asked for %s at %s', (model, probe, path, warned) => {
  const request = requestFor(probes[probe], model);
  const encoded = codec.encode(request);
  expect(codec.endpoint(request).path).toBe(path);
  expect(encoded.ok && encoded.value.warnings.map(({ subject }) => subject)).toEqual(warned);
});

test('reasoning comes on top of the completion of a chat, not of a response', () => {
  const chat = { prompt_tokens: 12, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 15 } };
  const body = { id: 'x', choices: [{ index: 0, message: { content: '42' }, finish_reason: 'stop' }], usage: chat };
  const decoded = codec.decode(requestFor(probes.chat, 'house-model'), {
    status: 200,
    headers: {},
    body: Buffer.from(JSON.stringify(body)),
  });
  expect(decoded).toMatchObject({ value: { usage: { outputTokens: 5, reasoningTokens: 15 } } });
  const usage = { input_tokens: 12, output_tokens: 20, output_tokens_details: { reasoning_tokens: 15 } };
  const response = { id: 'x', status: 'completed', output: [], usage };
  const other = codec.decode(requestFor(probes.chat, 'grok-4.7'), {
    status: 200,
    headers: {},
    body: Buffer.from(JSON.stringify(response)),
  });
  expect(other).toMatchObject({ value: { usage: { outputTokens: 5, reasoningTokens: 15 } } });
});
