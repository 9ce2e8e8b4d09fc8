// The one place where transport is chosen: in process to services of this process, over gRPC to the others.
import type { Configuration, ServiceName } from '@waybill/config';
import {
  type Client,
  type ClientOptions,
  createGrpcTransport,
  createInProcessTransport,
  type ErrorHook,
  type GrpcServer,
  type Offer,
  type ServiceDescription,
  startGrpcServer,
  type Transport,
} from '@waybill/rpc';
import type { RpcHooks } from '@waybill/telemetry';
import { homeOf, offeredBy } from './homes.ts';
import type { ListeningAddress } from './ports.ts';

export interface WiringOptions {
  readonly configuration: Pick<Configuration, 'network' | 'server'>;
  /** Names of the services of this process. */
  readonly local: readonly string[];
  readonly onError: ErrorHook;
  /** Traces calls between services, whichever way they go. */
  readonly hooks?: RpcHooks | undefined;
}

export interface Wiring {
  client<Service extends ServiceDescription>(service: Service, options?: ClientOptions<Service>): Client<Service>;
  /** Makes it callable from this process. */
  offer(offer: Offer): void;
  /** Lets other processes call these. */
  listen(offers: readonly Offer[]): Promise<ListeningAddress>;
  /** Says that this process is about to go, so that others turn to its replicas. */
  leaving(): void;
  /** Refuses new calls from other processes and lets those under way finish. */
  drain(graceMs: number): Promise<void>;
  close(): Promise<void>;
}

export function createWiring({ configuration, local, onError, hooks }: WiringOptions): Wiring {
  const inside = createInProcessTransport([], { onError, ...hooks });
  const { network } = configuration;
  let outside: Transport | undefined;
  let server: GrpcServer | undefined;

  /** Where no other process is named, everything is here. */
  const isAlone = Object.keys(network.services).length === 0;

  function isHere(service: ServiceDescription): boolean {
    const home = homeOf(service);
    return isAlone || home === undefined || local.includes(home);
  }

  return {
    client(service, options) {
      if (isHere(service)) return inside.client(service, options);
      outside ??= connectOutside(network, local, hooks);
      return outside.client(service, options);
    },
    offer: inside.offer,
    async listen(offers) {
      server = await startGrpcServer({ host: network.host, port: network.port, offers, onError, ...hooks });
      return { protocol: 'grpc', host: network.host, port: server.port };
    },
    leaving: () => server?.reportHealth('NOT_SERVING'),
    drain: async (graceMs) => server?.drain({ graceMs }),
    async close() {
      await server?.stop();
      await outside?.close();
      await inside.close();
    },
  };
}

function connectOutside(
  network: Configuration['network'],
  local: readonly string[],
  hooks: RpcHooks | undefined,
): Transport {
  const others = Object.entries(network.services).filter(([name]) => !local.includes(name));
  const addresses = others.flatMap(([name, places = []]) =>
    offeredBy(name as ServiceName).map((fullName) => [fullName, places] as const),
  );
  return createGrpcTransport({ addresses: Object.fromEntries(addresses), multiplexed: true, ...hooks });
}
