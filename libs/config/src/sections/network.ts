import { hostname } from 'node:os';
import { z } from 'zod';
import { identifier, port, section, text } from '../reading/fields.ts';
import { type TlsConfiguration, tlsSection } from './tls.ts';

export const serviceNames = ['gateway', 'selector', 'rate-limit', 'provider-adapter', 'evaluator', 'cost'] as const;

export type ServiceName = (typeof serviceNames)[number];

/** How the processes of a deployment find each other; of no account when all services are in one. */
export interface NetworkConfiguration {
  /** Name of this process among the replicas of its service, such as a pod's; default: the machine's name. */
  readonly instance: string;
  /** Where this process offers its services to the others; default 127.0.0.1. */
  readonly host: string;
  /** Default 0: any free one. */
  readonly port: number;
  /** Where the others reach this process, host:port; default: host and port as above. */
  readonly advertise: string | undefined;
  /** For /metrics, /healthz and /readyz of a process without a gateway; undefined: not served. */
  readonly metricsPort: number | undefined;
  /** Where the other services are: one or more of host:port, or dns:///name:port for all addresses of a name. */
  readonly services: Readonly<Partial<Record<ServiceName, readonly string[]>>>;
  /** Between services. Needed wherever one of the addresses is not loopback. */
  readonly tls: TlsConfiguration | undefined;
}

const addresses = z
  .union([text.transform((value) => [value]), z.array(text)], 'is wrong; give host:port, or a list of them')
  .optional();

const servicesSection = section({
  gateway: addresses,
  selector: addresses,
  'rate-limit': addresses,
  'provider-adapter': addresses,
  evaluator: addresses,
  cost: addresses,
});

export const networkSection = section({
  instance: identifier.default(hostname()),
  host: text.default('127.0.0.1'),
  port: port.default(0),
  advertise: text.optional(),
  metrics_port: port.optional(),
  services: servicesSection.prefault({}),
  tls: tlsSection.optional(),
}).transform(
  (given): NetworkConfiguration => ({
    instance: given.instance,
    host: given.host,
    port: given.port,
    advertise: given.advertise,
    metricsPort: given.metrics_port,
    services: given.services,
    tls: given.tls,
  }),
);
