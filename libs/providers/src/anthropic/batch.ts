// Anthropic's message batches: one request for all entries, results as lines.
import {
  type BatchItem,
  type BatchLine,
  type BatchState,
  type BatchWire,
  billedAsBatch,
  readingOf,
} from '../batch/wire.ts';
import { midStreamFault } from '../provider-fault.ts';
import { decodeUtf8, isObject, type JsonObject, listOf, objectOf, parseJson, textOf } from '../reading/json.ts';
import { sourceOf } from '../reading/source.ts';
import { decodeReply } from './decode.ts';
import { encodeRequest } from './encode.ts';
import { readError } from './faults.ts';

const path = '/v1/messages/batches';
const mostAPage = 100;

export function messageBatches(apiVersion: string): BatchWire {
  const headers = { 'anthropic-version': apiVersion };
  const get = (below: string) => ({ method: 'GET', path: `${path}${below}`, headers, body: undefined }) as const;
  return {
    create(_batchId, items) {
      const requests: string[] = [];
      for (const item of items) {
        const encoded = encodeRequest(apiVersion, item.request);
        if (!encoded.ok) return encoded;
        requests.push(entryOf(item, encoded.value.body));
      }
      const body = `{"requests":[${requests.join(',')}]}`;
      return { ok: true, value: { method: 'POST', path, headers: { ...headers, ...json }, body } };
    },
    get: (id) => get(`/${encodeURIComponent(id)}`),
    cancel: (id) => ({ method: 'POST', path: `${path}/${encodeURIComponent(id)}/cancel`, headers, body: undefined }),
    list: (after) => get(`?limit=${mostAPage}${after === undefined ? '' : `&after_id=${encodeURIComponent(after)}`}`),
    read: (body) => stateOf(parseJson(decodeUtf8(body))),
    readPage(body) {
      const page = objectOf(parseJson(decodeUtf8(body)));
      if (!Array.isArray(page.data)) return undefined;
      const batches = listOf(page.data).map(stateOf);
      const next = page.has_more === true && textOf(page.last_id) !== '' ? textOf(page.last_id) : undefined;
      return { batches: batches.filter((batch) => batch !== undefined), next };
    },
    results: ({ id }) => [get(`/${encodeURIComponent(id)}/results`)],
    readLine,
  };
}

const json = { 'content-type': 'application/json' };

/** The body goes in as it was written: numbers in it may be longer than ours. */
function entryOf({ callId }: BatchItem, body: string): string {
  return `{"custom_id":${JSON.stringify(callId)},"params":${body}}`;
}

function stateOf(value: unknown): BatchState | undefined {
  const fields = objectOf(value);
  const id = textOf(fields.id);
  const status = textOf(fields.processing_status);
  if (id === '' || status === '') return undefined;
  const counts = Object.values(objectOf(fields.request_counts));
  const entries = counts.reduce<number>((sum, count) => sum + (typeof count === 'number' ? count : 0), 0);
  const createdAtMs = Date.parse(textOf(fields.created_at));
  const createdAtMicros = Number.isNaN(createdAtMs) ? 0n : BigInt(createdAtMs) * 1_000n;
  return { id, isOver: status === 'ended', createdAtMicros, entries, batchId: undefined, files: [] };
}

function readLine(line: string): BatchLine | undefined {
  const fields = parseJson(line);
  if (!isObject(fields)) return undefined;
  const callId = textOf(fields.custom_id);
  const result = objectOf(fields.result);
  if (callId === '') return undefined;
  switch (result.type) {
    case 'succeeded':
      return { callId, outcome: 'succeeded', reply: messageOf(callId, line) };
    case 'canceled':
      return { callId, outcome: 'cancelled' };
    case 'expired':
      return { callId, outcome: 'expired' };
    default:
      return { callId, outcome: 'errored', reply: { ok: false, fault: faultOf(result) } };
  }
}

function messageOf(callId: string, line: string) {
  const body = Buffer.from(sourceOf(line, ['result', 'message']) ?? '');
  return billedAsBatch(decodeReply(readingOf(callId), { status: 200, headers: {}, body }));
}

/** Taken as not billed, since its result reports no usage: an assumption, see decision 0021. */
function faultOf({ error }: JsonObject) {
  return { ...midStreamFault(readError(error, undefined)), mayHaveBilled: false };
}
