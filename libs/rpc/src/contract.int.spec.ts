import type { TransportUnderTest } from './contract/harness.ts';
import { testTransport } from './contract.ts';
import { startGrpcServer } from './grpc/server.ts';
import { createGrpcTransport } from './grpc/transport.ts';
import { createInProcessTransport } from './in-process.ts';

testTransport({
  name: 'in process',
  async start(offers, options) {
    const errors: unknown[] = [];
    const transport = createInProcessTransport(offers, { ...options, onError: (error) => errors.push(error) });
    return { transport, errors, drain: () => transport.drain(), close: () => transport.close() };
  },
});

testTransport(overGrpc('gRPC, a call for each', false));
testTransport(overGrpc('gRPC, multiplexed', true));

function overGrpc(name: string, multiplexed: boolean): TransportUnderTest {
  return {
    name,
    async start(offers, { limits = {}, timeouts = {} }) {
      const errors: unknown[] = [];
      const onError = (error: unknown) => errors.push(error);
      const server = await startGrpcServer({ host: '127.0.0.1', port: 0, offers, limits, onError });
      const { address } = server;
      const services = ['waybill.ratelimit.v1.LimitService', 'waybill.provider.v1.ProviderService'];
      const addresses = Object.fromEntries(services.map((service) => [service, [address]]));
      const transport = createGrpcTransport({ addresses, multiplexed, limits, timeouts });
      return {
        transport,
        errors,
        drain: () => server.drain({ graceMs: 5_000 }),
        async close() {
          await transport.close();
          await server.stop();
        },
      };
    },
  };
}
