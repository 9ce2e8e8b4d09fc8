// Servers, transports and breakable connections for tests; all are closed after each test.
import { connect as connectTo, createServer, type Socket } from 'node:net';
import { afterEach } from '@jest/globals';
import { LimitServiceDefinition, ProviderServiceDefinition } from '@waybill/contracts';
import { suiteOffers } from '../contract/harness.ts';
import { type GrpcServer, type GrpcServerOptions, startGrpcServer } from '../grpc/server.ts';
import { createGrpcTransport, type GrpcTransportOptions } from '../grpc/transport.ts';
import type { Transport } from '../ports.ts';

export type SuiteHandlers = Parameters<typeof suiteOffers>[0];

/** A TCP proxy whose connections can be broken. */
export interface Proxy {
  readonly port: number;
  breakConnections(): void;
  /** From now on nothing gets through to the server, and nobody is told. */
  stall(): void;
}

export function servers() {
  const closing: Array<() => Promise<unknown>> = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function serve(handlers: SuiteHandlers, options: Partial<GrpcServerOptions> = {}): Promise<GrpcServer> {
    const offers = suiteOffers(handlers);
    const server = await startGrpcServer({ host: '127.0.0.1', port: 0, offers, onError: () => undefined, ...options });
    closing.push(() => server.stop());
    return server;
  }

  function connect(
    at: string | readonly string[],
    options: Partial<GrpcTransportOptions> & { multiplexed: boolean },
  ): Transport {
    const services = [LimitServiceDefinition.fullName, ProviderServiceDefinition.fullName];
    const addresses = Object.fromEntries(services.map((service) => [service, typeof at === 'string' ? [at] : at]));
    const transport = createGrpcTransport({ addresses, ...options });
    closing.push(() => transport.close());
    return transport;
  }

  async function startProxy(port: number): Promise<Proxy> {
    const sockets = new Set<Socket>();
    const proxy = createServer((near) => {
      const far = connectTo(port, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
        one.pipe(other);
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const breakConnections = () => {
      for (const socket of sockets) socket.resetAndDestroy();
      sockets.clear();
    };
    closing.push(async () => {
      breakConnections();
      proxy.close();
    });
    return {
      port: (proxy.address() as { port: number }).port,
      breakConnections,
      stall() {
        for (const socket of sockets) socket.unpipe().pause();
      },
    };
  }

  return { closing, serve, connect, startProxy };
}

/** Calls until it goes well; the caller's own patience is the test's timeout. */
export async function eventually<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await call();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
