import { expect, test } from '@jest/globals';
import { saidIn } from './said-text.ts';

test.each([
  ['chat', { choices: [{ message: { content: 'blue' } }] }],
  ['completions', { choices: [{ text: 'blue' }] }],
  ['responses', { object: 'response', output: [{ content: [{ type: 'output_text', text: 'blue' }] }] }],
  ['messages', { content: [{ type: 'text', text: 'blue' }] }],
  ['generate', { success: true, text: 'blue' }],
])('an answer in one piece: %s', (_dialect, answer) => {
  expect(saidIn(JSON.stringify(answer), false)).toBe('blue');
});

test('vectors are their numbers', () => {
  const data = [{ embedding: [0.5, -1] }, { embedding: [2] }];
  expect(saidIn(JSON.stringify({ object: 'list', data }), false)).toBe('0.5 -1\n2');
});

test.each([
  ['chat', (text: string) => ({ choices: [{ delta: { content: text } }] })],
  ['completions', (text: string) => ({ choices: [{ text }] })],
  ['responses', (delta: string) => ({ type: 'response.output_text.delta', delta })],
  ['messages', (text: string) => ({ type: 'content_block_delta', delta: { type: 'text_delta', text } })],
])('a stream: %s', (_dialect, event) => {
  const frames = ['bl', 'ue'].map((text) => `event: any\ndata: ${JSON.stringify(event(text))}\n\n`);
  expect(saidIn(`${frames.join('')}data: [DONE]\n\n`, true)).toBe('blue');
});

test('what is no JSON counts as said: it came to a caller', () => {
  expect(saidIn('data: {"broken":[1\n\n', true)).toBe('{"broken":[1');
});

test('the whole text that ends a response is not said twice', () => {
  const events = [
    { type: 'response.output_text.delta', delta: 'blue' },
    { type: 'response.output_text.done', text: 'blue' },
    { type: 'response.completed', response: { output: [{ content: [{ text: 'blue' }] }] } },
  ];
  const frames = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  expect(saidIn(frames.join(''), true)).toBe('blue');
});
