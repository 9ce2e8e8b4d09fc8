import { FaultError, fault } from '@waybill/kernel';
import type { Handlers, MethodDefinition, Offer, ServiceDescription } from './ports.ts';

/** One method and how it is addressed. */
export interface Route {
  /** Its key in the client and in the handlers, such as admit. */
  readonly key: string;
  /** Full method path, such as /waybill.ratelimit.v1.LimitService/Admit. */
  readonly path: string;
  readonly method: MethodDefinition;
}

/** Pairs a service with its handlers, checked against each other; what transports and servers take. */
export function offer<Service extends ServiceDescription>(service: Service, handlers: Handlers<Service>): Offer {
  return { service, handlers: handlers as unknown as Offer['handlers'] };
}

/** The methods of a service. Throws `invalid` for one that takes a stream of requests. */
export function routesOf(service: ServiceDescription): Route[] {
  return Object.entries(service.methods).map(([key, method]) => {
    const path = `/${service.fullName}/${method.name}`;
    if (method.requestStream)
      throw new FaultError(fault('invalid', `${path} takes a stream, which no transport carries`));
    return { key, path, method };
  });
}

/** The service part of a method path. */
export function serviceOfPath(path: string): string {
  return path.slice(1, path.lastIndexOf('/'));
}
