// Bytes of a body -> a JSON value, or a fault that says where it goes wrong.
import { isUtf8 } from 'node:buffer';
import { type Fault, fault, type Result } from '@waybill/kernel';

/** Objects and arrays within each other; more than any schema needs, and few enough for those that read it recursively. */
const deepest = 128;
/** Longer bodies are not searched for the place of an error. */
const searchedLength = 65_536;

export function parseJsonBody(body: unknown): Result<unknown> {
  if (!Buffer.isBuffer(body) || body.length === 0) return refuse('the body is empty; give a JSON object');
  if (!isUtf8(body)) return refuse('the body is not valid UTF-8');
  const text = body.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    if (isTooDeep(value)) return refuse(`the body has more than ${deepest} objects and arrays within each other`);
    if (mayNamePrototype(text) && namesPrototype(value)) {
      return refuse('the body has a key named __proto__, which is not allowed');
    }
    return { ok: true, value };
  } catch (thrown) {
    return refuse(`the body is not valid JSON: ${explain(text, messageOf(thrown))}`);
  }
}

function refuse(message: string): { ok: false; fault: Fault } {
  return { ok: false, fault: fault('invalid', message, { details: { reason: 'invalid_json' } }) };
}

function isTooDeep(root: unknown): boolean {
  let level = [root].filter(isNest);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > deepest) return true;
    level = level.flatMap((nest) => Object.values(nest).filter(isNest));
  }
  return false;
}

function isNest(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The key may be spelled with escapes, too. */
function mayNamePrototype(text: string): boolean {
  return text.includes('__proto__') || text.includes('\\u005');
}

function namesPrototype(root: unknown): boolean {
  const waiting = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) return true;
    for (const inner of Object.values(value)) waiting.push(inner);
  }
  return false;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : '';
}

function explain(text: string, message: string): string {
  const what =
    /^(.*?)(?:,? (?:\.\.\.)?".*| in JSON.*| after JSON.*| of JSON input)$/s.exec(message)?.[1] ?? 'it cannot be read';
  const position = positionIn(message) ?? (text.length <= searchedLength ? findError(text) : undefined);
  if (position === undefined) return what;
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  const column = position - before.lastIndexOf('\n');
  return `${what} at position ${position} (line ${line}, column ${column})`;
}

function positionIn(message: string): number | undefined {
  const match = / at position (\d+)/.exec(message);
  return match ? Number(match[1]) : undefined;
}

/** The longest beginning that could still become JSON ends where the error is. */
function findError(text: string): number {
  let sound = 0;
  let broken = text.length + 1;
  while (broken - sound > 1) {
    const middle = Math.floor((sound + broken) / 2);
    if (couldGoOn(text.slice(0, middle))) sound = middle;
    else broken = middle;
  }
  return sound;
}

function couldGoOn(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (thrown) {
    const message = messageOf(thrown);
    return /^Unexpected end|^Unterminated/.test(message) || positionIn(message) === beginning.length;
  }
}
