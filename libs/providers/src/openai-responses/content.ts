// What a user, a system prompt or a tool says -> content of the responses wire.
import type { ContentPart } from '@waybill/contracts';
import { dataUrl, type PartValue, sourceOfMedia } from '../encoding/content.ts';
import type { Support } from '../encoding/support.ts';
import { encodeBreakpoint } from '../openai-compatible/messages.ts';
import type { WireInput } from './wire.ts';

/** A single plain text as a string; anything else as a list. */
export function encodeContent(parts: readonly ContentPart[], support: Support): string | WireInput[] {
  const wire = parts.flatMap((part) => inputContent(part, support));
  const [only] = wire;
  if (wire.length === 1 && only?.type === 'input_text' && !only.prompt_cache_breakpoint) return only.text;
  return wire.length === 0 ? '' : wire;
}

/** One part, or nothing where the wire has no place for it. */
export function inputContent(entry: ContentPart, support: Support): WireInput[] {
  const wire = encodeBody(entry, support);
  if (!wire) return [];
  if (!entry.cacheBreakpoint || !support.can('prompt_caching')) return [wire];
  return [{ ...wire, prompt_cache_breakpoint: encodeBreakpoint(entry.cacheBreakpoint.timeToLive, support) }];
}

function encodeBody({ part }: ContentPart, support: Support): WireInput | undefined {
  switch (part?.$case) {
    case 'text':
      return { type: 'input_text', text: part.value.text };
    case 'image':
      return encodeImage(part.value, support);
    case 'document':
      return encodeDocument(part.value, support);
    case 'audio':
      support.can('audio_input');
      return undefined;
    default:
      if (part) support.leftOut(`messages.${part.$case}`, `${part.$case} has no place in a message of this role`);
      return undefined;
  }
}

function encodeImage(image: PartValue<'image'>, support: Support): WireInput | undefined {
  const source = sourceOfMedia(image);
  if (!source || !support.can('vision')) return undefined;
  if (source.kind === 'url' && !support.can('vision.url')) return undefined;
  const image_url = source.kind === 'url' ? source.url : dataUrl(source);
  return { type: 'input_image', image_url, detail: image.detail || 'auto' };
}

function encodeDocument(document: PartValue<'document'>, support: Support): WireInput | undefined {
  const source = sourceOfMedia(document);
  if (!source || !support.can('documents')) return undefined;
  const filename = document.fileName || undefined;
  if (source.kind === 'inline') {
    return { type: 'input_file', filename: filename ?? 'document', file_data: dataUrl(source) };
  }
  return support.can('documents.url') ? { type: 'input_file', file_url: source.url } : undefined;
}
