import { afterEach } from '@jest/globals';
import type { LimitServiceDefinition, ProviderServiceDefinition } from '@waybill/contracts';
import type { Client } from '../ports.ts';
import {
  limitClient,
  providerClient,
  type RunningTransport,
  type StartOptions,
  suiteOffers,
  type TransportUnderTest,
} from './harness.ts';

/** A transport under test with clients of both services of the suite. */
export interface Running extends RunningTransport {
  readonly limits: Client<LimitServiceDefinition>;
  readonly providers: Client<ProviderServiceDefinition>;
}

/** How the tests of one file start the transport; what they started is closed after each. */
export function starter(
  subject: TransportUnderTest,
): (handlers: Parameters<typeof suiteOffers>[0], options?: StartOptions) => Promise<Running> {
  const started: RunningTransport[] = [];
  afterEach(async () => {
    for (const running of started.splice(0)) await running.close();
  });
  return async (handlers, options = {}) => {
    const running = await subject.start(suiteOffers(handlers), options);
    started.push(running);
    return { ...running, limits: limitClient(running.transport), providers: providerClient(running.transport) };
  };
}
