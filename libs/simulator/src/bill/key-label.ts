import { createHash } from 'node:crypto';

const labels = new Map<string, string>();
const MOST_LABELS = 10_000;

/** What the books call an API key: `key-` and twelve hex digits of its SHA-256. The key never leaves this file. */
export function keyLabel(apiKey: string): string {
  const known = labels.get(apiKey);
  if (known !== undefined) return known;
  const label = `key-${createHash('sha256').update(apiKey).digest('hex').slice(0, 12)}`;
  if (labels.size >= MOST_LABELS) labels.clear();
  labels.set(apiKey, label);
  return label;
}

/** The label of a call that sent no key. */
export const NO_KEY = 'no-key';
