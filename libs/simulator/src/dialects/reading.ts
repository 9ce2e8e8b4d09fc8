// What all dialects do when they read a request.
import { countOf, type Json, type JsonRecord, recordOf, textOf } from '../json.ts';
import { TOKENS_PER_REQUEST, TOKENS_PER_TURN, type Tool, type Turn } from '../model/prompt.ts';
import { countJsonTokens, countTokens } from '../model/tokens.ts';
import { invalid, type Refusal } from './refusal.ts';

const TOKENS_PER_ATTACHMENT = 85;

/** A turn; `attachments` are its images and files, `calls` its tool calls as the wire has them. */
export function turn(role: Turn['role'], text: string, attachments: readonly Json[] = [], calls: Json = null): Turn {
  const attached = attachments.reduce<number>(
    (sum, part) => sum + Math.min(TOKENS_PER_ATTACHMENT, countJsonTokens(part)),
    0,
  );
  const called = calls === null ? 0 : countJsonTokens(calls);
  return { role, text, tokens: TOKENS_PER_TURN + countTokens(text) + attached + called };
}

export function promptTokens(turns: readonly Turn[], tools: Json | undefined): number {
  const ofTools = tools === undefined || tools === null ? 0 : countJsonTokens(tools);
  return turns.reduce((sum, { tokens }) => sum + tokens, TOKENS_PER_REQUEST) + ofTools;
}

/** A model's name, or the refusal of a request without one. */
export function readModel(body: JsonRecord): string | Refusal {
  return textOf(body.model) || invalid('you must provide a model parameter', 'model');
}

/** A cap on output tokens: absent, a whole number from 1, or a refusal. */
export function readCap(value: Json | undefined, param: string): number | undefined | Refusal {
  if (value === undefined || value === null) return undefined;
  return countOf(value) || invalid(`Invalid value for '${param}': expected an integer of at least 1.`, param);
}

export function functionTool(definition: Json | undefined, schemaField: string): Tool {
  const fields = recordOf(definition);
  return {
    name: textOf(fields.name),
    description: textOf(fields.description),
    parameters: recordOf(fields[schemaField]),
  };
}

const reasoningByEffort: Readonly<Record<string, number>> = {
  minimal: 8,
  low: 16,
  medium: 32,
  high: 64,
  xhigh: 128,
  max: 256,
};

/** How many tokens the simulated model thinks for an effort's name; 0 for none or one it does not know. */
export function reasoningFor(effort: Json | undefined): number {
  return reasoningByEffort[textOf(effort).toLowerCase()] ?? 0;
}

export function bearerToken(header: string | string[] | undefined): string | undefined {
  const match = /^Bearer\s+(\S+)$/i.exec(headerText(header) ?? '');
  return match?.[1];
}

export function headerText(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
