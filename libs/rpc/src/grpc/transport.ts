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
import { credentialsFor } from './local-address.ts';
import { clientOptions } from './options.ts';
import { connectPlain } from './plain-connection.ts';

export interface GrpcTransportOptions {
  /**
   * Where the replicas of each service are, by its full name: each host:port, unix:/path, or dns:///name:port for all
   * addresses of the name, which is looked up again from time to time and after failures.
   */
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  /** Needed for any address that is not loopback. */
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
      underWay.close(transportClosed());
      for (const replicas of services.values()) replicas.close();
    },
  };
}

/** Services at the same addresses share their connections. */
function replicasOf(options: GrpcTransportOptions, limits: Limits): Map<string, Replicas> {
  const dial = dialer(options, limits);
  const shared = new Map<string, Replicas>();
  const services = Object.entries(options.addresses).map(([service, addresses]): [string, Replicas] => {
    for (const address of addresses) credentialsOf(address, options);
    const targets = addresses.map(targetOf);
    const place = [...addresses].sort().join();
    const replicas = shared.get(place) ?? createReplicas({ targets, dial, lookUp: options.lookUp ?? systemLookUp });
    shared.set(place, replicas);
    return [service, replicas];
  });
  return new Map(services);
}

function dialer(options: GrpcTransportOptions, limits: Limits): Dial {
  const connect = options.multiplexed ? connectMultiplexed : connectPlain;
  return async (address, onLost) => {
    const client = new Client(address, credentialsOf(address, options), clientOptions(limits));
    try {
      return await connect(client, { limits, onLost });
    } catch (thrown) {
      client.close();
      throw thrown;
    }
  };
}

function credentialsOf(address: string, { credentials }: GrpcTransportOptions): ChannelCredentials {
  return credentialsFor(address, credentials, ChannelCredentials.createInsecure);
}

function withoutAddress(service: string): FaultError {
  const message = `no address is given for ${service}: add one to the addresses of the transport`;
  return new FaultError(fault('invalid', message, { details: { service } }));
}
