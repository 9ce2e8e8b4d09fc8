// Finds the exact source text of a value inside JSON text, so that a usage block can be kept as it came.

/**
 * The source text of the value at a path of member names, such as `['message', 'usage']`. Undefined when there is none.
 * `json` has to be valid JSON; of members with the same name the last one counts, as with JSON.parse.
 */
export function sourceOf(json: string, path: readonly string[]): string | undefined {
  let text: string | undefined = json;
  for (const name of path) {
    text = memberOf(text, name);
    if (text === undefined) return undefined;
  }
  return text;
}

/** The source text of the first element of a JSON array; undefined when there is none. `json` has to be valid JSON. */
export function firstElementOf(json: string): string | undefined {
  const open = skipSpace(json, 0);
  const from = skipSpace(json, open + 1);
  return json[open] !== '[' || json[from] === ']' ? undefined : json.slice(from, endOfValue(json, from));
}

function memberOf(json: string, wanted: string): string | undefined {
  let at = skipSpace(json, 0);
  if (json[at] !== '{') return undefined;
  let found: string | undefined;
  at = skipSpace(json, at + 1);
  while (at < json.length && json[at] !== '}') {
    const nameEnd = endOfString(json, at);
    const isWanted = JSON.parse(json.slice(at, nameEnd)) === wanted;
    const valueStart = skipSpace(json, skipSpace(json, nameEnd) + 1);
    const valueEnd = endOfValue(json, valueStart);
    if (isWanted) found = json.slice(valueStart, valueEnd);
    at = skipSpace(json, valueEnd);
    if (json[at] === ',') at = skipSpace(json, at + 1);
  }
  return found;
}

function skipSpace(json: string, from: number): number {
  let at = from;
  while (json.charCodeAt(at) <= 32) at += 1;
  return at;
}

/** The index after a string that begins at `from`. */
function endOfString(json: string, from: number): number {
  let at = from + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(json: string, from: number): number {
  const first = json[from];
  if (first === '"') return endOfString(json, from);
  if (first !== '{' && first !== '[') return endOfScalar(json, from);
  let depth = 0;
  let at = from;
  while (at < json.length) {
    const character = json[at];
    if (character === '"') {
      at = endOfString(json, at);
      continue;
    }
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return at;
}

function endOfScalar(json: string, from: number): number {
  let at = from;
  while (at < json.length && !',]} \n\r\t'.includes(json[at]!)) at += 1;
  return at;
}
