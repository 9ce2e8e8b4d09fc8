// Messages as Mistral wants them: its own kinds of content, and ids of tool calls that are nine letters and digits.
import { createHash } from 'node:crypto';
import type { WireMessage, WirePart } from '../openai-compatible/wire.ts';

export function mistralMessage(message: WireMessage): unknown {
  const { content, tool_calls: calls, tool_call_id: id, refusal, ...rest } = message;
  return {
    ...rest,
    content: Array.isArray(content) ? content.map(mistralPart) : content || refusal || content,
    tool_calls: calls?.map((call) => ({ ...call, id: shortId(call.id) })),
    tool_call_id: id === undefined ? undefined : shortId(id),
  };
}

function mistralPart(part: WirePart): unknown {
  switch (part.type) {
    case 'file': {
      const { file_data, file_url, filename } = part.file;
      return { type: 'document_url', document_url: file_url ?? file_data, document_name: filename };
    }
    case 'input_audio':
      return { type: 'input_audio', input_audio: part.input_audio.data };
    default:
      return part;
  }
}

/** Ids of other providers become the same nine characters each time, in the call and in its result. */
function shortId(id: string): string {
  if (/^[a-zA-Z0-9]{9}$/.test(id)) return id;
  return createHash('sha256').update(id).digest('hex').slice(0, 9);
}
