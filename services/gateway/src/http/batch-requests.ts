// What the routes of both dialects of batches do alike.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Warning } from '@waybill/contracts';
import { FaultError, fault, faultOf, type Result } from '@waybill/kernel';
import type { Logger } from '@waybill/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingBatch } from '../batches/batch-world.ts';
import type { Batches } from '../batches/batches.ts';
import { readCallerHeaders } from '../core/caller-headers.ts';
import type { BatchItem } from '../dialects/batch-item.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Authenticate, Digests, Principal } from '../ports.ts';
import type { BatchDocument } from '../projections/batches.ts';
import { warningsText } from './answer-headers.ts';
import type { JsonAnswer } from './json-answer.ts';
import { refuse } from './refuse.ts';
import { checkIdempotencyKey, presentedKey } from './request-headers.ts';

export interface BatchRoutes {
  readonly batches: Batches;
  readonly authenticate: Authenticate;
  readonly digests: Pick<Digests, 'ofUser'>;
  readonly log: Logger;
}

export async function principalOf(
  { authenticate }: Pick<BatchRoutes, 'authenticate'>,
  { headers }: FastifyRequest,
): Promise<Principal> {
  return valueIn(await authenticate(presentedKey(headers)));
}

type InDialect = Pick<IncomingBatch, 'dialect' | 'endpoint' | 'inputFileId' | 'metadata'> & {
  readonly items: readonly BatchItem[];
  show(batch: BatchDocument): object;
};

/** Takes in what a dialect has read, with what the headers say. */
export async function openBatch(
  { batches, digests }: BatchRoutes,
  { headers }: FastifyRequest,
  { principal, items, show, ...read }: InDialect & { readonly principal: Principal },
): Promise<JsonAnswer> {
  checkIdempotencyKey(headers);
  const pseudonymOf = (user: string) => digests.ofUser(principal.tenantId, user);
  const asked = valueIn(readCallerHeaders(headers, principal, pseudonymOf));
  const entries = items.map(({ customId, request, bodyBytes }) => {
    return { customId, call: { ...request.call, endUser: pseudonymOf(request.endUser) }, bodyBytes };
  });
  const batch = await batches.open({ ...read, ...asked, entries });
  return { body: show(batch), headers: { 'x-waybill-provider': batch.providerId, ...warned(items) } };
}

/** What is not done, each thing once however many requests have asked for it. */
function warned(items: readonly BatchItem[]): Record<string, string> {
  const warnings = new Map<string, Warning>();
  for (const { request } of items) for (const warning of request.warnings) warnings.set(warning.subject, warning);
  return warnings.size === 0 ? {} : { 'x-waybill-warnings': warningsText([...warnings.values()]) };
}

interface Lines {
  readonly dialect: Pick<Dialect, 'error'>;
  readonly log: Logger;
  read(signal: AbortSignal): Promise<AsyncIterable<string>>;
}

/** The first line is waited for, so that an error has a status; a later one breaks the connection off. */
export async function sendLines(reply: FastifyReply, { dialect, log, read }: Lines): Promise<void> {
  reply.hijack();
  const response = reply.raw;
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  try {
    const lines = (await read(leaving.signal))[Symbol.asyncIterator]();
    await sendFrom(response, await lines.next(), lines);
  } catch (thrown) {
    const because = faultOf(thrown);
    if (because.kind === 'internal' && !leaving.signal.aborted) log.error({ err: thrown }, 'a request failed');
    if (response.headersSent) response.destroy();
    else refuse(response, dialect, because);
  }
}

async function sendFrom(response: ServerResponse, first: IteratorResult<string>, rest: AsyncIterator<string>) {
  async function* all(): AsyncGenerator<string> {
    for (let step = first; !step.done; step = await rest.next()) yield step.value;
  }
  response.writeHead(200, { 'content-type': 'application/x-jsonl' });
  await pipeline(Readable.from(all()), response);
}

/** Throws a FaultError `invalid` for a batch whose results have not come yet. */
export function demandOver({ batchId, state }: BatchDocument): void {
  if (state === 'ended') return;
  const details = { batch: batchId, reason: 'batch_not_over' };
  const message = `the batch ${batchId} has not ended yet; its results come when it has`;
  throw new FaultError(fault('invalid', message, { details }));
}

export interface AskedPage {
  readonly limit: number;
  readonly after?: string;
}

/** How many of a list are asked for, and after which, by the name that the dialect has for that. Throws a FaultError. */
export function pageIn({ query }: Pick<FastifyRequest, 'query'>, afterName: string, most: number): AskedPage {
  const { limit = '20', [afterName]: after } = query as Readonly<Record<string, unknown>>;
  const isLimit = typeof limit === 'string' && /^\d{1,4}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= most;
  if (!isLimit) throw wrong('limit', `has to be a number from 1 to ${most}`);
  if (after === undefined) return { limit: Number(limit) };
  if (typeof after !== 'string') throw wrong(afterName, 'can be given once');
  return { limit: Number(limit), after };
}

export function wrong(field: string, what: string): FaultError {
  return new FaultError(fault('invalid', `${field} ${what}`, { details: { field, reason: 'invalid_value' } }));
}

export function valueIn<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value;
  throw new FaultError(result.fault);
}
