import { describe, expect, test } from '@jest/globals';
import { Call, type ContentPart, FinishReason, Role } from '@waybill/contracts';
import { codecs } from '../codecs.ts';
import { fixturesIn } from '../conformance/fixtures.ts';
import { framesOf } from '../conformance/framing.ts';
import { probes, requestFor } from '../conformance/probes.ts';
import { readStream } from '../conformance/readings.ts';
import { describeConformance } from '../conformance/suite.ts';
import { openAiVendor } from '../openai/index.ts';
import { codecForVendor } from '../openai-compatible/index.ts';
import { foldReply } from '../reply/fold.ts';

const codec = codecForVendor({ ...openAiVendor, wires: ['responses'], defaultWire: () => 'responses' });
const folder = new URL('./fixtures/', import.meta.url);
const upstreamModel = 'gpt-5.6-terra';
const request = requestFor(probes.chat, upstreamModel, true);

describeConformance({ codec, folder, upstreamModel });

/** The request for the turn after an answer. */
function nextTurn(content: ContentPart[]) {
  const results = content.flatMap(({ part }) => (part?.$case === 'toolCall' ? [part.value.id] : []));
  const call = Call.fromPartial({
    task: {
      $case: 'chat',
      value: {
        messages: [
          { role: Role.USER, parts: [{ part: { $case: 'text', value: { text: 'Hello' } } }] },
          { role: Role.ASSISTANT, parts: content },
          ...results.map((toolCallId) => ({
            role: Role.TOOL,
            parts: [{ part: { $case: 'toolResult' as const, value: { toolCallId } } }],
          })),
        ],
      },
    },
  });
  const encoded = codec.encode(requestFor(call, upstreamModel));
  if (!encoded.ok) throw new Error(encoded.fault.message);
  return { input: JSON.parse(encoded.value.body).input, warnings: encoded.value.warnings };
}

function answer(name: string): ContentPart[] {
  const streamed = fixturesIn(folder, 'sse').streamed(name) ?? new Uint8Array();
  return foldReply(readStream(codec, request, framesOf([streamed], 'sse')).parts).content;
}

describe('the next turn', () => {
  test('has what was thought, encrypted as it came, before the calls and their results', () => {
    const { input, warnings } = nextTurn(answer('tools'));
    expect(input.slice(1)).toEqual([
      { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'gAAAAABencrypted+/==' },
      { type: 'function_call', call_id: 'call_a1', name: 'get_weather', arguments: '{"city":"Zürich","days":2}' },
      { type: 'function_call', call_id: 'call_a2', name: 'get_time', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_a1', output: '' },
      { type: 'function_call_output', call_id: 'call_a2', output: '' },
    ]);
    expect(warnings).toEqual([]);
  });

  test('has the summary that was shown', () => {
    expect(nextTurn(answer('reasoning')).input[1]).toMatchObject({
      id: 'rs_3',
      summary: [{ type: 'summary_text', text: '**Weighing**\n\nTwo ways.\n\nThe second.' }],
      encrypted_content: 'gAAAAABsecond',
    });
  });

  test('has no trace that another provider signed, and says so', () => {
    const { input, warnings } = nextTurn([
      {
        part: { $case: 'reasoning', value: { text: 'Hm.', signature: 'c2ln', redacted: '' } },
        cacheBreakpoint: undefined,
      },
    ]);
    expect(input).toHaveLength(1);
    expect(warnings).toMatchObject([{ code: 'adjusted', subject: 'reasoning.replay' }]);
  });
});

test.each(['anthropic', 'gemini'])('%s is not sent what OpenAI encrypted, and that is said', (kind) => {
  const messages = [{ role: Role.ASSISTANT, parts: answer('reasoning') }];
  const call = Call.fromPartial({ task: { $case: 'chat', value: { messages } } });
  const encoded = codecs[kind]!.encode(requestFor(call, 'm'));
  expect(encoded).toMatchObject({ value: { warnings: [{ code: 'unsupported', subject: 'messages.reasoning' }] } });
  expect(encoded.ok && encoded.value.body).not.toContain('gAAAA');
});

/** Reads events given without their numbers. */
function read(...events: object[]) {
  return readStream(
    codec,
    request,
    events.map((event) => ({ data: JSON.stringify(event) })),
  );
}

const call = { type: 'function_call', call_id: 'a', name: 'f', arguments: '{"a":1}' };
const message = { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] };
const completed = (fields: object = {}) => ({
  type: 'response.completed',
  response: { status: 'completed', ...fields },
});

describe('streams as servers really send them', () => {
  test('an item that comes only when it is over', () => {
    const { parts } = read({ type: 'response.output_item.done', output_index: 0, item: call }, completed());
    expect(foldReply(parts)).toMatchObject({
      content: [{ part: { value: { id: 'a', argumentsJson: '{"a":1}' } } }],
      finish: { reason: FinishReason.TOOL_CALLS, rawReason: 'completed' },
    });
  });

  test('an answer that comes only with the end', () => {
    const reply = foldReply(read(completed({ output: [message, call] })).parts);
    expect(reply.content.map(({ part }) => part?.$case)).toEqual(['text', 'toolCall']);
  });

  test('what came in pieces is not told again', () => {
    const delta = { type: 'response.output_text.delta', output_index: 0, delta: 'Hi' };
    const done = { type: 'response.output_item.done', output_index: 0, item: message };
    const reply = foldReply(read(delta, done, done, completed({ output: [message] })).parts);
    expect(reply.content).toMatchObject([{ part: { value: { text: 'Hi' } } }]);
  });

  test('events nobody knows, named like members of objects too', () => {
    const { parts, end } = read({ type: 'constructor' }, { type: 'response.new.delta', delta: 'x' }, completed());
    expect(parts.map(({ part }) => part?.$case)).toEqual(['started', 'finish']);
    expect(end.fault).toBeUndefined();
  });

  test('the usage of a response that failed is kept', () => {
    const usage = { input_tokens: 9, output_tokens: 2, total_tokens: 11 };
    const { end } = read({
      type: 'response.failed',
      response: { status: 'failed', usage, error: { code: 'server_error' } },
    });
    expect(end).toMatchObject({ fault: { kind: 'upstream' }, usage: { inputTokens: 9, outputTokens: 2 } });
  });
});

test('a cap below what the wire takes is raised, and that is said', () => {
  const encoded = codec.encode({ ...request, maxOutputTokens: 5 });
  expect(encoded).toMatchObject({ value: { warnings: [{ code: 'adjusted', subject: 'max_output_tokens' }] } });
  expect(encoded.ok && JSON.parse(encoded.value.body).max_output_tokens).toBe(16);
});

test('a model that does not reason is not asked for what it thought', () => {
  const encoded = codec.encode(requestFor(probes.chat, 'gpt-4o'));
  expect(encoded.ok && JSON.parse(encoded.value.body)).not.toHaveProperty('include');
});
