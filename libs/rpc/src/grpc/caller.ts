// Which service calls, by its certificate.
import { X509Certificate } from 'node:crypto';
import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { FaultError, fault } from '@waybill/kernel';
import { serviceOf } from '../tls/identity.ts';

type AnyCall =
  | ServerUnaryCall<unknown, unknown>
  | ServerWritableStream<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>;

/** Finds the service that calls. Throws `unauthenticated` for a verified certificate that names none. */
export type CallerOf = (call: AnyCall) => string | undefined;

/** Where no certificates are asked for, nobody has a name. */
export const anybody: CallerOf = () => undefined;

const rememberedMax = 1_000;

/** Reads each certificate once. */
export function byCertificate(): CallerOf {
  const known = new Map<string, string | undefined>();
  return (call) => {
    const certificate = call.getAuthContext().sslPeerCertificate;
    if (certificate === undefined) throw nameless();
    const { fingerprint256, raw } = certificate;
    if (!known.has(fingerprint256)) {
      if (known.size >= rememberedMax) known.clear();
      known.set(fingerprint256, serviceOf(new X509Certificate(raw)));
    }
    const service = known.get(fingerprint256);
    if (service === undefined) throw nameless();
    return service;
  };
}

function nameless(): FaultError {
  return new FaultError(fault('unauthenticated', 'the certificate of the caller names no service'));
}
