import { expect, test } from '@jest/globals';
import { Call, Role } from '@waybill/contracts';
import { requestFor } from '../conformance/probes.ts';
import { describeConformance } from '../conformance/suite.ts';
import { openAiVendor } from '../openai/index.ts';
import { codecForVendor } from '../openai-compatible/index.ts';

const codec = codecForVendor({ ...openAiVendor, wires: ['completions'], defaultWire: () => 'completions' });
const upstreamModel = 'gpt-3.5-turbo-instruct';

describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel });

function saying(...turns: [Role, string][]): Call {
  const messages = turns.map(([role, text]) => ({
    role,
    parts: [{ part: { $case: 'text' as const, value: { text } } }],
  }));
  return Call.fromPartial({ task: { $case: 'chat', value: { messages } } });
}

function encoded(call: Call) {
  const result = codec.encode(requestFor(call, upstreamModel));
  if (!result.ok) throw new Error(result.fault.message);
  return {
    prompt: JSON.parse(result.value.body).prompt,
    subjects: result.value.warnings.map(({ subject }) => subject),
  };
}

test('the only message is the prompt, as it is', () => {
  expect(encoded(saying([Role.USER, ' Once\n']))).toEqual({ prompt: ' Once\n', subjects: [] });
});

test('a conversation is written out, and that is said', () => {
  const call = saying([Role.SYSTEM, 'Be kind.'], [Role.USER, 'Hi'], [Role.ASSISTANT, 'Yes?'], [Role.USER, 'Why?']);
  expect(encoded(call)).toEqual({
    prompt: 'System: Be kind.\n\nUser: Hi\n\nAssistant: Yes?\n\nUser: Why?\n\nAssistant:',
    subjects: ['messages'],
  });
});

test('goes where completions go', () => {
  expect(codec.endpoint(requestFor(saying([Role.USER, 'Hi']), upstreamModel)).path).toBe('/completions');
});
