import { expect, test } from '@jest/globals';
import { probes, requestFor } from '../conformance/probes.ts';
import { describeConformance } from '../conformance/suite.ts';
import { githubCopilotCodec as codec } from './index.ts';

describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: 'gpt-4.1' });

function headersOf(call: (typeof probes)[keyof typeof probes]) {
  const encoded = codec.encode(requestFor(call, 'gpt-4.1'));
  if (!encoded.ok) throw new Error(encoded.fault.message);
  return encoded.value.headers;
}

test('says who asks, and whether there is a picture', () => {
  expect(headersOf(probes.chat)).toMatchObject({ 'x-initiator': 'user' });
  expect(headersOf(probes.chat)).not.toHaveProperty('copilot-vision-request');
  expect(headersOf(probes.vision)).toMatchObject({ 'x-initiator': 'user', 'copilot-vision-request': 'true' });
  const task = probes.tools.task;
  if (task?.$case !== 'chat') throw new Error('no chat');
  const unanswered = { ...task.value, messages: task.value.messages.slice(0, -1) };
  const goingOn = { ...probes.tools, task: { $case: 'chat' as const, value: unanswered } };
  expect(headersOf(goingOn)).toMatchObject({ 'x-initiator': 'agent' });
});

test('says nothing of an editor', () => {
  for (const probe of [probes.chat, probes.vision, probes.tools, probes.embeddings]) {
    const names = Object.keys(headersOf(probe));
    expect(names.filter((name) => /editor|integration|user-agent|intent|vscode/.test(name))).toEqual([]);
  }
});
