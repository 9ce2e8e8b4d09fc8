// The one endpoint that all calls of an OpenAI batch have to share.
import type { BatchItem } from '../batch/wire.ts';
import type { ProviderCodec, Wire } from '../codec.ts';
import { type ProviderResult, providerFault } from '../provider-fault.ts';

/**
 * The items, each for the same wire: its own where they agree, else the first of the others by which no call loses
 * anything that its own would carry. A fault of kind `invalid` when there is none, or one is no call for text.
 */
export function itemsOnOneWire(
  codec: ProviderCodec,
  items: readonly BatchItem[],
): ProviderResult<readonly BatchItem[]> {
  if (items.some(({ request }) => request.call.task?.$case !== 'chat')) return refused('a batch holds chats alone');
  if (share(codec, items)) return { ok: true, value: items };
  const others: readonly Wire[] = ['chat', 'responses'];
  const losses = items.map((item) => lossOf(codec, item));
  for (const wire of others) {
    const moved = items.map((item) => ({ ...item, request: { wire, ...defined(item.request) } }));
    const isWhole = moved.every((item, index) => lossOf(codec, item) <= losses[index]!);
    if (share(codec, moved) && isWhole) return { ok: true, value: moved };
  }
  return refused('its calls need different endpoints of the provider: hand them in as several batches');
}

/** The path of the calls, as a line of a batch names it. */
export function endpointOf(codec: ProviderCodec, [first]: readonly BatchItem[]): string {
  return first === undefined ? '' : `/v1${codec.endpoint(first.request).path}`;
}

function share(codec: ProviderCodec, items: readonly BatchItem[]): boolean {
  return new Set(items.map(({ request }) => codec.endpoint(request).path)).size === 1;
}

/** A wire that the model is configured for stays. */
function defined(request: BatchItem['request']): BatchItem['request'] {
  if (request.wire !== undefined) return request;
  const { wire: _none, ...rest } = request;
  return rest;
}

function lossOf(codec: ProviderCodec, { request }: BatchItem): number {
  const encoded = codec.encode(request);
  return encoded.ok ? encoded.value.warnings.length : Number.POSITIVE_INFINITY;
}

function refused(text: string): ProviderResult<never> {
  return { ok: false, fault: providerFault({ conduct: 'invalid', text }) };
}
