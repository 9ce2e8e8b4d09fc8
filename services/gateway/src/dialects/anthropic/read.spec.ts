import { expect, test } from '@jest/globals';
import { readMessagesRequest } from './read.ts';

function chatOf(fields: object) {
  const read = readMessagesRequest({
    model: 'm',
    max_tokens: 9,
    messages: [{ role: 'user', content: 'Hi' }],
    ...fields,
  });
  if (!read.ok || read.value.call.task?.$case !== 'chat') throw new Error('not read as a chat');
  return read.value.call.task.value;
}

test.each([
  [{ thinking: { type: 'adaptive' } }, { effort: 'high' }],
  [{ thinking: { type: 'adaptive' }, output_config: { effort: 'low' } }, { effort: 'low' }],
  [{ thinking: { type: 'enabled', budget_tokens: 2000 } }, { effort: '', budgetTokens: 2000 }],
  [{ thinking: { type: 'disabled' } }, { effort: 'none' }],
  [{ output_config: { effort: 'max' } }, { effort: 'max' }],
  [{}, undefined],
])('%j asks for %j', (fields, reasoning) => {
  expect(chatOf(fields).reasoning).toEqual(reasoning);
});

test('tools keep their cache marks and the lifetimes of these', () => {
  const tool = { name: 'f', input_schema: { type: 'object' } };
  const marked = (ttl?: string) => ({ ...tool, cache_control: { type: 'ephemeral', ttl } });
  const { tools } = chatOf({ tools: [tool, marked(), marked('1h')] });
  expect(tools.map(({ cacheBreakpoint }) => cacheBreakpoint)).toEqual([
    undefined,
    { timeToLive: '' },
    { timeToLive: '1h' },
  ]);
});
