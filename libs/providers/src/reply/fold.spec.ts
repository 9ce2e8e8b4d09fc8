import { expect, test } from '@jest/globals';
import { FinishReason } from '@waybill/contracts';
import { answerText, foldReply } from './fold.ts';
import {
  argumentsPart,
  embeddingPart,
  finishPart,
  isOwnToolCallId,
  reasoningPart,
  refusalPart,
  startedPart,
  textPart,
  toolCallIdOf,
  toolCallPart,
} from './parts.ts';

test('joins text, closes traces at their signature, and gives arguments to their call', () => {
  const reply = foldReply([
    startedPart('id-1', 'model-1'),
    reasoningPart('One '),
    reasoningPart('trace.'),
    reasoningPart('', 'signed'),
    reasoningPart('Another.'),
    reasoningPart('', '', 'sealed'),
    textPart('Hel'),
    textPart('lo'),
    toolCallPart(0, 'a', 'first'),
    toolCallPart(1, 'b', 'second', Buffer.from('state')),
    argumentsPart(1, '{"n":'),
    argumentsPart(0, '{}'),
    argumentsPart(1, '1}'),
    argumentsPart(7, 'lost'),
    textPart(' again'),
    refusalPart('No.'),
    embeddingPart(0, [1]),
    finishPart(FinishReason.STOP, 'end'),
  ]);
  const content = reply.content.map(({ part }) => part);
  expect(content).toMatchObject([
    { $case: 'reasoning', value: { text: 'One trace.', signature: 'signed', redacted: '' } },
    { $case: 'reasoning', value: { text: 'Another.', signature: '' } },
    { $case: 'reasoning', value: { text: '', redacted: 'sealed' } },
    { $case: 'text', value: { text: 'Hello' } },
    { $case: 'toolCall', value: { id: 'a', name: 'first', argumentsJson: '{}' } },
    { $case: 'toolCall', value: { id: 'b', name: 'second', argumentsJson: '{"n":1}' } },
    { $case: 'text', value: { text: ' again' } },
    { $case: 'refusal', value: { text: 'No.' } },
  ]);
  expect(reply).toMatchObject({ providerReplyId: 'id-1', reportedModel: 'model-1', finish: { rawReason: 'end' } });
  expect(reply.embeddings).toEqual([{ index: 0, values: [1] }]);
  expect(answerText(reply)).toBe('Hello again');
});

test('no parts make an empty reply without usage', () => {
  expect(foldReply([])).toMatchObject({ content: [], usage: undefined, finish: undefined });
});

test('ids of our own are stable, distinct and fit every wire', () => {
  const ids = [0, 1].map((index) => toolCallIdOf('call_01jabc:2', index));
  expect(ids[0]).not.toBe(ids[1]);
  expect(ids).toEqual([0, 1].map((index) => toolCallIdOf('call_01jabc:2', index)));
  expect(ids.every((id) => /^[a-zA-Z0-9_-]{1,40}$/.test(id) && isOwnToolCallId(id))).toBe(true);
});
