import {
  type Client,
  type ClientUnaryCall,
  connectivityState,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { FaultError, fault } from '@waybill/kernel';
import type { CallScope } from '../call-scope.ts';
import type { PackedCall } from '../carrier.ts';
import type { Connection, ConnectionSettings } from '../connection.ts';
import { faultInTrailer, faultOfStatus } from '../status.ts';
import { asBuffer } from './bytes.ts';
import { knock } from './knock.ts';
import { watchConnection } from './watchdog.ts';

/** Carries each call as a gRPC call of its own. */
export async function connectPlain(client: Client, { onLost }: ConnectionSettings): Promise<Connection> {
  await knock(client);
  const calls = new Set<Sent>();
  let isInUse = true;

  /** Calls under way finish. */
  function leave(): void {
    isInUse = false;
    watchdog.stop();
    client.close();
  }

  function lose(): void {
    if (!isInUse) return;
    leave();
    onLost();
  }

  function onDead(): void {
    lose();
    for (const call of calls) call.cancel();
  }

  const watchdog = watchConnection({ client, underWay: () => calls.size, onDead });
  const journal: Journal = {
    sent(call) {
      calls.add(call);
      watchdog.asked();
    },
    heard: watchdog.heard,
    ended: (call) => calls.delete(call),
  };
  client.getChannel().watchConnectivityState(connectivityState.READY, Number.POSITIVE_INFINITY, lose);
  return {
    get underWay() {
      return calls.size;
    },
    get isSilent() {
      return watchdog.isSilent;
    },
    unary: (call) => unaryOver(client, call, journal),
    stream: (call) => streamOver(client, call, journal),
    retire: leave,
    close: leave,
  };
}

/** A gRPC call under way. */
type Sent = Pick<ClientUnaryCall, 'cancel'>;

/** Where calls are told of as they go. */
interface Journal {
  sent(call: Sent): void;
  /** The server has answered something. */
  heard(): void;
  ended(call: Sent): void;
}

async function unaryOver(client: Client, call: PackedCall<Uint8Array>, journal: Journal): Promise<Uint8Array> {
  const { path, request, scope, metadata } = call;
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const answered = (error: ServiceError | null, answer?: Buffer) => {
    journal.ended(sent);
    if (error === null || faultInTrailer(error.metadata)) journal.heard();
    if (error !== null) reject(faultErrorOf(error));
    else resolve(answer ?? Buffer.alloc(0));
  };
  call.isSent = true;
  const options = deadlineOf(scope);
  const sent = client.makeUnaryRequest(path, asBuffer, asBuffer, request, headers(metadata), options, answered);
  journal.sent(sent);
  scope.onAbort(() => sent.cancel());
  return promise;
}

async function* streamOver(
  client: Client,
  call: PackedCall<Uint8Array>,
  journal: Journal,
): AsyncGenerator<Uint8Array, undefined> {
  const { path, request, scope, metadata } = call;
  call.isSent = true;
  const options = deadlineOf(scope);
  const sent = client.makeServerStreamRequest(path, asBuffer, asBuffer, request, headers(metadata), options);
  journal.sent(sent);
  scope.onAbort(() => sent.cancel());
  try {
    for await (const message of sent) {
      journal.heard();
      yield message;
    }
  } catch (thrown) {
    throw faultErrorOf(thrown as ServiceError);
  } finally {
    journal.ended(sent);
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
