// How each family of providers is asked which models it has, and how its answer is read.
import { z } from 'zod';
import { maxCount } from '../usage/count.ts';

/** A model as a provider lists it. */
export interface ListedModel {
  readonly id: string;
  /** Empty where the provider gives none. */
  readonly displayName: string;
  /** When it was made or released; undefined where the provider does not say. */
  readonly createdAtMicros: bigint | undefined;
  /** Tokens; undefined where the provider does not say. */
  readonly contextWindow: number | undefined;
}

export interface ModelListPage {
  readonly models: readonly ListedModel[];
  /** For the next page; undefined after the last. */
  readonly next: string | undefined;
}

export interface ModelListWire {
  readonly headers: Readonly<Record<string, string>>;
  /** Below the provider's base URL, with its query. */
  path(next: string | undefined): string;
  /** Undefined when it is no list of models. */
  read(body: Uint8Array): ModelListPage | undefined;
}

/** How a family is asked; undefined for one that has no list. */
export function modelListOf(family: string): ModelListWire | undefined {
  return Object.hasOwn(wires, family) ? wires[family] : undefined;
}

const text = z.string().nullish();
/** A figure that no field of ours can hold counts as not given. */
const count = z.int().min(0).max(maxCount).nullish().catch(undefined);
/** Seconds, to the year 9999. */
const seconds = z.number().min(0).max(253_402_300_799).nullish().catch(undefined);

const openai = wire({
  path: () => '/models',
  schema: z.object({ data: z.array(z.object({ id: z.string(), created: seconds, context_window: count })) }),
  page: ({ data }) => ({
    models: data.map(({ id, created, context_window: window }) => ({
      id,
      displayName: '',
      createdAtMicros: created ? BigInt(Math.trunc(created)) * 1_000_000n : undefined,
      contextWindow: window ?? undefined,
    })),
    next: undefined,
  }),
});

const anthropic = wire({
  headers: { 'anthropic-version': '2023-06-01' },
  path: (next) => `/v1/models?${new URLSearchParams({ limit: '1000', ...(next && { after_id: next }) })}`,
  schema: z.object({
    data: z.array(z.object({ id: z.string(), display_name: text, created_at: text, max_input_tokens: count })),
    has_more: z.boolean().nullish(),
    last_id: text,
  }),
  page: ({ data, has_more: hasMore, last_id: lastId }) => ({
    models: data.map((each) => ({
      id: each.id,
      displayName: each.display_name ?? '',
      createdAtMicros: microsOf(each.created_at),
      contextWindow: each.max_input_tokens ?? undefined,
    })),
    next: (hasMore && lastId) || undefined,
  }),
});

const gemini = wire({
  path: (next) => `/models?${new URLSearchParams({ pageSize: '1000', ...(next && { pageToken: next }) })}`,
  schema: z.object({
    models: z.array(z.object({ name: z.string(), displayName: text, inputTokenLimit: count })).default([]),
    nextPageToken: text,
  }),
  page: ({ models, nextPageToken }) => ({
    models: models.map(({ name, displayName, inputTokenLimit }) => ({
      id: name.replace(/^models\//, ''),
      displayName: displayName ?? '',
      createdAtMicros: undefined,
      contextWindow: inputTokenLimit ?? undefined,
    })),
    next: nextPageToken || undefined,
  }),
});

const ollama = wire({
  path: () => '/api/tags',
  schema: z.object({ models: z.array(z.object({ name: z.string(), modified_at: text })) }),
  page: ({ models }) => ({
    models: models.map(({ name, modified_at: at }) => ({
      id: name,
      displayName: '',
      createdAtMicros: microsOf(at),
      contextWindow: undefined,
    })),
    next: undefined,
  }),
});

const wires: Readonly<Record<string, ModelListWire>> = { openai, anthropic, gemini, ollama };

interface WireParts<Body> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly schema: z.ZodType<Body>;
  path(next: string | undefined): string;
  page(body: Body): ModelListPage;
}

function wire<Body>({ headers = {}, path, schema, page }: WireParts<Body>): ModelListWire {
  return {
    headers,
    path,
    read(bytes) {
      const parsed = schema.safeParse(parse(bytes));
      return parsed.success ? page(parsed.data) : undefined;
    },
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function microsOf(instant: string | null | undefined): bigint | undefined {
  const ms = Date.parse(instant ?? '');
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000n;
}
