// OpenAI's batches: a file of calls for one endpoint goes up first, and what became of them are lines of two files.
import {
  type BatchItem,
  type BatchLine,
  type BatchRequest,
  type BatchState,
  type BatchWire,
  billedAsBatch,
  readingOf,
} from '../batch/wire.ts';
import type { ProviderCodec, UpstreamRequest, Wire } from '../codec.ts';
import { readError } from '../openai-compatible/faults.ts';
import { type ProviderFault, type ProviderResult, providerFault } from '../provider-fault.ts';
import { decodeUtf8, isObject, type JsonObject, listOf, objectOf, parseJson, textOf } from '../reading/json.ts';
import { sourceOf } from '../reading/source.ts';
import { endpointOf, itemsOnOneWire } from './batch-endpoint.ts';
import { formOf } from './batch-form.ts';

const path = '/batches';
const mostAPage = 100;
/** Our own id of a batch, among what its maker may keep with it. */
const label = 'waybill_batch';
const json = { 'content-type': 'application/json' };

/** The batches of a codec of OpenAI's family. */
export function fileBatches(codec: ProviderCodec): BatchWire {
  return {
    upload: {
      encode: (batchId, items) => uploadOf(codec, batchId, items),
      read: (body) => textOf(objectOf(parseJson(decodeUtf8(body))).id) || undefined,
    },
    create(batchId, items, fileId) {
      const onOneWire = itemsOnOneWire(codec, items);
      if (!onOneWire.ok) return onOneWire;
      const body = JSON.stringify({
        input_file_id: fileId,
        endpoint: endpointOf(codec, onOneWire.value),
        completion_window: '24h',
        metadata: { [label]: batchId },
      });
      return { ok: true, value: { method: 'POST', path, headers: json, body } };
    },
    get: (id) => get(`${path}/${encodeURIComponent(id)}`),
    cancel: (id) => ({ ...get(`${path}/${encodeURIComponent(id)}/cancel`), method: 'POST' }),
    list: (after) =>
      get(`${path}?limit=${mostAPage}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`),
    read: (body) => stateOf(parseJson(decodeUtf8(body))),
    readPage(body) {
      const page = objectOf(parseJson(decodeUtf8(body)));
      if (!Array.isArray(page.data)) return undefined;
      const batches = listOf(page.data)
        .map(stateOf)
        .filter((batch) => batch !== undefined);
      return { batches, next: page.has_more === true ? batches.at(-1)?.id : undefined };
    },
    results: ({ files }) => files.map((file) => get(`/files/${encodeURIComponent(file)}/content`)),
    readLine: (line) => readLine(codec, line),
  };
}

function get(below: string): BatchRequest {
  return { method: 'GET', path: below, headers: {}, body: undefined };
}

/** A file of one call a line, each with the address it would have been sent to alone. */
function uploadOf(codec: ProviderCodec, batchId: string, items: readonly BatchItem[]): ProviderResult<BatchRequest> {
  const onOneWire = itemsOnOneWire(codec, items);
  if (!onOneWire.ok) return onOneWire;
  const url = endpointOf(codec, onOneWire.value);
  const lines: string[] = [];
  for (const { callId, request } of onOneWire.value) {
    const encoded = codec.encode(request);
    if (!encoded.ok) return encoded;
    const head = JSON.stringify({ custom_id: callId, method: 'POST', url });
    lines.push(`${head.slice(0, -1)},"body":${onOneLine(encoded.value.body)}}`);
  }
  const form = formOf(batchId, `${lines.join('\n')}\n`);
  return { ok: true, value: { method: 'POST', path: '/files', ...form } };
}

/** No string of JSON text holds a line break as it is: one that is there stands between two of its words. */
function onOneLine(jsonText: string): string {
  return jsonText.replace(/[\r\n]/g, ' ');
}

const over = new Set(['completed', 'failed', 'expired', 'cancelled']);

function stateOf(value: unknown): BatchState | undefined {
  const fields = objectOf(value);
  const id = textOf(fields.id);
  const status = textOf(fields.status);
  if (id === '' || status === '' || fields.object !== 'batch') return undefined;
  const { total } = objectOf(fields.request_counts);
  const createdAt = typeof fields.created_at === 'number' ? Math.trunc(fields.created_at) : 0;
  return {
    id,
    isOver: over.has(status),
    createdAtMicros: BigInt(createdAt) * 1_000_000n,
    entries: typeof total === 'number' ? total : 0,
    batchId: textOf(objectOf(fields.metadata)[label]),
    files: [fields.output_file_id, fields.error_file_id].map(textOf).filter((file) => file !== ''),
    ...(status === 'failed' && { refused: refusalIn(fields) }),
  };
}

/** What the provider found in the file before it came to any of its calls. */
function refusalIn({ errors }: JsonObject): ProviderFault {
  const [first] = listOf(objectOf(errors).data).map(objectOf);
  const { code, message, line } = first ?? {};
  const at = typeof line === 'number' ? ` (line ${line})` : '';
  return providerFault({
    conduct: 'invalid',
    code: textOf(code),
    text: `${textOf(message) || 'the batch failed before it was begun'}${at}`,
  });
}

function readLine(codec: ProviderCodec, line: string): BatchLine | undefined {
  const fields = parseJson(line);
  if (!isObject(fields)) return undefined;
  const callId = textOf(fields.custom_id);
  if (callId === '') return undefined;
  const { status_code: status, body } = objectOf(fields.response);
  if (status === 200) return { callId, outcome: 'succeeded', reply: replyOf(codec, callId, line) };
  const { code } = objectOf(fields.error);
  if (code === 'batch_expired') return { callId, outcome: 'expired' };
  if (code === 'batch_cancelled') return { callId, outcome: 'cancelled' };
  const seen = typeof status === 'number' ? readError(body, status) : readError({ error: fields.error }, undefined);
  // Taken as not billed, since it reports no usage: an assumption, see decision 0021.
  const fault = { ...providerFault(timedOut(code) ?? seen), mayHaveBilled: false };
  return { callId, outcome: 'errored', reply: { ok: false, fault } };
}

function timedOut(code: unknown) {
  return code === 'request_timeout' ? ({ conduct: 'timeout', code } as const) : undefined;
}

function replyOf(codec: ProviderCodec, callId: string, line: string) {
  const text = sourceOf(line, ['response', 'body']) ?? '';
  const request: UpstreamRequest = { ...readingOf(callId), wire: wireThatAnswered(parseJson(text)) };
  return billedAsBatch(codec.decode(request, { status: 200, headers: {}, body: Buffer.from(text) }));
}

function wireThatAnswered(body: unknown): Wire {
  switch (objectOf(body).object) {
    case 'response':
      return 'responses';
    case 'text_completion':
      return 'completions';
    default:
      return 'chat';
  }
}
