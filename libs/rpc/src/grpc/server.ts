import { setTimeout as sleep } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ExchangeRequest, ExchangeResponse, MultiplexServiceDefinition } from '@waybill/contracts';
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import type { Authorize } from '../authorize.ts';
import { createDispatcher, type ErrorHook } from '../dispatcher.ts';
import type { IncomingHook } from '../hooks.ts';
import { defaultLimits, type Limits } from '../limits.ts';
import { type ExchangeStream, type ServeSettings, serveExchange } from '../multiplex/serve-exchange.ts';
import { wirePacking } from '../packing.ts';
import type { Offer } from '../ports.ts';
import { statusOfFault } from '../status.ts';
import type { MutualTls } from '../tls/mutual-tls.ts';
import { asBuffer } from './bytes.ts';
import { anybody, byCertificate, type CallerOf } from './caller.ts';
import { drainableStreams } from './drainable-streams.ts';
import { addHealth, type Standing } from './health.ts';
import { credentialsFor } from './local-address.ts';
import { serverOptions } from './options.ts';
import { plainDefinition, plainImplementation } from './plain-service.ts';
import { addReflection } from './reflection.ts';

export interface GrpcServerOptions {
  /** Name or address to listen on, or unix:/path. */
  readonly host: string;
  /** 0 for any that is free; of no account for a Unix socket. */
  readonly port: number;
  readonly offers: readonly Offer[];
  /** Between services, needed on any host that is not loopback: callers show which service they are. */
  readonly tls?: MutualTls;
  /** For callers that are none of our services; in place of `tls`. */
  readonly credentials?: ServerCredentials;
  /** Which services may call what, where `tls` tells them apart; health and reflection are open to all that get in. */
  readonly authorize?: Authorize;
  readonly limits?: Partial<Limits>;
  readonly onError: ErrorHook;
  readonly onIncomingCall?: IncomingHook;
  /** What the health service says at first; SERVING unless told otherwise. */
  readonly health?: Standing;
}

export interface DrainOptions {
  /** How long calls under way may take to finish, milliseconds. */
  readonly graceMs: number;
  /** How long calls are still taken after health says NOT_SERVING, for balancers to notice; 0 unless told otherwise. */
  readonly noticeMs?: number;
}

export interface GrpcServer {
  /** Where it listens, as clients dial it. */
  readonly address: string;
  readonly port: number;
  /** Sets what the health service says of a service (full name), or of all and the server as a whole. */
  reportHealth(standing: Standing, service?: string): void;
  /** Says NOT_SERVING, refuses new calls as `unavailable`, lets those under way finish, then stops for good. */
  drain(options: DrainOptions): Promise<void>;
  /** Stops at once; calls under way end as `unavailable`. */
  stop(): Promise<void>;
}

/** What remains for the last bytes and goodbyes once no call is under way. */
const farewellMs = 500;

/** Serves the offers over gRPC: plain methods, the multiplexed stream, health and reflection. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const address = addressOf(options.host, options.port);
  const given = options.tls?.server ?? options.credentials;
  const credentials = credentialsFor(address, given, ServerCredentials.createInsecure);
  const callerOf = options.tls === undefined ? anybody : byCertificate();
  const packing = wirePacking(limits.messageBytesMax);
  const { onError, onIncomingCall: onCall, authorize } = options;
  const dispatcher = createDispatcher({ packing, onError, onCall, authorize });
  const server = new Server(serverOptions(limits));
  const services = options.offers.map(({ service }) => service.fullName);
  for (const offered of options.offers) {
    dispatcher.offer(offered);
    server.addService(plainDefinition(offered.service), plainImplementation(offered.service, dispatcher, callerOf));
  }
  const endExchanges = addMultiplex(server, { dispatcher, limits, callerOf });
  const attendants = drainableStreams(server);
  const health = addHealth(attendants.registrar, services, options.health ?? 'SERVING');
  addReflection(attendants.registrar, [...services, MultiplexServiceDefinition.fullName]);
  const port = await bind(server, address, credentials);

  async function leave(reason: Fault, graceMs: number): Promise<void> {
    const finished = await within(graceMs, dispatcher.drain());
    if (!finished) dispatcher.abortAll(reason);
    // Calls that were aborted just now still get their fault.
    await sleep(0);
    endExchanges();
    attendants.end();
    const gone = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    await within(farewellMs, gone);
    server.forceShutdown();
  }

  return {
    address: addressOf(options.host, port),
    port,
    reportHealth: health.report,
    async drain({ graceMs, noticeMs = 0 }) {
      health.report('NOT_SERVING');
      await sleep(noticeMs);
      await leave(stopping(), graceMs);
    },
    async stop() {
      dispatcher.abortAll(stopping());
      server.forceShutdown();
    },
  };
}

interface MultiplexOptions extends Omit<ServeSettings, 'caller'> {
  readonly callerOf: CallerOf;
}

/** Offers the multiplexed stream; returns what ends the open ones. */
function addMultiplex(server: Server, { callerOf, ...settings }: MultiplexOptions): () => void {
  const { fullName, methods } = MultiplexServiceDefinition;
  const exchange = {
    path: `/${fullName}/${methods.exchange.name}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: (request: ExchangeRequest) => asBuffer(ExchangeRequest.encode(request).finish()),
    requestDeserialize: ExchangeRequest.decode,
    responseSerialize: (response: ExchangeResponse) => asBuffer(ExchangeResponse.encode(response).finish()),
    responseDeserialize: ExchangeResponse.decode,
  };
  const endings = new Set<() => void>();
  server.addService(
    { exchange },
    {
      exchange(stream: ExchangeStream) {
        try {
          const end = serveExchange(stream, { ...settings, caller: callerOf(stream) });
          endings.add(end);
          stream.on('cancelled', () => endings.delete(end));
        } catch (thrown) {
          stream.emit('error', statusOfFault(faultOf(thrown)));
        }
      },
    },
  );
  return () => {
    for (const end of endings) end();
  };
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) return resolve(port);
      const message = `gRPC cannot listen on ${address}: stop what listens there, or choose another address or port (of a gateway: WAYBILL_GRPC_PORT)`;
      reject(new FaultError(fault('conflict', message, { details: { address }, cause: error })));
    });
  });
}

function addressOf(host: string, port: number): string {
  if (host.startsWith('unix:')) return host;
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether the work was done in time. */
async function within(timeMs: number, work: Promise<void>): Promise<boolean> {
  const late = new AbortController();
  const inTime = await Promise.race([
    work.then(() => true),
    sleep(timeMs, false, { signal: late.signal }).catch(() => false),
  ]);
  late.abort();
  return inTime;
}

function stopping(): Fault {
  return fault('unavailable', 'the server stopped before the answer was ready');
}
