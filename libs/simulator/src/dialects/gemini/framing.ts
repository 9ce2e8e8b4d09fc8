// Without `alt=sse` Gemini streams one JSON array, a response at a time.
import type { Frame, Reply } from '../dialect.ts';
import { type Framing, sseWithCrlf } from '../framing.ts';
import { responseChunks } from './reply.ts';

export const ARRAY_FORM = 'array';

const jsonArray: Framing = {
  contentType: 'application/json; charset=UTF-8',
  frame: (json) => json,
  comment: '\r\n',
  ping: '\r\n',
  unknownEvent: '{"note":"not for you"}\r\n,\r\n',
  malformed: '{"broken":[1,{"half":"of a\r\n',
};

export function framingFor(form: string): Framing {
  return form === ARRAY_FORM ? jsonArray : sseWithCrlf;
}

export function geminiFrames(reply: Reply, framing: Framing): Frame[] {
  const chunks = responseChunks(reply, framing);
  if (framing !== jsonArray) return chunks;
  const opened = chunks.map((chunk, index) => ({ ...chunk, text: `${index === 0 ? '[' : ',\r\n'}${chunk.text}` }));
  return [...opened.map((chunk): Frame => ({ ...chunk, part: 'delta' })), { text: ']', tokens: 0, part: 'end' }];
}
