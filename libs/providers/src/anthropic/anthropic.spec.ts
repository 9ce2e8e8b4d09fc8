import { describe, expect, test } from '@jest/globals';
import { Call, Role } from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import { probes, requestFor } from '../conformance/probes.ts';
import { readStream } from '../conformance/readings.ts';
import { describeConformance } from '../conformance/suite.ts';
import { anthropicCodec } from './index.ts';

const codec = anthropicCodec('2023-06-01');
const codec2026 = anthropicCodec('2026-10-21');
describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: 'claude-opus-5-5' });

type ChatFields = Extract<NonNullable<Parameters<typeof Call.fromPartial>[0]['task']>, { $case: 'chat' }>['value'];

function encoded(call: Call | ChatFields, using = codec, maxOutputTokens = 5000) {
  const whole = call && 'task' in call ? call : Call.fromPartial({ task: { $case: 'chat', value: call } });
  const result = using.encode({ ...requestFor(whole as Call, 'claude-opus-5-5'), maxOutputTokens });
  if (!result.ok) throw new Error(result.fault.message);
  const { body, headers, warnings } = result.value;
  return { body: JSON.parse(body), headers, warnings: warnings.map(({ code, subject }) => `${code} ${subject}`) };
}

describe('the two versions of the API', () => {
  test('2023-06-01 takes the key in a header of its own, and sampling', () => {
    expect(codec.authorize(new Secret('k'), 0n)).toEqual({ 'x-api-key': 'k' });
    expect(encoded(probes['sampling.top_k'])).toMatchObject({
      headers: { 'anthropic-version': '2023-06-01' },
      body: { top_k: 5 },
      warnings: [],
    });
  });

  test('2026-10-21 takes the key as bearer, and refuses sampling, so it is withheld', () => {
    expect(codec2026.authorize(new Secret('k'), 0n)).toEqual({ authorization: 'Bearer k' });
    const sampling = { temperature: 1, topP: 1, topK: 5 };
    const { body, headers, warnings } = encoded({ sampling }, codec2026);
    expect(headers).toMatchObject({ 'anthropic-version': '2026-10-21' });
    expect(Object.keys(body)).toEqual(['model', 'max_tokens', 'messages']);
    expect(warnings).toEqual([
      'unsupported sampling.temperature',
      'unsupported sampling.top_p',
      'unsupported sampling.top_k',
    ]);
  });
});

test('a cap is always sent', () => {
  expect(encoded(probes.chat, codec, 0).body.max_tokens).toBeGreaterThan(0);
  expect(encoded(probes.chat, codec, 7).body.max_tokens).toBe(7);
});

test('temperatures of other dialects are brought into range', () => {
  expect(encoded({ sampling: { temperature: 1.7 } })).toMatchObject({
    body: { temperature: 1 },
    warnings: ['adjusted sampling.temperature'],
  });
});

test.each([
  [{ effort: 'none' }, 5000, { thinking: { type: 'disabled' } }, []],
  [{ effort: 'minimal' }, 5000, { output_config: { effort: 'low' } }, ['adjusted reasoning.effort']],
  [{ budgetTokens: 2000 }, 5000, { thinking: { type: 'enabled', budget_tokens: 2000 } }, []],
  [{ budgetTokens: 9000 }, 5000, { thinking: { budget_tokens: 4999 } }, ['adjusted reasoning.budget_tokens']],
  [{ budgetTokens: 10 }, 5000, { thinking: { budget_tokens: 1024 } }, ['adjusted reasoning.budget_tokens']],
  [{ budgetTokens: 2000 }, 500, {}, ['unsupported reasoning.budget_tokens']],
])('reasoning %j under a cap of %p', (reasoning, cap, body, warnings) => {
  expect(encoded({ reasoning }, codec, cap)).toMatchObject({ body, warnings });
});

test('system messages between turns move to the beginning, and say so', () => {
  const text = (value: string) => ({ part: { $case: 'text' as const, value: { text: value } } });
  const { body, warnings } = encoded({
    messages: [
      { role: Role.SYSTEM, parts: [text('One.')] },
      { role: Role.USER, parts: [text('Hi')] },
      { role: Role.SYSTEM, parts: [text('Two.')] },
      { role: Role.USER, parts: [text('Ho')] },
    ],
  });
  expect(body.system.map((block: { text: string }) => block.text)).toEqual(['One.', 'Two.']);
  expect(body.messages).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Hi' },
        { type: 'text', text: 'Ho' },
      ],
    },
  ]);
  expect(warnings).toEqual(['adjusted messages.system']);
});

test('arguments that are no JSON object are wrapped rather than lost', () => {
  const call = { part: { $case: 'toolCall' as const, value: { id: 'a', name: 'f', argumentsJson: '{"a":' } } };
  const { body, warnings } = encoded({ messages: [{ role: Role.ASSISTANT, parts: [call] }] });
  expect(body.messages[0].content[0].input).toEqual({ unparsed_arguments: '{"a":' });
  expect(warnings).toEqual(['adjusted tool_call.arguments']);
});

describe('usage of a stream', () => {
  const frame = (data: object) => ({ data: JSON.stringify(data) });
  const start = frame({
    type: 'message_start',
    message: { id: 'm', usage: { input_tokens: 9, cache_read_input_tokens: 7, output_tokens: 1, speed: 'fast' } },
  });
  const request = requestFor(probes.chat, 'claude-opus-5-5', true);

  test('keeps of each figure the last that is not null, and both blocks as they came', () => {
    const { end } = readStream(codec, request, [
      start,
      frame({
        type: 'message_delta',
        delta: { stop_reason: 'end_turn' },
        usage: { input_tokens: 12, cache_read_input_tokens: null, output_tokens: 40 },
      }),
      frame({ type: 'message_stop' }),
    ]);
    expect(end.usage).toMatchObject({ inputTokens: 12, cacheReadTokens: 7, outputTokens: 40, speed: 'fast' });
    expect(end.rawUsage).toBe(
      '[{"input_tokens":9,"cache_read_input_tokens":7,"output_tokens":1,"speed":"fast"},' +
        '{"input_tokens":12,"cache_read_input_tokens":null,"output_tokens":40}]',
    );
  });

  test('of a cut stream is what the start said', () => {
    const { end } = readStream(codec, request, [start]);
    expect(end).toMatchObject({ usage: { inputTokens: 9, outputTokens: 1 }, fault: { mayHaveBilled: true } });
  });
});
