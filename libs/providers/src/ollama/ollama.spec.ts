import { expect, test } from '@jest/globals';
import { Call, Role } from '@waybill/contracts';
import { probes, requestFor } from '../conformance/probes.ts';
import { readStream } from '../conformance/readings.ts';
import { describeConformance } from '../conformance/suite.ts';
import { foldReply } from '../reply/fold.ts';
import { toolCallIdOf } from '../reply/parts.ts';
import { ollamaCodec as codec } from './index.ts';

describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: 'llama3' });

test('tool calls get ids, and their arguments keep every digit', () => {
  const line =
    '{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"id":12345678901234567890}}}]},"done":false}';
  const { parts } = readStream(codec, requestFor(probes.chat, 'llama3', true), [
    { data: line },
    { data: line },
    { data: '{"message":{"content":""},"done":true,"done_reason":"stop"}' },
  ]);
  const calls = foldReply(parts).content.flatMap(({ part }) => (part?.$case === 'toolCall' ? [part.value] : []));
  expect(calls.map(({ argumentsJson }) => argumentsJson)).toEqual(Array(2).fill('{"id":12345678901234567890}'));
  expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
});

test('the raw usage has its figures and nothing of the answer', () => {
  const line = '{"message":{"content":"secret"},"done":true,"prompt_eval_count":26, "eval_count": 298 }';
  const { end } = readStream(codec, requestFor(probes.chat, 'llama3', true), [{ data: line }]);
  expect(end.rawUsage).toBe('{"prompt_eval_count":26,"eval_count":298}');
});

test('a prompt whose count is left out is marked', () => {
  const { end } = readStream(codec, requestFor(probes.chat, 'llama3', true), [
    { data: '{"done":true,"eval_count":2}' },
  ]);
  expect(end.usage).toMatchObject({ inputTokens: 0, outputTokens: 2, suspicions: ['input_missing'] });
});

test.each([
  ['none', false, 0],
  ['medium', 'medium', 0],
  ['minimal', 'low', 1],
  ['max', 'high', 1],
])('an effort of %s is sent as %p', (effort, think, warnings) => {
  const call = Call.fromPartial({ task: { $case: 'chat', value: { reasoning: { effort } } } });
  const encoded = codec.encode(requestFor(call, 'llama3'));
  if (!encoded.ok) throw new Error(encoded.fault.message);
  expect(JSON.parse(encoded.value.body)).toMatchObject({ think });
  expect(encoded.value.warnings).toHaveLength(warnings);
});

test('ids of tool calls go back as they came, and none that we made up', () => {
  const turns = (id: string) => {
    const call = { part: { $case: 'toolCall' as const, value: { id, name: 'f', argumentsJson: '{}' } } };
    const result = { part: { $case: 'toolResult' as const, value: { toolCallId: id } } };
    const messages = [
      { role: Role.ASSISTANT, parts: [call] },
      { role: Role.TOOL, parts: [result] },
    ];
    const encoded = codec.encode(requestFor(Call.fromPartial({ task: { $case: 'chat', value: { messages } } }), 'm'));
    return encoded.ok ? JSON.parse(encoded.value.body).messages : [];
  };
  expect(turns('call_x')).toMatchObject([{ tool_calls: [{ id: 'call_x' }] }, { tool_call_id: 'call_x' }]);
  const [called, answered] = turns(toolCallIdOf('a', 0));
  expect(called.tool_calls[0]).not.toHaveProperty('id');
  expect(answered).not.toHaveProperty('tool_call_id');
  expect(answered.tool_name).toBe('f');
});
