import type { Secret } from '@waybill/kernel';

/** A virtual key of a caller. */
export interface KeyConfiguration {
  readonly id: string;
  /** What the caller sends. */
  readonly secret: Secret;
  readonly tenant: string;
  /** Default: `default`. */
  readonly project: string;
}
