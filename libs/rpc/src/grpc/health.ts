import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

/** The standard health service: one standing for each service, and one, named '', for the server as a whole. */
export interface Health {
  /** Sets the standing of one service, or of all and the whole. */
  report(standing: Standing, service?: string): void;
}

export type Standing = 'SERVING' | 'NOT_SERVING';

export function addHealth(
  registrar: Pick<Server, 'addService'>,
  services: readonly string[],
  standing: Standing,
): Health {
  const names = ['', ...services];
  const implementation = new HealthImplementation(Object.fromEntries(names.map((name) => [name, standing])));
  implementation.addToServer(registrar as Server);
  return {
    report(standing, service) {
      for (const name of service === undefined ? names : [service]) implementation.setStatus(name, standing);
    },
  };
}
