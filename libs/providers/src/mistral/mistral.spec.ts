import { expect, test } from '@jest/globals';
import { Call, Role } from '@waybill/contracts';
import { probes, requestFor } from '../conformance/probes.ts';
import { describeConformance } from '../conformance/suite.ts';
import { mistralCodec as codec } from './index.ts';

describeConformance({
  codec,
  folder: new URL('./fixtures/', import.meta.url),
  upstreamModel: 'magistral-medium-latest',
});

function encoded(call: Call) {
  const result = codec.encode(requestFor(call, 'mistral-large-latest'));
  if (!result.ok) throw new Error(result.fault.message);
  return { body: JSON.parse(result.value.body), warnings: result.value.warnings };
}

test('ids of tool calls that Mistral would refuse become nine characters, the same in call and result', () => {
  const { messages } = encoded(probes.tools).body;
  const ids = messages[1].tool_calls.map(({ id }: { id: string }) => id);
  expect(ids).toEqual([messages[2].tool_call_id, messages[3].tool_call_id]);
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/);
});

test('its own ids stay as they are', () => {
  const toolCall = { $case: 'toolCall' as const, value: { id: 'D681PevKs', name: 'f' } };
  const messages = [{ role: Role.ASSISTANT, parts: [{ part: toolCall }] }];
  const { body } = encoded(Call.fromPartial({ task: { $case: 'chat', value: { messages } } }));
  expect(body.messages[0].tool_calls[0].id).toBe('D681PevKs');
});

test('the highest effort is called otherwise', () => {
  const call = Call.fromPartial({ task: { $case: 'chat', value: { reasoning: { effort: 'max' } } } });
  expect(encoded(call)).toMatchObject({ body: { reasoning_effort: 'xhigh' }, warnings: [{ code: 'adjusted' }] });
});
