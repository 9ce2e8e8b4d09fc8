import { describe, expect, test } from '@jest/globals';
import { Call, Role, ToolChoice_Mode } from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import { probes, requestFor } from '../conformance/probes.ts';
import { readStream } from '../conformance/readings.ts';
import { describeConformance } from '../conformance/suite.ts';
import { anthropicCodec } from './index.ts';

const codec = anthropicCodec('2023-06-01');
const codec2026 = anthropicCodec('2026-10-21');
describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: 'claude-sonnet-4-6' });

type ChatFields = Extract<NonNullable<Parameters<typeof Call.fromPartial>[0]['task']>, { $case: 'chat' }>['value'];

interface Using {
  readonly using?: typeof codec;
  readonly cap?: number;
  readonly model?: string;
}

function encoded(call: Call | ChatFields, { using = codec, cap = 5000, model = 'claude-sonnet-4-6' }: Using = {}) {
  const whole = call && 'task' in call ? call : Call.fromPartial({ task: { $case: 'chat', value: call } });
  const result = using.encode({ ...requestFor(whole as Call, model), maxOutputTokens: cap });
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
    const { body, headers, warnings } = encoded({ sampling }, { using: codec2026 });
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
  expect(encoded(probes.chat, { cap: 0 }).body.max_tokens).toBeGreaterThan(0);
  expect(encoded(probes.chat, { cap: 7 }).body.max_tokens).toBe(7);
});

test('temperatures of other dialects are brought into range', () => {
  expect(encoded({ sampling: { temperature: 1.7 } })).toMatchObject({
    body: { temperature: 1 },
    warnings: ['adjusted sampling.temperature'],
  });
});

describe('reasoning in the form the model takes', () => {
  const older = 'claude-sonnet-4-5-20250929';
  const between = 'claude-sonnet-4-6';
  const newer = 'claude-opus-4-8';
  const resting = 'claude-sonnet-5-5';
  const restless = 'claude-opus-5-5';
  const summarized = { type: 'adaptive', display: 'summarized' };
  const budget = (budget_tokens: number) => ({ thinking: { type: 'enabled', budget_tokens } });

  test.each([
    [older, { effort: 'none' }, {}, []],
    [resting, { effort: 'none' }, { thinking: { type: 'disabled' } }, []],
    [restless, { effort: 'none' }, { output_config: { effort: 'low' } }, ['adjusted reasoning.effort']],
    [older, { effort: 'low' }, budget(2048), ['adjusted reasoning.effort']],
    [between, { effort: 'high' }, { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }, []],
    [newer, { effort: 'xhigh' }, { thinking: summarized, output_config: { effort: 'xhigh' } }, []],
    [between, { effort: 'minimal' }, { output_config: { effort: 'low' } }, ['adjusted reasoning.effort']],
    [older, { budgetTokens: 2000 }, budget(2000), []],
    [between, { budgetTokens: 2000 }, budget(2000), []],
    [between, { budgetTokens: 9000 }, budget(4999), ['adjusted reasoning.budget_tokens']],
    [between, { budgetTokens: 10 }, budget(1024), ['adjusted reasoning.budget_tokens']],
    [between, { budgetTokens: 0 }, {}, []],
    [
      restless,
      { budgetTokens: 9000 },
      { thinking: summarized, output_config: { effort: 'medium' } },
      ['adjusted reasoning.budget_tokens'],
    ],
    ['claude-3-haiku-20240307', { effort: 'high' }, {}, ['unsupported reasoning']],
  ])('%s: %j', (model, reasoning, expected, warnings) => {
    const { body, warnings: told } = encoded({ reasoning }, { model });
    expect({ thinking: body.thinking, output_config: body.output_config }).toEqual({
      thinking: undefined,
      output_config: undefined,
      ...expected,
      ...('output_config' in expected && !('thinking' in expected) ? { thinking: body.thinking } : {}),
    });
    expect(told).toEqual(warnings);
  });

  test('a cap that leaves no room for thinking is said', () => {
    expect(encoded({ reasoning: { budgetTokens: 2000 } }, { cap: 500 })).toMatchObject({
      warnings: ['unsupported reasoning.budget_tokens'],
    });
  });

  test('thinking gives way to a tool that has to be called, or the other way round where the model wants it so', () => {
    const chat = {
      tools: [{ name: 'f', parametersJson: '{}' }],
      toolChoice: { mode: ToolChoice_Mode.NAMED, name: 'f' },
      reasoning: { effort: 'high' },
    };
    expect(encoded(chat, { model: resting })).toMatchObject({
      body: { tool_choice: { type: 'tool', name: 'f' }, thinking: { type: 'disabled' } },
      warnings: ['unsupported reasoning'],
    });
    expect(encoded(chat, { model: restless })).toMatchObject({
      body: { tool_choice: { type: 'auto' }, thinking: summarized },
      warnings: ['unsupported tool_choice'],
    });
  });
});

describe('sampling that the model refuses is withheld, which is said', () => {
  const sampling = { temperature: 0.5, topP: 0.5, topK: 5 };
  const names = ['temperature', 'top_p', 'top_k'];

  test.each(['claude-opus-4-7', 'claude-opus-5', 'claude-haiku-5-5-20261015'])('%s always', (model) => {
    const { body, warnings } = encoded({ sampling }, { model });
    expect(names.filter((name) => name in body)).toEqual([]);
    expect(warnings).toEqual(names.map((name) => `unsupported sampling.${name}`));
  });

  test('others while they think, apart from what thinking allows', () => {
    const reasoning = { budgetTokens: 2000 };
    const withheld = encoded({ sampling, reasoning });
    expect(names.filter((name) => name in withheld.body)).toEqual([]);
    expect(withheld.warnings).toEqual(names.map((name) => `unsupported sampling.${name}`));
    const allowed = encoded({ sampling: { temperature: 1, topP: 0.98 }, reasoning });
    expect(allowed).toMatchObject({ body: { top_p: 0.98 }, warnings: [] });
  });
});

test.each([
  ['auto', 'auto', []],
  ['standard_only', 'standard_only', []],
  ['default', 'standard_only', ['adjusted service_tier']],
  ['priority', 'auto', ['adjusted service_tier']],
])('a service tier of %s is sent as %s', (serviceTier, sent, told) => {
  const { body, warnings } = encoded(Call.fromPartial({ serviceTier, task: probes.chat.task }));
  expect({ sent: body.service_tier, told: warnings }).toEqual({ sent, told });
});

describe('what a turn holds', () => {
  const text = (value: string) => ({ part: { $case: 'text' as const, value: { text: value } } });
  const notes = {
    part: {
      $case: 'document' as const,
      value: {
        source: { $case: 'content' as const, value: Buffer.from('Grüße') },
        mediaType: 'text/markdown',
        fileName: 'notes.md',
      },
    },
  };

  test('a document of text goes as text', () => {
    const { body } = encoded({ messages: [{ role: Role.USER, parts: [notes] }] });
    const source = { type: 'text', media_type: 'text/plain', data: 'Grüße' };
    expect(body.messages[0].content).toEqual([{ type: 'document', source, title: 'notes.md' }]);
  });

  test('a document in a turn of the assistant is left out where the version refuses it, which is said', () => {
    const chat = { messages: [{ role: Role.ASSISTANT, parts: [text('Here.'), notes] }] };
    expect(encoded(chat).body.messages[0].content).toHaveLength(2);
    const newer = encoded(chat, { using: codec2026 });
    expect(newer.body.messages[0].content).toEqual([{ type: 'text', text: 'Here.' }]);
    expect(newer.warnings).toEqual(['unsupported messages.document']);
  });

  test('ids of tool calls that the API would refuse are changed alike in call and result', () => {
    const call = { part: { $case: 'toolCall' as const, value: { id: 'a.b:1', name: 'f' } } };
    const result = { part: { $case: 'toolResult' as const, value: { toolCallId: 'a.b:1', parts: [text('x')] } } };
    const messages = [
      { role: Role.ASSISTANT, parts: [call] },
      { role: Role.TOOL, parts: [result] },
    ];
    const { body } = encoded({ messages });
    expect(body.messages[0].content[0].id).toBe('a_b_1');
    expect(body.messages[1].content[0].tool_use_id).toBe('a_b_1');
  });

  test('of breakpoints the last four go, wherever they are, with their lifetimes', () => {
    const marked = (value: string, timeToLive = '') => ({ ...text(value), cacheBreakpoint: { timeToLive } });
    const { body, warnings } = encoded({
      tools: [{ name: 'f', parametersJson: '{}', cacheBreakpoint: {} }],
      messages: [
        { role: Role.SYSTEM, parts: [marked('One.', '1h')] },
        { role: Role.USER, parts: [marked('a'), marked('b'), marked('c', '5m')] },
      ],
    });
    expect(body.tools[0]).not.toHaveProperty('cache_control');
    expect(body.system[0].cache_control).toEqual({ type: 'ephemeral', ttl: '1h' });
    const user = body.messages[0].content.map((block: { cache_control?: unknown }) => block.cache_control);
    expect(user).toEqual([{ type: 'ephemeral' }, { type: 'ephemeral' }, { type: 'ephemeral', ttl: '5m' }]);
    expect(warnings).toEqual(['adjusted prompt_caching']);
    const one = encoded({ tools: [{ name: 'f', parametersJson: '{}', cacheBreakpoint: {} }] });
    expect(one.body.tools[0].cache_control).toEqual({ type: 'ephemeral' });
  });
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
