import { type Client, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { FaultError, fault } from '@waybill/kernel';
import type { CallScope } from '../call-scope.ts';
import type { ConnectedCarrier, PackedCall } from '../carrier.ts';
import { faultInTrailer, faultOfStatus } from '../status.ts';
import { asBuffer } from './bytes.ts';

/** Carries each call as a gRPC call of its own. */
export function createPlainCarrier(client: Client): ConnectedCarrier<Uint8Array> {
  async function unary({ path, request, scope, metadata }: PackedCall<Uint8Array>): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const answered = (error: ServiceError | null, answer?: Buffer) => {
      if (error !== null) reject(faultErrorOf(error));
      else resolve(answer ?? Buffer.alloc(0));
    };
    const options = deadlineOf(scope);
    const call = client.makeUnaryRequest(path, asBuffer, asBuffer, request, headers(metadata), options, answered);
    scope.onAbort(() => call.cancel());
    return promise;
  }

  async function* stream({ path, request, scope, metadata }: PackedCall<Uint8Array>): AsyncGenerator<Uint8Array> {
    const options = deadlineOf(scope);
    const call = client.makeServerStreamRequest(path, asBuffer, asBuffer, request, headers(metadata), options);
    scope.onAbort(() => call.cancel());
    try {
      yield* call;
    } catch (thrown) {
      throw faultErrorOf(thrown as ServiceError);
    } finally {
      call.cancel();
    }
  }

  return { unary, stream, close: () => client.close() };
}

function headers(entries: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
}

function deadlineOf(scope: CallScope): { deadline?: number } {
  const timeLeftMs = scope.timeLeftMs();
  return timeLeftMs === undefined ? {} : { deadline: Date.now() + timeLeftMs };
}

/** What grpc itself says of a broken connection or stream; what a server of ours says carries its fault. */
const brokenStatuses: readonly status[] = [status.CANCELLED, status.INTERNAL, status.UNKNOWN];

function faultErrorOf(error: ServiceError): FaultError {
  const told = faultInTrailer(error.metadata);
  if (told === undefined && brokenStatuses.includes(error.code)) {
    return new FaultError(fault('unavailable', 'the connection was lost before the answer came', { cause: error }));
  }
  return new FaultError(told ?? faultOfStatus(error));
}
