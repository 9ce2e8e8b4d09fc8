// What an answer said, as a digest: two answers that say the same have the same one.
import { createHash } from 'node:crypto';
import type { ContentPart, Reply } from '@waybill/contracts';

/** SHA-256, hexadecimal. Ids of tool calls and signatures are made anew each time and do not count. */
export function replyDigest({ content, embeddings }: Pick<Reply, 'content' | 'embeddings'>): string {
  const said = [content.map(saidIn), embeddings.map(({ index, values }) => [index, values])];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}

function saidIn({ part }: ContentPart): unknown {
  switch (part?.$case) {
    case 'toolCall':
      return ['toolCall', part.value.name, part.value.argumentsJson];
    case 'text':
    case 'refusal':
    case 'reasoning':
      return [part.$case, part.value.text];
    default:
      return [part?.$case];
  }
}
