// Documents of a call -> what Cohere lets its models cite; it takes text, not pages.
import type { Chat } from '@waybill/contracts';
import type { PartValue } from '../encoding/content.ts';

export interface WireDocument {
  readonly id: string;
  readonly data: { readonly title?: string | undefined; readonly text: string };
}

const textTypes = /^(?:text\/|application\/json\b)/i;

/** The text of a document that is one; undefined for a PDF and its like, and for one that lies elsewhere. */
export function documentText({ source, mediaType }: PartValue<'document'>): string | undefined {
  if (source?.$case !== 'content' || !textTypes.test(mediaType)) return undefined;
  return Buffer.from(source.value).toString('utf8');
}

/** Undefined where the call has none. Citations name them by their place: doc_0, doc_1 and so on. */
export function encodeDocuments({ messages }: Chat): WireDocument[] | undefined {
  const documents: WireDocument[] = [];
  for (const { part } of messages.flatMap(({ parts }) => parts)) {
    const text = part?.$case === 'document' ? documentText(part.value) : undefined;
    if (part?.$case !== 'document' || text === undefined) continue;
    documents.push({ id: `doc_${documents.length}`, data: { title: part.value.fileName || undefined, text } });
  }
  return documents.length > 0 ? documents : undefined;
}
