import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { createAuthority, serviceNames, writeTlsFiles } from '../../../test/infra/certificates.ts';
import { limitClient, type TransportUnderTest } from './contract/harness.ts';
import { testTransport } from './contract.ts';
import { startGrpcServer } from './grpc/server.ts';
import { createGrpcTransport, type GrpcTransportOptions } from './grpc/transport.ts';
import { createInProcessTransport } from './in-process.ts';
import { type MutualTls, openMutualTls } from './tls/mutual-tls.ts';

testTransport({
  name: 'in process',
  async start(offers, options) {
    const errors: unknown[] = [];
    const transport = createInProcessTransport(offers, { ...options, onError: (error) => errors.push(error) });
    return { transport, errors, drain: () => transport.drain(), close: () => transport.close() };
  },
});

const services = ['waybill.ratelimit.v1.LimitService', 'waybill.provider.v1.ProviderService'];
const folder = mkdtempSync(join(tmpdir(), 'waybill-rpc-'));
let tls: MutualTls;

beforeAll(async () => {
  const files = await writeTlsFiles(folder, await createAuthority(), serviceNames('selector'));
  tls = await openMutualTls(files, { onError: () => undefined });
});
afterAll(() => {
  tls.close();
  rmSync(folder, { recursive: true });
});

const withTls = () => ({ tls, servers: Object.fromEntries(services.map((service) => [service, 'selector'])) });

testTransport(overGrpc('gRPC, a call for each', () => ({ multiplexed: false })));
testTransport(overGrpc('gRPC, multiplexed', () => ({ multiplexed: true })));
testTransport(
  overGrpc('three replicas over mutual TLS, a call for each', () => ({ multiplexed: false, ...withTls() }), 3),
);
testTransport(overGrpc('three replicas over mutual TLS, multiplexed', () => ({ multiplexed: true, ...withTls() }), 3));

type Wire = Pick<GrpcTransportOptions, 'multiplexed' | 'tls' | 'servers'>;

function overGrpc(name: string, wire: () => Wire, replicas = 1): TransportUnderTest {
  return {
    name,
    async start(offers, { limits = {}, timeouts = {} }) {
      const errors: unknown[] = [];
      const onError = (error: unknown) => errors.push(error);
      const options = { host: '127.0.0.1', port: 0, offers, limits, onError, tls: wire().tls };
      const servers = await Promise.all(Array.from({ length: replicas }, () => startGrpcServer(options)));
      const places = servers.map(({ address }) => address);
      const addresses = Object.fromEntries(services.map((service) => [service, places]));
      const transport = createGrpcTransport({ addresses, limits, timeouts, ...wire() });
      // So that the times of the tests are those of their calls, and not of dialling.
      await limitClient(transport)
        .listLimits({})
        .catch(() => undefined);
      return {
        transport,
        errors,
        async drain() {
          await Promise.all(servers.map((server) => server.drain({ graceMs: 5_000 })));
        },
        async close() {
          await transport.close();
          await Promise.all(servers.map((server) => server.stop()));
        },
      };
    },
  };
}
