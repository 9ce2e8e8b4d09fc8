// The shapes of generateContent, as we write them and, where it is not hot, as we read them.
import { z } from 'zod';

export interface WireContent {
  role: 'user' | 'model';
  parts: WirePart[];
}

/** A piece of a turn. */
export type WirePart = { thoughtSignature?: string | undefined } & (
  | { text: string; thought?: true }
  | { inlineData: { mimeType: string; data: string } }
  | { fileData: { mimeType?: string | undefined; fileUri: string } }
  | { functionCall: { id?: string | undefined; name: string; args: unknown } }
  | { functionResponse: { id?: string | undefined; name: string; response: unknown } }
);

const text = z.string().optional().catch(undefined);

const detail = z.looseObject({
  reason: text,
  retryDelay: text,
  violations: z
    .array(z.looseObject({ quotaId: text }))
    .optional()
    .catch(undefined),
});

const errorObject = z.looseObject({
  error: z
    .looseObject({
      code: z.union([z.string(), z.number()]).optional().catch(undefined),
      message: text,
      status: text,
      details: z.array(detail.catch({})).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** An error body; the array stream form wraps it in a list. */
export const errorBody = z
  .preprocess((body) => (Array.isArray(body) ? body[0] : body), errorObject)
  .catch({ error: undefined });
