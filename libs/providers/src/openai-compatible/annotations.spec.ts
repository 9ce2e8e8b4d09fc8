import { expect, test } from '@jest/globals';
import type { ReplyPart } from '@waybill/contracts';
import { codecFor } from '../codecs.ts';
import { probes, requestFor } from '../conformance/probes.ts';
import { readAnnotations } from './annotations.ts';

const page = { url: 'https://example.org/a', title: 'A' };
const annotation = { type: 'url_citation', url_citation: { ...page, start_index: 3, end_index: 8 } };
const citation = { start: 3, end: 8, text: '', sources: [{ id: '', ...page }] };

function read(annotations: unknown): unknown[] {
  const parts: ReplyPart[] = [];
  readAnnotations(annotations, parts);
  return parts.map(({ part }) => part?.value);
}

test.each([
  [[annotation], [citation]],
  [[{ url_citation: page }], [{ ...citation, start: 0, end: 0 }]],
  [[{ url_citation: { ...page, start_index: 9, end_index: 8 } }], [{ ...citation, start: 0, end: 0 }]],
  [[{ type: 'file_citation', file_id: 'f' }, null, 7, { url_citation: 'x' }], []],
  [undefined, []],
  ['x', []],
])('%j', (annotations, citations) => {
  expect(read(annotations)).toEqual(citations);
});

test('a message has them beside its text', () => {
  const message = { role: 'assistant', content: 'It is so.', annotations: [annotation] };
  const body = { id: 'x', model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] };
  const response = { status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) };
  const decoded = codecFor('openai-compatible')!.decode(requestFor(probes.chat, 'm'), response);
  const parts = decoded.ok ? decoded.value.parts : [];
  expect(parts.flatMap(({ part }) => (part?.$case === 'citation' ? [part.value] : []))).toEqual([citation]);
});
