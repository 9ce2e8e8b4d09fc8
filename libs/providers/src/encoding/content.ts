// Small conversions of content that several dialects share.
import type { ContentPart, Document, Image, Tool, ToolResult } from '@waybill/contracts';
import { parseExactly } from '../reading/exact.ts';
import type { Support } from './support.ts';

/** The value of one kind of content part. */
export type PartValue<Case> = Extract<NonNullable<ContentPart['part']>, { $case: Case }>['value'];

/** Inline content as a data URL. */
export function dataUrl({ mediaType, content }: Extract<Source, { kind: 'inline' }>): string {
  return `data:${mediaType};base64,${content}`;
}

export function base64(content: Uint8Array): string {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64');
}

/** Where an image or a document comes from: an address, or base64 with its type; `data:` addresses count as inline. */
export type Source =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'inline'; readonly content: string; readonly mediaType: string };

const dataUrlPattern = /^data:([^;,]*)(?:;[^,]*)?;base64,/;

/** The source of an image or document; undefined when it has none. */
export function sourceOfMedia({ source, mediaType }: Image | Document): Source | undefined {
  if (!source) return undefined;
  if (source.$case === 'content') return { kind: 'inline', content: base64(source.value), mediaType };
  const data = dataUrlPattern.exec(source.value.slice(0, 200));
  if (!data) return { kind: 'url', url: source.value };
  return { kind: 'inline', content: source.value.slice(data[0].length), mediaType: data[1] || mediaType };
}

/** The text of the parts, for places where a wire takes nothing else; the rest is noted. */
export function textOnly(parts: readonly ContentPart[], where: string, support: Support): string {
  return parts
    .map(({ part }) => {
      if (part?.$case === 'text') return part.value.text;
      if (part) support.leftOut(`${where}.${part.$case}`, `only text can be sent in ${where}`);
      return '';
    })
    .join('');
}

/** A tool result as text; that it is an error is noted where the wire cannot say so. */
export function toolResultText(result: ToolResult, support: Support): string {
  if (result.isError) support.can('tool_result.is_error');
  if (result.parts.some(({ part }) => part?.$case === 'image')) support.can('tool_result.images');
  const rest = result.parts.filter(({ part }) => part?.$case !== 'image');
  return textOnly(rest, 'tool_result', support);
}

/** Notes a cache breakpoint on a tool, for wires that take them on messages alone or not at all. */
export function noteToolBreakpoint({ cacheBreakpoint }: Tool, support: Support): void {
  if (!cacheBreakpoint) return;
  support.leftOut('tools.cache_breakpoint', 'this provider takes no cache breakpoint on a tool');
}

/** Arguments as a JSON object; text that is none is wrapped rather than lost. */
export function argumentsObject(argumentsJson: string, support: Support): unknown {
  if (argumentsJson.trim() === '') return {};
  const value = parseObject(argumentsJson);
  if (value) return value;
  support.adjusted('tool_call.arguments', 'arguments that are no JSON object were wrapped in one');
  return { unparsed_arguments: argumentsJson };
}

/** A JSON schema the caller sent as text; what is no JSON object becomes the schema of any object. */
export function schemaObject(schemaJson: string, subject: string, support: Support): unknown {
  if (schemaJson.trim() === '') return { type: 'object', properties: {} };
  const value = parseObject(schemaJson);
  if (value) return value;
  support.adjusted(subject, 'a schema that is no JSON object was replaced by one that allows any object');
  return { type: 'object' };
}

function parseObject(json: string): unknown {
  return json.trimStart().startsWith('{') ? parseExactly(json) : undefined;
}
