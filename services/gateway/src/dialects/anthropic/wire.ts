// Requests of Anthropic's messages, as far as Waybill serves them.
import { z } from 'zod';
import { base64, jsonObject, modelName, tokenCount } from '../reading/fields.ts';

const cacheControl = z.object({ type: z.literal('ephemeral'), ttl: z.string().nullish() }).nullish();

const mediaType = z.string().regex(/^[a-z0-9.+-]+\/[a-z0-9.+-]+$/i, { error: 'is no media type such as image/png' });
const webAddress = z.string().regex(/^https?:\/\//i, { error: 'is no http(s) address' });

const source = z.discriminatedUnion('type', [
  z.object({ type: z.literal('base64'), media_type: mediaType, data: base64 }),
  z.object({ type: z.literal('url'), url: webAddress }),
]);

const documentSource = z.discriminatedUnion('type', [
  z.object({ type: z.literal('base64'), media_type: mediaType, data: base64 }),
  z.object({ type: z.literal('url'), url: webAddress }),
  z.object({ type: z.literal('text'), media_type: z.literal('text/plain'), data: z.string() }),
]);

const textBlock = z.object({ type: z.literal('text'), text: z.string(), cache_control: cacheControl });
const imageBlock = z.object({ type: z.literal('image'), source, cache_control: cacheControl });
const documentBlock = z.object({
  type: z.literal('document'),
  source: documentSource,
  title: z.string().nullish(),
  cache_control: cacheControl,
});

const toolUseBlock = z.object({
  type: z.literal('tool_use'),
  id: z.string().min(1),
  name: z.string().min(1),
  input: jsonObject,
  cache_control: cacheControl,
});

const toolResultBlock = z.object({
  type: z.literal('tool_result'),
  tool_use_id: z.string().min(1),
  content: z
    .union([z.string(), z.array(z.discriminatedUnion('type', [textBlock, imageBlock, documentBlock]))])
    .nullish(),
  is_error: z.boolean().nullish(),
  cache_control: cacheControl,
});

const thinkingBlock = z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() });
const redactedBlock = z.object({ type: z.literal('redacted_thinking'), data: z.string() });

const block = z.discriminatedUnion('type', [
  textBlock,
  imageBlock,
  documentBlock,
  toolUseBlock,
  toolResultBlock,
  thinkingBlock,
  redactedBlock,
]);

const wireMessage = z.object({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), z.array(block).min(1)]),
});

const tool = z.object({
  type: z
    .literal('custom', { error: 'is a tool that the provider runs, which is not supported; give custom' })
    .nullish(),
  name: z.string().regex(/^[a-zA-Z0-9_.:-]{1,128}$/, { error: 'is no name of a tool; give letters, digits, _ and -' }),
  description: z.string().nullish(),
  input_schema: jsonObject,
  strict: z.boolean().nullish(),
  cache_control: cacheControl,
});

const oneAtATime = z.boolean().nullish();

const toolChoice = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auto'), disable_parallel_tool_use: oneAtATime }),
  z.object({ type: z.literal('any'), disable_parallel_tool_use: oneAtATime }),
  z.object({ type: z.literal('tool'), name: z.string().min(1), disable_parallel_tool_use: oneAtATime }),
  z.object({ type: z.literal('none') }),
]);

const thinking = z.discriminatedUnion('type', [
  z.object({ type: z.literal('enabled'), budget_tokens: z.int().min(1024).max(0xffff_ffff) }),
  z.object({ type: z.literal('adaptive') }),
  z.object({ type: z.literal('disabled') }),
]);

const outputConfig = z.object({
  effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  format: z.object({ type: z.literal('json_schema'), schema: jsonObject }).nullish(),
});

export const messagesRequest = z.object({
  model: modelName,
  max_tokens: tokenCount,
  messages: z.array(wireMessage).min(1),
  system: z.union([z.string(), z.array(textBlock)]).nullish(),
  stop_sequences: z.array(z.string().min(1)).max(64).nullish(),
  stream: z.boolean().nullish(),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).max(0xffff_ffff).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  thinking: thinking.nullish(),
  output_config: outputConfig.nullish(),
  service_tier: z.enum(['auto', 'standard_only']).nullish(),
  metadata: z.object({ user_id: z.string().max(512).nullish() }).nullish(),
});

export type MessagesRequest = z.infer<typeof messagesRequest>;
export type WireMessage = z.infer<typeof wireMessage>;
export type WireBlock = z.infer<typeof block>;
export type WireTool = z.infer<typeof tool>;
export type WireCacheControl = z.infer<typeof cacheControl>;

/** Fields of answers that clients send back with them, and that say nothing to a provider. */
export const sentBack: ReadonlySet<string> = new Set(['caller', 'parsed']);
