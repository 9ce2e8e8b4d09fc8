import { ChannelCredentials, Client } from '@grpc/grpc-js';
import { FaultError, fault } from '@waybill/kernel';
import type { ConnectedCarrier } from '../carrier.ts';
import { createClient } from '../client.ts';
import type { OutgoingHook } from '../hooks.ts';
import { defaultLimits, defaultTimeouts, type Limits, type Timeouts } from '../limits.ts';
import { createMultiplexCarrier } from '../multiplex/carrier.ts';
import { wirePacking } from '../packing.ts';
import type { Transport } from '../ports.ts';
import { credentialsFor } from './local-address.ts';
import { clientOptions } from './options.ts';
import { createPlainCarrier } from './plain-carrier.ts';

export interface GrpcTransportOptions {
  /** Where each service is, by its full name: host:port, dns:///host:port or unix:/path. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Needed for any address that is not loopback. */
  readonly credentials?: ChannelCredentials;
  /** One long-lived stream to each server carries all calls, at several times the rate of a gRPC call for each. */
  readonly multiplexed: boolean;
  readonly limits?: Partial<Limits>;
  readonly timeouts?: Partial<Timeouts>;
  readonly onOutgoingCall?: OutgoingHook;
}

/** A server that is called: one connection, and what carries calls over it. */
interface Neighbour {
  readonly client: Client;
  readonly carrier: ConnectedCarrier<Uint8Array>;
}

/**
 * Clients that reach services over gRPC. Servers are dialled by the first call. close() ends the calls under way as
 * `unavailable`. Throws `invalid` for an address off this machine without credentials, and, from client(), for a
 * service without an address.
 */
export function createGrpcTransport(options: GrpcTransportOptions): Transport {
  const limits = { ...defaultLimits, ...options.limits };
  const settings = {
    packing: wirePacking(limits.messageBytesMax),
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    onCall: options.onOutgoingCall,
  };
  const neighbours = new Map<string, Neighbour>();
  for (const address of new Set(Object.values(options.addresses))) {
    const credentials = credentialsFor(address, options.credentials, ChannelCredentials.createInsecure);
    const client = new Client(address, credentials, clientOptions(limits));
    const carrier = options.multiplexed ? createMultiplexCarrier(client, limits) : createPlainCarrier(client);
    neighbours.set(address, { client, carrier });
  }
  return {
    client(service) {
      const address = options.addresses[service.fullName];
      const neighbour = address === undefined ? undefined : neighbours.get(address);
      if (neighbour === undefined) throw withoutAddress(service.fullName);
      return createClient(service, neighbour.carrier, settings);
    },
    async close() {
      for (const { client, carrier } of neighbours.values()) {
        carrier.close();
        client.close();
      }
    },
  };
}

function withoutAddress(service: string): FaultError {
  const message = `no address is given for ${service}: add one to the addresses of the transport`;
  return new FaultError(fault('invalid', message, { details: { service } }));
}
