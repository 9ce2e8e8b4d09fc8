// What may be stored as a tenant's key, and when what encrypts it is due to be changed.
import { type Fault, fault } from '@waybill/kernel';

const longestSecret = 4_096;
const shortestSecret = 8;

/** Undefined when it can go into a header. The text of the key is not in the fault. */
export function faultOfSecret(secret: string): Fault | undefined {
  const why = faultyBecause(secret);
  if (why === undefined) return undefined;
  return fault('invalid', `the key cannot be stored: ${why}`, { details: { field: 'key' } });
}

function faultyBecause(secret: string): string | undefined {
  if (secret === '') return 'it is empty';
  if (secret.length < shortestSecret) return `it is shorter than ${shortestSecret} characters`;
  if (secret.length > longestSecret) return `it is longer than ${longestSecret} characters`;
  if (!/^[\x21-\x7e]+$/.test(secret)) return 'it has spaces, line ends, or characters that no header can have';
  return undefined;
}

export interface RewrapAge {
  readonly nowMicros: bigint;
  readonly afterDays: number;
}

const microsPerDay = 86_400_000_000n;

export function isRewrapDue({ wrappedAtMicros }: { readonly wrappedAtMicros: bigint }, age: RewrapAge): boolean {
  return age.nowMicros - wrappedAtMicros >= BigInt(age.afterDays) * microsPerDay;
}
