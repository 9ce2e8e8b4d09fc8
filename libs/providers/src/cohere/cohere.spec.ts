import { describe, expect, test } from '@jest/globals';
import { Call, Role, ToolChoice_Mode } from '@waybill/contracts';
import { probes, requestFor } from '../conformance/probes.ts';
import { describeConformance } from '../conformance/suite.ts';
import { foldReply } from '../reply/fold.ts';
import { cohereCodec as codec } from './index.ts';

const model = 'command-a-reasoning-08-2025';
describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: model });

type ChatFields = Extract<NonNullable<Parameters<typeof Call.fromPartial>[0]['task']>, { $case: 'chat' }>['value'];

function encoded(chat: ChatFields, upstreamModel = model) {
  const call = Call.fromPartial({ task: { $case: 'chat', value: chat } });
  const result = codec.encode(requestFor(call, upstreamModel));
  if (!result.ok) throw new Error(result.fault.message);
  const { body, warnings } = result.value;
  return { body: JSON.parse(body), warnings: warnings.map(({ code, subject }) => `${code} ${subject}`) };
}

function replyTo(answer: object) {
  const body = Buffer.from(JSON.stringify(answer));
  const result = codec.decode(requestFor(probes.chat, model), { status: 200, headers: {}, body });
  if (!result.ok) throw new Error(result.fault.message);
  return foldReply(result.value.parts);
}

const tools = ['one', 'two'].map((name) => ({ name, parametersJson: '{"type":"object"}' }));

describe('tools', () => {
  test('one that is named is offered alone, and has to be called', () => {
    const toolChoice = { mode: ToolChoice_Mode.NAMED, name: 'two' };
    const { body, warnings } = encoded({ tools, toolChoice });
    expect(body).toMatchObject({ tool_choice: 'REQUIRED', tools: [{ function: { name: 'two' } }] });
    expect(warnings).toEqual(['adjusted tool_choice']);
  });

  test('older models take no choice, which is said', () => {
    const { body, warnings } = encoded({ tools, toolChoice: { mode: ToolChoice_Mode.REQUIRED } }, 'command-r-08-2024');
    expect(body).not.toHaveProperty('tool_choice');
    expect(warnings).toEqual(['unsupported tool_choice']);
  });

  test('strict for one is strict for all, which is said', () => {
    const { body, warnings } = encoded({ tools: [{ ...tools[0], strict: true }, tools[1]!] });
    expect(body.strict_tools).toBe(true);
    expect(warnings).toEqual(['adjusted strict_tools']);
  });

  test('the plan and the thinking of a turn go back as what they were', () => {
    const toolCall = {
      id: 'one_x',
      type: 'function',
      function: { name: 'one', arguments: '{"id":12345678901234567890}' },
    };
    const message = {
      content: [{ type: 'thinking', thinking: 'Hm.' }],
      tool_plan: 'I will look.',
      tool_calls: [toolCall],
    };
    const { content } = replyTo({ id: 'a', message, finish_reason: 'TOOL_CALL' });
    const { body, warnings } = encoded({ messages: [{ role: Role.ASSISTANT, parts: content }] });
    expect(body.messages).toEqual([{ role: 'assistant', ...message }]);
    expect(warnings).toEqual([]);
  });
});

test.each([
  [{ effort: 'none' }, { type: 'disabled' }, []],
  [{ budgetTokens: 0 }, { type: 'disabled' }, []],
  [{ budgetTokens: 500 }, { type: 'enabled', token_budget: 500 }, []],
  [{ effort: 'low', budgetTokens: 500 }, { type: 'enabled', token_budget: 500 }, []],
  [{ effort: 'low' }, { type: 'enabled' }, ['adjusted reasoning.effort']],
])('reasoning %j', (reasoning, thinking, warnings) => {
  expect(encoded({ reasoning })).toMatchObject({ body: { thinking }, warnings });
});

test('a model that does not think is told nothing about it', () => {
  const silent = encoded({ reasoning: { effort: 'none' } }, 'command-a-03-2025');
  expect(silent.body).not.toHaveProperty('thinking');
  expect(silent.warnings).toEqual([]);
  const asked = encoded({ reasoning: { effort: 'high' } }, 'command-a-03-2025');
  expect(asked.body).not.toHaveProperty('thinking');
  expect(asked.warnings).toEqual(['unsupported reasoning']);
});

test('sampling of other dialects is brought into range', () => {
  const sampling = { topP: 1, topK: 900, frequencyPenalty: -1, presencePenalty: 1.5 };
  const { body, warnings } = encoded({ sampling });
  expect(body).toMatchObject({ p: 0.99, k: 500, frequency_penalty: 0, presence_penalty: 1 });
  expect(warnings).toEqual([
    'adjusted sampling.top_p',
    'adjusted sampling.top_k',
    'adjusted sampling.frequency_penalty',
    'adjusted sampling.presence_penalty',
  ]);
});

test('stop sequences beyond the fifth are left out, which is said', () => {
  const { body, warnings } = encoded({ stopSequences: ['a', 'b', 'c', 'd', 'e', 'f'] });
  expect(body.stop_sequences).toHaveLength(5);
  expect(warnings).toEqual(['adjusted stop_sequences']);
});

describe('citations', () => {
  const sources = [
    { type: 'document', id: 'doc_0', document: { title: 'Fog', url: 'https://example.com/fog', text: 'Mist.' } },
    { type: 'tool', id: 'look:0', tool_output: {} },
  ];
  const content = [
    { type: 'thinking', thinking: 'Hm.' },
    { type: 'text', text: 'Né. ' },
    { type: 'text', text: 'Mist.' },
  ];

  test('are counted in all the text of the answer, and name their sources', () => {
    const citations = [
      { start: 0, end: 4, text: 'Mist', sources, content_index: 2, type: 'TEXT_CONTENT' },
      { start: 0, end: 2, text: 'Né', sources: [], content_index: 1 },
    ];
    const reply = replyTo({ message: { content, citations }, finish_reason: 'COMPLETE' });
    expect(reply.citations).toEqual([
      {
        ...{ start: 4, end: 8, text: 'Mist' },
        sources: [
          { id: 'doc_0', title: 'Fog', url: 'https://example.com/fog' },
          { id: 'look:0', title: '', url: '' },
        ],
      },
      { start: 0, end: 2, text: 'Né', sources: [] },
    ]);
    expect(reply.warnings).toEqual([]);
  });

  test.each([
    [{ start: 0, end: 2, type: 'PLAN' }],
    [{ start: -1, end: 2 }],
    [{ start: 3, end: 2 }],
    [{ start: 0.5, end: 2 }],
    [{ end: 2 }],
    ['no citation'],
  ])('that have no place in the text bring nothing: %j', (citation) => {
    const message = { content, citations: [citation] };
    expect(replyTo({ message, finish_reason: 'COMPLETE' }).citations).toEqual([]);
  });
});

describe('documents', () => {
  const document = (content: string, mediaType: string, fileName = '') => ({
    part: {
      $case: 'document' as const,
      value: { source: { $case: 'content' as const, value: Buffer.from(content) }, mediaType, fileName },
    },
  });
  const question = { part: { $case: 'text' as const, value: { text: 'What is it?' } } };

  test('of text are handed over to be cited', () => {
    const parts = [document('Mist.', 'text/plain', 'fog.txt'), question, document('{}', 'application/json')];
    const { body, warnings } = encoded({ messages: [{ role: Role.USER, parts }] });
    expect(body.documents).toEqual([
      { id: 'doc_0', data: { title: 'fog.txt', text: 'Mist.' } },
      { id: 'doc_1', data: { text: '{}' } },
    ]);
    expect(body.messages).toEqual([{ role: 'user', content: 'What is it?' }]);
    expect(warnings).toEqual([]);
  });

  test('of pages are left out, which is said', () => {
    const { body, warnings } = encoded({
      messages: [{ role: Role.USER, parts: [document('%PDF', 'application/pdf'), question] }],
    });
    expect(body).not.toHaveProperty('documents');
    expect(warnings).toEqual(['unsupported documents']);
  });
});

test('what is billed counts, not what was processed; without billed units the usage is unknown', () => {
  const message = { content: [] };
  const tokens = { input_tokens: 1300, output_tokens: 200 };
  const billed_units = { input_tokens: 1000, output_tokens: 200 };
  const billed = replyTo({ message, finish_reason: 'COMPLETE', usage: { billed_units, tokens, cached_tokens: 64 } });
  expect(billed.usage).toMatchObject({ inputTokens: 1000, cacheReadTokens: 0, outputTokens: 200 });
  expect(replyTo({ message, finish_reason: 'COMPLETE', usage: { tokens } }).usage).toBeUndefined();
});

describe('embeddings', () => {
  const embedding = (value: { inputs: string[]; purpose?: string }) =>
    codec.encode(requestFor(Call.fromPartial({ task: { $case: 'embedding', value } }), 'embed-v4.0'));

  test('a purpose has to be sent, so one is assumed, which is said', () => {
    for (const purpose of ['', 'similarity']) {
      const result = embedding({ inputs: ['a'], purpose });
      expect(result).toMatchObject({
        ok: true,
        value: { warnings: [{ code: 'adjusted', subject: 'embedding.purpose' }] },
      });
      expect(result.ok && JSON.parse(result.value.body)).toMatchObject({
        input_type: 'search_document',
        truncate: 'NONE',
      });
    }
  });

  test('more texts than the API takes go elsewhere', () => {
    const inputs = Array.from({ length: 97 }, String);
    expect(embedding({ inputs })).toMatchObject({ ok: false, fault: { kind: 'invalid', retryOther: true } });
    expect(embedding({ inputs: inputs.slice(1) }).ok).toBe(true);
  });
});
