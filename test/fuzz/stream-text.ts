// Recorded streams as frames, changed frame by frame and written again.
import { oneOf, type Random, wholeBetween } from '../load/random.ts';
import { type Dictionary, type JsonText, jsonText, mutateJson } from './mutate.ts';

export type Framing = 'sse' | 'ndjson';

/** An event or a line. */
export interface RecordedFrame {
  /** What stands before the JSON. */
  readonly head: string;
  readonly json: JsonText;
}

export function recordedFrames(text: string, framing: Framing): RecordedFrame[] {
  const blocks = text.replaceAll('\r\n', '\n').split(framing === 'sse' ? '\n\n' : '\n');
  return blocks.filter(Boolean).map((block) => {
    const from = framing === 'sse' ? Math.max(block.indexOf('data: '), 0) + 'data: '.length : 0;
    return { head: block.slice(0, from), json: jsonText(block.slice(from)) };
  });
}

const newlines = ['\n', '\n', '\n', '\r\n', '\r'];
const noise = [': ping', 'event: ping', 'id: 1', 'retry: 10', 'data', 'event: unknown\ndata: {}'];

/** Leaves out, repeats, exchanges or changes frames, or brings in those of another stream; then writes them. */
export function mutateStream(
  random: Random,
  { frames, others, framing }: { frames: readonly RecordedFrame[]; others: readonly RecordedFrame[]; framing: Framing },
  dictionary: Dictionary,
): string {
  const changed = [...frames];
  for (let left = wholeBetween(random, 0, 2); left > 0; left -= 1) changeFrames(random, changed, others);
  const mutated = random() < 0.75 ? wholeBetween(random, 0, changed.length - 1) : -1;
  const newline = framing === 'sse' ? oneOf(random, newlines) : '\n';
  const end = framing === 'sse' ? newline + newline : newline;
  let text = '';
  changed.forEach(({ head, json }, index) => {
    const body = index === mutated ? mutateJson(random, json, dictionary) : json.text;
    if (framing === 'sse' && random() < 0.02) text += oneOf(random, noise) + end;
    text += head + body + end;
  });
  return random() < 0.05 ? `\ufeff${text}` : text;
}

function changeFrames(random: Random, frames: RecordedFrame[], others: readonly RecordedFrame[]): void {
  const at = wholeBetween(random, 0, frames.length);
  switch (wholeBetween(random, 0, 4)) {
    case 0:
      frames.splice(at, 1);
      return;
    case 1:
      frames.splice(at);
      return;
    case 2:
      frames.splice(at, 0, ...frames.slice(at, at + 1));
      return;
    case 3:
      frames.reverse();
      return;
    default:
      if (others.length > 0) frames.splice(at, 0, oneOf(random, others));
  }
}
