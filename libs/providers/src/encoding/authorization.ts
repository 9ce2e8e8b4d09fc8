// The usual ways to present a key. What they return holds it in plain text: for the socket only.
import type { Secret } from '@waybill/kernel';
import type { HttpHeaders } from '../codec.ts';

/** `authorization: Bearer <key>`; nothing without a key. */
export function bearer(credential: Secret | undefined): HttpHeaders {
  return credential ? { authorization: `Bearer ${credential.reveal()}` } : {};
}

/** The key alone in a header of the given name; nothing without a key. */
export function keyHeader(name: string, credential: Secret | undefined): HttpHeaders {
  return credential ? { [name]: credential.reveal() } : {};
}
