import type {
  Metadata,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { faultOf } from '@waybill/kernel';
import { cancelled, openScope } from '../call-scope.ts';
import type { PackedCall } from '../carrier.ts';
import type { Dispatcher } from '../dispatcher.ts';
import type { ServiceDescription } from '../ports.ts';
import { routesOf } from '../routes.ts';
import { statusOfFault } from '../status.ts';
import { asBuffer } from './bytes.ts';
import type { CallerOf } from './caller.ts';

type UnaryCall = ServerUnaryCall<Buffer, Uint8Array>;
type StreamCall = ServerWritableStream<Buffer, Uint8Array>;

/** A service as grpc-js registers it, passing bytes through. */
export function plainDefinition(service: ServiceDescription): ServiceDefinition {
  const codec = {
    requestSerialize: asBuffer,
    requestDeserialize: asBuffer,
    responseSerialize: asBuffer,
    responseDeserialize: asBuffer,
  };
  const methods = routesOf(service).map(({ key, path, method }) => {
    return [key, { path, requestStream: method.requestStream, responseStream: method.responseStream, ...codec }];
  });
  return Object.fromEntries(methods);
}

/** Hands the plain gRPC calls of a service to the dispatcher. */
export function plainImplementation(
  service: ServiceDescription,
  dispatcher: Dispatcher<Uint8Array>,
  callerOf: CallerOf,
): UntypedServiceImplementation {
  const methods = routesOf(service).map(({ key, path, method }) => {
    const answer = method.responseStream
      ? (call: StreamCall) => answerStream(call, () => packedCall(call, path, callerOf), dispatcher)
      : (call: UnaryCall, reply: sendUnaryData<Uint8Array>) =>
          answerUnary(() => packedCall(call, path, callerOf), dispatcher, reply);
    return [key, answer];
  });
  return Object.fromEntries(methods);
}

async function answerUnary(
  received: () => PackedCall<Uint8Array>,
  dispatcher: Dispatcher<Uint8Array>,
  reply: sendUnaryData<Uint8Array>,
): Promise<void> {
  let call: PackedCall<Uint8Array> | undefined;
  try {
    call = received();
    reply(null, await dispatcher.unary(call));
  } catch (thrown) {
    reply(statusOfFault(faultOf(thrown)));
  } finally {
    call?.scope.close();
  }
}

async function answerStream(
  stream: StreamCall,
  received: () => PackedCall<Uint8Array>,
  dispatcher: Dispatcher<Uint8Array>,
): Promise<void> {
  let call: PackedCall<Uint8Array> | undefined;
  try {
    call = received();
    for await (const message of dispatcher.stream(call)) {
      if (!stream.write(message)) await call.scope.until(drained(stream));
    }
    stream.end();
  } catch (thrown) {
    stream.emit('error', statusOfFault(faultOf(thrown)));
  } finally {
    call?.scope.close();
  }
}

function drained(stream: StreamCall): Promise<void> {
  return new Promise((resolve) => stream.once('drain', resolve));
}

function packedCall(call: UnaryCall | StreamCall, path: string, callerOf: CallerOf): PackedCall<Uint8Array> {
  const caller = callerOf(call);
  const deadline = Number(call.getDeadline());
  const scope = openScope(Number.isFinite(deadline) ? deadline - Date.now() : undefined);
  call.on('cancelled', () => scope.abort(cancelled()));
  const metadata = entriesOf(call.metadata);
  return { path, request: call.request, scope, metadata, affinity: undefined, caller, isSent: true };
}

/** The text entries a caller set; not what HTTP and gRPC add. */
function entriesOf(metadata: Metadata): Record<string, string> {
  const entries = Object.entries(metadata.getMap());
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      typeof value === 'string' && name !== 'user-agent' && !name.startsWith('grpc-') ? [[name, value]] : [],
    ),
  );
}
