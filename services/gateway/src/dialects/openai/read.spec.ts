// Requests of chat completions as canonical calls.
import { describe, expect, test } from '@jest/globals';
import { type Chat, OutputFormat_Kind, Role, ToolChoice_Mode } from '@waybill/contracts';
import { readChatRequest } from './read.ts';

const hi = { role: 'user', content: 'hi' };

function read(fields: object) {
  const result = readChatRequest({ model: 'fast', messages: [hi], ...fields });
  if (!result.ok) throw new Error(result.fault.message);
  return result.value;
}

function chatOf(fields: object): Chat {
  return read(fields).call.task?.value as Chat;
}

function refusal(fields: object): string {
  const result = readChatRequest({ model: 'fast', messages: [hi], ...fields });
  return result.ok ? 'it was read' : result.fault.message;
}

test('every setting has its place', () => {
  const chat = chatOf({
    stream: true,
    temperature: 0.5,
    top_p: 0.9,
    frequency_penalty: 1,
    presence_penalty: -1,
    seed: 7,
    max_completion_tokens: 50,
    reasoning_effort: 'low',
    stop: 'END',
    parallel_tool_calls: false,
    response_format: { type: 'json_schema', json_schema: { name: 'city', schema: { type: 'object' }, strict: true } },
    tools: [{ type: 'function', function: { name: 'weather', description: 'tells', parameters: { type: 'object' } } }],
    tool_choice: { type: 'function', function: { name: 'weather' } },
  });
  expect(chat).toEqual({
    messages: [expect.objectContaining({ role: Role.USER })],
    stream: true,
    sampling: { temperature: 0.5, topP: 0.9, frequencyPenalty: 1, presencePenalty: -1, seed: 7n },
    maxOutputTokens: 50,
    reasoning: { effort: 'low' },
    stopSequences: ['END'],
    parallelToolCalls: false,
    outputFormat: {
      kind: OutputFormat_Kind.JSON_SCHEMA,
      schemaName: 'city',
      schemaJson: '{"type":"object"}',
      strict: true,
    },
    tools: [{ name: 'weather', description: 'tells', parametersJson: '{"type":"object"}', strict: undefined }],
    toolChoice: { mode: ToolChoice_Mode.NAMED, name: 'weather' },
  });
});

test('what is null is as if it were not there', () => {
  const fields = ['temperature', 'stop', 'tools', 'tool_choice', 'max_tokens', 'seed', 'response_format', 'user', 'n'];
  expect(read(Object.fromEntries(fields.map((field) => [field, null])))).toEqual(read({}));
});

test("a conversation with tools keeps ids, names, arguments and the provider's state", () => {
  const { messages } = chatOf({
    messages: [
      { role: 'developer', content: 'be brief' },
      hi,
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: `a__wb_${Buffer.from('signature').toString('base64url')}`,
            type: 'function',
            function: { name: 'weather', arguments: '{"city": "Bern"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: `a__wb_${Buffer.from('signature').toString('base64url')}`, content: 'sunny' },
    ],
  });
  expect(messages.map(({ role }) => role)).toEqual([Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL]);
  expect(messages[2]?.parts[0]?.part).toEqual({
    $case: 'toolCall',
    value: { id: 'a', name: 'weather', argumentsJson: '{"city": "Bern"}', providerState: Buffer.from('signature') },
  });
  expect(messages[3]?.parts[0]?.part).toMatchObject({ value: { toolCallId: 'a', name: 'weather', isError: false } });
});

test('an empty text beside tool calls is nothing that was said', () => {
  const call = { id: 'a', type: 'function', function: { name: 'weather', arguments: '{}' } };
  const { messages } = chatOf({ messages: [hi, { role: 'assistant', content: '', tool_calls: [call] }] });
  expect(messages[1]?.parts.map(({ part }) => part?.$case)).toEqual(['toolCall']);
});

test('pictures come by address or as data', () => {
  const content = [
    { type: 'text', text: 'what is it?' },
    { type: 'image_url', image_url: { url: 'https://pictures.example/cat.png', detail: 'low' } },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
  ];
  const [, byAddress, inline] = chatOf({ messages: [{ role: 'user', content }] }).messages[0]!.parts;
  const url = 'https://pictures.example/cat.png';
  expect(byAddress?.part?.value).toEqual({ source: { $case: 'url', value: url }, mediaType: '', detail: 'low' });
  const bytes = { $case: 'content', value: Buffer.alloc(3) };
  expect(inline?.part?.value).toEqual({ source: bytes, mediaType: 'image/png', detail: '' });
});

describe('what is not done', () => {
  test('is said in a warning', () => {
    const { warnings } = read({
      logit_bias: { 1: 2 },
      store: false,
      made_up: 1,
      max_tokens: 5,
      max_completion_tokens: 6,
    });
    expect(warnings.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'unsupported logit_bias',
      'unsupported made_up',
      'adjusted max_tokens',
    ]);
  });

  test.each([
    [{ n: 2 }, 'n has to be 1; ask once for each answer'],
    [{ functions: [] }, 'functions is not supported; give tools'],
    [{ modalities: ['text', 'audio'] }, 'modalities[1] is not supported; answers are text'],
  ])('%j is refused where an answer would not be what was asked for', (fields, message) => {
    expect(refusal(fields)).toBe(message);
  });
});

describe('a wrong field is named, with what is allowed', () => {
  test.each([
    [{ model: undefined }, 'model is missing; give a string'],
    [{ model: 7 }, 'model is a number; give a string'],
    [{ messages: [] }, 'messages is out of range; give a number of entries of at least 1'],
    [
      { messages: [{ content: 'hi' }] },
      'messages[0].role is missing; give one of system, developer, user, assistant, tool',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'messages[0].content[0].text is missing; give a string',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'video' }] }] },
      'messages[0].content[0].type is "video"; give one of text, image_url, input_audio, file',
    ],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content is 5; give a string or an array'],
    [{ temperature: 3 }, 'temperature is out of range; give a number of at most 2'],
    [{ temperature: '1' }, 'temperature is a string; give a number'],
    [{ max_tokens: 1.5 }, 'max_tokens is a number; give a whole number'],
    [{ max_tokens: 0 }, 'max_tokens is out of range; give a number of at least 1'],
    [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop is out of range; give a number of entries of at most 4'],
    [{ stream: 'yes' }, 'stream is a string; give true or false'],
    [{ tool_choice: 'maybe' }, 'tool_choice is "maybe"; give one of none, auto, required'],
    [
      { tool_choice: { type: 'function', function: { name: 'x' } } },
      'tool_choice.function.name is not among the tools; give the name of one',
    ],
    [{ model: 1, stream: 1 }, 'model is a number; give a string (and 1 more)'],
  ])('%j', (fields, message) => {
    expect(refusal(fields)).toBe(message);
  });

  test('an array instead of an object', () => {
    expect(readChatRequest([])).toMatchObject({
      ok: false,
      fault: { message: 'the body is an array; give an object' },
    });
  });
});
