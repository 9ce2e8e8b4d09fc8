import type { Server } from '@grpc/grpc-js';
import { HealthImplementation, service as healthService } from 'grpc-health-check';
import type { MessageCodec } from '../ports.ts';

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

/** Asked of one service by its full name, or of the server as a whole. */
export interface HealthCheckRequest {
  readonly service: string;
}

export interface HealthCheckResponse {
  readonly status: 'UNKNOWN' | 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';
}

const { Check: check } = healthService;

/** The standard health service as clients call it. */
export const HealthServiceDefinition = {
  name: 'Health',
  fullName: 'grpc.health.v1.Health',
  methods: {
    check: {
      name: 'Check',
      requestType: codecOf<HealthCheckRequest>(check?.requestSerialize, check?.requestDeserialize),
      requestStream: false,
      responseType: codecOf<HealthCheckResponse>(check?.responseSerialize, check?.responseDeserialize),
      responseStream: false,
    },
  },
} as const;

function codecOf<Message>(
  serialize: ((message: Message & object) => Buffer) | undefined,
  deserialize: ((bytes: Buffer) => object) | undefined,
): MessageCodec<Message> {
  if (serialize === undefined || deserialize === undefined) throw new TypeError('grpc-health-check has no Check');
  return {
    encode: (message) => ({ finish: () => serialize(message as Message & object) }),
    decode: (bytes) => deserialize(Buffer.from(bytes)) as Message,
    fromPartial: (message) => message,
  };
}
