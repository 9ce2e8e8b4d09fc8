import type { Reply } from '@waybill/contracts';
import type { StreamUpdate } from './client.ts';

/** The text of an answer; of a streamed one, what this update adds to it. */
export function textOf(answer: Reply | StreamUpdate): string {
  if ('content' in answer) {
    return answer.content.map(({ part }) => (part?.$case === 'text' ? part.value.text : '')).join('');
  }
  const part = answer.$case === 'part' ? answer.value.part : undefined;
  return part?.$case === 'text' ? part.value.text : '';
}
