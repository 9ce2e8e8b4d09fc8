// What has become of appends, as the archive has it.
import { type Fault, fault } from '@waybill/kernel';
import { mongoFault } from '@waybill/mongodb';
import { otherContent, wrongVersion } from '../log-faults.ts';
import type { ArchiveCollections, RejectionDocument } from './archive-documents.ts';
import { bytesOf } from './archive-writer.ts';
import type { KnownEvent, StoredBefore } from './judge-append.ts';

export type Verdict =
  /** Positions of the append's events, in its order. */
  | { readonly kind: 'stored'; readonly positions: readonly bigint[] }
  | { readonly kind: 'refused'; readonly fault: Fault };

interface WithEvents {
  readonly events: readonly { readonly eventId: string }[];
}

/** To be asked when the archive has passed the appends; undefined for one that the archive knows nothing of. */
export async function verdictsOf(
  collections: ArchiveCollections,
  appends: readonly WithEvents[],
): Promise<readonly (Verdict | undefined)[]> {
  const ids = appends.flatMap(({ events }) => events.map(({ eventId }) => eventId));
  const stored = await storedEvents(collections, ids);
  const missing = ids.filter((eventId) => !stored.has(eventId));
  const refusals = missing.length > 0 ? await refusalsOf(collections, missing) : new Map<string, Fault>();
  return appends.map(({ events }): Verdict | undefined => {
    const positions = events.flatMap(({ eventId }) => stored.get(eventId)?.position ?? []);
    if (positions.length === events.length) return { kind: 'stored', positions };
    const refusal = events.map(({ eventId }) => refusals.get(eventId)).find((found) => found !== undefined);
    return refusal && { kind: 'refused', fault: refusal };
  });
}

export async function storedEvents(
  { events }: ArchiveCollections,
  ids: readonly string[],
): Promise<ReadonlyMap<string, KnownEvent>> {
  try {
    const found = await events.find({ _id: { $in: [...ids] } }).toArray();
    return new Map(found.map(({ _id, position, digest }) => [_id, { position, digest: bytesOf(digest) }]));
  } catch (thrown) {
    throw mongoFault(thrown, 'the event archive cannot be read');
  }
}

export async function streamVersions(
  { events }: ArchiveCollections,
  streamIds: readonly string[],
): Promise<StoredBefore['versions']> {
  try {
    const versions = streamIds.map(async (streamId) => {
      return [streamId, BigInt(await events.countDocuments({ stream_id: streamId }))] as const;
    });
    return new Map(await Promise.all(versions));
  } catch (thrown) {
    throw mongoFault(thrown, 'the event archive cannot be read');
  }
}

async function refusalsOf({ rejections }: ArchiveCollections, ids: string[]): Promise<Map<string, Fault>> {
  try {
    // The newest counts.
    const found = await rejections
      .find({ event_ids: { $in: ids } })
      .sort({ sequence: 1 })
      .toArray();
    return new Map(found.flatMap((rejection) => rejection.event_ids.map((id) => [id, faultOf(rejection)])));
  } catch (thrown) {
    throw mongoFault(thrown, 'the event archive cannot be read');
  }
}

function faultOf({ reason, details }: RejectionDocument): Fault {
  if (reason === 'other_content') return otherContent(details.event_id ?? '');
  if (reason === 'wrong_version') {
    const expected = { streamId: details.stream_id ?? '', version: BigInt(details.expected_version ?? 0) };
    return wrongVersion(expected, BigInt(details.actual_version ?? 0));
  }
  return fault('conflict', `the event archive has refused an event: ${reason}`, { details: { ...details, reason } });
}
