import { expect, test } from '@jest/globals';
import { parseJsonBody } from '../../http/json-body.ts';
import { mostEntries } from '../batch-item.ts';
import { readLines, readNewBatch } from './read.ts';

const chats = '/v1/chat/completions';
const lineOf = (customId: string, more: object = {}) => {
  const body = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Why?' }], ...more };
  return JSON.stringify({ custom_id: customId, method: 'POST', url: chats, body });
};
const read = (...lines: string[]) => readLines(Buffer.from(lines.join('\n')), chats, parseJsonBody);

function problemIn(...lines: string[]) {
  const result = read(...lines);
  if (result.ok) throw new Error('nothing was wrong');
  const { line, field } = result.fault.details;
  return { line, field };
}

test('lines are calls, with blank ones and either kind of line break between them', () => {
  const result = read(lineOf('one'), '', `${lineOf('two')}\r`, '  ', '');
  if (!result.ok) throw new Error(result.fault.message);
  expect(result.value.map(({ customId, request }) => [customId, request.call.model])).toEqual([
    ['one', 'gpt-4o-mini'],
    ['two', 'gpt-4o-mini'],
  ]);
});

test('the first line that is wrong is named, as an editor counts, and the field in it', () => {
  expect(problemIn(lineOf('one'), '', '{')).toEqual({ line: '3', field: undefined });
  expect(problemIn('{}')).toEqual({ line: '1', field: 'custom_id' });
  expect(problemIn(lineOf('one'), lineOf('one'))).toEqual({ line: '2', field: 'custom_id' });
  expect(problemIn(lineOf('one', { messages: [{ role: 'king' }] }))).toMatchObject({ line: '1' });
  expect(problemIn(lineOf('one', { temperature: 'hot' }))).toEqual({ line: '1', field: 'body.temperature' });
  expect(problemIn(lineOf('one', { stream: true }))).toEqual({ line: '1', field: 'body.stream' });
  const elsewhere = JSON.stringify({ ...JSON.parse(lineOf('one')), url: '/v1/responses' });
  expect(problemIn(elsewhere)).toEqual({ line: '1', field: 'url' });
});

test('there is at least one line, and no more than go between two services', () => {
  expect(problemIn('', ' ')).toMatchObject({ field: 'input_file_id' });
  const most = Array.from({ length: mostEntries }, (_, index) => lineOf(`n${index}`));
  expect(read(...most).ok).toBe(true);
  expect(problemIn(...most, lineOf('last'))).toMatchObject({ field: 'input_file_id' });
  expect(readLines(Buffer.from([0x7b, 0xff]), chats, parseJsonBody)).toMatchObject({ ok: false });
});

test('a batch names its file, an endpoint that is served, and labels within bounds', () => {
  const asked = { input_file_id: 'file_1', endpoint: chats, completion_window: '24h' };
  const value = { inputFileId: 'file_1', endpoint: chats, metadata: {} };
  expect(readNewBatch(asked)).toEqual({ ok: true, value });
  expect(readNewBatch({ ...asked, metadata: { a: 'b' } })).toEqual({
    ok: true,
    value: { ...value, metadata: { a: 'b' } },
  });
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v']));
  for (const wrong of [{ endpoint: '/v1/embeddings' }, { completion_window: '1h' }, { input_file_id: 7 }])
    expect(readNewBatch({ ...asked, ...wrong })).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
  for (const metadata of [many, { a: 'x'.repeat(513) }, { a: 1 }])
    expect(readNewBatch({ ...asked, metadata })).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
});
