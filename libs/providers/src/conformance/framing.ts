// A small framing of SSE and NDJSON for tests; the engine has the real one.
import type { ProviderCodec, StreamFrame } from '../codec.ts';

/** The frames in a body that comes in pieces. */
export function framesOf(pieces: readonly Uint8Array[], framing: ProviderCodec['framing']): StreamFrame[] {
  const decoder = new TextDecoder();
  const text = pieces.map((piece) => decoder.decode(piece, { stream: true })).join('') + decoder.decode();
  const lines = text.replaceAll('\r\n', '\n');
  return framing === 'ndjson' ? linesOf(lines) : eventsOf(lines);
}

function linesOf(text: string): StreamFrame[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((data) => ({ data }));
}

function eventsOf(text: string): StreamFrame[] {
  return text
    .split('\n\n')
    .map((block) => block.split('\n'))
    .map((lines) => ({ event: field(lines, 'event: ')[0], data: field(lines, 'data: ').join('\n') }))
    .filter(({ data }) => data !== '');
}

function field(lines: readonly string[], prefix: string): string[] {
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
}
