// Providers repeat the key they were asked by when they refuse it.
import type { Fault, Secret } from '@waybill/kernel';

const shown = '[redacted]';
/** Fewer characters of a key than these are no secret: keys of one vendor begin alike. */
const leastCharacters = 8;

/** The fault with nothing of the secret in what is told of it. */
export function withoutSecret<Told extends Fault>(fault: Told, secret: Secret | undefined): Told {
  const text = secret?.reveal() ?? '';
  if (text === '') return fault;
  const without = (told: string) => withoutBeginning(told.replaceAll(text, shown), text);
  const message = without(fault.message);
  const told = Object.entries(fault.details);
  const isClean = message === fault.message && told.every(([, value]) => without(value) === value);
  if (isClean) return fault;
  return { ...fault, message, details: Object.fromEntries(told.map(([name, value]) => [name, without(value)])) };
}

/** What is told was cut to a length, perhaps in the middle of the secret. */
function withoutBeginning(told: string, secret: string): string {
  for (let length = secret.length - 1; length >= leastCharacters; length -= 1) {
    if (told.endsWith(secret.slice(0, length))) return `${told.slice(0, -length)}${shown}`;
  }
  return told;
}
