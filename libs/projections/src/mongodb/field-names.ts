// Names of fields as BSON can hold them and as MongoDB takes them for nothing else.

/** Own meaning in MongoDB or its driver, a path, or no name that BSON can hold; and the sign that escapes them. */
const special = /^\$|^_id$|^_bsontype$|^__proto__$|[%.\0]|\p{Cs}/u;
const specialCharacters = /^[$_]|[%.\0]|\p{Cs}/gu;
const escaped = /%u([0-9a-f]{4})|%([0-9a-f]{2})/g;
const emptyName = '%';

/** Any name, one to one; most stay as they are, and `a.b` becomes `a%2eb`. */
export function storedName(name: string): string {
  if (name === '') return emptyName;
  return special.test(name) ? name.replace(specialCharacters, escapeOf) : name;
}

/** The name behind it. */
export function nameOf(stored: string): string {
  if (!stored.includes('%')) return stored;
  if (stored === emptyName) return '';
  return stored.replace(escaped, (_all, unit?: string, code?: string) =>
    String.fromCharCode(Number.parseInt(unit ?? code ?? '', 16)),
  );
}

function escapeOf(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `%u${code}` : `%${code.padStart(2, '0')}`;
}
