// Many clients at once.
import { setTimeout as sleep } from 'node:timers/promises';
import { GenerationServiceDefinition } from '@waybill/contracts';
import { connectGrpc } from '../e2e/grpc-client.ts';
import type { World } from '../e2e/world.ts';
import type { CallPlan } from './call-plan.ts';
import { makeCall, type SeenCall, type Target } from './client-calls.ts';

const refusedPauseMs = 50;

export interface CrowdOptions {
  /** Calls under way at a time. */
  readonly atOnce: number;
  /** The next call; undefined ends the run. */
  readonly next: () => CallPlan | undefined;
  /** Default the world's own. */
  readonly key?: string;
}

/** Resolves when each call is over, with what the clients saw. */
export async function runCrowd(world: World, { atOnce, next, key = world.key }: CrowdOptions): Promise<SeenCall[]> {
  const transport = connectGrpc(world);
  const target: Target = { url: world.url, key, grpc: transport.client(GenerationServiceDefinition) };
  const seen: SeenCall[] = [];
  const client = async () => {
    for (let plan = next(); plan !== undefined; plan = next()) {
      const call = await makeCall(target, plan);
      seen.push(call);
      // Nobody is there: asking without a pause would take the processor from whoever starts.
      if (call.status === 0 && call.outcome === 'broken') await sleep(refusedPauseMs);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  await transport.close();
  return seen;
}

/** `count` plans, one at a time. */
export function inTurn(count: number, draw: () => CallPlan): () => CallPlan | undefined {
  let given = 0;
  return () => {
    given += 1;
    return given <= count ? draw() : undefined;
  };
}
