import { ChannelCredentials, Client } from '@grpc/grpc-js';
import { FaultError, fault } from '@waybill/kernel';
import { type ConnectedCarrier, transportClosed } from '../carrier.ts';
import { createClient } from '../client.ts';
import type { OutgoingHook } from '../hooks.ts';
import { defaultLimits, defaultTimeouts, type Limits, type Timeouts } from '../limits.ts';
import { createMultiplexCarrier } from '../multiplex/carrier.ts';
import { createOccupancy } from '../occupancy.ts';
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

/**
 * Clients that reach services over gRPC. Servers are dialled by the first call. close() ends the calls under way as
 * `unavailable`. Throws `invalid` for an address off this machine without credentials, and, from client(), for a
 * service without an address.
 */
export function createGrpcTransport(options: GrpcTransportOptions): Transport {
  const limits = { ...defaultLimits, ...options.limits };
  const createCarrier = options.multiplexed ? createMultiplexCarrier : createPlainCarrier;
  const carriers = new Map<string, ConnectedCarrier<Uint8Array>>();
  for (const address of new Set(Object.values(options.addresses))) {
    const credentials = credentialsFor(address, options.credentials, ChannelCredentials.createInsecure);
    carriers.set(address, createCarrier(new Client(address, credentials, clientOptions(limits)), limits));
  }
  const underWay = createOccupancy();
  const packing = wirePacking(limits.messageBytesMax);
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const settings = { packing, timeouts, underWay, onCall: options.onOutgoingCall };
  return {
    client(service) {
      const carrier = carriers.get(options.addresses[service.fullName] ?? '');
      if (carrier === undefined) throw withoutAddress(service.fullName);
      return createClient(service, carrier, settings);
    },
    async close() {
      underWay.close(transportClosed());
      for (const carrier of carriers.values()) carrier.close();
    },
  };
}

function withoutAddress(service: string): FaultError {
  const message = `no address is given for ${service}: add one to the addresses of the transport`;
  return new FaultError(fault('invalid', message, { details: { service } }));
}
