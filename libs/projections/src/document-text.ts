// Documents as text: JSON with sorted fields, so that equal documents have equal text. What JSON does not know is
// tagged: {"$int":"5"} is a bigint, {"$bytes":"AQI="} a Uint8Array. A field's own leading $ is doubled.
import type { Document, DocumentValue } from './ports.ts';

/** The one text of a document. Fields that are undefined are left out. */
export function encodeDocument(document: Document): string {
  return encodeFields(document);
}

/** The document behind the text, frozen. */
export function decodeDocument(text: string): Document {
  return revive(JSON.parse(text)) as Document;
}

function encodeValue(value: DocumentValue): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'bigint':
      return `{"$int":"${value}"}`;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return encodeStructure(value);
  }
}

function encodeStructure(value: Exclude<DocumentValue, string | bigint | number | boolean>): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(encodeValue).join(',')}]`;
  if (value instanceof Uint8Array) return `{"$bytes":"${Buffer.from(value).toString('base64')}"}`;
  return encodeFields(value as Document);
}

function encodeFields(fields: Document): string {
  let text = '{';
  for (const name of Object.keys(fields).sort()) {
    const value = fields[name];
    if (value === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${JSON.stringify(name.startsWith('$') ? `$${name}` : name)}:${encodeValue(value)}`;
  }
  return `${text}}`;
}

type Parsed = string | number | boolean | null | Parsed[] | { [field: string]: Parsed };

function revive(value: Parsed): DocumentValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(revive));
  const names = Object.keys(value);
  if (names.some((name) => name.startsWith('$'))) return reviveTagged(value);
  const fields = value as Record<string, DocumentValue>;
  for (const name of names) {
    const field = value[name]!;
    if (typeof field === 'object') fields[name] = revive(field);
  }
  return Object.freeze(fields);
}

function reviveTagged(value: { [field: string]: Parsed }): DocumentValue {
  const { $int: digits, $bytes: base64 } = value;
  if (typeof digits === 'string') return BigInt(digits);
  if (typeof base64 === 'string') return new Uint8Array(Buffer.from(base64, 'base64'));
  const fields = Object.entries(value).map(([name, field]) => [name.replace(/^\$/, ''), revive(field)] as const);
  return Object.freeze(Object.fromEntries(fields));
}
