// Providers repeat the key they were asked by when they refuse it.
import type { Fault, Secret } from '@waybill/kernel';

const shown = '[redacted]';

/** The fault with nothing of the secret in what is told of it. */
export function withoutSecret<Told extends Fault>(fault: Told, secret: Secret | undefined): Told {
  const text = secret?.reveal() ?? '';
  if (text === '') return fault;
  const mentions = [fault.message, ...Object.values(fault.details)].some((told) => told.includes(text));
  if (!mentions) return fault;
  const without = (told: string) => told.replaceAll(text, shown);
  const details = Object.fromEntries(Object.entries(fault.details).map(([name, told]) => [name, without(told)]));
  return { ...fault, message: without(fault.message), details };
}
