// The one place where transport is chosen: in process to services of this process, over gRPC to the others.
import type { Configuration, ServiceName } from '@waybill/config';
import {
  allowOnly,
  type Client,
  type ClientOptions,
  createGrpcTransport,
  createInProcessTransport,
  type ErrorHook,
  type GrpcServer,
  type MutualTls,
  type Offer,
  openMutualTls,
  type ServiceDescription,
  startGrpcServer,
  type Transport,
} from '@waybill/rpc';
import type { RpcHooks } from '@waybill/telemetry';
import { allowedCallers } from './allowed-callers.ts';
import { homeOf, offeredBy } from './homes.ts';
import type { ListeningAddress } from './ports.ts';

export interface WiringOptions {
  readonly configuration: Pick<Configuration, 'network' | 'server'>;
  /** Names of the services of this process. */
  readonly local: readonly string[];
  readonly onError: ErrorHook;
  /** Told why renewed certificates are not used. */
  readonly onTlsError: (error: unknown) => void;
  /** Traces calls between services, whichever way they go. */
  readonly hooks?: RpcHooks | undefined;
}

export interface Wiring {
  /** Where other processes reach this one; undefined when there are none, or the port is not known yet. */
  readonly address: string | undefined;
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

/** Throws a FaultError `invalid` when the certificates are no good. */
export async function createWiring({
  configuration,
  local,
  onError,
  onTlsError,
  hooks,
}: WiringOptions): Promise<Wiring> {
  const inside = createInProcessTransport([], { onError, ...hooks });
  const { network } = configuration;
  const tls = network.tls && (await openMutualTls(network.tls, { onError: onTlsError }));
  let outside: Transport | undefined;
  let server: GrpcServer | undefined;

  /** Where no other process is named, everything is here. */
  const isAlone = Object.keys(network.services).length === 0;

  function isHere(service: ServiceDescription): boolean {
    const home = homeOf(service);
    return isAlone || home === undefined || local.includes(home);
  }

  return {
    address: isAlone ? undefined : addressOf(network),
    client(service, options) {
      if (isHere(service)) return inside.client(service, options);
      outside ??= connectOutside({ network, local, tls, hooks });
      return outside.client(service, options);
    },
    offer: inside.offer,
    async listen(offers) {
      const { host, port } = network;
      const authorize = allowOnly(allowedCallers);
      server = await startGrpcServer({ host, port, offers, onError, tls, authorize, ...hooks });
      return { protocol: 'grpc', host: network.host, port: server.port };
    },
    leaving: () => server?.reportHealth('NOT_SERVING'),
    drain: async (graceMs) => server?.drain({ graceMs }),
    async close() {
      await server?.stop();
      await outside?.close();
      await inside.close();
      tls?.close();
    },
  };
}

function addressOf({ advertise, host, port }: Configuration['network']): string | undefined {
  return advertise ?? (port === 0 ? undefined : `${host}:${port}`);
}

interface OutsideOptions extends Pick<WiringOptions, 'local' | 'hooks'> {
  readonly network: Configuration['network'];
  readonly tls: MutualTls | undefined;
}

function connectOutside({ network, local, tls, hooks }: OutsideOptions): Transport {
  const others = Object.entries(network.services).filter(([name]) => !local.includes(name));
  const addresses = others.flatMap(([name, places = []]) =>
    offeredBy(name as ServiceName).map((fullName) => [fullName, places] as const),
  );
  const servers = addresses.map(([fullName]) => [fullName, homeOf({ fullName }) ?? ''] as const);
  return createGrpcTransport({
    addresses: Object.fromEntries(addresses),
    servers: Object.fromEntries(servers),
    tls,
    multiplexed: true,
    ...hooks,
  });
}
