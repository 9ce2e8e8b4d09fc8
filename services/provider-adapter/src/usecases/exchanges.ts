// Exchanges under way that may become recordings, and the handlers that say which of them do.
import {
  type AttemptRequest,
  type AttemptResponse,
  Call,
  type ProviderServiceDefinition,
  Reply,
  type ReplyPart,
} from '@waybill/contracts';
import type { Secret } from '@waybill/kernel';
import { foldReply, type UpstreamRequest } from '@waybill/providers';
import type { Handlers } from '@waybill/rpc';
import type { Recording } from '../core/recording.ts';
import { keptOf, redactPieces, redactText } from '../core/redact.ts';
import type { Recordings } from '../ports.ts';
import { replyDigest } from './reply-digest.ts';

/** What went to and fro in one attempt, so far. */
export interface Exchange {
  readonly key: string;
  readonly upstream: UpstreamRequest;
  readonly dialect: string;
  readonly path: string;
  readonly body: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly firstByteMs: number;
  readonly pieces: { readonly atMs: number; readonly bytes: Buffer }[];
  /** Once all that matters was read. */
  endMs: number | undefined;
  /** To be taken out wherever it shows. */
  readonly credential: Secret | undefined;
}

export interface Exchanges {
  begin(attemptId: string, exchange: Exchange): void;
  /** The attempt is answered from the recording of that key. */
  noteReplay(attemptId: string, key: string): void;
  /** What became of an attempt; undefined when it made no recording and used none. */
  take(attemptId: string): { readonly exchange?: Exchange; readonly replayedKey?: string } | undefined;
}

export function openExchanges(): Exchanges {
  const underWay = new Map<string, { exchange?: Exchange; replayedKey?: string }>();
  return {
    begin: (attemptId, exchange) => void underWay.set(attemptId, { exchange }),
    noteReplay: (attemptId, key) => void underWay.set(attemptId, { replayedKey: key }),
    take(attemptId) {
      const taken = underWay.get(attemptId);
      underWay.delete(attemptId);
      return taken;
    },
  };
}

export interface Recorder {
  readonly exchanges: Exchanges;
  readonly recordings: Recordings;
  nowIso(): string;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

type ProviderHandlers = Handlers<ProviderServiceDefinition>;

/**
 * The handlers, with each complete answer kept before its attempt ends. One that failed, or that its reader left, is
 * not: a fault played back would be one for ever.
 */
export function keepRecordings(handlers: ProviderHandlers, recorder: Recorder): ProviderHandlers {
  return { ...handlers, attempt: (request, context) => kept(handlers.attempt(request, context), request, recorder) };
}

async function* kept(
  updates: AsyncIterable<AttemptResponse>,
  { attemptId }: AttemptRequest,
  recorder: Recorder,
): AsyncGenerator<AttemptResponse> {
  const parts: ReplyPart[] = [];
  try {
    for await (const response of updates) {
      const { update } = response;
      if (update?.$case === 'parts') parts.push(...update.value.parts);
      if (update?.$case === 'result' && update.value.fault === undefined) await keep(attemptId, parts, recorder);
      yield response;
    }
  } finally {
    recorder.exchanges.take(attemptId);
  }
}

/** A recording that cannot be written is an alarm, and no reason to withhold an answer. */
async function keep(attemptId: string, parts: readonly ReplyPart[], recorder: Recorder): Promise<void> {
  const { exchanges, recordings, alarm } = recorder;
  const { exchange, replayedKey } = exchanges.take(attemptId) ?? {};
  try {
    const key = exchange?.key ?? replayedKey;
    if (key === undefined) return;
    const reply = foldReply(parts);
    if (exchange !== undefined) await recordings.save(recordingOf(exchange, reply, recorder.nowIso()));
    const replayed = replayedKey !== undefined;
    await recordings.note({ attemptId, key, replayed, replyDigest: replyDigest(reply) });
  } catch (err) {
    alarm('recording_not_kept', { attempt: attemptId, err });
  }
}

function recordingOf(exchange: Exchange, reply: Reply, recordedAt: string): Recording {
  const { key, dialect, path, body, upstream, status, headers, firstByteMs, pieces, endMs, credential } = exchange;
  const known = credential ? [credential.reveal()] : [];
  const withoutKeys = (value: unknown) =>
    JSON.parse(redactText(JSON.stringify(value), known)) as Record<string, unknown>;
  const bytes = redactPieces(
    pieces.map((piece) => piece.bytes),
    known,
  );
  return {
    ...{ version: 1, key, recordedAt, dialect, upstreamModel: upstream.upstreamModel },
    request: { path: redactText(path, known), body: redactText(body, known) },
    call: withoutKeys(Call.toJSON({ ...upstream.call, endUser: '' })),
    reply: withoutKeys(Reply.toJSON(reply)),
    answer: {
      status,
      headers: keptOf(headers, known),
      firstByteMs,
      pieces: pieces.map(({ atMs }, index) => ({ atMs, base64: bytes[index]!.toString('base64') })),
      endMs: endMs ?? pieces.at(-1)?.atMs ?? firstByteMs,
    },
  };
}
