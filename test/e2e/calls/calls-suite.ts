// What every client must be able to do, however many processes the gateway is made of.
import { afterAll, beforeAll, describe } from '@jest/globals';
import type { World } from '../world.ts';
import { anthropicTests } from './anthropic-sdk.ts';
import { curlTests } from './curl.ts';
import { embeddingTests } from './embeddings.ts';
import { grpcTests } from './grpc.ts';
import { grpcurlTests } from './grpcurl.ts';
import { responsesTests } from './openai-responses.ts';
import { openaiTests } from './openai-sdk.ts';
import { plainJsonTests } from './plain-json.ts';
import { probeTests } from './probes.ts';
import { waybillClientTests } from './waybill-client.ts';

/** The world as the tests see it: it is there once they run. */
export type WorldNow = () => World;

export function callsSuite(name: string, startWorld: () => Promise<World>): void {
  describe(name, () => {
    let world: World | undefined;
    const now: WorldNow = () => {
      if (world === undefined) throw new Error('the world did not start');
      return world;
    };
    beforeAll(async () => {
      world = await startWorld();
    });
    afterAll(() => world?.stop());
    curlTests(now);
    openaiTests(now);
    responsesTests(now);
    embeddingTests(now);
    plainJsonTests(now);
    anthropicTests(now);
    grpcTests(now);
    waybillClientTests(now);
    grpcurlTests(now);
    probeTests(now);
  });
}
