// What the attempt needs of the world.
import type { ProviderTimeouts } from '@waybill/config';
import type { Secret } from '@waybill/kernel';
import type { HttpHeaders, ProviderCodec } from '@waybill/providers';
import type { Connection } from './engine/send.ts';

/** A provider ready to be called. */
export interface Target {
  readonly providerId: string;
  readonly codec: ProviderCodec;
  /** Path of the base URL, put before the codec's own. */
  readonly basePath: string;
  readonly connection: Connection;
  readonly credential: Secret | undefined;
  readonly timeouts: ProviderTimeouts;
  readonly simulated: boolean;
  /** Headers besides the codec's, for this attempt. */
  extraHeaders(attemptId: string): HttpHeaders;
}
