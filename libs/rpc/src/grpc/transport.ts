import { ChannelCredentials, Client } from '@grpc/grpc-js';
import { FaultError, fault } from '@waybill/kernel';
import { transportClosed } from '../carrier.ts';
import { createClient } from '../client.ts';
import type { Dial } from '../connection.ts';
import type { OutgoingHook } from '../hooks.ts';
import { defaultLimits, defaultTimeouts, type Limits, type Timeouts } from '../limits.ts';
import { connectMultiplexed } from '../multiplex/connection.ts';
import { createOccupancy } from '../occupancy.ts';
import { wirePacking } from '../packing.ts';
import type { Transport } from '../ports.ts';
import { targetOf } from '../replicas/address.ts';
import { createAffinities } from '../replicas/affinities.ts';
import { ReplicaItinerary } from '../replicas/itinerary.ts';
import { type LookUp, systemLookUp } from '../replicas/names.ts';
import { createReplicas, type Replicas } from '../replicas/replicas.ts';
import { createRoamingCarrier } from '../roaming.ts';
import type { MutualTls } from '../tls/mutual-tls.ts';
import { credentialsFor } from './local-address.ts';
import { clientOptions } from './options.ts';
import { connectPlain } from './plain-connection.ts';

export interface GrpcTransportOptions {
  /**
   * Where the replicas of each service are, by its full name: each host:port, unix:/path, or dns:///name:port for all
   * addresses of the name, which is looked up again from time to time and after failures.
   */
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  /** Between services, needed for any address that is not loopback: servers show which service they are. */
  readonly tls?: MutualTls;
  /** With `tls`: which service of ours each is to be found at, by the full name of what it offers. */
  readonly servers?: Readonly<Record<string, string>>;
  /** For servers that are none of our services; in place of `tls`. */
  readonly credentials?: ChannelCredentials;
  /** One long-lived stream to each replica carries all calls, at several times the rate of a gRPC call for each. */
  readonly multiplexed: boolean;
  readonly limits?: Partial<Limits>;
  readonly timeouts?: Partial<Timeouts>;
  readonly onOutgoingCall?: OutgoingHook;
  /** How names are looked up; the system's way unless told otherwise. */
  readonly lookUp?: LookUp;
}

/**
 * Clients that reach services over gRPC. Each call goes to the replica with the fewest under way; replicas are dialled
 * by the first call, and again when they were lost. close() ends the calls under way as `unavailable`. Throws `invalid`
 * for an address that is none, or off this machine without credentials, and, from client(), for a service without one.
 */
export function createGrpcTransport(options: GrpcTransportOptions): Transport {
  const limits = { ...defaultLimits, ...options.limits };
  const services = replicasOf(options, limits);
  const leaveTls = options.tls?.onChange(() => {
    for (const replicas of services.values()) replicas.renew();
  });
  const underWay = createOccupancy();
  const packing = wirePacking(limits.messageBytesMax);
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const settings = { packing, timeouts, underWay, onCall: options.onOutgoingCall };
  return {
    client(service, clientOptions) {
      const replicas = services.get(service.fullName);
      if (replicas === undefined) throw withoutAddress(service.fullName);
      const affinities = createAffinities();
      const carrier = createRoamingCarrier<Uint8Array>((call) => new ReplicaItinerary(replicas, affinities, call));
      return createClient(service, carrier, settings, clientOptions);
    },
    async close() {
      leaveTls?.();
      underWay.close(transportClosed());
      for (const replicas of services.values()) replicas.close();
    },
  };
}

/** Services at the same addresses share their connections. */
function replicasOf(options: GrpcTransportOptions, limits: Limits): Map<string, Replicas> {
  const shared = new Map<string, Replicas>();
  const services = Object.entries(options.addresses).map(([service, addresses]): [string, Replicas] => {
    const server = serverOf(service, options);
    const targets = addresses.map((address) => {
      credentialsOf(address, options, server);
      return targetOf(address);
    });
    const place = [server, ...[...addresses].sort()].join();
    const dial = dialer(options, limits, server);
    const replicas = shared.get(place) ?? createReplicas({ targets, dial, lookUp: options.lookUp ?? systemLookUp });
    shared.set(place, replicas);
    return [service, replicas];
  });
  return new Map(services);
}

/** The service of ours whose name the server's certificate has to carry. */
function serverOf(service: string, { tls, servers }: GrpcTransportOptions): string | undefined {
  if (tls === undefined) return undefined;
  const server = servers?.[service];
  if (server !== undefined) return server;
  const message = `with TLS the transport has to know which service offers ${service}: add it to its servers`;
  throw new FaultError(fault('invalid', message, { details: { service } }));
}

function dialer(options: GrpcTransportOptions, limits: Limits, server: string | undefined): Dial {
  const connect = options.multiplexed ? connectMultiplexed : connectPlain;
  return async ({ address, name }, onLost) => {
    const credentials = credentialsOf(address, options, server);
    const client = new Client(address, credentials, clientOptions(limits, server ?? name));
    try {
      return await connect(client, { limits, onLost });
    } catch (thrown) {
      client.close();
      throw thrown;
    }
  };
}

function credentialsOf(
  address: string,
  { tls, credentials }: GrpcTransportOptions,
  server: string | undefined,
): ChannelCredentials {
  if (tls !== undefined && server !== undefined) return tls.client(server);
  return credentialsFor(address, credentials, ChannelCredentials.createInsecure);
}

function withoutAddress(service: string): FaultError {
  const message = `no address is given for ${service}: add one to the addresses of the transport`;
  return new FaultError(fault('invalid', message, { details: { service } }));
}
