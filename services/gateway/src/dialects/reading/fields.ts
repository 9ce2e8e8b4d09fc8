// Kinds of fields that dialects have in common. Clients send null for what they leave out.
import { z } from 'zod';

/** A number of tokens, as far as the contract can carry it. */
export const tokenCount = z.int().min(1).max(0xffff_ffff);

export const jsonObject = z.record(z.string(), z.unknown());

/** A field that may not be set; the message says what to do instead. */
export const instead = (message: string) => z.null({ error: message }).optional();

export const modelName = z.string().min(1).max(256);

/** Bytes as base64 text, in either alphabet. */
export const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]+={0,2}$/, { error: 'is not base64' })
  .transform((text) => Buffer.from(text, 'base64'));
