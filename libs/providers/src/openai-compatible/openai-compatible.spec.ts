import { describe, expect, test } from '@jest/globals';
import { Call, Role, UsageSource } from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import { probes, requestFor } from '../conformance/probes.ts';
import { readStream } from '../conformance/readings.ts';
import { describeConformance } from '../conformance/suite.ts';
import { foldReply } from '../reply/fold.ts';
import { openAiCompatibleCodec as codec } from './index.ts';

describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: 'llama-3' });

const request = requestFor(probes.chat, 'llama-3', true);

/** Reads chunks given as the delta of their only choice, or whole. */
function read(...chunks: (object | string)[]) {
  return readStream(
    codec,
    request,
    chunks.map((chunk) => ({ data: typeof chunk === 'string' ? chunk : JSON.stringify(chunk) })),
  );
}

function delta(fields: object, finish_reason: string | null = null) {
  return { id: 'x', model: 'm', choices: [{ index: 0, delta: fields, finish_reason }] };
}

function toolCallsIn(result: ReturnType<typeof read>) {
  return foldReply(result.parts).content.flatMap(({ part }) => (part?.$case === 'toolCall' ? [part.value] : []));
}

describe('tool calls as servers really stream them', () => {
  const ended = delta({}, 'stop');

  test('without an index, each in a chunk of its own', () => {
    const call = (id: string) => delta({ tool_calls: [{ id, function: { name: 'f', arguments: `{"id":"${id}"}` } }] });
    const calls = toolCallsIn(read(call('a'), call('b'), ended, '[DONE]'));
    expect(calls.map(({ id, argumentsJson }) => [id, argumentsJson])).toEqual([
      ['a', '{"id":"a"}'],
      ['b', '{"id":"b"}'],
    ]);
  });

  test('with the same index but other ids', () => {
    const call = (id: string) => delta({ tool_calls: [{ index: 0, id, function: { name: 'f', arguments: '{}' } }] });
    expect(toolCallsIn(read(call('a'), call('b'), ended, '[DONE]'))).toHaveLength(2);
  });

  test('with the name repeated in every chunk', () => {
    const piece = (fragment: string) =>
      delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: fragment } }] });
    expect(toolCallsIn(read(piece('{"a"'), piece(':1}'), ended, '[DONE]'))).toMatchObject([
      { argumentsJson: '{"a":1}' },
    ]);
  });

  test('without ids, and with arguments as an object', () => {
    const calls = delta({
      tool_calls: [
        { index: 0, function: { name: 'f', arguments: { a: 1 } } },
        { index: 1, function: { name: 'g', arguments: '{}' } },
      ],
    });
    const read_ = toolCallsIn(read(calls, ended, '[DONE]'));
    expect(read_.map(({ name, argumentsJson }) => [name, argumentsJson])).toEqual([
      ['f', '{"a":1}'],
      ['g', '{}'],
    ]);
    expect(new Set(read_.map(({ id }) => id)).size).toBe(2);
  });

  test('a finish of stop with tool calls is one of tool calls', () => {
    const result = read(delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f' } }] }), ended, '[DONE]');
    expect(foldReply(result.parts).finish).toMatchObject({ reason: 3, rawReason: 'stop' });
  });
});

describe('usage', () => {
  const withUsage = (usage: object) => ({ ...delta({ content: 'a' }), usage });

  test('is the last snapshot and never a sum', () => {
    const { end, parts } = read(
      withUsage({ prompt_tokens: 9, completion_tokens: 1 }),
      withUsage({ prompt_tokens: 9, completion_tokens: 2 }),
      delta({}, 'stop'),
      '[DONE]',
    );
    expect(end.usage).toMatchObject({ inputTokens: 9, outputTokens: 2, source: UsageSource.REPORTED });
    expect(parts.filter(({ part }) => part?.$case === 'usage')).toHaveLength(1);
  });

  test('that shrinks is kept, marked and warned of', () => {
    const { parts } = read(
      withUsage({ prompt_tokens: 9, completion_tokens: 5 }),
      withUsage({ prompt_tokens: 9, completion_tokens: 2 }),
      delta({}, 'stop'),
      '[DONE]',
    );
    const reply = foldReply(parts);
    expect(reply.usage).toMatchObject({ outputTokens: 2, suspicions: ['decreasing_snapshot'] });
    expect(reply.warnings).toMatchObject([{ code: 'suspect_usage', subject: 'usage' }]);
  });

  test('of a stream that breaks is still given', () => {
    const { end, parts } = read(withUsage({ prompt_tokens: 9, completion_tokens: 1 }), '{"error":{"code":500}}');
    expect(end).toMatchObject({ fault: { kind: 'upstream' }, usage: { inputTokens: 9 } });
    expect(parts.map(({ part }) => part?.$case)).toEqual(['started', 'text', 'usage']);
  });

  test('that never came is unknown, not zero', () => {
    const { end, parts } = read(delta({ content: 'a' }, 'stop'), '[DONE]');
    expect(end).toMatchObject({ usage: undefined, rawUsage: undefined });
    expect(foldReply(parts).usage).toBeUndefined();
  });

  test('stays as it came, byte for byte', () => {
    const raw = '{ "prompt_tokens": 9.0, "completion_tokens":1e0,\t"new": [12345678901234567890, "}"] }';
    const frame = `{"id":"x","choices":[],"usage":${raw}}`;
    expect(read(delta({}, 'stop'), frame, '[DONE]').end.rawUsage).toBe(raw);
  });
});

test('only the first choice is read', () => {
  const second = { id: 'x', choices: [{ index: 1, delta: { content: 'other' }, finish_reason: 'stop' }] };
  expect(read(second, '[DONE]').end.fault).toMatchObject({ kind: 'upstream' });
});

test('nothing after the terminator counts', () => {
  const { parts, end } = read(delta({ content: 'a' }, 'stop'), '[DONE]', delta({ content: 'b' }), '{"error":"late"}');
  expect(foldReply(parts).content).toHaveLength(1);
  expect(end.fault).toBeUndefined();
});

test('the key is in the authorization header and nowhere else', () => {
  const key = new Secret('sk-canary');
  expect(codec.authorize(key, 0n)).toEqual({ authorization: 'Bearer sk-canary' });
  expect(codec.authorize(undefined, 0n)).toEqual({});
});

test('arguments that are no JSON go back as they came', () => {
  const call = Call.fromPartial({
    task: {
      $case: 'chat',
      value: {
        messages: [
          {
            role: Role.ASSISTANT,
            parts: [{ part: { $case: 'toolCall', value: { id: 'a', name: 'f', argumentsJson: '{"a":' } } }],
          },
        ],
      },
    },
  });
  const encoded = codec.encode(requestFor(call, 'llama-3'));
  expect(encoded.ok && encoded.value.body).toContain('"arguments":"{\\"a\\":"');
});
