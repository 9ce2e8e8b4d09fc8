// Anthropic's message batches.
import type { Batch, BatchEntry, EntryResult } from '../../batches/book.ts';
import { type JsonRecord, listOf, recordOf, textOf } from '../../json.ts';
import type { BatchDialect, BatchOperation, Received } from '../dialect.ts';
import { invalid, type Refusal } from '../refusal.ts';

const mostEntries = 100_000;
const day = 86_400_000;

export function batchOperation({ method, path }: Received): BatchOperation | undefined {
  const match = /^\/messages\/batches(?:\/([^/]+)(?:\/(cancel|results))?)?$/.exec(path);
  if (match === null) return undefined;
  const [, id, action] = match;
  if (id === undefined) return method === 'POST' ? { action: 'create' } : { action: 'list' };
  if (action === 'cancel') return method === 'POST' ? { action: 'cancel', id } : undefined;
  return method === 'GET' ? { action: action === 'results' ? 'results' : 'show', id } : undefined;
}

export const messageBatches: BatchDialect = {
  idPrefix: 'msgbatch_',
  read,
  show,
  page(batches, { query }) {
    const after = batches.findIndex(({ id }) => id === query.get('after_id')) + 1;
    const limit = Number(query.get('limit') ?? 20);
    const shown = batches.slice(after, after + limit);
    return {
      data: shown.map((batch) => show(batch, '')),
      has_more: after + limit < batches.length,
      first_id: shown[0]?.id ?? null,
      last_id: shown.at(-1)?.id ?? null,
    };
  },
  line: (result) => ({ custom_id: result.customId, result: resultOf(result) }),
};

function read(body: JsonRecord): { entries: readonly BatchEntry[]; kept: JsonRecord } | Refusal {
  const requests = listOf(body.requests).map(recordOf);
  if (requests.length === 0) return invalid('requests: at least one is required');
  if (requests.length > mostEntries) return invalid(`requests: at most ${mostEntries} are allowed`);
  const wrong = requests.findIndex(({ custom_id: id }) => !/^[a-zA-Z0-9_-]{1,64}$/.test(textOf(id)));
  if (wrong >= 0) return invalid(`requests.${wrong}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`);
  const streamed = requests.findIndex(({ params }) => recordOf(params).stream === true);
  if (streamed >= 0) return invalid(`requests.${streamed}.params.stream: streaming is not supported in a batch`);
  const entries = requests.map(({ custom_id: id, params }) => ({ customId: textOf(id), params: recordOf(params) }));
  return { entries, kept: {} };
}

function show(batch: Batch, origin: string): JsonRecord {
  const { id, createdAt, endedAt, cancelledAt, entries, results } = batch;
  const counted = (type: EntryResult['type']) => results.filter((result) => result.type === type).length;
  const results_url = endedAt ? `${origin}/anthropic/v1/messages/batches/${id}/results` : null;
  return {
    id,
    type: 'message_batch',
    processing_status: endedAt ? 'ended' : cancelledAt ? 'canceling' : 'in_progress',
    request_counts: {
      processing: endedAt ? 0 : entries.length,
      succeeded: counted('succeeded'),
      errored: counted('errored'),
      canceled: counted('canceled'),
      expired: counted('expired'),
    },
    created_at: createdAt.toISOString(),
    expires_at: new Date(createdAt.getTime() + day).toISOString(),
    ended_at: endedAt?.toISOString() ?? null,
    cancel_initiated_at: cancelledAt?.toISOString() ?? null,
    archived_at: null,
    results_url,
  };
}

function resultOf(result: EntryResult): JsonRecord {
  if (result.type === 'succeeded') return { type: 'succeeded', message: result.reply };
  if (result.type === 'errored') return { type: 'errored', error: result.error };
  return { type: result.type };
}
