// A client of batches, and what has to hold of the books after them.
import Anthropic from '@anthropic-ai/sdk';
import { expect } from '@jest/globals';
import { checkBooks } from '../load/books/check-books.ts';
import { keys } from './configuration.ts';
import type { BooksWorld, StandaloneWorld } from './world.ts';

const small = { id: 'small-total', tenantId: 'small', amountPicoUsd: 1_000_000_000_000n };

export function clientOf({ url }: StandaloneWorld, apiKey: string = keys.small): Anthropic {
  return new Anthropic({ apiKey, baseURL: url, maxRetries: 0 });
}

export function entry(customId: string, model = 'claude-haiku-4-5', content = `What is ${customId}?`) {
  return { custom_id: customId, params: { model, max_tokens: 60, messages: [{ role: 'user' as const, content }] } };
}

export async function untilEnded(client: Anthropic, id: string): Promise<Anthropic.Messages.MessageBatch> {
  for (;;) {
    const batch = await client.messages.batches.retrieve(id);
    if (batch.processing_status === 'ended') return batch;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export async function resultsOf(client: Anthropic, id: string) {
  const results = new Map<string, Anthropic.Messages.MessageBatchResult>();
  for await (const { custom_id, result } of await client.messages.batches.results(id)) results.set(custom_id, result);
  return results;
}

/** The books add up, and what stands on them is what the provider charges. */
export async function expectBooked(at: BooksWorld): Promise<bigint> {
  const { problems } = await checkBooks(at, { seen: [], budgets: [small] });
  expect(problems).toEqual([]);
  const { total } = await at.simulator.bill();
  const budget = await at.waybill(['budgets', 'show', 'small-total', '--json']);
  const { spent_pico_usd: spent, held_pico_usd: held } = JSON.parse(budget.stdout) as Record<string, string>;
  expect({ spent, held }).toEqual({ spent: String(total.amountPicoUsd), held: '0' });
  return BigInt(total.amountPicoUsd);
}

export type ReceivedCall = { readonly method: string; readonly path: string; readonly body: unknown };

export async function callsOf({ simulator }: Pick<BooksWorld, 'simulator'>): Promise<ReceivedCall[]> {
  const answer = await fetch(`${simulator.url}/control/calls`);
  return ((await answer.json()) as { calls: ReceivedCall[] }).calls;
}

/** How often the provider was given a batch. */
export async function timesHandedIn(at: Pick<BooksWorld, 'simulator'>): Promise<number> {
  const calls = await callsOf(at);
  return calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/batches')).length;
}

const hook = new URL('../load/crash-at.ts', import.meta.url).href;

/** Kills the gateway when it comes to the step for the first time; it needs the log level `debug`. */
export function crashAt(step: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${hook}`, CRASH_AT_STEP: step, CRASH_AT_OCCURRENCE: '1' };
}
