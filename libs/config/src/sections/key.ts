import type { Secret } from '@waybill/kernel';
import { flag, identifier, secret, section } from '../reading/fields.ts';

/** A virtual key of a caller. */
export interface KeyConfiguration {
  readonly id: string;
  /** What the caller sends. */
  readonly secret: Secret;
  readonly tenant: string;
  /** Default: `default`. */
  readonly project: string;
  /** Whether who has it may store and remove the tenant's own keys of providers; default false. */
  readonly managesProviderKeys?: boolean | undefined;
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
  manages_provider_keys: flag.optional(),
}).transform(
  ({ manages_provider_keys: managesProviderKeys, ...key }): KeyConfiguration => ({ ...key, managesProviderKeys }),
);
