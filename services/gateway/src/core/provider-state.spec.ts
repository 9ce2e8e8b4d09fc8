import { expect, test } from '@jest/globals';
import { Call, ReplyPart, Role } from '@waybill/contracts';
import { callWithState, markState } from './provider-state.ts';

const bytes = Buffer.from([0, 255, 128, 46, 10]);

function toolCall(providerState: Buffer): ReplyPart {
  return ReplyPart.fromPartial({ part: { $case: 'toolCallStarted', value: { id: 'a', name: 'look', providerState } } });
}

function reasoning(fields: { text?: string; signature?: string; redacted?: string }): ReplyPart {
  return ReplyPart.fromPartial({ part: { $case: 'reasoning', value: fields } });
}

/** A turn that sends back what these parts brought. */
function nextTurn(...parts: ReplyPart[]): Call {
  const content = parts.map(({ part }) =>
    part?.$case === 'toolCallStarted'
      ? { part: { $case: 'toolCall' as const, value: { ...part.value, argumentsJson: '{}' } } }
      : { part: part as { $case: 'reasoning'; value: { text: string } } },
  );
  const messages = [{ role: Role.ASSISTANT, parts: content }];
  return Call.fromPartial({ model: 'm', task: { $case: 'chat', value: { messages } } });
}

function partsSent(call: Call, kind: string) {
  const sent = callWithState(call, kind);
  const parts = sent.call.task?.$case === 'chat' ? sent.call.task.value.messages[0]!.parts : [];
  return { values: parts.map(({ part }) => part?.value), warnings: sent.warnings.length };
}

test('state comes back to the kind of provider that made it, byte for byte', () => {
  const parts = [reasoning({ text: 'hm', signature: 's/+=' }), reasoning({ redacted: 'secret' }), toolCall(bytes)];
  const { values, warnings } = partsSent(nextTurn(...parts.map((part) => markState(part, 'anthropic'))), 'anthropic');
  expect(values).toEqual([
    { text: 'hm', signature: 's/+=', redacted: '' },
    { text: '', signature: '', redacted: 'secret' },
    { id: 'a', name: 'look', argumentsJson: '{}', providerState: bytes },
  ]);
  expect(warnings).toBe(0);
});

test('another kind gets none of it: no trace, the tool call without its state, and a warning', () => {
  const parts = [reasoning({ text: 'hm', signature: 's' }), reasoning({ redacted: 'secret' }), toolCall(bytes)];
  const { values, warnings } = partsSent(nextTurn(...parts.map((part) => markState(part, 'anthropic'))), 'gemini');
  expect(values).toEqual([{ id: 'a', name: 'look', argumentsJson: '{}', providerState: Buffer.alloc(0) }]);
  expect(warnings).toBe(1);
});

test('a kind whose name begins like another one is another', () => {
  const { values } = partsSent(nextTurn(markState(reasoning({ signature: 's' }), 'openai-compatible')), 'openai');
  expect(values).toEqual([]);
});

test('state that never came through here goes as it is', () => {
  const call = nextTurn(reasoning({ text: 'hm', signature: 'raw' }), toolCall(bytes));
  expect(callWithState(call, 'gemini')).toEqual({ call, warnings: [] });
});

test('what bears no state is not touched', () => {
  const text = ReplyPart.fromPartial({ part: { $case: 'text', value: { text: 'hi' } } });
  const trace = reasoning({ text: 'hm' });
  expect([markState(text, 'k'), markState(trace, 'k')]).toEqual([text, trace]);
  const call = nextTurn(trace);
  expect(callWithState(call, 'k').call).toBe(call);
});
