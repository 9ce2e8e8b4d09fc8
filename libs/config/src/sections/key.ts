import type { Secret } from '@waybill/kernel';
import { identifier, secret, section } from '../reading/fields.ts';

/** A virtual key of a caller. */
export interface KeyConfiguration {
  readonly id: string;
  /** What the caller sends. */
  readonly secret: Secret;
  readonly tenant: string;
  /** Default: `default`. */
  readonly project: string;
}

const leastSecretLength = 8;

/** One entry of `keys`. */
export const keySection = section({
  id: identifier,
  secret: secret.refine((given) => given.reveal().length >= leastSecretLength, {
    error: `is too short to be safe; give at least ${leastSecretLength} characters`,
  }),
  tenant: identifier.default('default'),
  project: identifier.default('default'),
}) satisfies { parse(input: unknown): KeyConfiguration };
