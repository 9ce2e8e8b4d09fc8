import { type Client, connectivityState, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { FaultError, fault } from '@waybill/kernel';
import type { CallScope } from '../call-scope.ts';
import type { PackedCall } from '../carrier.ts';
import { type Connection, type ConnectionSettings, dialTimeoutMs } from '../connection.ts';
import { faultInTrailer, faultOfStatus } from '../status.ts';
import { asBuffer } from './bytes.ts';

/** Carries each call as a gRPC call of its own. */
export async function connectPlain(client: Client, { onLost }: ConnectionSettings): Promise<Connection> {
  await knock(client);
  const state = { underWay: 0, isInUse: true };

  /** Calls under way finish. */
  function leave(): void {
    state.isInUse = false;
    client.close();
  }

  client.getChannel().watchConnectivityState(connectivityState.READY, Number.POSITIVE_INFINITY, () => {
    if (!state.isInUse) return;
    leave();
    onLost();
  });
  return {
    get underWay() {
      return state.underWay;
    },
    async unary(call) {
      state.underWay += 1;
      try {
        return await unaryOver(client, call);
      } finally {
        state.underWay -= 1;
      }
    },
    async *stream(call) {
      state.underWay += 1;
      try {
        yield* streamOver(client, call);
      } finally {
        state.underWay -= 1;
      }
    },
    retire: leave,
    close: leave,
  };
}

const healthCheckPath = '/grpc.health.v1.Health/Check';
const unreachedStatuses: readonly status[] = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED];

/** Whatever the server says of its health, it is there; else throws `unavailable` with what stood in the way. */
function knock(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + dialTimeoutMs;
    client.makeUnaryRequest(healthCheckPath, asBuffer, asBuffer, new Uint8Array(), { deadline }, (error) => {
      if (error === null || !unreachedStatuses.includes(error.code)) return resolve();
      reject(new FaultError(fault('unavailable', `the server cannot be reached: ${error.details}`, { cause: error })));
    });
  });
}

async function unaryOver(client: Client, call: PackedCall<Uint8Array>): Promise<Uint8Array> {
  const { path, request, scope, metadata } = call;
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const answered = (error: ServiceError | null, answer?: Buffer) => {
    if (error !== null) reject(faultErrorOf(error));
    else resolve(answer ?? Buffer.alloc(0));
  };
  call.isSent = true;
  const options = deadlineOf(scope);
  const sent = client.makeUnaryRequest(path, asBuffer, asBuffer, request, headers(metadata), options, answered);
  scope.onAbort(() => sent.cancel());
  return promise;
}

async function* streamOver(client: Client, call: PackedCall<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  const { path, request, scope, metadata } = call;
  call.isSent = true;
  const options = deadlineOf(scope);
  const sent = client.makeServerStreamRequest(path, asBuffer, asBuffer, request, headers(metadata), options);
  scope.onAbort(() => sent.cancel());
  try {
    yield* sent;
  } catch (thrown) {
    throw faultErrorOf(thrown as ServiceError);
  } finally {
    sent.cancel();
  }
  return undefined;
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
