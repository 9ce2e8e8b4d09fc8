// A recorded exchange with a provider, as it is kept.
import { z } from 'zod';

const json = z.record(z.string(), z.unknown());
const span = z.number().nonnegative();

export const recordingSchema = z.object({
  version: z.literal(1),
  /** What the request is recorded under. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  /** ISO 8601. */
  recordedAt: z.string(),
  dialect: z.string(),
  upstreamModel: z.string(),
  /** As it went out, without its headers, keys taken out. */
  request: z.object({ path: z.string(), body: z.string() }),
  /** The canonical call and the folded reply, as JSON of their messages, keys taken out. */
  call: json,
  reply: json,
  answer: z.object({
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    /** Times are milliseconds since the request was sent. */
    firstByteMs: span,
    pieces: z.array(z.object({ atMs: span, base64: z.string() })),
    endMs: span,
  }),
});

export type Recording = z.infer<typeof recordingSchema>;

/** Which recording an attempt made, or was answered from. */
export const attemptRecordSchema = z.object({ attemptId: z.string(), key: z.string(), replayed: z.boolean() });

export type AttemptRecord = z.infer<typeof attemptRecordSchema>;
